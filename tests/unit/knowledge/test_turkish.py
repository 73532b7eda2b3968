"""The Turkish texts: complete, in step with English, and free of what must never be said."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.clinic import PLACEHOLDER, Clinic
from bot.knowledge.library import Library
from bot.safety.guards import Guards

TITLES = ("phrase.topic.", "phrase.choice_", "phrase.area.")


def texts() -> dict[str, str]:
    return dict(Library().all_texts("tr"))


def test_nothing_is_left_in_english(library: Library) -> None:
    assert library.untranslated("tr") == []


def test_every_text_has_the_placeholders_of_the_english_one(library: Library) -> None:
    english = dict(library.all_texts("en"))
    for place, text in texts().items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english[place])), place


def test_no_text_is_the_english_one(library: Library) -> None:
    english = dict(library.all_texts("en"))
    for place, text in texts().items():
        only_values = not re.search(r"\w", PLACEHOLDER.sub("", text))
        assert only_values or text != english[place], place


def test_button_titles_are_short() -> None:
    for place, text in texts().items():
        if place.startswith(TITLES):
            assert len(text) <= 28, place


def test_a_short_answer_is_short() -> None:
    for place, text in texts().items():
        if place.endswith(".short"):
            assert len(text.split()) <= 75, place


def test_nothing_is_said_that_must_never_be_said() -> None:
    guards = Guards()
    for place, text in texts().items():
        assert guards.violations(text, "tr") == (), place


def test_what_clinics_write_is_quoted_and_corrected(library: Library, clinic: Clinic, today: date) -> None:
    guards = Guards()
    for conflict, known in library.facts.conflicts.items():
        reply = library.clinics_say(conflict, language="tr", clinic=clinic, today=today)
        assert reply.text.count("Klinik ") >= len(known.positions)
        assert "bizim görüşümüz değil" in reply.text
        assert guards.violations(reply.text, "tr") == (), conflict


def test_opening_hours_are_spelled_in_turkish(library: Library, clinic: Clinic, today: date) -> None:
    text = library.answer("hours_location", language="tr", clinic=clinic, today=today).text
    assert "Pazartesi - Salı 09:00-13:00 ve 14:00-18:00" in text


def test_opening_hours_keep_their_spaces(library: Library, clinic: Clinic, today: date) -> None:
    text = library.answer("hours_location", clinic=clinic, today=today).text
    assert "Monday to Tuesday 09:00-13:00 and 14:00-18:00" in text


@pytest.mark.parametrize("promise", ["ağrısız", "acısız", "yan etkisiz", "garantili", "risksiz", "%100", "yüzde yüz"])
def test_no_text_promises_too_much(promise: str) -> None:
    for place, text in texts().items():
        assert promise not in text.casefold(), place
