"""Which facts a message tells of its writer, read as a whole: a classifier over the sentence encoder, learned on.

The rules of `bot.safety.disclosures` know words; this knows sense, also in words that nobody foresaw. Neither is
believed alone: see `bot.nlu.told`. Learned by `python -m bot.nlu.learn_facts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bot.nlu.fine_tuned import FineTuned

MODEL = Path(__file__).with_name("facts.npz")


class FactClassifier:
    """Answers for every fact by itself. It may be shared between threads."""

    def __init__(self, fine_tuned: FineTuned) -> None:
        """The labels of its networks are the facts."""
        self._fine_tuned = fine_tuned

    @classmethod
    @cache
    def load(cls) -> FactClassifier:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        return cls(FineTuned.load(MODEL))

    def log_odds(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """For each text the logarithm of the odds that its writer tells a fact, by linkId."""
        if not texts:
            return []
        networks = self._fine_tuned.networks
        rows, attention = self._fine_tuned.seen(texts)
        answers = networks.weights(rows).mean(axis=0) + attention
        return [dict(zip(networks.labels, row, strict=True)) for row in answers.tolist()]
