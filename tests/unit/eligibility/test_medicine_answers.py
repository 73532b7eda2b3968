"""Answers to "which medicines do you take": names, none at all, or something we do not know, in any language."""

from __future__ import annotations

import pytest

from bot.eligibility.medicines import WORDS, read_medicines
from bot.safety.cards import LANGUAGES


@pytest.mark.parametrize(
    "answer",
    ["None, thanks", "keine", "Nein, nichts", "aucun", "ninguno", "nessuna medicina", "não tomo nada",
     "nie biorę żadnych leków", "geen medicijnen", "ничего не принимаю", "hiçbir ilaç kullanmıyorum", "yok", "لا شيء"],
)  # fmt: skip
def test_none_is_no_unknown_medicine(answer: str) -> None:
    reading = read_medicines(answer)
    assert (reading.hits, reading.unknown) == ((), ())


@pytest.mark.parametrize(
    ("answer", "name", "left"),
    [
        ("Ich nehme Eliquis und Foobarin", "apixaban", ("Foobarin",)),
        ("prendo il Coumadin e Quuxil la sera", "warfarin", ("Quuxil la sera",)),
        ("tomo Sintrom y Zzzolan", "acenocoumarol", ("Zzzolan",)),
    ],
)
def test_what_the_lexicon_does_not_know_is_kept(answer: str, name: str, left: tuple[str, ...]) -> None:
    reading = read_medicines(answer)
    assert [hit.name for hit in reading.hits] == [name]
    assert reading.unknown == left


@pytest.mark.parametrize("answer", ["Ibuprofen kullanmıyorum", "я не принимаю варфарин", "nie stosuję ibuprofenu"])
def test_a_medicine_that_is_denied_is_none(answer: str) -> None:
    assert read_medicines(answer).hits == ()


def test_every_language_can_say_none() -> None:
    assert set(WORDS["nothing"]) == set(LANGUAGES)
