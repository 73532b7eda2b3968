from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.booking import people
from bot.booking.wording import Wording
from bot.clinic import Clinic


def at(text: str, clinic: Clinic) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clinic.time_zone)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T10:00", None),
        ("2026-11-23T08:00", "today at 09:00"),
        ("2026-11-23T13:30", "today at 14:00"),
        ("2026-11-23T18:00", "tomorrow at 09:00"),
        ("2026-11-27T17:00", "on Monday 30 November 2026 at 09:00"),
        ("2026-12-24T18:00", "on Tuesday 29 December 2026 at 09:00"),  # Christmas, Boxing Day kept on Monday
    ],
)
def test_it_says_when_somebody_is_there(clinic: Clinic, wording: Wording, moment: str, opens: str | None) -> None:
    assert people.opens(clinic, wording, at(moment, clinic)) == opens


def test_nobody_is_given_up_on_before_the_clinic_was_open_for_a_while(clinic: Clinic) -> None:
    open_now, closed = at("2026-11-23T10:00", clinic), at("2026-11-27T20:00", clinic)
    assert people.give_up_at(clinic, open_now) == open_now + people.PATIENCE
    assert people.give_up_at(clinic, closed) == at("2026-11-30T09:10", clinic)


def test_a_summary_holds_facts_only_where_there_are_some() -> None:
    summary = people.Summary("asked", topic="pain_numbing")
    assert summary.as_dict() == {"reason": "asked", "topic": "pain_numbing", "lines": ()}


def test_the_wait_is_counted_in_opening_time() -> None:
    assert timedelta(minutes=1) < people.PATIENCE < timedelta(hours=1)
