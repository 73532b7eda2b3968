"""The card comes in the language that the patient writes, whatever the page speaks."""

from __future__ import annotations

import pytest

from bot.clinic import Clinic
from bot.gateway.danger import Watch
from bot.safety.cards import card
from bot.safety.triage import Triage

CANNOT_BREATHE = {
    "en": "i can't breathe",
    "tr": "nefes alamıyorum",
    "es": "no puedo respirar",
    "de": "ich bekomme keine Luft",
    "fr": "je n'arrive plus à respirer",
    "it": "non riesco a respirare",
    "pt": "não consigo respirar",
    "pl": "nie mogę oddychać",
    "nl": "ik krijg geen lucht",
    "ru": "не могу дышать",
    "ar": "لا أستطيع التنفس",
}


@pytest.mark.parametrize("language", CANNOT_BREATHE)
async def test_the_card_speaks_the_language_of_the_message(clinic: Clinic, language: str) -> None:
    triage = Triage.load()
    danger = await Watch(triage.read, clinic, triage.spoken).check(CANNOT_BREATHE[language], "en")
    assert danger is not None
    assert danger.card.text.startswith(card(danger.flag, clinic, language).text.split("\n")[0])


@pytest.mark.parametrize("text", ["😱", "ok", "12345"])
def test_where_nothing_tells_the_page_decides(text: str) -> None:
    assert Triage.load().spoken(text, "pl") == "pl"


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
async def test_a_page_in_a_language_that_we_do_not_read_keeps_no_danger_back(clinic: Clinic, language: str) -> None:
    triage = Triage.load()
    danger = await Watch(triage.read, clinic, triage.spoken).check(CANNOT_BREATHE[language], "sv")
    assert danger is not None
    assert danger.card.text == card("E1", clinic, language).text


def test_a_language_that_we_do_not_read_stays_where_nothing_tells() -> None:
    assert Triage.load().spoken("12345", "sv") == "sv"
