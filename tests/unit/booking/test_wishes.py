from __future__ import annotations

from datetime import date, datetime, time, timezone

import pytest

from bot.booking.availability import free_slots
from bot.booking.wishes import Wanted, matching, read_wish, spread
from bot.clinic import Clinic

NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)  # a Monday
PEOPLE = {"okafor": "Ada Okafor", "marsh": "Dr Eleanor Marsh"}
TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("mornings only", Wanted(before=time(12))),
        ("in the afternoon please", Wanted(after=time(12), before=time(17))),
        ("after work", Wanted(after=time(17))),
        ("next Tuesday after 4", Wanted(TUESDAY, date(2026, 12, 1), after=time(16), days=(1,))),
        ("Friday morning", Wanted(FRIDAY, FRIDAY, before=time(12))),
        ("not before Friday", Wanted(FRIDAY)),
        ("from 4 December", Wanted(date(2026, 12, 4))),
        ("after 4 December", Wanted(date(2026, 12, 5))),
        ("4 December", Wanted(date(2026, 12, 4), date(2026, 12, 4))),
        ("Mondays or Wednesdays", Wanted(days=(0, 2))),
        ("next week", Wanted(date(2026, 11, 30), date(2026, 12, 6))),
        ("next week, Thursday or Friday", Wanted(date(2026, 11, 30), date(2026, 12, 6), days=(3, 4))),
        ("between 2 and 4 on Thursday", Wanted(date(2026, 11, 26), date(2026, 11, 26), time(14), time(16))),
        ("before 11", Wanted(before=time(11))),
        ("after 17:30", Wanted(after=time(17, 30))),
        ("with Dr Marsh", Wanted(practitioner="marsh")),
        ("any time", Wanted()),
        ("as soon as possible", Wanted()),
    ],
)
def test_it_reads_a_wish(words: str, wanted: Wanted) -> None:
    assert read_wish(words, NOW, PEOPLE).wanted == wanted


@pytest.mark.parametrize("words", ["does it hurt?", "I have 3 kids", "Maria Lopez", "how many sessions do I need"])
def test_other_words_are_no_wish(words: str) -> None:
    reading = read_wish(words, NOW, PEOPLE)
    assert reading.wanted is None
    assert reading.choices == ()


def test_a_day_with_two_readings_is_asked_about() -> None:
    assert read_wish("12/01", NOW).choices == (date(2026, 12, 1), date(2027, 1, 12))


def test_a_wish_survives_the_state() -> None:
    wanted = read_wish("next Tuesday after 4 with Dr Marsh", NOW, PEOPLE).wanted
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
