"""When someone would like to come, in words: "mornings only", "next Tuesday after 4", "not before Friday".

Days are read by `bot.eligibility.dates`, looking ahead; parts of the day and clock times here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.booking.availability import Slot
from bot.eligibility.dates import read_day

NOON, EVENING = time(12), time(17)
SPANS: Mapping[str, tuple[time | None, time | None]] = {
    "morning": (None, NOON),
    "afternoon": (NOON, EVENING),
    "evening": (EVENING, None),
    "noon": (time(11, 30), time(14)),
}
PART_OF = {"lunchtime": "noon", "lunch time": "noon", "midday": "noon", "before noon": "morning"}
PART_OF |= {"after work": "evening"}
PART = re.compile(r"\b(morning|afternoon|evening|lunch ?time|after work|before noon|noon|midday)s?\b")
CLOCK = re.compile(
    r"\b(?P<word>not before|no earlier than|from|after|past|since|before|until|till|by|at|around|about|@)?\s*"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?|o'?clock)?(?![\d/.-]*[\d/-])"
    r"(?!(?:st|nd|rd|th)\b)"
    r"(?!\s*(?:day|week|month|year|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
LATER = ("not before", "no earlier than", "from", "after", "past", "since")
SOONER = ("before", "until", "till", "by")
FROM_DAY = re.compile(r"\b(any time after|after|from|not before|no earlier than|starting)\b")
NEXT_WEEKDAY = re.compile(r"\bnext (mon|tue|wed|thu|fri|sat|sun)")
WEEKEND = re.compile(r"\bweek-?ends?\b")
ANY = re.compile(
    r"\b(any ?(time|day)|whenever|no preference|doesn'?t matter|do not mind|don'?t mind|flexible|earliest|soon(est)?"
    r"|as soon as possible|asap|next available)\b"
)


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


@dataclass(frozen=True)
class WishReading:
    """`wanted` when something was read; `choices` when a day has several readings; neither when it is no wish."""

    wanted: Wanted | None = None
    choices: tuple[date, ...] = ()


def read_wish(text: str, now: datetime, people: Mapping[str, str] | None = None) -> WishReading:
    """Read a wish. `people` maps practitioner ids to names, for "with Dr Marsh"."""
    said = " ".join(text.casefold().replace("’", "'").replace(",", " ").split())
    wanted = Wanted(practitioner=_person(said, people or {}))
    after, before, rest = _clock(said)
    wanted = replace(wanted, after=after, before=before)
    today = now.date()
    week = _week(rest, today)
    weekdays = _several_weekdays(rest)
    if week:
        wanted = replace(wanted, first=week[0], last=week[1], days=weekdays or wanted.days)
    elif WEEKEND.search(rest):
        wanted = replace(wanted, days=(5, 6))
    elif weekdays and (len(weekdays) > 1 or re.search(r"days\b", rest)):
        wanted = replace(wanted, days=weekdays)
    else:
        day = read_day(rest, today, ahead=True)
        if day.choices:
            ahead = tuple(one for one in day.choices if one >= today)
            if len(ahead) > 1:
                return WishReading(choices=ahead)
            wanted = replace(wanted, first=ahead[0], last=ahead[0]) if ahead else wanted
        elif day.day is not None and NEXT_WEEKDAY.search(rest):
            # Half of all people mean the coming one by "next Tuesday", half the one after: offer both.
            wanted = replace(wanted, first=day.day, last=day.day + timedelta(days=7), days=(day.day.weekday(),))
        elif day.day is not None:
            since = FROM_DAY.search(rest)
            first = day.day + timedelta(days=1) if since and since[1] in ("after", "any time after") else day.day
            wanted = replace(wanted, first=first, last=None if since else day.day)
    if wanted.anything:
        return WishReading(Wanted()) if ANY.search(said) else WishReading()
    return WishReading(wanted)


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


def _clock(said: str) -> tuple[time | None, time | None, str]:
    """After, before, and the text without the words that said so."""
    after: time | None = None
    before: time | None = None
    rest = said
    part = PART.search(said)
    named = PART_OF.get(part[1], part[1]) if part else ""
    if part:
        after, before = SPANS[named]
        rest = rest.replace(part[0], " ")
    for found in CLOCK.finditer(said):
        word = found["word"]
        if not (word or found["minute"] or found["half"]):
            continue
        clock = _time(int(found["hour"]), int(found["minute"] or 0), found["half"] or "", named)
        if clock is None:
            continue
        if word in LATER:
            after = clock
        elif word in SOONER:
            before = clock
        else:
            after, before = clock, _plus(clock, 61)
        rest = rest.replace(found[0].strip(), " ")
    between = re.search(r"\bbetween (\d{1,2}) and (\d{1,2})\b", said)
    if between:
        after, before = _time(int(between[1]), 0, "", ""), _time(int(between[2]), 0, "", "")
        rest = rest.replace(between[0], " ")
    return after, before, " ".join(rest.split())


def _time(hour: int, minute: int, half: str, part: str) -> time | None:
    """ "4" is the afternoon, "9" the morning: clinics are not open at four in the morning."""
    if hour > 23 or minute > 59:
        return None
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif (not half.startswith("a") and 1 <= hour <= 6 and part != "morning") or (part == "evening" and hour < 12):
        hour += 12
    return time(hour, minute)


def _plus(clock: time, minutes: int) -> time:
    total = min(clock.hour * 60 + clock.minute + minutes, 23 * 60 + 59)
    return time(total // 60, total % 60)


def _week(said: str, today: date) -> tuple[date, date] | None:
    """The first and last day of "this week", "next week", "the week after next"."""
    found = re.search(r"\b(?:(this|next) week|(week after next))\b", said)
    if not found:
        return None
    monday = today - timedelta(days=today.weekday())
    monday += timedelta(weeks=2 if found[2] else 1 if found[1] == "next" else 0)
    return max(monday, today), monday + timedelta(days=6)


def _several_weekdays(said: str) -> tuple[int, ...]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found = re.findall(r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|r|rs|ur)?(?:days?)?\b", said)
    return tuple(sorted({names.index(one) for one in found}))


def _person(said: str, people: Mapping[str, str]) -> str | None:
    for id, name in people.items():
        last = name.casefold().split()[-1]
        if re.search(rf"\b(?:with|see|dr|doctor|nurse|only)\b.*\b{re.escape(last)}\b", said):
            return id
    return None
