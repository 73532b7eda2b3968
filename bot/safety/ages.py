"""People under 18, from the age or the year of birth that a message gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.safety.concepts import Concepts, Hit
from bot.safety.text import Word

MAJORITY = 18
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
