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
from bot.nlu.decision import BESIDE, Decision, Thresholds, decide
from bot.settings import ROOT, from_environment

DEVELOPMENT = ROOT / "tests" / "nlu" / "development" / "messages.jsonl"
TRIED: dict[str, tuple[float, ...]] = {
    "sure": (0.6, 0.65, 0.7),
    "asked": (0.5, 0.6, 0.7),
    "listed": (0.35, 0.45, 0.55),
    "told": (0.8, 0.9),
    "outside": (0.2, 0.3),
    "context": (0.4, 0.6),
}
# What each figure is worth beside the others: a wrong answer ten times a question back.
WORTH = {"complete": 3.0, "needless": -0.5, "wrong": -10.0, "answered": 1.0, "ours": -3.0}
Heard = tuple[Any, ...]  # the arguments of `decide` but the thresholds


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
    for example, given in zip(examples, heard, strict=True):
        decision = decide(*given, thresholds)
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
    examples = read_examples(DEVELOPMENT)
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
