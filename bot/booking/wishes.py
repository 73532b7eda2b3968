"""When someone would like to come (read by `wish_reading`), and the free times that suit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.booking.availability import Slot

NOON, EVENING = time(12), time(17)


@dataclass(frozen=True)
class Wanted:
    """What suits the patient. Times are wall-clock times of the clinic; `days` are weekdays, 0 = Monday."""

    first: date | None = None
    last: date | None = None
    after: time | None = None  # begins at this time or later
    before: time | None = None  # ends by this time
    days: tuple[int, ...] = ()
    practitioner: str | None = None

    @property
    def anything(self) -> bool:
        """Does it narrow nothing down?"""
        return self == Wanted()

    def suits(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Would this slot do?"""
        start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
        return not (
            (self.first and start.date() < self.first)
            or (self.last and start.date() > self.last)
            or (self.after and start.time() < self.after)
            or (self.before and end.time() > self.before)
            or (self.days and start.weekday() not in self.days)
            or (self.practitioner and slot.practitioner != self.practitioner)
        )

    def narrowed(self, new: Wanted) -> Wanted:
        """What was said before, with what is said now: "mornings only", then "not Mondays"."""
        kept = self
        if new.first or new.last:
            # A single day stands for itself; a span may still leave weekdays out.
            days = new.days or (() if new.first == new.last else self.days)
            kept = replace(kept, first=new.first, last=new.last, days=days)
        elif new.days:
            one_day = self.first is not None and self.first == self.last
            both = tuple(sorted(set(self.days or new.days) & set(new.days))) or new.days
            kept = replace(kept, days=both, **({"first": None, "last": None} if one_day else {}))
        if new.after or new.before:
            kept = replace(kept, after=new.after, before=new.before)
        return replace(kept, practitioner=new.practitioner or kept.practitioner)

    def as_state(self) -> dict[str, Any]:
        """JSON form."""
        return {
            key: value.isoformat() if isinstance(value, (date, time)) else list(value) if key == "days" else value
            for key, value in asdict(self).items()
            if value
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Wanted:
        """Inverse of `as_state`."""
        return cls(
            first=date.fromisoformat(state["first"]) if "first" in state else None,
            last=date.fromisoformat(state["last"]) if "last" in state else None,
            after=time.fromisoformat(state["after"]) if "after" in state else None,
            before=time.fromisoformat(state["before"]) if "before" in state else None,
            days=tuple(state.get("days", ())),
            practitioner=state.get("practitioner"),
        )


def matching(slots: Iterable[Slot], wanted: Wanted, zone: ZoneInfo) -> list[Slot]:
    """The slots that suit, one per time: who is asked for by name comes through `wanted`."""
    found: dict[datetime, Slot] = {}
    for slot in slots:
        if wanted.suits(slot, zone):
            found.setdefault(slot.start, slot)
    return list(found.values())


def spread(slots: list[Slot], zone: ZoneInfo, count: int) -> list[Slot]:
    """A handful to choose from: the soonest of each day and part of the day first, not five times one morning."""
    seen: set[tuple[date, bool]] = set()
    picked: list[Slot] = []
    for slot in slots:
        start = slot.start.astimezone(zone)
        part = (start.date(), start.time() < NOON)
        if part not in seen:
            seen.add(part)
            picked.append(slot)
        if len(picked) == count:
            return picked
    # One day only: fill up with the times an hour apart, then with any.
    for gap in (timedelta(hours=1), timedelta(0)):
        for slot in slots:
            if len(picked) < count and all(abs(slot.start - one.start) >= gap and slot != one for one in picked):
                picked.append(slot)
    return sorted(picked)
