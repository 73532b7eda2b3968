"""May a retrained model answer patients? Pure: figures in, reasons against it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.engine.evaluation import Case, by, figures, share
from bot.safety.findings import RANK

ALARMS = ("emergency", "self_harm", "urgent", "safeguarding")
Figures = Mapping[str, Any]


def measured(cases: Mapping[str, Sequence[Case]]) -> dict[str, Any]:
    """The figures that the gate looks at, of the sets `topics`, `translated`, `stories`, `danger` and `corrections`."""
    found = figures(cases["topics"], cases["translated"], cases["stories"])
    kept = ("right", "first_right", "confidently_wrong", "asked_back", "beyond_answered_as_ours", "stories_complete")
    danger = [case for case in cases["danger"] if case.example["tier"] in ALARMS]
    harmless = [case for case in cases["danger"] if case.example["tier"] not in ALARMS]
    return {
        **{name: found[name] for name in (*kept, "by_language", "by_topic")},
        "danger": by(danger, lambda case: str(case.example["tier"]), noticed),
        "false_alarms": share(case.read["tier"] in ALARMS for case in harmless),
        "corrections": share(case.right for case in cases["corrections"]),
    }


def noticed(case: Case) -> bool:
    """A danger is answered at least as seriously as it is."""
    return case.read["tier"] in ALARMS and RANK[case.read["tier"]] >= RANK[case.example["tier"]]


def surprises(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    """Corrections that need a second pair of eyes.

    The present model did not even think of their topic, or reads danger in them.
    """
    for case in cases:
        thought = {match["topic"] for match in case.read["topics"]}
        if case.example["topics"][0] not in thought or case.read["tier"] in ALARMS:
            yield {"id": case.example["id"], "thought": case.read["topic"], "confidence": case.read["confidence"]}


def reasons(
    before: Figures, after: Figures, floors: Mapping[str, Mapping[str, float]], tolerances: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Why the model must not be released; empty when it may. `floors` and `tolerances`: those files of `tests/nlu`.

    Each reason is {"why": "floor" | "loss" | "gain", "figure", "before", "after", "bound"}.
    """
    found = []
    for name, bound in floors.items():
        value = _figure(after, name)
        if value is not None and not bound.get("least", value) <= value <= bound.get("most", value):
            least = bound.get("least", bound.get("most"))
            found.append(
                {"why": "floor", "figure": name, "before": _figure(before, name), "after": value, "bound": least}
            )
    for why, sign in (("loss", -1), ("gain", 1)):
        for name, much in tolerances[f"may_{'lose' if why == 'loss' else 'gain'}"].items():
            for figure in _named(after, name):
                old, new = _figure(before, figure), _figure(after, figure)
                # A hair of tolerance for what rounding adds.
                if old is not None and new is not None and (new - old) * sign > much + 1e-9:
                    found.append({"why": why, "figure": figure, "before": old, "after": new, "bound": much})
    return found


def _named(measured: Figures, name: str) -> list[str]:
    table = measured.get(name)
    return [f"{name}.{entry}" for entry in table] if isinstance(table, Mapping) else [name]


def _figure(measured: Figures, name: str) -> float | None:
    table, _, entry = name.partition(".")
    value = measured.get(table, {}).get(entry) if entry else measured.get(table)
    return None if value is None else float(value)
