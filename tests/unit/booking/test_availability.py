from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.booking.availability import Busy, free_slots, happens_twice, openings, slot_at, to_utc, units
from bot.clinic import Clinic, Service

UTC = timezone.utc
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
NIGHT = {day: ((time(0), time(6)),) for day in range(7)}


def consultation(clinic: Clinic) -> Service:
    return clinic.services["consultation"]


def clock(moment: datetime, zone: ZoneInfo = LONDON) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"


def first(clinic: Clinic, **more):  # type: ignore[no-untyped-def]
    return next(free_slots(clinic, consultation(clinic), **{"now": NOW, **more}))


def test_the_first_slot_respects_the_notice(clinic: Clinic) -> None:
    assert clock(first(clinic).start) == "Tue 24 Nov 10:00"


def test_lunch_and_closing_time_are_kept_free(clinic: Clinic) -> None:
    slots = list(free_slots(clinic, consultation(clinic), now=NOW))
    tuesday = [clock(slot.start) for slot in slots if clock(slot.start).startswith("Tue 01 Dec")]
    assert "Tue 01 Dec 12:30" in tuesday
    assert "Tue 01 Dec 12:45" not in tuesday
    assert "Tue 01 Dec 14:00" in tuesday
    assert tuesday[-2] == "Tue 01 Dec 17:30"  # twice: each practitioner


def test_public_holidays_and_closed_days_have_no_slots(clinic: Clinic) -> None:
    december = replace(clinic, closed=frozenset({date(2026, 12, 24)}), booking={"horizon_days": 60, "notice_hours": 0})
    days = {slot.start.date() for slot in free_slots(december, consultation(clinic), now=NOW)}
    assert date(2026, 12, 23) in days
    # Christmas Eve closed, Christmas Day, Boxing Day (Saturday, kept on Monday), New Year's Day
    assert not days & {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
    assert date(2026, 12, 29) in days


def test_nothing_is_offered_before_the_earliest_day_which_is_itself_allowed(clinic: Clinic) -> None:
    earliest = date(2026, 12, 1)
    assert first(clinic, not_before=earliest).start.date() == earliest


def test_the_horizon_ends_the_list(clinic: Clinic) -> None:
    near = replace(clinic, booking={"horizon_days": 3, "notice_hours": 0})
    assert max(slot.start.date() for slot in free_slots(near, consultation(clinic), now=NOW)) == date(2026, 11, 26)


def test_a_busy_practitioner_leaves_the_other_one(clinic: Clinic) -> None:
    ten = datetime(2026, 11, 24, 10, tzinfo=UTC)
    busy = [Busy(ten, ten + timedelta(minutes=40), "okafor")]
    assert first(clinic, busy=busy).practitioner == "marsh"
    assert clock(first(clinic, busy=busy, practitioners=["okafor"]).start) == "Tue 24 Nov 10:45"


def test_a_buffer_is_kept_before_the_next_patient(clinic: Clinic) -> None:
    eleven = datetime(2026, 11, 24, 11, tzinfo=UTC)
    busy = [Busy(eleven, eleven + timedelta(minutes=40))]
    starts = [clock(slot.start) for slot in free_slots(clinic, consultation(clinic), now=NOW, busy=busy)]
    assert "Tue 24 Nov 10:15" in starts  # 10:15 to 10:45, free again at 10:55
    assert "Tue 24 Nov 10:30" not in starts


def test_a_blocked_morning_blocks_everybody(clinic: Clinic) -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert clock(first(clinic, busy=[Busy(nine, nine + timedelta(hours=4))]).start) == "Tue 24 Nov 14:00"


def test_opening_hours_are_wall_clock_in_summer_and_winter(clinic: Clinic) -> None:
    for day in (date(2026, 10, 23), date(2026, 10, 26)):  # before and after the clocks go back
        assert clock(openings(clinic, day)[0][0])[-5:] == "09:00"
    assert openings(clinic, date(2026, 10, 23))[0][0].hour == 8
    assert openings(clinic, date(2026, 10, 26))[0][0].hour == 9


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 5), (date(2026, 10, 25), 7), (date(2026, 10, 26), 6)])
def test_a_night_in_which_clocks_change_has_its_real_length(clinic: Clinic, day: date, hours: int) -> None:
    ((start, end),) = openings(replace(clinic, hours=NIGHT), day)
    assert end - start == timedelta(hours=hours)


def test_a_time_that_clocks_skip_is_the_moment_they_do() -> None:
    skipped = datetime(2026, 3, 29, 1, tzinfo=UTC)
    for late in (False, True):
        assert to_utc(date(2026, 3, 29), time(1, 30), LONDON, late=late) == skipped


def test_a_time_that_happens_twice_is_told_apart() -> None:
    early, late = (to_utc(date(2026, 10, 25), time(1, 30), LONDON, late=late) for late in (False, True))
    assert late - early == timedelta(hours=1)
    assert happens_twice(early, LONDON)
    assert happens_twice(late, LONDON)
    assert not happens_twice(NOW, LONDON)


# ---- whatever the clinic and the day

ZONES = [ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")]
QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[tuple[time, time], ...]:
    times = sorted(draw(st.sets(QUARTERS, min_size=2, max_size=4)))
    pairs = list(zip(times[::2], times[1::2], strict=False))
    return tuple(pairs)


@st.composite
def situations(draw: st.DrawFn):  # type: ignore[no-untyped-def]
    zone = draw(st.sampled_from(ZONES))
    changes = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25)]
    day = draw(st.sampled_from([*changes, date(2026, 11, 1), date(2026, 6, 15)])) - timedelta(days=1)
    now = datetime.combine(day, draw(QUARTERS), zone).astimezone(UTC)
    busy = [
        Busy(start, start + timedelta(minutes=draw(st.integers(5, 300))), draw(st.sampled_from([None, "okafor"])))
        for start in draw(st.lists(st.integers(0, 72).map(lambda hours: now + timedelta(hours=hours)), max_size=4))
    ]
    return zone, now, busy, {weekday: draw(ranges()) for weekday in range(7)}, draw(st.integers(1, 18)) * 5


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(situation=situations())
def test_every_slot_lies_in_an_opening_and_meets_nothing_taken(clinic: Clinic, situation) -> None:  # type: ignore[no-untyped-def]
    zone, now, busy, hours, minutes = situation
    here = replace(clinic, time_zone=zone, hours=hours, holidays={}, booking={"horizon_days": 3, "notice_hours": 2})
    service = replace(consultation(clinic), minutes=minutes, buffer=10)
    found = list(free_slots(here, service, now=now, busy=busy))
    assert found == sorted(found, key=lambda slot: slot.start)
    assert len({(slot.start, slot.practitioner) for slot in found}) == len(found)
    for slot in found:
        assert slot.start >= now + timedelta(hours=2)
        assert slot.end - slot.start == timedelta(minutes=minutes)
        start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
        open_then = hours[start.weekday()]
        last = end.time() if end.date() == start.date() else time.max
        assert any(begin <= start.time() and last <= close for begin, close in open_then), (start, end, open_then)
        for one in busy:
            if one.practitioner in (None, slot.practitioner):
                assert one.end <= slot.start or one.start >= slot.until


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(situation=situations())
def test_taking_slot_after_slot_never_shares_a_unit(clinic: Clinic, situation) -> None:  # type: ignore[no-untyped-def]
    zone, now, busy, hours, minutes = situation
    here = replace(clinic, time_zone=zone, hours=hours, holidays={}, booking={"horizon_days": 2, "notice_hours": 0})
    service = replace(consultation(clinic), minutes=minutes, buffer=10)
    taken: set[tuple[str, int]] = set()
    for _ in range(6):
        slot = next(free_slots(here, service, now=now, busy=busy), None)
        if slot is None:
            break
        mine = {(slot.practitioner, unit) for unit in units(slot)}
        assert not mine & taken
        taken |= mine
        busy = [*busy, Busy(slot.start, slot.until, slot.practitioner)]


def test_units_cover_the_slot_with_its_buffer(clinic: Clinic) -> None:
    slot = slot_at(consultation(clinic), "okafor", datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert len(units(slot)) == 8  # 30 minutes and 10 of buffer
