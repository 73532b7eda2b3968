"""Which thresholds? Reads the development set once and decides anew for every combination of the reader's thresholds.

    python -m bench.thresholds

Prints the best combinations, with what each does: `complete` (several questions, all answered), `needless` (answers
to what was not asked), `wrong` (sure, and about nothing that was asked), `answered` (one question, answered), `ours`
(other medicine or not ours, answered as ours). Danger and disclosures are left out: their thresholds are their own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from bot.engine.evaluation import read_examples, share
from bot.engine.terminal import open_assistant
from bot.nlu import reader
from bot.nlu.asked import Part, Weights
from bot.nlu.decision import Decision, Thresholds, decide
from bot.nlu.topics import BESIDE, Probabilities
from bot.settings import ROOT, from_environment

DEVELOPMENT = ROOT / "tests" / "nlu" / "development" / "messages.jsonl"
STORIES = DEVELOPMENT.with_name("stories.jsonl")
TRIED: dict[str, tuple[float, ...]] = {
    "sure": (0.65, 0.7, 0.75, 0.8),
    "asked": (0.45, 0.5, 0.55),
    "listed": (0.1, 0.2, 0.3, 0.4),
    "only": (0.65, 0.8, 0.9),
    "parts_weight": (0.3, 0.5, 0.8),
}
# What each figure is worth beside the others: a wrong answer ten times a question back.
WORTH = {"complete": 3.0, "needless": -0.5, "wrong": -10.0, "answered": 1.0, "ours": -3.0}
Heard = tuple[Probabilities, int, Sequence[Part]]  # the arguments of `decide` but the thresholds and weights


def hear(examples: Sequence[dict[str, Any]]) -> list[Heard]:
    """What the reader weighs for each example: probabilities of the whole and of its parts."""
    heard: list[Heard] = []

    def keep(*given: Any) -> Decision:
        heard.append(given[:3])
        return decide(*given)

    async def run() -> None:
        for example in examples:
            await assistant.read(example["text"])

    assistant, _ = open_assistant(from_environment())
    with patch.object(reader, "decide", keep):
        asyncio.run(run())
    return heard


def figures(examples: Sequence[dict[str, Any]], heard: Sequence[Heard], thresholds: Thresholds) -> dict[str, float]:
    """The figures of the module's docstring."""
    found = []
    weights = Weights.load()
    for example, given in zip(examples, heard, strict=True):
        decision = decide(*given, thresholds, weights)
        ours = {m.topic for m in decision.topics if m.topic not in BESIDE} if decision.certainty == "sure" else set()
        found.append((example["kind"], set(example["topics"]), ours))
    asks = [(kind, gold, ours) for kind, gold, ours in found if kind in ("several", "single")]
    return {
        "complete": share(gold <= ours for kind, gold, ours in asks if kind == "several"),
        "needless": sum(len(ours - gold) for _, gold, ours in asks) / len(asks),
        "wrong": share(bool(ours) and not ours & gold for _, gold, ours in asks),
        "answered": share(bool(ours & gold) for kind, gold, ours in asks if kind == "single"),
        "ours": share(bool(ours) for kind, _, ours in found if kind == "out_of_scope"),
    }


def combinations() -> Iterator[dict[str, float]]:
    """Every combination of `TRIED`."""
    for values in itertools.product(*TRIED.values()):
        yield dict(zip(TRIED, values, strict=True))


def main() -> None:
    """See the module's docstring."""
    stories = [{**one, "kind": "several"} for one in read_examples(STORIES) if one["half"] == "choose"]
    examples = [*read_examples(DEVELOPMENT), *stories]
    heard = hear(examples)
    rows = []
    for chosen in [{}, *combinations()]:
        measured = figures(examples, heard, replace(Thresholds(), **chosen))
        rows.append((sum(WORTH[name] * value for name, value in measured.items()), chosen, measured))
    present, *others = rows
    for worth, chosen, measured in (present, *sorted(others, key=lambda row: -row[0])[:10]):
        sys.stdout.write(f"{worth:.3f} {json.dumps(chosen or 'present')} {json.dumps(measured)}\n")


if __name__ == "__main__":
    main()
