"""When could someone come? Pure functions of the clinic's file, what is taken, and the time of asking.

Opening hours are wall-clock times of the clinic; everything after `openings` is absolute (UTC), so that a night in
which clocks change has as many minutes as it really has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from bot.clinic import Clinic, Service

UNIT = timedelta(minutes=5)  # the grain of what can be taken; see `units`
GRID = timedelta(minutes=15)  # slots begin on quarters of an hour after an opening
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True)
class Slot:
    """A time with a practitioner. `until` is the end with the buffer; all three times are in UTC."""

    start: datetime
    end: datetime
    until: datetime
    practitioner: str
    service: str


@dataclass(frozen=True)
class Busy:
    """Time that is taken. `practitioner` None: the whole clinic (a blocked morning)."""

    start: datetime
    end: datetime
    practitioner: str | None = None


def free_slots(
    clinic: Clinic,
    service: Service,
    *,
    now: datetime,
    busy: Iterable[Busy] = (),
    not_before: date | None = None,
    practitioners: Sequence[str] | None = None,
    first: date | None = None,
) -> Iterator[Slot]:
    """Every slot that can be offered, by time, then in the order of clinic.yml.

    `not_before` is the verdict's earliest day, itself allowed; the caller knows whether it binds this service.
    `first` is where the patient wants to start looking. Notice and horizon come from the clinic.
    """
    opens = now + timedelta(hours=float(clinic.booking["notice_hours"]))
    today = now.astimezone(clinic.time_zone).date()
    last = today + timedelta(days=int(clinic.booking["horizon_days"]))
    day = max(filter(None, (opens.astimezone(clinic.time_zone).date(), not_before, first)))
    able = [
        person.id
        for person in clinic.practitioners
        if service.id in person.services and (practitioners is None or person.id in practitioners)
    ]
    taken = sorted(busy, key=lambda one: one.start)
    while day <= last:
        found = [
            slot
            for opening in openings(clinic, day)
            for slot in _fitting(service, opening, able)
            if slot.start >= opens and not _meets(slot, taken)
        ]
        yield from sorted(found, key=lambda slot: (slot.start, able.index(slot.practitioner)))
        day += timedelta(days=1)


def openings(clinic: Clinic, day: date) -> list[tuple[datetime, datetime]]:
    """The opening ranges of a day in UTC; none on a public holiday or a closed day."""
    if day in clinic.closed or is_holiday(clinic, day):
        return []
    # Of a time that happens twice, the second opens and the first closes: never open when a clock says otherwise.
    ranges = [
        (to_utc(day, start, clinic.time_zone, late=True), to_utc(day, end, clinic.time_zone))
        for start, end in clinic.hours.get(day.weekday(), ())
    ]
    return [(start, end) for start, end in ranges if start < end]


def is_holiday(clinic: Clinic, day: date) -> bool:
    """Is it a public holiday where the clinic is? A clinic that names no country keeps none."""
    country = clinic.holidays.get("country")
    return bool(country) and day in _holidays(str(country), clinic.holidays.get("subdivision") or None, day.year)


def units(slot: Slot) -> range:
    """The numbers of the 5-minute units that a slot takes, buffer included: what no two bookings may share."""
    size = UNIT.total_seconds()
    return range(math.floor(slot.start.timestamp() / size), math.ceil(slot.until.timestamp() / size))


def slot_at(service: Service, practitioner: str, start: datetime) -> Slot:
    """The slot of a service that begins at `start`."""
    begin = start.astimezone(timezone.utc)
    end = begin + timedelta(minutes=service.minutes)
    return Slot(begin, end, end + timedelta(minutes=service.buffer), practitioner, service.id)


def to_utc(day: date, clock: time, zone: ZoneInfo, *, late: bool = False) -> datetime:
    """A wall-clock time as UTC. A time that happens twice is the first one, or with `late` the second; a time that
    clocks skip is the moment at which they do.
    """
    wall = datetime.combine(day, clock.replace(fold=int(late)), zone)
    moment = wall.astimezone(timezone.utc)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    edges = [wall.replace(fold=fold).astimezone(timezone.utc) for fold in (0, 1)]
    skipped, end = min(edges), max(edges)
    offset = skipped.astimezone(zone).utcoffset()
    while skipped < end and skipped.astimezone(zone).utcoffset() == offset:
        skipped += MINUTE
    return skipped


def happens_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Does the clinic's clock show this time twice, so that the zone must be said?"""
    local = moment.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _fitting(service: Service, opening: tuple[datetime, datetime], able: Sequence[str]) -> Iterator[Slot]:
    start, end = opening
    while start + timedelta(minutes=service.minutes) <= end:
        for practitioner in able:
            yield slot_at(service, practitioner, start)
        start += GRID


def _meets(slot: Slot, taken: Sequence[Busy]) -> bool:
    for one in taken:
        if one.start >= slot.until:
            return False
        if one.end > slot.start and one.practitioner in (None, slot.practitioner):
            return True
    return False


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=[year]))
