"""Days as a calendar: hours down, days across, appointments and blocked times where they lie on the clinic's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from bot.booking.availability import UNIT, openings, to_utc
from bot.booking.repository import Booking, Contact
from bot.clinic import Clinic
from bot.storage.casework import Block

HOUR = 12  # units of 5 minutes
TALLEST = 36  # units; console.css has a class for each
LANES = 4  # side by side at most; console.css has a class for each


@dataclass(frozen=True)
class Entry:
    """An appointment on the page."""

    booking: Booking
    contact: Contact | None
    service: str
    practitioner: str
    no_show: bool
    test: bool

    @property
    def state(self) -> str:
        return "no_show" if self.no_show else self.booking.state


@dataclass(frozen=True)
class Day:
    """What lies on one day."""

    day: date
    closed: bool
    entries: list[Entry]
    blocks: list[Block]


@dataclass(frozen=True)
class Placed:
    """An appointment, or what one hour shows of a blocked time: `top` and `height` in units of 5 minutes from the hour.

    `lane` of `lanes` lie side by side, from 0. `first`: the piece that carries the words.
    """

    what: Entry | Block
    top: int
    height: int
    lane: int
    lanes: int
    first: bool = True

    @property
    def blocked(self) -> bool:
        return isinstance(self.what, Block)


@dataclass(frozen=True)
class Cell:
    """One hour of one day."""

    open: bool
    placed: list[Placed]


@dataclass(frozen=True)
class Row:
    """One hour."""

    hour: int
    cells: list[Cell]


@dataclass(frozen=True)
class _Span:
    """From and until which unit of its day, in which lane."""

    what: Entry | Block
    start: int
    end: int
    lane: int = 0
    lanes: int = 1


def rows(days: Sequence[Day], clinic: Clinic) -> list[Row]:
    """From the first hour to the last in which the clinic is open or something lies. Cancelled ones are left out."""
    spans = [_in_lanes(_spans(one, clinic)) for one in days]
    opened = [[_span_of(one.day, *times, clinic) for times in openings(clinic, one.day)] for one in days]
    taken = [(span.start, span.end) for found in spans for span in found]
    every = [*taken, *(times for found in opened for times in found)]
    if not every:
        return []
    first = min(start for start, _ in every) // HOUR
    last = max(-(-end // HOUR) for _, end in every)
    return [
        Row(
            hour,
            [
                Cell(
                    any(start < (hour + 1) * HOUR and end > hour * HOUR for start, end in times),
                    list(_placed(found, hour)),
                )
                for found, times in zip(spans, opened, strict=True)
            ],
        )
        for hour in range(first, last)
    ]


def _spans(day: Day, clinic: Clinic) -> list[_Span]:
    found = [
        _Span(entry, *_span_of(day.day, entry.booking.slot.start, entry.booking.slot.end, clinic))
        for entry in day.entries
        if entry.state != "cancelled"
    ]
    found += [_Span(block, *_span_of(day.day, block.starts, block.ends, clinic)) for block in _opened(day, clinic)]
    return sorted((span for span in found if span.start < span.end), key=lambda span: (span.start, -span.end))


def _opened(day: Day, clinic: Clinic) -> Iterator[Block]:
    """Blocked times that matter: a night in a week of absence need not be drawn."""
    times = openings(clinic, day.day)
    for block in day.blocks:
        if any(block.starts < end and block.ends > start for start, end in times):
            start, end = max(block.starts, times[0][0]), min(block.ends, times[-1][1])
            yield replace(block, starts=start, ends=end)


def _span_of(day: date, start: datetime, end: datetime, clinic: Clinic) -> tuple[int, int]:
    """Units of the day on the clinic's clock; what lies before or after the day is cut off."""
    midnight = to_utc(day, time(), clinic.time_zone)
    first = 0 if start <= midnight else _unit(start.astimezone(clinic.time_zone))
    local = end.astimezone(clinic.time_zone)
    last = 24 * HOUR if local.date() > day else _unit(local, up=True)
    return first, last


def _unit(local: datetime, *, up: bool = False) -> int:
    minutes, size = local.hour * 60 + local.minute, int(UNIT.total_seconds()) // 60
    return -(-minutes // size) if up else minutes // size


def _in_lanes(spans: Iterable[_Span]) -> list[_Span]:
    """Those that overlap side by side, each in the first lane that is free."""
    done: list[_Span] = []
    group: list[_Span] = []
    for span in spans:
        if group and span.start >= max(one.end for one in group):
            done += _settled(group)
            group = []
        busy = {one.lane for one in group if one.end > span.start}
        lane = next((at for at in range(LANES) if at not in busy), LANES - 1)
        group.append(replace(span, lane=lane))
    return done + _settled(group)


def _settled(group: list[_Span]) -> list[_Span]:
    lanes = 1 + max((one.lane for one in group), default=0)
    return [replace(one, lanes=lanes) for one in group]


def _placed(spans: Iterable[_Span], hour: int) -> Iterator[Placed]:
    """An appointment hangs from the hour in which it begins; a blocked time is cut at the hours."""
    begins = hour * HOUR
    for span in spans:
        start, end = span.start, span.end
        starts_here = begins <= start < begins + HOUR
        if isinstance(span.what, Block):
            start, end = max(start, begins), min(end, begins + HOUR)
            if start >= end:
                continue
        elif not starts_here:
            continue
        yield Placed(span.what, start - begins, min(end - start, TALLEST), span.lane, span.lanes, starts_here)
