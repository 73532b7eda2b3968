from __future__ import annotations

import re

import pytest

from bot.booking.availability import slot_at
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.safety.guards import Guards
from tests.unit.booking.test_calendar_fhir import HEALTH, START

# BK-3: reflection, not pressure.
PRESSURE = re.compile(
    r"\bonly \d|\bonly \w+ left|hurry|last chance|limited|countdown|don.t miss|act now|minutes left|before it.s gone",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def guards() -> Guards:
    return Guards()


def plain(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}", "Sam", text)


def test_no_sentence_makes_a_forbidden_claim_or_presses(wording: Wording, guards: Guards) -> None:
    for key, text in wording.texts().items():
        assert guards.violations(plain(text)) == (), key
        assert not PRESSURE.search(text), key


def test_every_sentence_reads_at_grade_8(wording: Wording) -> None:
    for key, text in wording.texts().items():
        words = plain(text).split()
        if len(words) > 5 and not key.startswith("choice."):
            sentences = max(1, len(re.findall(r"[.?!:](\s|$)", text)))
            grade = 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
            assert grade <= 8, (key, round(grade, 1))
            assert len(words) / sentences <= 20, key


def test_titles_fit_a_button(wording: Wording, clinic: Clinic) -> None:
    for key, title in wording.texts().items():
        assert not key.startswith("choice.") or len(title) <= 28, key
    slot = slot_at(clinic.services["consultation"], "okafor", START.replace(month=9, day=23, hour=13))
    assert wording.slot_title(slot) == "Wednesday 23 Sept, 14:00"


def test_what_leaves_the_chat_has_no_word_about_health(wording: Wording) -> None:
    for key, text in wording.texts().items():
        if key.startswith(("mail_", "event_", "staff_", "recheck", "change_")):
            assert not HEALTH.search(text.replace("will not mention your health", "")), key


def test_a_missing_language_is_said_in_english(wording: Wording) -> None:
    assert wording.say("ask_name", "xx") == wording.say("ask_name", "en")
    assert wording.day(START.date(), "xx") == "Tuesday 24 November 2026"


def syllables(word: str) -> int:
    letters = re.sub(r"[^a-z]", "", word.casefold())
    count = len(re.findall(r"[aeiouy]+", letters))
    return max(1, count - (letters.endswith("e") and not letters.endswith("le")))
