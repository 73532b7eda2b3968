"""A clinic's opening hours in words, and whether it is open."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby

from bot.clinic import Clinic

FAR = 60  # days; a clinic closed for longer gives no next opening


def spelled(clinic: Clinic, days: list[str], until: str = "-", and_: str = ", ") -> str:
    """The week as "Monday 09:00-18:00; Saturday 10:00-12:00"; neighbouring days with the same hours are joined."""
    lines = []
    for ranges, group in groupby(range(7), key=lambda day: clinic.hours.get(day, ())):
        if not ranges:
            continue
        names = [days[day] for day in group]
        span = names[0] if len(names) == 1 else f"{names[0]}{until}{names[-1]}"
        lines.append(f"{span} {and_.join(f'{start:%H:%M}-{end:%H:%M}' for start, end in ranges)}")
    return "; ".join(lines)


def is_open(clinic: Clinic, now: datetime) -> bool:
    """`now` is timezone-aware; public holidays are the calendar's business, closed days are known here."""
    local = now.astimezone(clinic.time_zone)
    return any(start <= local.time() < end for start, end in _ranges(clinic, local.date()))


def next_opening(clinic: Clinic, now: datetime) -> datetime | None:
    """When the clinic next opens, in its own zone; `now` itself when it is open."""
    local = now.astimezone(clinic.time_zone)
    if is_open(clinic, local):
        return local
    for ahead in range(FAR):
        day = local.date() + timedelta(days=ahead)
        for start, _ in _ranges(clinic, day):
            opening = datetime.combine(day, start, clinic.time_zone)
            if opening > local:
                return opening
    return None


def _ranges(clinic: Clinic, day: date) -> tuple[tuple[time, time], ...]:
    return () if day in clinic.closed else clinic.hours.get(day.weekday(), ())
