"""How long ago: the times since treatment that a message speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from bot.safety.concepts import Concepts
from bot.safety.text import Word

HOURS = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 720, "year": 8760}


def elapsed_hours(words: Sequence[Word], concepts: Concepts) -> list[tuple[float, int]]:
    """Each time span of the message in hours, with the place of its word: "day 4", "3 weeks ago", "yesterday"."""
    data = concepts.units
    units = {unit: tuple(data.get("units", {}).get(unit, ())) for unit in HOURS}
    found: list[tuple[float, int]] = []
    for at, word in enumerate(words):
        for phrase, hours in data.get("phrases", {}).items():
            parts = phrase.split()
            if [other.norm for other in words[at : at + len(parts)]] == parts:
                found.append((float(hours), at))
        unit = _unit(word.norm, units)
        if unit is None:
            continue
        amount = _amount(words, at, concepts, day=unit == "day")
        before = words[at - 2].norm if at >= 2 else ""
        if amount is not None and before not in data.get("not_elapsed", ()):
            found.append((amount * HOURS[unit], at))
    return found


def _unit(norm: str, units: dict[str, tuple[str, ...]]) -> str | None:
    for unit, names in units.items():
        if any(norm.startswith(name[:-1]) if name.endswith("*") else norm == name for name in names):
            return unit
    return None


def _amount(words: Sequence[Word], at: int, concepts: Concepts, *, day: bool) -> float | None:
    if day and at + 1 < len(words) and (after := concepts.number(words[at + 1].norm)) is not None and after <= 60:
        return after  # "day 4"
    for back in (1, 2):  # "3 weeks", "couple of weeks"
        if at - back < 0:
            break
        norm = words[at - back].norm
        amount = concepts.number(norm)
        if amount is None:
            amount = concepts.units.get("amounts", {}).get(norm)
        if amount is not None:
            return float(amount)
        if norm not in concepts.units.get("between", ()):
            break
    return None
