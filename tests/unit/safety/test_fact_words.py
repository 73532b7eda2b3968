"""The words of the facts: in every language, for the same questions, and never so small that they say nothing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.safety.cards import LANGUAGES
from bot.safety.concepts import FOLDER, WordLoader
from bot.safety.items import FACTS
from bot.safety.patterns import GAP_ELEMENTS, compile_pattern, spell_out
from bot.safety.text import fold


def read(folder: Any, language: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load((folder / f"{language}.yml").read_text("utf-8"), Loader=WordLoader)  # noqa: S506
    return data


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_the_questions_that_matter_most(language: str) -> None:
    named = {fact.lstrip("!").partition("=")[0] for fact in read(FACTS, language)["facts"]}
    assert named >= {fact.lstrip("!").partition("=")[0] for fact in read(FACTS, "de")["facts"]} - {"meds.isotretinoin"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fact_is_named_by_small_words_alone(language: str) -> None:
    """A group of one alternative may be missing: "(murmur)" in "had a (murmur)" would leave "had a"."""
    small = {fold(word) for word in read(FOLDER, language)["fillers"]}
    words = read(FACTS, language).get("words", {})
    empty = [
        (fact, pattern)
        for fact, patterns in read(FACTS, language)["facts"].items()
        for pattern in patterns
        for elements in compile_pattern(spell_out(str(pattern), words))
        if all(element in GAP_ELEMENTS or element & small for element in elements)
    ]
    assert empty == []
