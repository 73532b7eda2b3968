"""Booking in Turkish: complete, in step with English, safe, and read as patients write it."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import yaml

from bot.booking.availability import slot_at
from bot.booking.wording import FOLDER, Wording
from bot.clinic import PLACEHOLDER, Clinic
from bot.safety.guards import Guards
from tests.unit.booking.test_calendar_fhir import START

ENGLISH, TURKISH = (yaml.safe_load((FOLDER / f"{one}.yml").read_text(encoding="utf-8")) for one in ("en", "tr"))
HEALTH = re.compile(r"\b(?:mezoterapi|uygulama|tedavi|iğne|cilt|sağlık|doktor|ilaç|hasta)", re.IGNORECASE)


@pytest.mark.parametrize("part", ["sentences", "choices", "words"])
def test_it_has_the_keys_of_the_english_catalogue(part: str) -> None:
    assert TURKISH[part].keys() == ENGLISH[part].keys()


def test_placeholders_are_those_of_the_english_text() -> None:
    for key, text in TURKISH["sentences"].items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ENGLISH["sentences"][key])), key


def test_nothing_is_said_that_must_never_be_said(wording: Wording) -> None:
    guards = Guards()
    for key, text in wording.texts("tr").items():
        assert guards.violations(text, "tr") == (), key


def test_titles_fit_a_button(wording: Wording, clinic: Clinic) -> None:
    for key, title in TURKISH["choices"].items():
        assert len(title) <= 28, key
    slot = slot_at(clinic.services["consultation"], "okafor", START.replace(month=9, day=23, hour=13))
    assert wording.slot_title(slot, "tr") == "23 Eyl Çarşamba, 14:00"


def test_what_leaves_the_chat_has_no_word_about_health() -> None:
    for key, text in TURKISH["sentences"].items():
        if key.startswith(("mail_", "event_", "staff_", "recheck", "change_")):
            assert not HEALTH.search(text), key


def test_a_time_is_read_back_in_turkish(wording: Wording) -> None:
    said = wording.moment(datetime.fromisoformat("2026-11-24T09:00:00+00:00"), "tr")
    assert said == "24 Kasım 2026 Salı, saat 09:00 (London saati)"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yes", "Evet, alalım"),
        ("no", "hayır"),
        ("no", "HAYIR"),
        ("no", "hayir"),
        ("move", "randevumu degistirmek istiyorum"),
        ("more", "başka saat var mı"),
        ("stop", "vazgeçtim"),
        ("cancel", "İptal etmek istiyorum"),
        ("cancel", "yarın gelemeyeceğim"),
        ("move", "randevumu ertelemek istiyorum"),
        ("move", "saatini değiştirebilir miyiz"),
        ("look", "randevum ne zaman"),
        ("late", "biraz geç kalacağım"),
        ("wait", "bekleme listesine alın"),
        ("call_back", "beni arar mısınız, beni arayın"),
        ("change_name", "adım yanlış"),
        ("change_contact", "telefonum yanlış"),
    ],
)
def test_what_patients_write_is_understood(wording: Wording, name: str, text: str) -> None:
    assert wording.means(name, text)


@pytest.mark.parametrize(("text", "place"), [("ilki", 0), ("ikinci", 1), ("üçüncüsü", 2)])
def test_an_ordinal_picks(wording: Wording, text: str, place: int) -> None:
    assert wording.ordinal(text) == place
