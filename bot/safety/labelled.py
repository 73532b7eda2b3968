"""Facts as people label them, and what counts as reading them rightly: for measuring and for learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bot.safety.disclosures import Disclosure
from bot.safety.items import Items

DATA = Path(__file__).parents[2] / "data" / "facts"
ASIDE = (
    "check_4.jsonl",
    "check_5.jsonl",
    "check_6.jsonl",
    "check_7.jsonl",
    "check_8.jsonl",
    "check_9.jsonl",
    "check_10.jsonl",
)  # they only measure: nothing is learned from them
FAMILY_COUNTS = Items.load().family_counts


def to_learn_from() -> list[Path]:
    """The files of labelled messages, and of single readings that were judged."""
    return [path for path in sorted(DATA.glob("*.jsonl")) if path.name not in ASIDE]


def is_own(read: Disclosure) -> bool:
    """True for what is affirmed of the writer."""
    return read.polarity == "affirmed" and read.subject == "self"


@dataclass(frozen=True)
class Wanted:
    """A labelled fact. `accept_*` are other honest readings of the same words; an `optional` one may be missed."""

    fact: str
    polarity: str
    subject: str
    time: str | None = None
    accept_fact: Sequence[str] = ()
    accept_polarity: Sequence[str] = ()
    optional: bool = False

    @classmethod
    def read(cls, label: Mapping[str, Any]) -> Wanted:
        """From a line's `disclosures`; notes of its author do not matter."""
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in label.items() if name in known}
        return cls(**{**given, "subject": given.get("subject") or "self"})

    @property
    def is_own(self) -> bool:
        """True for what is affirmed of the writer."""
        return self.polarity == "affirmed" and self.subject == "self"

    @property
    def tells(self) -> bool:
        """True for what answers the question with "yes": also keloids of the family."""
        return self.polarity == "affirmed" and (
            self.subject == "self" or (self.subject == "family" and self.fact in FAMILY_COUNTS)
        )

    def met(self, read: Disclosure) -> bool:
        """True when `read` says this. Nobody is meant in a hypothetical; then the subject does not matter."""
        someone = self.polarity == "hypothetical" or read.subject == self.subject or self._is_of_family(read)
        return self.names(read) and read.polarity in (self.polarity, *self.accept_polarity) and someone

    def allows(self, read: Disclosure) -> bool:
        """True when affirming `read` of oneself is no mistake.

        Naming the allergen beside the allergy, or the other half of one question, is no wrong statement.
        """
        related = self.names(read) or (read.fact.startswith("allergy.") and "allergy" in self.fact)
        own = self.subject == "self" or self._is_of_family(read)
        return related and own and "affirmed" in (self.polarity, *self.accept_polarity)

    def names(self, read: Disclosure) -> bool:
        """True when `read` is of this fact, whatever is said of it."""
        return read.fact in (self.fact, *self.accept_fact)

    def _is_of_family(self, read: Disclosure) -> bool:
        """Keloids in the family are a "yes" of one's own (rulings, "Disclosures")."""
        return self.subject == "family" and read.subject == "self" and read.fact in FAMILY_COUNTS
