"""The budgets of the design, and how a measured run stands to them."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

# figure -> (what it is, unit, "ratio" to the starter bot's or our "value" alone, "at most" or "at least", bound)
BUDGETS: dict[str, tuple[str, str, str, str, float]] = {
    "turn_p50": ("engine turn, short conversation, p50", "ms", "ratio", "at most", 0.25),
    "turns_16": ("turns per second, one engine, 16 users", "/s", "ratio", "at least", 5.0),
    "growth": ("turn 300 against turn 10", "x", "value", "at most", 1.2),
    "cold_start": ("cold start to the first answer", "s", "ratio", "at most", 0.25),
    "memory": ("memory of the engine", "MB", "ratio", "at most", 0.7),
    "training": ("training", "s", "ratio", "at most", 0.3),
    "visit_p95": ("patient visit through the house, p95 per turn", "ms", "value", "at most", 300.0),
    "widget": ("widget, bytes to ready, compressed", "B", "value", "at most", 25_000.0),
}
# Reported beside them, without a bound.
BESIDE = {
    "turn_p95": "ms",
    "turn_processor": "ms",
    "turns_1": "/s",
    "turns_4": "/s",
    "visit_p50": "ms",
    "cold_start_processor": "s",
    "training_processor": "s",
    "memory_after": "MB",
}


@dataclass(frozen=True)
class Line:
    """One budget and what was measured."""

    name: str
    ours: float
    starter: float | None
    judged: float
    bound: str
    kept: bool


def judge(ours: Mapping[str, float], starter: Mapping[str, float]) -> list[Line]:
    """A line for each budget that was measured."""
    lines = []
    for figure, (name, unit, kind, sense, bound) in BUDGETS.items():
        if figure not in ours or (kind == "ratio" and figure not in starter):
            continue
        judged = ours[figure] / starter[figure] if kind == "ratio" else ours[figure]
        kept = judged <= bound if sense == "at most" else judged >= bound
        lines.append(Line(f"{name} ({unit})", ours[figure], starter.get(figure), judged, f"{sense} {bound:g}", kept))
    return lines


def table(lines: list[Line], ours: Mapping[str, float], starter: Mapping[str, float]) -> str:
    """The lines as text."""
    rows = [f"{'':52}{'ours':>10}{'starter':>10}{'judged':>10}  {'budget':14}"]
    for line in lines:
        other = "-" if line.starter is None else f"{line.starter:.1f}"
        verdict = "pass" if line.kept else "MISS"
        rows.append(f"{line.name:52}{line.ours:10.1f}{other:>10}{line.judged:10.2f}  {line.bound:14}{verdict}")
    for name, unit in BESIDE.items():
        if name in ours:
            other = f"{starter[name]:10.1f}{ours[name] / starter[name]:10.2f}" if name in starter else f"{'-':>10}"
            rows.append(f"{name.replace('_', ' ') + f' ({unit})':52}{ours[name]:10.1f}{other}")
    return "\n".join(rows)


def write(
    folder: Path, lines: list[Line], figures: Mapping[str, Mapping[str, float]], samples: Mapping[str, Any]
) -> None:
    """figures.json and plot.png."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": {"cores": _cores(), "python": platform.python_version(), "system": platform.platform()},
        "budgets": [vars(line) for line in lines],
        **figures,
        "samples": samples,
    }
    (folder / "figures.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    _plot(folder / "plot.png", lines, samples)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def _plot(path: Path, lines: list[Line], samples: Mapping[str, Any]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4))
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3)
    colours = {"ours": "#0b6b63", "starter": "#c26a2d"}
    for name, colour in colours.items():
        turns = sorted(samples.get(name, {}).get("turns", ()))
        left.plot(turns, [i / len(turns) for i in range(len(turns))], color=colour, label=name)
        grown = samples.get(name, {}).get("long", ())
        middle.plot(range(1, len(grown) + 1), grown, ".", markersize=3, color=colour, label=name)
        rates = samples.get(name, {}).get("rates", {})
        right.plot(list(rates), list(rates.values()), "o-", color=colour, label=name)
    left.set(xlabel="ms a turn", ylabel="share of turns", title="short conversations", xscale="log")
    middle.set(xlabel="turn", ylabel="ms", title="one long conversation", yscale="log")
    right.set(xlabel="users at once", ylabel="turns per second", title="one engine process", ylim=(0, None))
    for axes in (left, middle, right):
        axes.legend()
    missed = sum(not line.kept for line in lines)
    figure.suptitle(f"{len(lines) - missed} of {len(lines)} budgets kept")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
