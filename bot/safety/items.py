"""What each question of the questionnaire asks about: since when, until when, of whom (`facts/items.yml`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.safety.together import Pair

FACTS = Path(__file__).parent / "facts"


class Items:
    """What the questions ask about: `facts/items.yml`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.now = frozenset(data["now"])
        self.present = frozenset(data["present"])
        self.lately = frozenset(data["lately"])
        self.windows: Mapping[str, int] = data["windows"]
        self.after_stopping: Mapping[str, int] = data["after_stopping"]
        self.yields: Mapping[str, Sequence[str]] = data["yields"]
        self.ahead = frozenset(data["ahead"])
        self.coming = frozenset(data["coming"])
        self.beside: Mapping[str, str] = data["beside"]
        self.controlled: Mapping[str, str] = data["controlled"]
        self.uncontrolled: Mapping[str, str] = data["uncontrolled"]
        self.recent: Mapping[str, Mapping[str, Any]] = data["recent"]
        self.planned = tuple(data["planned"])
        self.products = tuple(data["products"])
        self.dated = frozenset(data["dated"])
        self.dated_when_over = frozenset(data["dated_when_over"])
        self.only_uncontrolled = frozenset(data["only_uncontrolled"])
        self.certain = tuple(data["certain"])
        self.implies: Mapping[str, str] = data["implies"]
        self.family_counts = frozenset(data["family_counts"])
        self.own = frozenset(data["own"])
        self.of_both = frozenset(data["of_both"])
        self.curable = frozenset(data["curable"])
        self.of_a_baby = frozenset(data["of_a_baby"])
        self.triggers = frozenset(data["triggers"])
        self.of_cancer = frozenset(data["of_cancer"])
        self.unless: Mapping[str, str] = data["unless"]
        self.lesser: Mapping[str, str] = data["lesser"]
        self.together = Pair.read(data["together"])

    @classmethod
    def load(cls) -> Items:
        """Read them from their file."""
        return cls(yaml.safe_load((FACTS / "items.yml").read_text(encoding="utf-8")))
