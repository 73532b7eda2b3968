"""What a message shows, as the names of features: the input of the second opinion.

Words and pairs of neighbours say what nobody foresaw; concepts and rules, each with its status, say the same in every
language and know what is denied, supposed or long past.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from bot.safety.rules import Match, Reading
from bot.safety.scope import Status

LETTERS = 6  # of a word: enough to know it, few enough to forgive its ending
SOON, FIRST_DAYS, FIRST_WEEK = 3, 47, 167  # hours since treatment
NUMBERS = (8, 18, 38, 43, 110, 1950, 2009, 2030)  # children, minors, adults, fevers, ..., years of birth
MOST_RULES = 4  # more that agree add nothing


def of_words(norms: Iterable[str]) -> set[str]:
    """Words and pairs of neighbours, shortened; numbers by their size."""
    short = [short_word(norm) for norm in norms if norm[0].isalnum() or norm == "?"]
    return {f"w:{feature}" for feature in (*short, *(f"{one} {other}" for one, other in pairwise(short)))}


def of_reading(reading: Reading) -> set[str]:
    """The concepts of one language's reading, each with its status, and the times since treatment."""
    found = {
        f"c:{concept}:{_presence(reading.scope.of(hit.start, hit.end))}"
        for concept, hits in reading.by_concept.items()
        for hit in hits
    }
    return found | {f"h:{_period(hours)}" for hours in reading.hours}


def of_matches(matches: Iterable[Match]) -> set[str]:
    """The rules that apply and their flags, each with its status, and how many are present."""
    found: set[str] = set()
    present: set[str] = set()
    for match in matches:
        presence = _presence(match.status)
        found |= {f"r:{match.rule.name}:{presence}", f"f:{match.rule.flag}:{presence}"}
        if match.status <= Status.UNCLEAR and not match.rule.flag.startswith("X"):
            present.add(match.rule.name)
    return found | {f"n:{count}" for count in range(min(len(present), MOST_RULES))}


def short_word(norm: str) -> str:
    """The start of a word, or the kind of a number: an age, a temperature and a year are told apart by size."""
    if not norm[0].isdigit():
        return norm[:LETTERS]
    try:
        value = float(norm.replace(",", "."))
    except ValueError:  # a date or a clock time
        return "#"
    return f"#{sum(value >= bound for bound in NUMBERS)}"


def _presence(status: Status) -> int:
    """What may be happening counts as happening; what is not says why it is not."""
    return int(max(status, Status.UNCLEAR))


def _period(hours: float) -> int:
    return sum(hours >= bound for bound in (SOON, FIRST_DAYS, FIRST_WEEK))
