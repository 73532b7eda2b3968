"""The page that `mesobot evaluate` writes: figures, a reliability plot and a confusion plot."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Read(Protocol):
    """A held-out example and how it was read."""

    @property
    def example(self) -> Mapping[str, Any]:
        """The example."""

    @property
    def read(self) -> Mapping[str, Any]:
        """The line `mesobot parse` prints for it."""

    @property
    def first_right(self) -> bool:
        """The main topic was found."""


def write_report(folder: Path, figures: Mapping[str, Any], cases: Sequence[Read], before: Mapping[str, Any]) -> None:
    """Write figures.json, misses.jsonl, three plots and index.html, which sets `before` (the last release) beside."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    with (folder / "misses.jsonl").open("w", encoding="utf-8") as misses:
        for case in cases:
            if not case.first_right:
                misses.write(json.dumps({**case.example, "read": case.read}, ensure_ascii=False) + "\n")
    _reliability(folder / "reliability.png", figures["reliability"])
    _trade_off(folder / "trade_off.png", figures["trade_off"])
    _confusion(folder / "confusion.png", cases)
    rows = "".join(
        f"<tr><td>{name}<td>{value}<td>{before.get(name, '')}"
        for name, value in figures.items()
        if isinstance(value, (int, float))
    )
    tables = "".join(
        f"<h2>{name.replace('_', ' ')}</h2><table>"
        + "".join(f"<tr><td>{html.escape(str(key))}<td>{value}" for key, value in _pairs(figures[name]))
        + "</table>"
        for name in ("by_language", "by_length", "by_kind", "by_topic", "confusions")
    )
    (folder / "index.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Understanding</title>"
        "<style>body{font:16px system-ui;max-width:60rem;margin:2rem auto}td{padding:.1rem 1rem .1rem 0}"
        "img{max-width:100%}</style><h1>Understanding, on held-out examples</h1>"
        f"<table><tr><th>figure<th>now<th>last release{rows}</table>"
        f"<h2>Reliability</h2><img src=reliability.png alt='Confidence against share right'>"
        "<h2>What is not ours</h2><img src=trade_off.png alt='Share answered by threshold, ours and not ours'>"
        f"<h2>Confusion</h2><img src=confusion.png alt='Main topic against topic read'>{tables}",
        encoding="utf-8",
    )


def _pairs(table: Any) -> list[tuple[Any, Any]]:
    return list(table.items()) if isinstance(table, Mapping) else [tuple(row) for row in table]


def _reliability(path: Path, points: Sequence[tuple[float, float, int]]) -> None:
    figure, axes = _canvas((5, 5))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([p[0] for p in points], [p[1] for p in points], marker="o", color="#0b6b63")
    for mean, hit, count in points:
        axes.annotate(str(count), (mean, hit), textcoords="offset points", xytext=(6, -10), fontsize=8)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    figure.savefig(path, dpi=120, bbox_inches="tight")


def _trade_off(path: Path, points: Sequence[tuple[float, float, float]]) -> None:
    figure, axes = _canvas((5, 5))
    axes.plot([p[0] for p in points], [p[1] for p in points], marker="o", color="#0b6b63", label="ours")
    axes.plot([p[0] for p in points], [p[2] for p in points], marker="o", color="#b3261e", label="not ours")
    axes.set_xlabel("confidence asked for")
    axes.set_ylabel("share read as ours and sure enough")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


def _confusion(path: Path, cases: Sequence[Read]) -> None:
    import numpy as np

    names = sorted({case.example["topics"][0] for case in cases} | {case.read["topic"] for case in cases})
    place = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for case in cases:
        truth = case.read["topic"] if case.first_right else case.example["topics"][0]
        counts[place[truth], place[case.read["topic"]]] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _canvas((13, 13))
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("read as")
    axes.set_ylabel("is about")
    for row, column in zip(*np.nonzero(counts), strict=True):
        axes.text(column, row, int(counts[row, column]), ha="center", va="center", fontsize=6)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def _canvas(size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()
