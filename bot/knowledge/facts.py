"""Facts, conflicts and references as data (`facts.yml`): what may be told to patients, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.knowledge import yaml_file

HERE = Path(__file__).parent
Say = Literal["ok", "caveat", "attribute", "never", "internal"]


@dataclass(frozen=True)
class Fact:
    """One claim of the texts we started from. `anchors` are exact words of those texts, by text id."""

    id: str
    topic: str
    claim: str
    say: Say
    anchors: Mapping[str, str]
    patient: str | None = None
    conflict: str | None = None
    guard: str | None = None
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """Where the texts disagree: each text's position, our reconciled answer and the reason for it."""

    id: str
    topic: str
    positions: Mapping[str, str]
    reconcile: str
    why: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything of `facts.yml`. `refs` holds citations, `plain` the names of sources that patients read."""

    facts: Mapping[str, Fact]
    conflicts: Mapping[str, Conflict]
    refs: Mapping[str, str]
    plain: Mapping[str, str]

    @property
    def tellable(self) -> frozenset[str]:
        """Ids of the facts that an answer must carry: said as they are, or in their careful wording."""
        return frozenset(fact.id for fact in self.facts.values() if fact.say in ("ok", "caveat"))


def load_facts(path: Path = HERE / "facts.yml") -> Facts:
    """Read the facts file."""
    raw = yaml_file.read(path)
    facts = (
        Fact(
            id=given["id"],
            topic=given["topic"],
            claim=given["claim"],
            say=given["say"],
            anchors=given["anchors"],
            patient=given.get("patient"),
            conflict=given.get("conflict"),
            guard=given.get("b"),
            refs=tuple(given.get("refs", ())),
        )
        for given in raw["facts"]
    )
    conflicts = (
        Conflict(**{**{name: given[name] for name in ("id", "topic", "positions", "reconcile", "why")}, "refs": refs})
        for given in raw["conflicts"]
        for refs in (tuple(given.get("refs", ())),)
    )
    return Facts(
        facts={fact.id: fact for fact in facts},
        conflicts={conflict.id: conflict for conflict in conflicts},
        refs={name: given["cite"] for name, given in raw["refs"].items()},
        plain=raw["plain_names"],
    )
