"""Ages in messages: people under 18, and numbers that are no age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.safety.concepts import Concepts, Hit
from bot.safety.text import Word

MAJORITY = 18
AFTER_AGE = "after_age"  # words that may follow an age told by its number alone
YOUNGEST = 8  # a younger age is a child at home, seldom someone who wants treatment


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
