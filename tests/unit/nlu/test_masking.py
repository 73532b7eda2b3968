"""The treatment's name is taken out of what the featurizers see."""

from __future__ import annotations

import pytest

from bot.nlu.masking import masked, without_medicines


@pytest.mark.parametrize(
    "text", ["does mesotherapy hurt", "mezoterapi acıtır mı", "tut Mesotherapie weh", "больно ли мезотерапия"]
)
def test_it_replaces_the_name_in_every_spelling(text: str) -> None:
    assert " it " in f" {masked(text)} "
    assert "mes" not in masked(text).lower().replace("mesh", "")


@pytest.mark.parametrize("text", ["mesotherapy", "meso?", "Mezoterapi"])
def test_it_keeps_the_name_when_nothing_else_is_said(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("is Aqualyx safe", "fat-dissolving injections"),
        ("difference to rejuran?", "salmon DNA"),
        ("u225 or by hand", "mesotherapy device"),
    ],
)
def test_it_says_what_kind_of_thing_a_brand_is(text: str, term: str) -> None:
    assert term in masked(text)


@pytest.mark.parametrize("text", ["the mesh of my bag", "some sort of message"])
def test_it_leaves_other_words_alone(text: str) -> None:
    assert masked(text) == text


def test_the_name_of_a_medicine_says_nothing_of_the_language() -> None:
    assert without_medicines("I'm on Skyrizi").split() == ["I'm", "on"]
    assert without_medicines("prendo Skyrizi") == "prendo Skyrizi"  # one word would be left
