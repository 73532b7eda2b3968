"""Booking as patients type it in the languages that have no catalogue of their own: words.yml and times.yml."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import pytest
import yaml

from bot.booking.wish_reading import read_wish
from bot.booking.wishes import Wanted
from bot.booking.wording import FOLDER, WORDS, Wording
from tests.unit.booking.conftest import BOOK, Patient

NOW = datetime.fromisoformat("2026-11-28T22:30:00+00:00")  # a Saturday
OWN_KEYS = {"around", "hours", "ordinals", "services"}


def wish(wording: Wording, text: str) -> Wanted | None:
    return read_wish(wording.plain(text), NOW).wanted


def test_every_key_is_one_of_the_english_catalogue() -> None:
    english = yaml.safe_load((FOLDER / "en.yml").read_text(encoding="utf-8"))["words"]
    for language, words in yaml.safe_load(WORDS.read_text(encoding="utf-8")).items():
        assert set(words) - OWN_KEYS <= set(english), language
        assert len(words["hours"]["names"]) == 12, language
        for key in set(words) - OWN_KEYS:
            assert all(re.compile(one) for one in words[key]), (language, key)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("der zweite bitte", 1),
        ("la segunda", 1),
        ("el primero por favor", 0),
        ("le deuxième créneau s'il vous plaît", 1),
        ("il secondo", 1),
        ("o primeiro", 0),
        ("pierwszy proszę", 0),
        ("de eerste graag", 0),
        ("второй вариант", 1),
        ("الثاني من فضلك", 1),
        ("a las 3", None),
        ("der 2.", None),
        ("alle tre", None),
    ],
)
def test_an_ordinal_picks_and_an_hour_or_a_day_does_not(wording: Wording, text: str, place: int | None) -> None:
    assert wording.ordinal(text) == place


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yes", "ja passt"),
        ("yes", "sí, confirmo"),
        ("yes", "oui c'est bon"),
        ("yes", "va bene"),
        ("yes", "está certo"),
        ("yes", "potwierdzam"),
        ("yes", "ja klopt"),
        ("yes", "да все верно"),
        ("yes", "نعم صحيح"),
        ("no", "non merci"),
        ("more", "andere zeit bitte"),
        ("more", "otro día"),
        ("more", "другой день"),
        ("stop", "doch nicht"),
    ],
)
def test_a_short_answer_is_understood(wording: Wording, name: str, text: str) -> None:
    assert wording.is_just(name, text)


@pytest.mark.parametrize("text", ["si possible mardi", "si hay el lunes"])
def test_an_if_is_no_yes(wording: Wording, text: str) -> None:
    assert not wording.is_just("yes", text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("am 8. Dezember", date(2026, 12, 8)),
        ("el 5 de diciembre", date(2026, 12, 5)),
        ("dia 9 de dezembro", date(2026, 12, 9)),
        ("le premier décembre", date(2026, 12, 1)),
        ("10 декабря", date(2026, 12, 10)),
    ],
)
def test_a_day_of_a_month_is_that_day(wording: Wording, text: str, day: date) -> None:
    wanted = wish(wording, text)
    assert wanted is not None
    assert (wanted.first, wanted.last) == (day, day)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("am 8. dezember um halb drei", time(14, 30)),
        ("um drei", time(15)),
        ("el lunes a las diez y media", time(10, 30)),
        ("a partir de las 5 de la tarde", time(17)),
        ("à dix heures", time(10)),
        ("alle tre", time(15)),
        ("dopo le cinque", time(17)),
        ("às três da tarde", time(15)),
        ("o wpół do trzeciej", time(14, 30)),
        ("o 15", time(15)),
        ("woensdag om half drie", time(14, 30)),
        ("в три часа", time(15)),
        ("в половине третьего", time(14, 30)),
        ("после шести вечера", time(18)),
        ("الساعة عشرة ونص", time(10, 30)),
    ],
)
def test_an_hour_in_words_is_that_hour(wording: Wording, text: str, after: time) -> None:
    wanted = wish(wording, text)
    assert wanted is not None
    assert wanted.after == after
    assert wanted.before is None or wanted.before > after


@pytest.mark.parametrize(
    "text",
    [
        "in zwei wochen",
        "dentro de dos semanas",
        "dans deux semaines",
        "za dwa tygodnie",
        "через две недели",
        "بعد اسبوعين",
    ],
)
def test_weeks_are_counted_from_today(wording: Wording, text: str) -> None:
    wanted = wish(wording, text)
    assert wanted is not None
    assert wanted.first == date(2026, 12, 10)


@pytest.mark.parametrize("text", ["no puedo el lunes", "montag kann ich nicht", "в понедельник не могу"])
def test_a_day_that_does_not_suit_is_left_out(wording: Wording, text: str) -> None:
    wanted = wish(wording, text)
    assert wanted is not None
    assert wanted.days == (1, 2, 3, 4, 5, 6)


def test_two_days_are_two_days(wording: Wording) -> None:
    wanted = wish(wording, "am Montag oder Mittwoch")
    assert wanted is not None
    assert wanted.days == (0, 2)


@pytest.mark.parametrize(
    ("service", "when", "slot", "yes"),
    [
        ("die erste", "am 8. Dezember um halb drei", None, "ja passt"),
        ("la primera", "el lunes por la mañana", "la segunda", "vale"),
        ("первое", "в четверг после обеда", "первое", "да, подтверждаю"),
    ],
)
def test_an_appointment_is_booked_in_words_alone(
    patient: Patient, service: str, when: str, slot: str | None, yes: str
) -> None:
    patient.types(BOOK, "book_appointment", certainty="sure")
    patient.types(service)
    patient.types(when)
    if slot:
        patient.types(slot)
    patient.types("Ana Silva, 07700 900123")
    patient.types(yes)
    assert "booked" in dict(patient.events)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Beratung", "consultation"),
        ("una consulta", "consultation"),
        ("konsultacja", "consultation"),
        ("консультация", "consultation"),
        ("استشارة", "consultation"),
        ("Beratung mit Behandlung", "consultation with first treatment"),
        ("téléphone", "phone"),
        ("Phone review", "phone review"),
    ],
)
def test_what_to_book_is_named_in_ones_own_words(wording: Wording, text: str, title: str) -> None:
    assert wording.service(text) == title


def test_a_time_that_looks_like_a_change_books_anew(patient: Patient) -> None:
    patient.types("10 декабря в три часа", "reschedule_cancel")
    assert patient.state is not None
    assert patient.state["purpose"] == "book"
