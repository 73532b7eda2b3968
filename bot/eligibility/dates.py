"""Days said in words, read against today: "last Tuesday", "3 days ago", "on 4 November", "04/11/2026", ISO; in other
languages through their words for days (dates.yml).

What has more than one reading is not guessed: `DayReading.choices` then holds the days it may mean.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import yaml

from bot.eligibility.folding import fold, plain

ONE_TO_TWELVE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS = {word: number for number, word in enumerate(ONE_TO_TWELVE, start=1)}
NUMBERS |= {"a": 1, "an": 1, "couple": 2, "fourteen": 14, "twenty": 20, "thirty": 30}
NUMBERS |= {"thirteen": 13, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19}
OTHER_LANGUAGES = Path(__file__).parent / "dates.yml"
PARTS = {"early": (1, 5, 10), "mid": (12, 15, 18), "late": (21, 26, 31), "": (5, 15, 25)}  # days to choose from
PART = r"(?P<part>early|(?:the )?(?:start|beginning) of|mid(?:dle of)?|late|(?:the )?end of)"
SURELY_A_MONTH = re.compile(
    r"\b(in|of|early|mid|late|last|since|this)[ -](may|mar|march)\b"
)  # "I may be late" is no date
READABLE = range(1900, 2101)  # years
LONG_PAST = 90  # days; older than any gap that is kept, so that the day itself no longer matters
# "Tengo 34 años", "мне 34 года": a whole message of this kind is an age.
AGED = r"(i'?m|tengo|(ich )?bin|j'ai|ho|tenho|mam|(ik )?ben|мне|عمري)"
SURE = (
    r"(yes|yeah|sure|evet|si|claro|ja|jo|klar|oui|ouais|certo|sim|tak|jasne|да|конечно|نعم|ايوه|طبعا"
    r"|no|nein|doch|non|nao|nie|nee|нет|hayir|لا)"
)  # before an age: "ja, 45", and "no, 17" too
YEARS = r"anos|jahre( alt)?|ans|anni|lata?|jaar( oud)?|лет|года?|سنه"
NEARBY = 60  # days; of two readings of "the 20th", one farther away than this is not meant
UNITS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH = (
    r"(?P<month>jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    r"|nov(ember)?|dec(ember)?)(?!\w)\.?"
)
WEEKDAY = r"(?P<weekday>mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?"
DAY = r"(?P<day>\d{1,2})(st|nd|rd|th|er|º|°|\.)?"
OF = r"(?: of| de| del| di| d')?"  # "el 5 de marzo de 2026"
AMOUNT = r"(?P<amount>\d{1,3}|a couple of|couple of|a|an|" + "|".join(NUMBERS) + r")"
VAGUE = re.compile(
    r"\b(few|several|some|last|past|this|next|coming) (days?|weeks?|months?|weekend)\b|\brecently\b|\bweekend\b"
)


@dataclass(frozen=True)
class DayReading:
    """`day` when there is one reading; `choices` when there are several; neither when it is no date."""

    day: date | None = None
    choices: tuple[date, ...] = ()

    @property
    def found(self) -> bool:
        """Was it about a day at all?"""
        return self.day is not None or bool(self.choices)


def read_day(text: str, today: date, *, ahead: bool = False) -> DayReading:
    """Read a day. `ahead` says that, of two fitting days, the one to come is meant ("on 4 December"). A day outside
    the years of `READABLE` is none: nobody means it, and days counted from it may lie beyond all calendars.
    """
    said = " ".join(fold(plain(text)).replace(",", " ").split())
    found = _within_years(said, today, ahead)
    return found if found.found else _within_years(_in_english(said), today, ahead)


def _within_years(said: str, today: date, ahead: bool) -> DayReading:
    try:
        found = _read(said, today, ahead)
    except (ValueError, OverflowError):  # "october 0000", "3000000 years from now"
        return DayReading()
    choices = tuple(day for day in found.choices if day.year in READABLE)
    return DayReading(found.day if found.day and found.day.year in READABLE else None, choices)


def _read(said: str, today: date, ahead: bool) -> DayReading:
    for reader in (_iso, _numeric, _relative, _named, _weekday, _month, _year):
        found = reader(said, today, ahead)
        if found.found:
            return found
    if VAGUE.search(said):
        return DayReading(choices=_vague(said, today))
    return DayReading()


def read_day_near(text: str, today: date) -> DayReading:
    """Read a day that may lie on either side of today: the nearer one, or both to choose from."""
    back, forth = read_day(text, today), read_day(text, today, ahead=True)
    if not (back.day and forth.day) or back == forth:
        return back if back.found else forth
    gaps = [abs((day - today).days) for day in (back.day, forth.day)]
    if max(gaps) < NEARBY:
        return DayReading(choices=(back.day, forth.day))
    return back if gaps[0] < gaps[1] else forth


def age_on(born: date, today: date) -> int:
    """Completed years; a person born on 29 February has the birthday on 1 March of other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_age(text: str, today: date) -> int | None:
    """ "I'm 17", "17 years old", "born 24 November 2008" -> completed years."""
    said = fold(plain(text))
    for word, number in NUMBERS.items():
        if number > len(ONE_TO_TWELVE):
            said = re.sub(rf"\b{word}\b", str(number), said)
    bound = re.search(r"\b(?P<which>over|above|older than|at least|under|below|younger than)\s+(?P<age>\d\d)\b", said)
    if bound and not re.search(r"\b(not|n't)\b", said):
        return int(bound["age"]) - (bound["which"] in ("under", "below", "younger than"))
    if bound := re.search(r"\b(?P<age>\d\d)'?\s*(yas\w*|den|dan) (?P<which>kuc\w+|alt\w+|buyu\w+|ust\w+)", said):
        return int(bound["age"]) - bound["which"].startswith(("kuc", "alt"))
    if older := re.search(r"\b(\d\d)\s*(\+|or (older|over|above)|and (over|above))", said):
        return int(older[1])
    if re.search(r"\bborn\b|\bbirthday\b|\bbirth\b", said):
        # "I turn 18 tomorrow" is not a date of birth; a date of birth has a year.
        born = read_day(said, today)
        if born.day and re.search(r"\b(19|20)\d\d\b", said):
            return age_on(born.day, today)
    soon = re.search(r"\b(turn|turning|will be|i'll be|be|nearly|almost|soon)\s+(?P<age>\d{1,3})\b", said)
    if soon:
        return int(soon["age"]) - 1
    found = re.search(r"\b(i'm|im|i am|am|aged?|age is|turned)\s+(?P<age>\d{1,3})\b(?!\s*(weeks?|months?|days?))", said)
    found = found or re.search(r"\b(?P<age>\d{2,3})\s*(years?|yrs?|yo|y/o|yas(inda(yim)?|im)?)\b", said)
    found = found or re.fullmatch(rf"\W*({SURE}\W+)?({AGED} )?(?P<age>\d{{2}}) ?({YEARS})?\W*", said)
    found = found or re.fullmatch(r"\s*(?P<age>[1-9]\d)\s*[.!]?\s*", said)
    return int(found["age"]) if found else None


def _iso(said: str, today: date, ahead: bool) -> DayReading:
    found = re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", said)
    return _made(*(int(part) for part in found.groups())) if found else DayReading()


def _numeric(said: str, today: date, ahead: bool) -> DayReading:
    found = re.search(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})(?:[./-](\d{2,4}))?\b", said)
    if not found:
        return DayReading()
    first, second = int(found[1]), int(found[2])
    year = int(found[3]) if found[3] else None
    if year is not None and year < 100:
        year += 2000
    # "04/11" is 4 November in most of the world and 11 April in some of it.
    orders = {(first, second), (second, first)}
    days = [_in_year(day, month, year, today, ahead) for day, month in sorted(orders)]
    real = [day for day in days if day]
    if "." in found[0]:
        real = [day for day in [_in_year(first, second, year, today, ahead)] if day]
    return DayReading(real[0]) if len(real) == 1 else DayReading(choices=tuple(sorted(real)))


def _relative(said: str, today: date, ahead: bool) -> DayReading:
    simple = {
        "day before yesterday": -2,
        "day after tomorrow": 2,
        "yesterday": -1,
        "last night": -1,
        "tomorrow": 1,
        "today": 0,
        "this morning": 0,
        "tonight": 0,
        "just now": 0,
        "this afternoon": 0,
        "hours ago": 0,
        "an hour ago": 0,
        "minutes ago": 0,
    }
    for words, days in simple.items():
        if words in said:
            return DayReading(today + timedelta(days=days))
    unit = r"(?P<unit>day|week|fortnight|month|year)s?"
    ago = re.search(rf"\b{AMOUNT} {unit} (ago|back|earlier)\b", said) or re.search(rf"\bago {AMOUNT} {unit}\b", said)
    coming = re.search(
        rf"\b(in|after) {AMOUNT} {unit}\b|\b(?P<amount2>\d+) {unit.replace('unit', 'unit2')} from now\b", said
    )
    if ago:
        return DayReading(today - _span(ago["amount"], ago["unit"]))
    if coming:
        amount, given = coming["amount"] or coming["amount2"], coming["unit"] or coming["unit2"]
        return DayReading(today + _span(amount, given))
    return DayReading()


def _named(said: str, today: date, ahead: bool) -> DayReading:
    found = re.search(rf"\b{DAY}{OF} {MONTH}\b(?:{OF} (?P<year>\d{{4}}))?", said) or re.search(
        rf"\b{MONTH} (the )?{DAY}\b(?: (?P<year>\d{{4}}))?", said
    )
    if found:
        month = MONTHS.index(found["month"][:3]) + 1
        day = _in_year(int(found["day"]), month, int(found["year"]) if found["year"] else None, today, ahead)
        return DayReading(day)
    alone = re.search(r"\b(?:on )?the (\d{1,2})(?:st|nd|rd|th)\b|^(?:on )?(\d{1,2})(?:st|nd|rd|th)$", said)
    return DayReading(_nearest_of_month(int(alone[1] or alone[2]), today, ahead)) if alone else DayReading()


def _month(said: str, today: date, ahead: bool) -> DayReading:
    """ "Early October", "in March", "last month": days of it to choose from, or its last day when that is long past."""
    if re.search(r"\blast month\b", said):
        end = today.replace(day=1) - timedelta(days=1)
        return _one_of([end.replace(day=day) for day in PARTS[""]], today, ahead)
    found = re.search(rf"(?:\b{PART}[ -])?\b{MONTH}(?: (?P<late>early|mid|late)\b)?(?: (?P<year>\d{{4}}))?", said)
    if re.search(rf"\b{DAY}{OF} {MONTH}\b", said):
        return DayReading()  # "31 February"
    if not found or (found["month"] in ("may", "mar", "march") and not SURELY_A_MONTH.search(said)):
        return DayReading()
    month = MONTHS.index(found["month"][:3]) + 1
    year = int(found["year"]) if found["year"] else today.year
    if not found["year"] and (month > today.month and not ahead):
        year -= 1
    if not found["year"] and month < today.month and ahead:
        year += 1
    part = (found["part"] or found["late"] or "").split()
    name = {"start": "early", "beginning": "early", "middle": "mid", "end": "late"}
    which = next((name.get(word, word) for word in part if word not in ("the", "of")), "")
    last = calendar.monthrange(year, month)[1]
    return _one_of([date(year, month, min(day, last)) for day in PARTS[which]], today, ahead)


def _year(said: str, today: date, ahead: bool) -> DayReading:
    found = re.search(r"\b(?:in |since |back in )?(19\d\d|20\d\d)\b", said)
    return (
        _one_of([date(int(found[1]), 12, 31)], today, ahead) if found and int(found[1]) < today.year else DayReading()
    )


def _one_of(days: list[date], today: date, ahead: bool) -> DayReading:
    fitting = [day for day in days if (day >= today if ahead else day <= today)]
    if fitting and (today - fitting[-1]).days > LONG_PAST:
        return DayReading(fitting[-1])
    return DayReading(fitting[0]) if len(fitting) == 1 else DayReading(choices=tuple(fitting))


def _in_english(said: str) -> str:
    """Words of other languages as English ones; "4 Kasım'da" without its ending."""
    pattern, whole, stems = _foreign()

    def english(found: re.Match[str]) -> str:
        word = found[0]
        return whole.get(word) or next(stems[stem] for stem in stems if word.startswith(stem))

    return " ".join(pattern.sub(english, said.replace("'", " ")).split())


@lru_cache(maxsize=1)
def _foreign() -> tuple[re.Pattern[str], dict[str, str], dict[str, str]]:
    """The pattern of all foreign words, those that are whole and those that take endings, with their English."""
    whole: dict[str, str] = {}
    stems: dict[str, str] = {}
    for words in yaml.safe_load(OTHER_LANGUAGES.read_text(encoding="utf-8")).values():
        for english, given in words.items():
            for word in given:
                known = stems if word.endswith("*") else whole
                known.setdefault(fold(plain(word.rstrip("*"))).replace("'", " "), english)
    longest = sorted([*whole, *stems], key=len, reverse=True)
    parts = [re.escape(word) + (r"\w*" if word in stems else "") for word in longest]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)"), whole, stems


def _weekday(said: str, today: date, ahead: bool) -> DayReading:
    found = re.search(rf"\b(?P<which>last|this past|past|next|this|on|coming)? ?{WEEKDAY}\b", said)
    if not found:
        return DayReading()
    wanted = WEEKDAYS.index(found["weekday"][:3])
    back = (today.weekday() - wanted) % 7 or 7
    forth = (wanted - today.weekday()) % 7 or 7
    which = found["which"] or "on"
    if "a week ago" in said or "before last" in said or "week before" in said:
        return DayReading(today - timedelta(days=back + 7))
    if which in ("next", "coming") or (ahead and which in ("this", "on")):
        return DayReading(today + timedelta(days=forth))
    return DayReading(today - timedelta(days=back))


def _vague(said: str, today: date) -> tuple[date, ...]:
    """Days to choose from for "a few days ago", "last week", "next week"."""
    coming = bool(re.search(r"\b(next|coming|in a few|in some)\b", said))
    steps = (7, 10, 14) if "month" in said else (2, 3, 4, 5) if "day" in said else (3, 5, 7, 10)
    return tuple(sorted(today + timedelta(days=step if coming else -step) for step in steps))


def _span(amount: str, unit: str) -> timedelta:
    word = re.sub(r"^a (?=\w)| of$", "", amount)
    number = int(word) if word.isdigit() else NUMBERS[word]
    return timedelta(days=number * UNITS[unit])


def _in_year(day: int, month: int, year: int | None, today: date, ahead: bool) -> date | None:
    if year is not None:
        return _made(year, month, day).day
    # Without a year the nearest such day on the expected side; today counts for both.
    years = (today.year, today.year + 1) if ahead else (today.year, today.year - 1)
    made = [_made(candidate, month, day).day for candidate in years]
    fitting = [one for one in made if one and (one >= today if ahead else one <= today)]
    return fitting[0] if fitting else next((one for one in made if one), None)


def _nearest_of_month(day: int, today: date, ahead: bool) -> date | None:
    for months in range(12):
        step = months if ahead else -months
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        made = _made(year, month + 1, day).day
        if made and (made >= today if ahead else made <= today):
            return made
    return None


def _made(year: int, month: int, day: int) -> DayReading:
    try:
        return DayReading(date(year, month, day))
    except ValueError:
        return DayReading()
