"""`mesobot evaluate`: how well messages are understood, on examples that were never trained on.

Writes figures.json, index.html and plots. What each figure means is said in tests/nlu/held_out/README.md and here.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.metrics import f1_score, roc_auc_score
from tqdm import tqdm

from bot.engine.assistant import Assistant
from bot.engine.parsing import parsed_line
from bot.engine.report import write_report
from bot.engine.terminal import open_assistant
from bot.nlu.topics import BEYOND, OUTSIDE
from bot.settings import ROOT, Settings

HELD_OUT = ROOT / "tests" / "nlu" / "held_out"
FLOORS = ROOT / "tests" / "nlu" / "floors.yml"
LAST_RELEASE = ROOT / "tests" / "nlu" / "last_release.json"  # its figures, for the page's column "before"


@dataclass(frozen=True)
class Case:
    """A held-out example and how it was read."""

    example: Mapping[str, Any]
    read: Mapping[str, Any]

    @property
    def gold(self) -> set[str]:
        """Topics that count as the main one."""
        return {self.example["topics"][0], *self.example.get("accept", ())}

    @property
    def first_right(self) -> bool:
        """The first topic is the main one."""
        return self.read["topic"] in self.gold

    @property
    def right(self) -> bool:
        """The main topic is the first or second one found."""
        return any(match["topic"] in self.gold for match in self.read["topics"][:2]) or self.first_right

    @property
    def sure(self) -> bool:
        """It would be answered without asking back."""
        return bool(self.read["certainty"] == "sure")

    @property
    def answered(self) -> set[str]:
        """Topics that get an answer; runners-up do not."""
        return set(self.read["answered"])

    @property
    def wrong_and_sure(self) -> bool:
        """Answered, and about nothing the person asked."""
        return self.sure and not self.answered & (self.gold | set(self.example["topics"]))

    @property
    def needless(self) -> int:
        """Answers to what was not asked, beside the right one."""
        return len(self.answered - self.gold - set(self.example["topics"])) if self.sure else 0

    @property
    def answered_as_ours(self) -> bool:
        """Beyond the clinic, yet answered with a card about the treatment or the clinic."""
        return self.sure and self.read["topic"] not in (*OUTSIDE, "greeting_smalltalk")


def read_examples(path: Path) -> list[dict[str, Any]]:
    """JSON lines of a held-out file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def read_all(assistant: Assistant, examples: Sequence[Mapping[str, Any]], name: str) -> list[Case]:
    """Read every example, with a progress bar."""

    async def run() -> list[Case]:
        shown = tqdm(examples, desc=name, unit="message", disable=None, file=sys.stderr)
        return [Case(one, parsed_line(one["id"], await assistant.read(one["text"]))) for one in shown]

    return asyncio.run(run())


def share(values: Iterable[bool]) -> float:
    """Part of the values that are true, rounded to 4 digits; 0 for none."""
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0


def by(cases: Sequence[Case], key: Callable[[Case], str], figure: Callable[[Case], bool]) -> dict[str, float]:
    """A figure for each value of `key`."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    return {name: share(map(figure, group)) for name, group in sorted(groups.items())}


def calibration(cases: Sequence[Case], bins: int = 10) -> tuple[float, list[tuple[float, float, int]]]:
    """Expected calibration error, and (mean confidence, share right, count) of each bin that is not empty."""
    confidence = np.array([case.read["confidence"] for case in cases])
    right = np.array([case.first_right for case in cases])
    edges = np.minimum((confidence * bins).astype(int), bins - 1)
    points = [
        (float(confidence[edges == b].mean()), float(right[edges == b].mean()), int((edges == b).sum()))
        for b in range(bins)
        if (edges == b).any()
    ]
    error = sum(count * abs(mean - hit) for mean, hit, count in points) / len(cases)
    return round(error, 4), points


def trade_off(ours: Sequence[Case], beyond: Sequence[Case]) -> list[tuple[float, float, float]]:
    """(threshold, share of ours at or above it, share of what is beyond us read as ours at or above it)."""

    def above(cases: Sequence[Case], threshold: float) -> float:
        return share(c.read["topic"] not in OUTSIDE and c.read["confidence"] >= threshold for c in cases)

    return [(t / 20, above(ours, t / 20), above(beyond, t / 20)) for t in range(21)]


def figures(topics: Sequence[Case], translated: Sequence[Case], stories: Sequence[Case]) -> dict[str, Any]:
    """Every figure of the report."""
    beyond = [case for case in topics if case.example["topics"][0] in BEYOND]
    ours = [case for case in topics if case.example["topics"][0] not in OUTSIDE]
    error, points = calibration(topics)
    outside = [case.example["topics"][0] in BEYOND for case in (*ours, *beyond)]
    scores = [-case.read["confidence"] if case.read["topic"] not in BEYOND else 1.0 for case in (*ours, *beyond)]
    return {
        "examples": {"topics": len(topics), "translated": len(translated), "stories": len(stories)},
        "right": share(c.right for c in topics),
        "first_right": share(c.first_right for c in topics),
        "confidently_wrong": share(c.wrong_and_sure for c in topics),
        "asked_back": share(not c.sure for c in ours),
        "beyond_answered_as_ours": share(c.answered_as_ours for c in beyond),
        "needless_answers": round(float(np.mean([c.needless for c in topics if c.sure])), 4),
        "beyond_auroc": round(float(roc_auc_score(outside, scores)), 4),
        "macro_f1": round(
            float(
                f1_score(
                    [c.example["topics"][0] for c in topics],
                    [c.example["topics"][0] if c.first_right else c.read["topic"] for c in topics],
                    average="macro",
                )
            ),
            4,
        ),
        "calibration_error": error,
        "reliability": points,
        "trade_off": trade_off(ours, beyond),
        "stories_complete": share(_complete(c) for c in stories),
        "stories_found": round(float(np.mean([_found(c) for c in stories])), 4),
        "by_topic": by(topics, lambda c: str(c.example["topics"][0]), lambda c: c.first_right),
        "by_language": by(translated, lambda c: str(c.example["language"]), lambda c: c.right),
        "by_length": by(topics, lambda c: str(c.example["length"]), lambda c: c.right),
        "by_kind": by(topics, lambda c: str(c.example["kind"]), lambda c: c.right),
        "confusions": Counter(
            f"{c.example['topics'][0]} -> {c.read['topic']}" for c in topics if not c.first_right
        ).most_common(40),
    }


def _found(case: Case) -> float:
    return len(case.answered & set(case.example["topics"])) / len(case.example["topics"])


def _complete(case: Case) -> bool:
    return _found(case) == 1.0


def broken_floors(measured: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line for each figure below its `least` or above its `most`; dotted names reach into tables."""
    broken = []
    for name, bound in floors.items():
        table, _, entry = name.partition(".")
        value = measured[table][entry] if entry else measured[table]
        if value < bound.get("least", value) or value > bound.get("most", value):
            broken.append(f"{name} is {value}, must be {bound}")
    return broken


def evaluate(settings: Settings, out: Path, *, floors: bool = False) -> int:
    """Read the held-out sets, write the report to `out`, print the figures; 1 when a floor is broken and it matters."""
    assistant, _ = open_assistant(settings)
    sets = {name: read_examples(HELD_OUT / f"{name}.jsonl") for name in ("topics", "translated", "stories")}
    cases = {name: read_all(assistant, examples, name) for name, examples in sets.items()}
    measured = figures(cases["topics"], cases["translated"], cases["stories"])
    before = json.loads(LAST_RELEASE.read_text(encoding="utf-8"))
    write_report(out, measured, cases["topics"], before)
    tables = ("by_topic", "by_kind", "confusions", "reliability", "trade_off")
    sys.stdout.write(json.dumps({k: v for k, v in measured.items() if k not in tables}, indent=2) + "\n")
    sys.stdout.write(f"report: {out / 'index.html'}\n")
    broken = broken_floors(measured, yaml.safe_load(FLOORS.read_text(encoding="utf-8")))
    for line in broken:
        sys.stderr.write(f"floor broken: {line}\n")
    return 1 if broken and floors else 0
