"""Opening hours in words, and whether somebody is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.clinic import Clinic
from bot.knowledge.opening import is_open, next_opening, spelled

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
LONDON = ZoneInfo("Europe/London")


def test_days_with_the_same_hours_are_joined(clinic: Clinic) -> None:
    told = spelled(clinic, DAYS, " to ", " and ")
    assert told.startswith("Monday to Tuesday 09:00-13:00 and 14:00-18:00; Wednesday 09:00-13:00 and 14:00-20:00;")
    assert "Saturday" not in told


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 13:00", False),
        ("2026-11-25 19:59", True),
        ("2026-11-28 12:00", False),
    ],
)
def test_it_knows_when_somebody_is_there(clinic: Clinic, at: str, opened: bool) -> None:
    assert is_open(clinic, datetime.fromisoformat(at).replace(tzinfo=LONDON)) is opened


def test_it_tells_the_next_opening_past_the_weekend_and_closed_days(clinic: Clinic) -> None:
    friday_evening = datetime(2026, 11, 27, 18, tzinfo=LONDON)
    assert next_opening(clinic, friday_evening) == datetime(2026, 11, 30, 9, tzinfo=LONDON)
    closed = replace(clinic, closed=frozenset({date(2026, 11, 30)}))
    assert next_opening(closed, friday_evening) == datetime(2026, 12, 1, 9, tzinfo=LONDON)
    assert next_opening(replace(clinic, hours={}), friday_evening) is None
