"""Ages in messages: people under 18, and numbers that are no age."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from bot.safety.concepts import Concepts, Hit
from bot.safety.text import Word, fold

MAJORITY = 18
AFTER_AGE = "after_age"  # words that may follow an age told by its number alone
YOUNGEST = 8  # a younger age is a child at home, seldom someone who wants treatment
DATES = Path(__file__).parent / "dates.yml"
DAY = r"(?<![\d.,:/])(?:0?[1-9]|[12]\d|3[01])"
YEARS = r"(?:ans|años|anos|anni|jahr|jaar|lat\b|лет|год|yaş|yas|geburtstag|lebensjahr)"
# Before "16." or "16.12": German writes a day so, and others say before a date that it is one.
ON = r"\b(?:am|den|dem|vom|bis|zum|on|le|il|el|op|dia|día|dnia)"
AT = r"\b(?:um|om|alle|dalle|às|a las|saat)"  # before "16": an hour


ENDING = 3  # letters of "aralıkta" after the month


class Dates:
    """Days and hours in a message, whose numbers are no ages: "am 12. Dezember", "9 aralıkta", "um 16 Uhr"."""

    def __init__(self, path: Path = DATES) -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        by_language = raw["months"]
        self._months = frozenset(fold(str(name)) for names in by_language.values() for name in names)
        self._of_time = frozenset(fold(str(one)) for part in raw.values() for words in part.values() for one in words)
        longest = sorted({name for names in by_language.values() for name in names}, key=len, reverse=True)
        # "i am 16 may I come" names no month
        any_month = rf"(?:{'|'.join(longest)})(?:'?(?:[td][ae]n?|[ae]|i?n))?\b(?!\s+(?:i|we|she|he|my|they)\b)"
        english = "|".join(sorted(by_language["en"], key=len, reverse=True))
        self._found = re.compile(
            rf"(?P<day>{DAY}(?:st|nd|rd|th|er|º|\.)?)(?=\s*(?:of\s|de\s|di\s)?{any_month})"
            rf"|(?<!in )\b(?:{english})\.? (?:the )?(?P<after>{DAY})(?!\d)"
            rf"|{ON} (?P<dotted>{DAY}\.(?:(?:0?[1-9]|1[0-2])\b\.?)?)(?!\d|\s*{YEARS})"
            rf"|\b(?P<clock>\d{{1,2}}) ?(?:uhr|uur|h)\b|{AT} (?P<hour>\d{{1,2}})\b(?!\s*{YEARS}|[.,:]\d)"
            r"|\bat (?P<early>[89]|1[0-2])\b|\bd[ií]a (?P<of>\d{1,2})\b",
            re.IGNORECASE,
        )

    def is_all(self, text: str) -> bool:
        """Does the text only say when: "am 8. Dezember um halb drei"? A number alone may be anything."""
        words = re.findall(r"[^\W\d_]+", fold(text))
        return bool(words) and all(self._is_of_time(word) for word in words)

    def _is_of_time(self, word: str) -> bool:
        return word in self._of_time or any(
            word.startswith(month) and len(word) - len(month) <= ENDING for month in self._months if len(month) > ENDING
        )

    def blanked(self, text: str) -> str:
        """`text` without those numbers; the same length, so that places in it stay true."""
        return self._found.sub(_blank, text) if re.search(r"\d", text) else text


@cache
def load_dates() -> Dates:
    """Read the names of months; once per process, then shared."""
    return Dates()


def _blank(found: re.Match[str]) -> str:
    name = str(found.lastgroup)
    start, end = (at - found.start() for at in found.span(name))
    return found[0][:start] + "_" * (end - start) + found[0][end:]


def minor_hits(words: Sequence[Word], hits: Sequence[Hit], concepts: Concepts, today: date | None) -> list[Hit]:
    """`minor` hits for years of birth ("born 2011") under 18 on `today`."""
    year_now = (today or date.today()).year
    found = []
    for hit in hits:
        if hit.concept == "born_year":
            year = concepts.number(words[hit.end - 1].norm)
            if year is not None and YOUNGEST <= year_now - year < MAJORITY:
                found.append(Hit("minor", hit.start, hit.end))
    return found


def is_counting(hit: Hit, words: Sequence[Word], concepts: Concepts, cues: Mapping[str, Sequence[Hit]]) -> bool:
    """Whether a number told by itself counts something: "forty two passengers", "twenty-two years"."""
    bare = all(words[at].norm == "-" or concepts.number(words[at].norm) is not None for at in range(hit.start, hit.end))
    if not bare or hit.end == len(words) or words[hit.end].is_mark:
        return False
    return all(cue.start != hit.end for cue in cues.get(AFTER_AGE, ()))
