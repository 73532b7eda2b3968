"""What several sessions or areas cost together: "how much for 6 on the scalp?". Sums of the clinic's own prices.

The prices stand in clinic.yml under `price_list`, one entry for the areas that cost the same; without it, or when it
cannot be read, nothing is summed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.clinic import Clinic
from bot.knowledge import yaml_file
from bot.knowledge.matching import normalise

MOST = 20  # sessions; a larger number in a question about prices is a price or an age
LIST = "price_list"
AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")  # as a price is given in clinic.yml
MONEY = re.compile(r"[£$€]\s*\d[\d.,]*|\d[\d.,]*\s*[£$€%]")


@dataclass(frozen=True)
class Price:
    """What one session costs on each of some areas. `course` is (sessions, price)."""

    title: str
    areas: tuple[str, ...]
    session: Decimal
    at_least: bool = False
    course: tuple[int, Decimal] | None = None


@dataclass(frozen=True)
class Counted:
    """How many sessions and areas a text names; None where it names none."""

    sessions: int | None
    areas: int | None


class Counting:
    """Reads numbers of sessions and areas, in every language at once."""

    def __init__(self, path: Path = Path(__file__).parent / "totals.yml") -> None:
        raw: dict[str, Any] = yaml_file.read(path)
        self._numbers = {normalise(str(word)): int(n) for n, words in raw["numbers"].items() for word in words}
        self._bare = {normalise(str(words[0])) for words in raw["numbers"].values()}
        number = "|".join([r"\d{1,2}", *sorted(self._numbers, key=len, reverse=True)])
        sessions, areas, others = (_any(raw[key]) for key in ("sessions", "areas", "others"))
        self._sessions = re.compile(rf"(?<!\w)({number})(?: x)? (?:{sessions})(?!\w)")
        self._areas = re.compile(rf"(?<!\w)({number}) (?:{areas})(?!\w)")
        self._alone = re.compile(rf"(?<!\w)({number})(?!\w)(?! (?:{others}|{areas})(?!\w))")

    def read(self, text: str) -> Counted:
        """`Counted` of a question about prices: there a bare number means sessions."""
        said = normalise(MONEY.sub(" ", text))
        areas = self._areas.search(said)
        rest = self._areas.sub(" ", said)
        found = self._sessions.search(rest)
        bare = [one for one in self._alone.findall(rest) if one.isdigit() or one in self._bare]
        sessions = self._number(found[1]) if found else self._number(bare[0]) if len(bare) == 1 else 0
        return Counted(sessions if 1 < sessions <= MOST else None, self._number(areas[1]) if areas else None)

    def _number(self, said: str) -> int:
        return int(said) if said.isdigit() else self._numbers[said]


def _any(words: Sequence[str]) -> str:
    return "|".join(normalise(word) + (r"\w*" if word.endswith("*") else "") for word in words)


class Totals:
    """Says what several sessions or areas cost. `phrase` gives the library's fixed sentences."""

    def __init__(self, phrase: Callable[..., str]) -> None:
        self._phrase = phrase
        self._counting = Counting()

    def say(self, text: str, named: Sequence[str], area: str | None, language: str, clinic: Clinic) -> str | None:
        """The sum that a question about prices asks for; None when it asks for none, or the clinic has no numbers.

        `named` are the areas in the text; where it names none, `area` is the one spoken of. Not more than added up is
        said: what a clinic would give for several areas at once, only its team knows.
        """
        prices = price_list(clinic.speaking(language))
        counted = self._counting.read(text)
        if not prices or (counted == Counted(None, None) and not named):
            return None
        areas = set(named or [area or ""])
        if counted.areas and counted.areas > 1 and len(areas) < 2:
            return self._phrase("total_several_areas", language, clinic=clinic)
        sessions, asked = counted.sessions or 1, for_areas(prices, areas)
        lines = "; ".join(self._line(price, sessions, language, clinic) for price in asked)
        key = "total_sessions" if counted.sessions else "total_areas"
        said = [self._phrase(key, language, n=str(sessions), lines=lines)]
        if counted == Counted(None, None) and len(areas) == 1:
            said = [self._phrase("total_one", language, lines=lines)]
            sessions = asked[0].course[0] if len(asked) == 1 and asked[0].course else 1
        if len(areas) > 1:
            each = (price.session * sessions for one in areas for price in asked if one in price.areas)
            added = sum(each, Decimal(0))
            key = "total_together_from" if any(price.at_least for price in asked) else "total_together"
            return " ".join([*said, self._phrase(key, language, clinic=clinic, sum=_money(added, clinic))])
        courses = [self._course(price, sessions, language, clinic) for price in asked]
        said += [course for course in courses if course]
        return " ".join([*said, self._phrase("total_note", language, clinic=clinic)])

    def _line(self, price: Price, sessions: int, language: str, clinic: Clinic) -> str:
        key = "total_from" if price.at_least else "total_line"
        return self._phrase(key, language, title=price.title, sum=_money(price.session * sessions, clinic))

    def _course(self, price: Price, sessions: int, language: str, clinic: Clinic) -> str | None:
        """What as many sessions cost as whole courses."""
        if price.course is None or sessions < 2 or sessions % price.course[0]:
            return None
        cost = price.course[1] * (sessions // price.course[0])
        values = {"n": str(price.course[0]), "title": price.title, "sum": _money(cost, clinic)}
        return self._phrase("total_course", language, **values)


def _money(amount: Decimal, clinic: Clinic) -> str:
    is_whole = amount == amount.to_integral_value()
    return clinic.values[f"{LIST}.money"].replace("{amount}", f"{amount:,.0f}" if is_whole else f"{amount:,.2f}")


def price_list(clinic: Clinic) -> tuple[Price, ...]:
    """The prices of `clinic`, in its order; () when it gives none as numbers or one cannot be read: half a list would
    give wrong sums."""
    return () if faults(clinic) else tuple(map(_price, _entries(clinic).values()))


def faults(clinic: Clinic) -> list[str]:
    """What of the price list cannot be read."""
    entries = _entries(clinic)
    found = [f"{LIST}.{name}.{fault}" for name, given in entries.items() for fault in _faults(given)]
    if entries and "{amount}" not in clinic.values.get(f"{LIST}.money", ""):
        found.append(f"{LIST}.money: has no {{amount}}")
    return found


def _entries(clinic: Clinic) -> dict[str, dict[str, str]]:
    """What is given for each price, by its name."""
    entries: dict[str, dict[str, str]] = {}
    for key, text in clinic.values.items():
        if key.startswith(f"{LIST}.") and key.count(".") > 1:
            _, name, part = key.split(".", 2)
            entries.setdefault(name, {})[part] = text
    return entries


def _faults(given: Mapping[str, str]) -> list[str]:
    has_course = "course.price" in given
    sessions = given.get("course.sessions", "")
    amounts = {name: given.get(name, "") for name in ("session", *(["course.price"] if has_course else []))}
    found = [f"{name}: missing" for name in ("title", "areas") if not given.get(name)]
    found += [f"{name}: {amount!r} is no amount" for name, amount in amounts.items() if not AMOUNT.fullmatch(amount)]
    if has_course and not (sessions.isdecimal() and int(sessions)):
        found.append(f"course.sessions: {sessions!r} is no number of sessions")
    return found


def _price(given: Mapping[str, str]) -> Price:
    course = (int(given["course.sessions"]), Decimal(given["course.price"])) if "course.price" in given else None
    areas = tuple(given["areas"].split(", "))
    return Price(given["title"], areas, Decimal(given["session"]), given.get("at_least") == "True", course)


def for_areas(prices: Sequence[Price], areas: Collection[str]) -> tuple[Price, ...]:
    """Those that `areas` name; all of them where none is named."""
    named = tuple(price for price in prices if set(price.areas) & set(areas))
    return named or tuple(prices)
