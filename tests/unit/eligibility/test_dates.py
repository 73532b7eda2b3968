"""Days in words, read against Monday 23 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.eligibility.dates import age_on, read_age, read_day, read_day_near

from .conftest import TODAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-23"),
        ("this morning", "2026-11-23"),
        ("about two hours ago", "2026-11-23"),
        ("yesterday", "2026-11-22"),
        ("the day before yesterday", "2026-11-21"),
        ("last night", "2026-11-22"),
        ("3 days ago", "2026-11-20"),
        ("a couple of days ago", "2026-11-21"),
        ("two weeks ago", "2026-11-09"),
        ("a week ago", "2026-11-16"),
        ("a month ago", "2026-10-24"),
        ("last Tuesday", "2026-11-17"),
        ("on Friday", "2026-11-20"),
        ("on Monday", "2026-11-16"),
        ("Sunday, I think", "2026-11-22"),
        ("Friday before last", "2026-11-13"),
        ("on 4 November", "2026-11-04"),
        ("November 4th", "2026-11-04"),
        ("the 4th of November", "2026-11-04"),
        ("4 Nov 2025", "2025-11-04"),
        ("the 20th", "2026-11-20"),
        ("the 24th", "2026-10-24"),
        ("25 December", "2025-12-25"),
        ("20/11", "2026-11-20"),
        ("20.11.2026", "2026-11-20"),
        ("4.11.", "2026-11-04"),
        ("11/11", "2026-11-11"),
        ("2026-11-04", "2026-11-04"),
        ("tomorrow", "2026-11-24"),
        ("in 3 days", "2026-11-26"),
        ("next Friday", "2026-11-27"),
    ],
)
def test_a_day_in_words(text: str, day: str) -> None:
    assert read_day(text, TODAY).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "day"), [("on 4 December", "2026-12-04"), ("on Friday", "2026-11-27"), ("the 1st", "2026-12-01")]
)
def test_a_day_to_come(text: str, day: str) -> None:
    assert read_day(text, TODAY, ahead=True).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "days"),
    [("04/11/2026", ["2026-04-11", "2026-11-04"]), ("a few days ago", None), ("last week", None), ("recently", None)],
)
def test_what_may_mean_several_days_is_not_guessed(text: str, days: list[str] | None) -> None:
    found = read_day(text, TODAY)
    assert found.day is None
    assert len(found.choices) > 1
    if days:
        assert found.choices == tuple(date.fromisoformat(day) for day in days)


@pytest.mark.parametrize(
    "text", ["blue", "31 February", "", "no", "2026-13-01", "my mother", "I may be late", "quatre jours"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert not read_day(text, TODAY).found


@pytest.mark.parametrize(
    "text",
    [
        "october 0000",
        "99999999 days from now",
        "3000000 years from now",
        "99999999999999999999 days from now",
        "31.12.9999",
        "31 december 9999",
        "9999-12-31",
        "1899-12-31",
        "900 years ago",
        "october 2101",
    ],
)
def test_a_day_beyond_all_calendars_is_none(text: str) -> None:
    for ahead in (False, True):
        assert not read_day(text, TODAY, ahead=ahead).found
    assert not read_day_near(text, TODAY).found


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2100, 12, 31)])
def test_the_first_and_the_last_day_that_are_read(day: date) -> None:
    assert read_day(day.isoformat(), TODAY).day == day


def test_a_day_on_either_side_is_the_nearer_one_or_both() -> None:
    assert read_day_near("4 December", TODAY).day == date(2026, 12, 4)
    assert read_day_near("4 November", TODAY).day == date(2026, 11, 4)
    assert read_day_near("on Friday", TODAY).choices == (date(2026, 11, 20), date(2026, 11, 27))
    assert read_day_near("last Friday", TODAY).day == date(2026, 11, 20)


@given(days=st.integers(0, 60))
def test_days_ago_and_iso_agree(days: int) -> None:
    day = TODAY - timedelta(days=days)
    assert read_day(f"{days} days ago", TODAY).day == day
    assert read_day(day.isoformat(), TODAY).day == day


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2008, 11, 22), 18), (date(2008, 11, 23), 18), (date(2008, 11, 24), 17), (date(2008, 2, 29), 18)],
)
def test_age_the_day_before_of_and_after_the_birthday(born: date, age: int) -> None:
    assert age_on(born, TODAY) == age


def test_a_leap_day_birthday_is_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("I'm 17", 17),
        ("17 years old", 17),
        ("I am 18", 18),
        ("nearly 18", 17),
        ("I turn 18 tomorrow", 17),
        ("born on 24 November 2008", 17),
        ("my date of birth is 23/11/2008", 18),
        ("42", 42),
        ("I'm 8 weeks pregnant", None),
        ("yes", None),
        ("1", None),
    ],
)
def test_an_age_in_words(text: str, age: int | None) -> None:
    assert read_age(text, TODAY) == age


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("dün", "2026-11-22"),
        ("3 gün önce", "2026-11-20"),
        ("iki hafta önce", "2026-11-09"),
        ("geçen salı", "2026-11-17"),
        ("4 Kasım'da", "2026-11-04"),
        ("evvelsi gün", "2026-11-21"),
        ("hace dos semanas", "2026-11-09"),
        ("vor 3 Tagen", "2026-11-20"),
        ("letzten Dienstag", "2026-11-17"),
        ("il y a 3 jours", "2026-11-20"),
        ("ieri", "2026-11-22"),
        ("há 3 dias", "2026-11-20"),
        ("wczoraj", "2026-11-22"),
        ("3 dagen geleden", "2026-11-20"),
        ("3 дня назад", "2026-11-20"),
        ("منذ أسبوعين", "2026-11-09"),
    ],
)
def test_days_are_read_in_every_language_that_is_understood(text: str, day: str) -> None:
    assert read_day(text, TODAY).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("early October", ["2026-10-01", "2026-10-05", "2026-10-10"]),
        ("beginning of October", ["2026-10-01", "2026-10-05", "2026-10-10"]),
        ("mid-November", ["2026-11-12", "2026-11-15", "2026-11-18"]),
        ("kasım başında", ["2026-11-01", "2026-11-05", "2026-11-10"]),
        ("last month", ["2026-10-05", "2026-10-15", "2026-10-25"]),
    ],
)
def test_a_part_of_a_month_is_asked_about_not_guessed(text: str, days: list[str]) -> None:
    assert [day.isoformat() for day in read_day(text, TODAY).choices] == days


def test_of_a_month_long_past_the_latest_day_is_taken() -> None:
    assert read_day("in March", TODAY).day == date(2026, 3, 25)
    assert read_day("back in 2019", TODAY).day == date(2019, 12, 31)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("seventeen", 17),
        ("turned 18 last week", 18),
        ("over 18", 18),
        ("under 18", 17),
        ("18 or older", 18),
        ("I'm not under 18", None),
        ("32 yaşındayım", 32),
        ("17 yaşındayım", 17),
        ("18 yaşından küçüğüm", 17),
        ("18 yaşından büyüğüm", 18),
        ("tengo 34 años", 34),
        ("j'ai 16 ans", 16),
        ("мне 34 года", 34),
        ("bin 45", 45),
        ("claro, 52", 52),
        ("да мне 30", 30),
        ("oui, 17", 17),
        ("noch nicht 18", None),
    ],
)
def test_ages_in_words_and_bounds(text: str, age: int | None) -> None:
    assert read_age(text, TODAY) == age


@pytest.mark.parametrize(
    "text", ["el 5 de marzo", "5. März", "5 di marzo", "dia 5 de março", "5 марта", "el 5 de marzo de 2026"]
)
def test_the_day_before_a_month_is_that_day(text: str) -> None:
    assert read_day(text, TODAY).day == date(2026, 3, 5)
