"""How long ago: the times since treatment that a message speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.safety.text import Word

HOURS = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 720, "year": 8760}
LAST_DAY = 60  # "day 4", but hardly "day 2019"

Number = Callable[[str], "float | None"]


class Times:
    """The words for time of one language, ready to search."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        units = data.get("units", {})
        self._units = {name: unit for unit in HOURS for name in units.get(unit, ()) if not name.endswith("*")}
        self._stems = {name[:-1]: unit for unit in HOURS for name in units.get(unit, ()) if name.endswith("*")}
        self._amounts = {word: float(amount) for word, amount in data.get("amounts", {}).items()}
        self._between = frozenset(data.get("between", ()))
        self._not_elapsed = frozenset(data.get("not_elapsed", ()))
        self._phrases: dict[str, list[tuple[list[str], float]]] = {}
        for phrase, hours in data.get("phrases", {}).items():
            words = phrase.split()
            self._phrases.setdefault(words[0], []).append((words, float(hours)))

    def find(self, words: Sequence[Word], number: Number) -> list[tuple[float, int]]:
        """Each time span in hours, with the place of its word: "day 4", "3 weeks ago", "yesterday"."""
        norms = [word.norm for word in words]
        found: list[tuple[float, int]] = []
        for at, norm in enumerate(norms):
            for phrase, hours in self._phrases.get(norm, ()):
                if norms[at : at + len(phrase)] == phrase:
                    found.append((hours, at))
            unit = self._unit(norm)
            if unit is None:
                continue
            amount = self._amount(norms, at, number, day=unit == "day")
            if amount is not None and (at < 2 or norms[at - 2] not in self._not_elapsed):
                found.append((amount * HOURS[unit], at))
        return found

    def is_unit(self, norm: str) -> bool:
        """True for "hours", "Tage", ..."""
        return self._unit(norm) is not None

    def _unit(self, norm: str) -> str | None:
        unit = self._units.get(norm)
        if unit is None and self._stems:
            unit = next((unit for stem, unit in self._stems.items() if norm.startswith(stem)), None)
        return unit

    def _amount(self, norms: Sequence[str], at: int, number: Number, *, day: bool) -> float | None:
        if day and at + 1 < len(norms) and (after := number(norms[at + 1])) is not None and after <= LAST_DAY:
            return after
        for back in (1, 2):  # "3 weeks", "couple of weeks"
            if at - back < 0:
                break
            amount = number(norms[at - back])
            amount = self._amounts.get(norms[at - back]) if amount is None else amount
            if amount is not None:
                return amount
            if norms[at - back] not in self._between:
                break
        return None
