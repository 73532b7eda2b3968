from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.availability import free_slots
from bot.booking.wish_reading import WishReading, read_wish
from bot.booking.wishes import Wanted, matching, spread
from bot.booking.wording import Wording
from bot.clinic import Clinic

NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)  # a Monday
PEOPLE = {"okafor": "Ada Okafor", "marsh": "Dr Eleanor Marsh"}
TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)


def read(wording: Wording, words: str) -> WishReading:
    return read_wish(wording.plain(words), NOW, PEOPLE)


def day(first: date, last: date | None = None, **more: Any) -> Wanted:
    return Wanted(first, last or first, **more)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("mornings only", Wanted(before=time(12))),
        ("in the afternoon please", Wanted(after=time(12), before=time(17))),
        ("something in the evening", Wanted(after=time(17))),
        ("after work", Wanted(after=time(17))),
        ("over lunch", Wanted(after=time(11, 30), before=time(14))),
        ("not in the morning", Wanted(after=time(12))),
        ("next Tuesday after 4", Wanted(TUESDAY, date(2026, 12, 1), after=time(16), days=(1,))),
        ("Friday morning", day(FRIDAY, before=time(12))),
        ("tomorow", day(TUESDAY)),
        ("day after tomorrow", day(date(2026, 11, 25))),
        ("the 14th", day(date(2026, 12, 14))),
        ("14.12.", day(date(2026, 12, 14))),
        ("7 dec 10am", day(date(2026, 12, 7), after=time(10), before=time(11, 1))),
        ("Friday week", day(date(2026, 12, 4))),
        ("not before Friday", Wanted(FRIDAY)),
        ("before 4 December", Wanted(last=date(2026, 12, 3))),
        ("from 4 December", Wanted(date(2026, 12, 4))),
        ("after 4 December", Wanted(date(2026, 12, 5))),
        ("4 December", day(date(2026, 12, 4))),
        ("from the 7th to the 11th", day(date(2026, 12, 7), date(2026, 12, 11))),
        ("early December", day(date(2026, 12, 1), date(2026, 12, 10))),
        ("end of the month", day(NOW.date(), date(2026, 11, 30))),
        ("Mondays or Wednesdays", Wanted(days=(0, 2))),
        ("mon-wed", Wanted(days=(0, 1, 2))),
        ("not Mondays", Wanted(days=(1, 2, 3, 4, 5, 6))),
        ("any day but Monday or Friday", Wanted(days=(1, 2, 3, 5, 6))),
        ("Mondays don't work for me", Wanted(days=(1, 2, 3, 4, 5, 6))),
        ("I can't do tomorrow", Wanted(date(2026, 11, 25))),
        ("not this week", Wanted(date(2026, 11, 30))),
        ("weekdays after 5", Wanted(after=time(17), days=(0, 1, 2, 3, 4))),
        ("No, Monday please", day(date(2026, 11, 30))),
        ("next week", day(date(2026, 11, 30), date(2026, 12, 6))),
        ("next week but not Wednesday", day(date(2026, 11, 30), date(2026, 12, 6), days=(0, 1, 3, 4, 5, 6))),
        ("next week, Thursday or Friday", day(date(2026, 11, 30), date(2026, 12, 6), days=(3, 4))),
        ("between 2 and 4 on Thursday", day(date(2026, 11, 26), after=time(14), before=time(16))),
        ("between 2pm and 4pm", Wanted(after=time(14), before=time(16))),
        ("before 11", Wanted(before=time(11))),
        ("after 17:30", Wanted(after=time(17, 30))),
        ("half past four", Wanted(after=time(16, 30), before=time(17, 31))),
        ("with Dr Marsh", Wanted(practitioner="marsh")),
        ("when can I come?", Wanted()),
        ("any time", Wanted()),
        ("as soon as possible", Wanted()),
    ],
)
def test_it_reads_a_wish(wording: Wording, words: str, wanted: Wanted) -> None:
    assert read(wording, words).wanted == wanted


@pytest.mark.parametrize(
    "words",
    ["does it hurt?", "I have 3 kids", "Maria Lopez", "how many sessions do I need", "I may come with my sister", "9",
     "I am 34", "mezoterapi acıtır mı", "3 çocuğum var", "adım Ayşe"],
)  # fmt: skip
def test_other_words_are_no_wish(wording: Wording, words: str) -> None:
    reading = read(wording, words)
    assert reading.wanted is None
    assert reading.choices == ()


@pytest.mark.parametrize(
    "words",
    [
        "friday week 31 december 9999",
        "after 31 december 9999",
        "week of 31 december 9999",
        "next friday 31 december 9999",
        "not the week of 31 december 9999",
        "in 3000000 years",
        "october 0000",
    ],
)
def test_a_day_beyond_all_calendars_is_wished_by_nobody(wording: Wording, words: str) -> None:
    assert read(wording, words).wanted is None


@pytest.mark.parametrize(
    ("turkish", "english"),
    [
        ("yarın sabah", "tomorrow morning"),
        ("YARIN", "tomorrow"),
        ("öbür gün", "day after tomorrow"),
        ("gelecek salı 4'ten sonra", "next Tuesday after 4"),
        ("haftaya salı", "next Tuesday"),
        ("önümüzdeki hafta", "next week"),
        ("sadece sabahları", "mornings only"),
        ("ogleden sonra", "in the afternoon"),
        ("akşam bir şey var mı?", "something in the evening"),
        ("pazartesi olmasın", "not Mondays"),
        ("Pazartesi ve salı hariç", "not Mondays and Tuesdays"),
        ("ayın 14'ü", "the 14th"),
        ("14 Aralık'ta öğleden sonra", "14 December in the afternoon"),
        ("16:00'dan sonra", "after 16:00"),
        ("saat 11'den önce", "before 11"),
        ("14 ile 16 arası", "between 14 and 16"),
        ("üç buçukta", "at half past three"),
        ("cuma günü saat 10:30", "Friday at 10:30"),
        ("çarşamba veya perşembe", "Wednesday or Thursday"),
        ("iki hafta sonra", "in 2 weeks"),
        ("hafta içi", "weekdays"),
        ("ay sonu", "end of the month"),
        ("aralık başı", "early December"),
        ("yarın gelemem", "I can't do tomorrow"),
        ("ne zaman gelebilirim?", "when can I come?"),
        ("fark etmez", "any time"),
    ],
)
def test_turkish_is_read_like_english(wording: Wording, turkish: str, english: str) -> None:
    reading = read(wording, turkish)
    assert reading.wanted is not None
    assert reading == read(wording, english)


PLAIN_DAYS = (
    "tomorrow",
    "friday",
    "the 14th",
    "4 december",
    "next week",
    "mondays or fridays",
    "not mondays",
    "in december",
)
PLAIN_HOURS = ("in the morning", "in the evening", "after 4", "before 11", "at 14:30", "between 2 and 4")


@pytest.mark.parametrize("hours", PLAIN_HOURS)
@pytest.mark.parametrize("days", PLAIN_DAYS)
def test_days_and_hours_are_read_together_as_apart(wording: Wording, days: str, hours: str) -> None:
    one, other = read(wording, days).wanted, read(wording, hours).wanted
    assert one
    assert other
    for words in (f"{days} {hours}", f"{hours}, {days}"):
        assert read(wording, words).wanted == replace(one, after=other.after, before=other.before), words


@given(st.lists(st.sampled_from([*PLAIN_DAYS, *PLAIN_HOURS, "yarın", "pazartesi hariç", "to", "-", "31", "0", "am"])))
def test_whatever_is_said_the_first_day_is_not_after_the_last(wording: Wording, words: list[str]) -> None:
    wanted = read(wording, " ".join(words)).wanted
    assert wanted is None or not (wanted.first and wanted.last) or wanted.first <= wanted.last


@pytest.mark.parametrize(
    ("before", "said", "both"),
    [
        ("mornings", "not Mondays", Wanted(before=time(12), days=(1, 2, 3, 4, 5, 6))),
        ("mornings", "next week", day(date(2026, 11, 30), date(2026, 12, 6), before=time(12))),
        ("next week", "not Mondays", day(date(2026, 11, 30), date(2026, 12, 6), days=(1, 2, 3, 4, 5, 6))),
        ("not Mondays", "not Fridays", Wanted(days=(1, 2, 3, 5, 6))),
        ("mornings", "in the evening", Wanted(after=time(17))),
        ("Friday", "the 14th", day(date(2026, 12, 14))),
        ("Friday", "not Mondays", Wanted(days=(1, 2, 3, 4, 5, 6))),
        ("not Mondays", "Friday after 4", day(FRIDAY, after=time(16))),
    ],
)
def test_a_new_wish_narrows_the_old_one(wording: Wording, before: str, said: str, both: Wanted) -> None:
    first, second = read(wording, before).wanted, read(wording, said).wanted
    assert first
    assert second
    assert first.narrowed(second) == both


def test_a_day_with_two_readings_is_asked_about() -> None:
    assert read_wish("12/01", NOW).choices == (date(2026, 12, 1), date(2027, 1, 12))


def test_a_wish_survives_the_state(wording: Wording) -> None:
    wanted = read(wording, "next Tuesday after 4 with Dr Marsh").wanted
    assert wanted
    assert Wanted.from_state(wanted.as_state()) == wanted


def test_offered_times_are_spread_over_days_and_parts_of_the_day(clinic: Clinic) -> None:
    slots = matching(free_slots(clinic, clinic.services["consultation"], now=NOW), Wanted(), clinic.time_zone)
    assert [f"{slot.start:%a %H:%M}" for slot in spread(slots, clinic.time_zone, 4)] == [
        "Tue 10:00",
        "Tue 12:00",
        "Wed 09:00",
        "Wed 12:00",
    ]


def test_a_single_day_is_filled_with_times_an_hour_apart(clinic: Clinic) -> None:
    slots = matching(
        free_slots(clinic, clinic.services["consultation"], now=NOW), Wanted(FRIDAY, FRIDAY), clinic.time_zone
    )
    assert len(spread(slots, clinic.time_zone, 4)) == 4
    assert len(spread(slots[:2], clinic.time_zone, 4)) == 2


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("el lunes por la mañana", "monday morning"),
        ("mañana por la tarde", "tomorrow afternoon"),
        ("no los viernes", "not fridays"),
        ("después de las 16", "after 16"),
        ("Montagvormittag", "monday morning"),
        ("Dienstag Nachmittag", "tuesday afternoon"),
        ("morgen früh", "tomorrow morning"),
        ("nicht am Mittwoch", "not wednesday"),
        ("nächste Woche abends", "next week evening"),
        ("ab 15 Uhr", "after 15:00"),
        ("mardi matin", "tuesday morning"),
        ("jeudi après-midi", "thursday afternoon"),
        ("pas le lundi", "not monday"),
        ("après 17h", "after 17:00"),
        ("venerdì pomeriggio", "friday afternoon"),
        ("domani mattina", "tomorrow morning"),
        ("terça-feira de manhã", "tuesday morning"),
        ("na quinta à tarde", "thursday afternoon"),
        ("w środę po południu", "wednesday afternoon"),
        ("jutro rano", "tomorrow morning"),
        ("maandagochtend", "monday morning"),
        ("vrijdagmiddag", "friday afternoon"),
        ("в понедельник утром", "monday morning"),
        ("на следующей неделе после обеда", "next week afternoon"),
        ("кроме вторника", "not tuesday"),
        ("يوم الخميس صباحا", "thursday morning"),
        ("غدا بعد الظهر", "tomorrow afternoon"),
    ],
)
def test_days_and_hours_are_read_in_eleven_languages(wording: Wording, said: str, english: str) -> None:
    reading = read(wording, said)
    assert reading.wanted is not None
    assert reading == read(wording, english)
