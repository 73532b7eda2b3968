"""Facts that matter for eligibility, taken from any message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.safety.medicines import find

Polarity = Literal["affirmed", "negated", "hypothetical", "uncertain", "planned"]
Subject = Literal["self", "family", "partner", "other"]


@dataclass(frozen=True)
class Disclosure:
    """One fact. `fact` is a linkId of the questionnaire and `polarity` that of the question's own "Yes".

    `time` is "now", "past: ..." or "" when nothing was said; `span` points into the message; `value` is the answer code
    or the name that the words point to, where there is one (a medicine's name, "current" for cancer).
    """

    fact: str
    polarity: Polarity
    subject: Subject
    time: str
    span: tuple[int, int]
    value: str | None = None


def disclosures(text: str, language: str | None = None) -> tuple[Disclosure, ...]:
    """The facts in `text`, in its order."""
    return tuple(Disclosure(hit.item, "affirmed", "self", "", hit.span, hit.name) for hit in find(text) if hit.item)
