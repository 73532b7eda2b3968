"""Whether the facts read in a message hold for its writer: a second opinion on `bot.safety.disclosures`.

Its rules know words, and how one denies, asks, dates them and tells them of others. What nobody foresaw ("tanned af",
"a two stroke engine", "the chemo was eight years ago") they may take for a fact, or a fact for a question. Here the
sentence encoder, as it was learned on for this, looks at a fact's words where they stand. What it does not believe
becomes uncertain, which is asked and never used; what it is sure of is affirmed. Learned by
`python -m bot.nlu.learn_told`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from bot.nlu.fine_tuned import FineTuned
from bot.nlu.networks import Matrix
from bot.safety.disclosures import Disclosure, disclosures
from bot.safety.labelled import is_own

MODEL = Path(__file__).with_name("told.npz")
TOLD = "told"
LABELS = ("not told", TOLD)
AROUND, NEAR = 120, 45  # characters on each side of the words that it sees at a time
WEIGHT = 2.0  # of a fact's own input
DOUBTED = 0.3  # share of "told" below which what was affirmed is in doubt
SURE = 0.95  # from which it holds though the rules took it for a question, a plan, a doubt or somebody else's


class Told:
    """Judges readings. It may be shared between threads."""

    def __init__(self, fine_tuned: FineTuned, facts: Sequence[str]) -> None:
        """`facts` are those that were learned, in the order of the networks' inputs."""
        self._fine_tuned = fine_tuned
        self._facts = facts
        self._told = fine_tuned.networks.labels.index(TOLD)

    @classmethod
    @cache
    def load(cls) -> Told:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(MODEL, allow_pickle=False) as kept:
            return cls(FineTuned.load(MODEL), kept["facts"].tolist())

    def shares(self, text: str, read: Sequence[Disclosure]) -> list[float]:
        """For each reading of `text` the probability that it holds for the writer."""
        if not read:
            return []
        spans = list(dict.fromkeys(one.span for one in read))
        seen = self._fine_tuned.vectors([view for span in spans for view in views(text, span)])
        rows = dict(zip(spans, seen.reshape(len(spans), -1), strict=True))
        inputs = np.stack([rows[one.span] for one in read])
        names = inputs_of([one.fact for one in read], self._facts)
        shares = self._fine_tuned.networks.shares(np.hstack([inputs, names]))
        return [float(one) for one in shares[:, self._told]]

    def read(self, text: str, language: str | None = None) -> tuple[Disclosure, ...]:
        """The facts in `text`, as `Disclosures.read` has them but for those that are judged otherwise."""
        read = disclosures(text, language)
        judged = [one for one in read if _is_open(one)]
        shares = dict(zip(judged, self.shares(text, judged), strict=True))
        return tuple(_settled(one, shares[one]) if one in shares else one for one in read)


def _is_open(read: Disclosure) -> bool:
    """A denial, a date outside the window and what is asked of others stand: looking again would change nothing."""
    return read.polarity == "affirmed" or (read.subject == "self" and read.polarity != "negated")


def _settled(read: Disclosure, share: float) -> Disclosure:
    if is_own(read):
        return read if share >= DOUBTED else replace(read, polarity="uncertain", value=None)
    return replace(read, polarity="affirmed", subject="self") if share >= SURE else read


def views(text: str, span: tuple[int, int]) -> tuple[str, str]:
    """The words of a fact marked in what stands around them: wide and near."""
    start, end = span
    words = f"« {text[start:end]} »"
    left, right = text[max(start - NEAR, 0) : start], text[end : end + NEAR]
    if start > NEAR and text[start - NEAR - 1].isalnum():  # no half words
        left = left.partition(" ")[2]
    if end + NEAR < len(text) and text[end + NEAR].isalnum():
        right = right.rpartition(" ")[0]
    return f"{text[max(start - AROUND, 0) : start]} {words} {text[end : end + AROUND]}", f"{left} {words} {right}"


def inputs_of(facts: Sequence[str], known: Sequence[str]) -> Matrix:
    """One input for each known fact (n, facts); a fact that was not learned has none."""
    return np.array([[WEIGHT * (fact == one) for one in known] for fact in facts], np.float32)
