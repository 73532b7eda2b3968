"""Reads when someone would like to come: "mornings only", "not Mondays", "next Tuesday after 4", "early December".

It reads plain words (`Wording.plain`): lower case, no accents, English names of days, months and parts of the day,
"except ..." for what does not suit. Single days are read by `bot.eligibility.dates`, looking ahead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.booking.wishes import EVENING, NOON, Wanted
from bot.eligibility.dates import MONTHS, ONE_TO_TWELVE, read_day
from bot.safety.text import fold

SPANS: Mapping[str, tuple[time | None, time | None]] = {
    "morning": (None, NOON),
    "afternoon": (NOON, EVENING),
    "evening": (EVENING, None),
    "noon": (time(11, 30), time(14)),
    "late afternoon": (time(15), time(18)),
    "early morning": (None, time(10, 30)),
}
OTHERWISE = {"morning": (NOON, None), "afternoon": (None, NOON), "evening": (None, EVENING)}  # "not in the morning"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|r|rs|ur)?(?:days?)?"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
PART = r"(?:early morning|late afternoon|morning|afternoon|evening|noon)s?"
# What can be left out; `Wording.plain` uses it where a catalogue says {when}.
ONE = rf"(?:{WEEKDAY}|{PART}|weekends?|weekdays|tomorrow|today|this week|next week)"
WHEN = rf"\b({ONE}(?:(?:,| and| or|,? nor|/) ?(?:on |in the |the )?{ONE})*)\b"
EXCEPT = re.compile(rf"\bexcept {WHEN}(?: ?;)?")
CLOCK = re.compile(
    r"\b(?P<word>not before|no earlier than|from|after|past|since|before|until|till|by|at|around|about|@)?\s*"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))?\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?|o'?clock)?(?![\d/.-]*[\d/-])"
    r"(?!(?:st|nd|rd|th)\b)"
    rf"(?!\s*(?:of )?(?:day|week|month|year|{MONTH}\b))"
)
LATER = ("not before", "no earlier than", "from", "after", "past", "since")
SOONER = ("before", "until", "till", "by")
HOURS = "|".join(ONE_TO_TWELVE)
BETWEEN = re.compile(
    r"\b(?:between |from )?(?P<first>\d{1,2})(?::(?P<m1>\d{2}))? ?(?P<h1>[ap]m)? ?(?P<joined>and|to|until|till|-) ?"
    r"(?P<last>\d{1,2})(?::(?P<m2>\d{2}))? ?(?P<h2>[ap]m)?(?![\d:./]|st|nd|rd|th)\b"
)
SINCE = r"(?:any ?time after|after|from|not before|no earlier than|starting|since)"
UNTIL = r"(?:before|until|till|up to|no later than|by)"
WEEKEND = re.compile(r"\bweek-?ends?\b")
MONTH_SPAN = re.compile(
    r"\b(?P<which>first week of|beginning of|start of|early|middle of|mid|end of|last week of|late)?\s*"
    r"(?:in |the |of )*"
    rf"(?P<name>(?:this|next) month|the month|month|{MONTH})\b"
)
ANY = re.compile(
    r"\b(any ?(time|day)|whenever|no preference|doesn'?t matter|do not mind|don'?t mind|flexible|earliest|soon(est)?"
    r"|as soon as possible|asap|next available|when can i come|what(?:'s| is| are)? .{0,12}\b(?:available|free)"
    r"|any availability|availability)\b"
)


@dataclass(frozen=True)
class WishReading:
    """`wanted` when something was read; `choices` when a day has several readings; neither when it is no wish."""

    wanted: Wanted | None = None
    choices: tuple[date, ...] = ()


def read_wish(said: str, now: datetime, people: Mapping[str, str] | None = None) -> WishReading:
    """Read plain words. `people` maps practitioner ids to names, for "with Dr Marsh"."""
    today = now.date()
    wanted = Wanted(practitioner=_person(said, people or {}))
    wanted, rest = _without(said, wanted, today)
    after, before, rest = _clock(rest)
    wanted = replace(wanted, after=after or wanted.after, before=before or wanted.before)
    dates = _dates(rest.replace(",", " "), today)
    if dates.choices:
        return dates
    if dates.wanted is not None:
        found = dates.wanted
        wanted = replace(
            wanted, first=found.first or wanted.first, last=found.last or wanted.last, days=found.days or wanted.days
        )
    if wanted.anything:
        return WishReading(Wanted()) if ANY.search(said) else WishReading()
    return WishReading(wanted)


def one_hour_after(clock: time) -> time:
    """What `before` is for "at 3": any slot that begins then, up to an hour long, ends by it."""
    total = min(clock.hour * 60 + clock.minute + 61, 23 * 60 + 59)
    return time(total // 60, total % 60)


# ---- days


def _dates(rest: str, today: date) -> WishReading:
    """The days of a wish, the clock and what does not suit taken out."""
    weekdays = _weekdays(rest)
    week = _week(rest, today)
    if week:
        return WishReading(Wanted(*week, days=weekdays))
    several = len(weekdays) > 1 or (len(weekdays) == 1 and re.search(rf"\b{WEEKDAY}s\b|\bevery\b", rest) is not None)
    span = _span(rest, today)
    if span:
        return WishReading(Wanted(*span, days=weekdays if several else ()))
    if WEEKEND.search(rest):
        return WishReading(Wanted(days=(5, 6)))
    if re.search(r"\b(?:week|working) ?days\b", rest):
        return WishReading(Wanted(days=(0, 1, 2, 3, 4)))
    if several and re.search(r"days\b|\b(?:and|or|to|till?|until|/|-)", rest):
        return WishReading(Wanted(days=weekdays))
    return _one_day(rest, today, weekdays)


def _one_day(rest: str, today: date, weekdays: tuple[int, ...]) -> WishReading:
    if re.search(r"\bday after tomorrow\b", rest):
        return WishReading(_only(today + timedelta(days=2)))
    day = read_day(rest, today, ahead=True)
    ahead = tuple(one for one in day.choices if one >= today)
    if len(ahead) > 1:
        return WishReading(choices=ahead)
    found = day.day or (ahead[0] if ahead else None)
    return WishReading() if found is None else WishReading(_around(found, rest, weekdays))


def _only(day: date) -> Wanted:
    return Wanted(day, day)


def _around(found: date, rest: str, weekdays: tuple[int, ...]) -> Wanted:
    """The day that was read, as it was meant: that day, from it on, until it, or about then."""
    week = timedelta(days=7)
    if weekdays and re.search(rf"\b{WEEKDAY} week\b|\ba week (?:on|from|after)\b", rest):
        return _only(found + week)
    if weekdays and re.search(rf"\bnext {WEEKDAY}\b", rest):
        # Half of all people mean the coming one by "next Tuesday", half the one after: offer both.
        return Wanted(found, found + week, days=(found.weekday(),))
    if re.search(r"\bin (?:a|\d+) (?:week|fortnight|month)", rest):
        return Wanted(found - timedelta(days=2), found + timedelta(days=4))
    bound = re.search(rf"\b(?:(?P<since>{SINCE})|(?P<until>{UNTIL})) (?:the |on )?(?:{WEEKDAY}|\d)", rest)
    if bound and bound["since"]:
        return Wanted(found + timedelta(days=1) if bound["since"].endswith("after") else found)
    if bound:
        return Wanted(last=found - timedelta(days=1) if bound["until"] == "before" else found)
    return _only(found)


def _span(rest: str, today: date) -> tuple[date, date] | None:
    """First and last day of "from the 7th to the 11th", "in December", "end of the month"."""
    parts = re.fullmatch(r".*?\b(?:from|between) (.+?) (?:to|until|till|and) (.+)", rest)
    if parts and not _weekdays(rest):
        first, last = (read_day(part, today, ahead=True).day for part in parts.groups())
        if first and last and first <= last:
            return first, last
    found = MONTH_SPAN.search(rest)
    if not found or re.search(rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b|\b{MONTH} (?:the )?\d", rest):
        return None
    name, which = found["name"], found["which"] or ""
    if name in ("may", "mar", "sun") and not re.search(rf"\b(?:in|of|early|mid|late|month) {name}\b", rest):
        return None  # "I may come"
    if name == "month" and not which:
        return None
    months = 1 if name.startswith("next") else 0
    if name[:3] in MONTHS:
        months = (MONTHS.index(name[:3]) + 1 - today.month) % 12
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    first, following = date(year, month + 1, 1), date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = following - timedelta(days=1)
    if which in ("first week of", "beginning of", "start of", "early"):
        last = first + timedelta(days=6 if which == "first week of" else 9)
    elif which in ("middle of", "mid"):
        first, last = first + timedelta(days=9), first + timedelta(days=19)
    elif which:
        first = last - timedelta(days=6 if which == "last week of" else 9)
    return max(first, today), last


def _week(said: str, today: date) -> tuple[date, date] | None:
    """The first and last day of "this week", "end of next week", "the week of 14 December"."""
    found = re.search(
        r"\b(?P<part>early|beginning of|start of|late|end of|later)?\s*(?:in )?(?:the )?"
        r"(?:(?P<near>this|next) week|(?P<far>week after next)|(?P<of>week (?:of|from|beginning|commencing)) )",
        said + " ",
    )
    if not found:
        return None
    if found["of"]:
        day = read_day(said[found.end() - 1 :], today, ahead=True).day
        if day is None:
            return None
        monday = day - timedelta(days=day.weekday())
    else:
        weeks = 2 if found["far"] else 1 if found["near"] == "next" else 0
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    first, last = monday, monday + timedelta(days=6)
    if found["part"] in ("early", "beginning of", "start of"):
        last = monday + timedelta(days=2)
    elif found["part"]:
        first = monday + timedelta(days=2)
    return max(first, today), last


def _weekdays(said: str) -> tuple[int, ...]:
    """Weekdays named in a text; "mon-wed" and "Monday to Wednesday" name those between too."""
    found: set[int] = set()
    for one in re.finditer(rf"\b({WEEKDAY})\b(?:\s*(?:to|till?|until|through|-)\s*({WEEKDAY})\b)?", said):
        first = DAYS.index(one[1][:3])
        last = DAYS.index(one[2][:3]) if one[2] else first
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    if re.search(rf"\bbetween {WEEKDAY} and {WEEKDAY}\b", said) and len(found) == 2:
        found = set(range(min(found), max(found) + 1))
    return tuple(sorted(found))


def _without(said: str, wanted: Wanted, today: date) -> tuple[Wanted, str]:
    """What does not suit, and the text without it."""
    for found in EXCEPT.finditer(said):
        out = found[1]
        left = set(wanted.days or range(7)) - set(_weekdays(out))
        left -= {5, 6} if WEEKEND.search(out) else set()
        left -= {0, 1, 2, 3, 4} if "weekdays" in out else set()
        if 0 < len(left) < 7:
            wanted = replace(wanted, days=tuple(sorted(left)))
        for part, (after, before) in OTHERWISE.items():
            if part in out:
                wanted = replace(wanted, after=after or wanted.after, before=before or wanted.before)
        if week := _week(out, today):
            wanted = replace(wanted, first=week[1] + timedelta(days=1))
        elif "tomorrow" in out or "today" in out:
            wanted = replace(wanted, first=today + timedelta(days=2 if "tomorrow" in out else 1))
    return wanted, EXCEPT.sub(" ", said)


# ---- hours


def _clock(said: str) -> tuple[time | None, time | None, str]:
    """After, before, and the text without the words that said so."""
    rest = _numbers(said)
    after: time | None = None
    before: time | None = None
    part = re.search(rf"\b({PART})\b", rest)
    named = part[1].rstrip("s") if part else ""
    if part:
        after, before = SPANS[named]
        rest = rest.replace(part[0], " ", 1)
    elif half := re.search(rf"\b(?:{WEEKDAY}|tomorrow) (am|pm)\b|\b(?:in the )(am|pm)\b", rest):
        after, before = (None, NOON) if "am" in half.groups() else (NOON, None)
        rest = re.sub(r"\b(?:in the )?[ap]m\b", " ", rest)
    between = BETWEEN.search(rest)
    if between and _is_hours(between, rest):
        first = _time(int(between["first"]), int(between["m1"] or 0), between["h1"] or "", named)
        last = _time(int(between["last"]), int(between["m2"] or 0), between["h2"] or "", named)
        if first and last and first < last:
            return first, last, rest.replace(between[0], " ")
    for found in CLOCK.finditer(rest):
        word = found["word"]
        if not (word or found["minute"] or found["half"]):
            continue
        if "." in found[0] and not found["half"] and int(found["minute"] or 0) % 5:
            continue  # "14.12" is a day: nobody begins at 14:12
        clock = _time(int(found["hour"]), int(found["minute"] or 0), found["half"] or "", named)
        if clock is None:
            continue
        if word in LATER:
            after = clock
        elif word in SOONER:
            before = clock
        else:
            after, before = clock, one_hour_after(clock)
        rest = rest.replace(found[0].strip(), " ", 1)
    if part and after and before and after >= before:  # "after 5 in the afternoon"
        after, before = (after, None) if before == SPANS[named][1] else (None, before)
    return after, before, " ".join(rest.split())


def _is_hours(between: re.Match[str], said: str) -> bool:
    """ "10-12" may be a date; "between 10 and 12", "10am-12" and "10 to 12" are hours unless a month follows."""
    first, last = int(between["first"]), int(between["last"])
    sure = between["h1"] or between["h2"] or between["m1"] or between["joined"] in ("and", "to", "until", "till")
    month = re.match(rf"\s*(?:of )?{MONTH}\b", said[between.end() :])
    return bool(sure) and not month and first <= 23 and last <= 23


def _numbers(said: str) -> str:
    """ "half past four", "quarter to five", "at four" with digits."""
    before = (
        r"(?:half past|half|quarter past|quarter to|at|after|before|by|until|till|from|around|about|between|and|to)"
    )
    said = re.sub(rf"\b({before}) ({HOURS})\b", lambda one: f"{one[1]} {ONE_TO_TWELVE.index(one[2]) + 1}", said)
    said = re.sub(rf"\b({HOURS})(?= ?o'?clock| ?[ap]m\b)", lambda one: str(ONE_TO_TWELVE.index(one[1]) + 1), said)
    said = re.sub(r"\bhalf (?:past )?(\d{1,2})\b", r"\1:30", said)
    said = re.sub(r"\b(?:a )?quarter past (\d{1,2})\b", r"\1:15", said)
    return re.sub(r"\b(?:a )?quarter to (\d{1,2})\b", lambda one: f"{(int(one[1]) - 2) % 12 + 1}:45", said)


def _time(hour: int, minute: int, half: str, part: str) -> time | None:
    """ "4" is the afternoon, "9" the morning: clinics are not open at four in the morning."""
    if hour > 23 or minute > 59:
        return None
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif (not half.startswith("a") and 1 <= hour <= 6 and "morning" not in part) or (part == "evening" and hour < 12):
        hour += 12
    return time(hour, minute)


def _person(said: str, people: Mapping[str, str]) -> str | None:
    for id, name in people.items():
        last = fold(name.split()[-1])
        if re.search(rf"\b(?:with|see|dr|doctor|nurse|only)\b.*\b{re.escape(last)}\b", said):
            return id
    return None
