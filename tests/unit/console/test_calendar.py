"""Where appointments and blocked times lie on the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot.booking.availability import Slot
from bot.booking.repository import Booking
from bot.clinic import Clinic
from bot.console.calendar import Cell, Day, Entry, rows
from bot.storage.casework import Block

MONDAY = date(2026, 11, 30)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """London keeps UTC in November."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone.utc)


def entry(start: datetime, minutes: int = 30, state: str = "pending") -> Entry:
    end = start + timedelta(minutes=minutes)
    slot = Slot(start, end, end, "okafor", "consultation")
    booking = Booking("b", "c", "K7QP-2MXD", state, slot, 0, "x", {}, start, start)
    return Entry(booking, None, "Consultation", "Ada Okafor", False, False)


def block(start: datetime, end: datetime) -> Block:
    return Block("block", "okafor", start, end, "staff")


def drawn(clinic: Clinic, day: Day) -> dict[int, Cell]:
    return {row.hour: row.cells[0] for row in rows([day], clinic)}


def test_an_appointment_hangs_from_its_hour_by_its_minutes(clinic: Clinic) -> None:
    hours = drawn(clinic, Day(MONDAY, False, [entry(at(9, 45), 60)], []))
    (placed,) = hours[9].placed
    assert (placed.top, placed.height, placed.lane, placed.lanes) == (9, 12, 0, 1)
    assert hours[10].placed == []
    assert min(hours) == 9
    assert not hours[13].open  # the clinic's lunch


def test_those_that_overlap_lie_side_by_side_and_the_next_one_has_the_whole_width(clinic: Clinic) -> None:
    entries = [entry(at(9)), entry(at(9, 15)), entry(at(9, 30)), entry(at(11))]
    hours = drawn(clinic, Day(MONDAY, False, entries, []))
    assert [(one.lane, one.lanes) for one in hours[9].placed] == [(0, 2), (1, 2), (0, 2)]
    assert [(one.lane, one.lanes) for one in hours[11].placed] == [(0, 1)]


def test_a_blocked_time_is_cut_at_the_hours_and_at_the_day(clinic: Clinic) -> None:
    away = block(at(16, 20), at(9, 30, MONDAY + timedelta(days=1)))
    days = [Day(MONDAY, False, [], [away]), Day(MONDAY + timedelta(days=1), False, [], [away])]
    drawn_rows = {row.hour: row.cells for row in rows(days, clinic)}
    (first,) = drawn_rows[16][0].placed
    assert (first.top, first.height, first.first, first.blocked) == (4, 8, True, True)
    assert all(one.placed[0].height == 12 and not one.placed[0].first for one in [drawn_rows[17][0]])
    (morning,) = drawn_rows[9][1].placed
    assert (morning.top, morning.height, morning.first) == (0, 6, True)
    assert max(drawn_rows) < 24  # the night between is not drawn
    assert min(drawn_rows) == 9


def test_what_is_cancelled_takes_no_room(clinic: Clinic) -> None:
    hours = drawn(clinic, Day(MONDAY, False, [entry(at(9), state="cancelled")], []))
    assert hours[9].placed == []


def test_an_appointment_outside_the_hours_is_still_drawn(clinic: Clinic) -> None:
    hours = drawn(clinic, Day(MONDAY + timedelta(days=6), True, [entry(at(7, day=MONDAY + timedelta(days=6)))], []))
    assert list(hours) == [7]
    assert not hours[7].open


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 10, 25), 10), (date(2027, 3, 28), 10)])
def test_on_the_day_the_clocks_change_it_lies_at_the_wall_clock(clinic: Clinic, day: date, hour: int) -> None:
    local = datetime(day.year, day.month, day.day, hour, tzinfo=clinic.time_zone)
    hours = drawn(clinic, Day(day, True, [entry(local.astimezone(timezone.utc))], []))
    assert [(number, one.placed[0].top) for number, one in hours.items()] == [(hour, 0)]


def test_a_week_in_which_nothing_happens_has_no_rows(clinic: Clinic) -> None:
    assert rows([Day(MONDAY + timedelta(days=6), True, [], [])], clinic) == []
