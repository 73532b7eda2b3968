"""The language of a message is known, short English ones with the clinic's odd words among them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.language import Languages, LetterGroups, letter_groups

HELD_OUT = Path(__file__).parent / "held_out"
FLOOR = 0.99


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages()


def test_held_out_messages_are_known_in_every_language(languages: Languages) -> None:
    lines = [
        json.loads(line)
        for name in ("topics", "translated", "danger", "disclosures", "stories")
        for line in (HELD_OUT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for group in ([x for x in lines if x["language"] == "en"], [x for x in lines if x["language"] != "en"]):
        right = sum(languages.of(line["text"]) == line["language"] for line in group)
        assert right >= FLOOR * len(group), f"{right} of {len(group)}"


@pytest.mark.parametrize("text", ["", "?", "12/03", "07700 900123", "👍"])
def test_what_has_no_letters_has_no_language(languages: Languages, text: str) -> None:
    assert languages.of(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("spf over bumps ok", "en"), ("Mezoterapi acıtır mı?", "tr"), ("сколько стоит", "ru"), ("كم السعر", "ar")],
)
def test_short_messages_are_known(languages: Languages, text: str, language: str) -> None:
    assert languages.of(text) == language


def test_letter_groups_are_counted_as_they_were_learned() -> None:
    groups = LetterGroups.load()
    for text in ("does it hurt?", "Mezoterapi acıtır mı?", "¿cuánto cuesta, 3 sesiones?"):
        scores = (letter_groups([text]) @ groups._weights)[0] + groups._biases
        powers = np.exp(scores - scores.max())
        assert list(groups.probabilities(text).values()) == pytest.approx(list(powers / powers.sum()), abs=1e-4)
