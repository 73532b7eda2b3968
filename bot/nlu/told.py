"""Which facts a message tells of its writer: the rules of `bot.safety.disclosures`, and two opinions on them.

The rules know words, and how one denies, asks, dates them and tells them of others. What nobody foresaw ("tanned af",
"a two stroke engine", "the chemo was eight years ago") they may take for a fact, or a fact for a question, or not know
at all. The judge sees the words that they read where they stand, the classifier (`bot.nlu.fact_classifier`) the
whole message; both are the sentence encoder, learned on for this. Weighed together, what is not believed becomes
uncertain, which is asked and never used, and what is believed is affirmed. The judge is learned by
`python -m bot.nlu.learn_told`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from bot.nlu.fact_classifier import FactClassifier
from bot.nlu.fine_tuned import FineTuned
from bot.nlu.networks import Matrix
from bot.safety.ages import load_dates
from bot.safety.disclosures import Disclosure, disclosures
from bot.safety.labelled import is_own
from bot.safety.sentences import Sentences

SENTENCES = Sentences()
MODEL = Path(__file__).with_name("told.npz")
TOLD = "told"
LABELS = ("not told", TOLD)
AROUND, NEAR = 120, 45  # characters on each side of the words that it sees at a time
WEIGHT = 2.0  # of a fact's own input
SUREST = 9.2  # log odds of the judge at most: nothing is impossible

# Of log odds. Chosen on `check_4` to `check_10` of `data/facts`, where nothing was learned (decision 0207).
JUDGED, WHOLE = 0.8, 0.8  # weights of the judge and of the classifier
READ_AS_TOLD = 2.5  # what it counts that the rules affirm a fact
BELIEVED = 2.0  # from which a fact that was read is affirmed
ADDED = 2.5  # of the classifier, from which a fact that nobody read is added
NEVER_ADDED = (
    "gate."  # of age, and for whom one asks, the affirmed answer is the reassuring one: the rules must read it
)


class Judge:
    """Judges readings. It may be shared between threads."""

    def __init__(self, fine_tuned: FineTuned, facts: Sequence[str]) -> None:
        """`facts` are those that were learned, in the order of the networks' inputs."""
        self._fine_tuned = fine_tuned
        self._facts = facts
        self._told = fine_tuned.networks.labels.index(TOLD)

    @classmethod
    @cache
    def load(cls) -> Judge:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(MODEL, allow_pickle=False) as kept:
            return cls(FineTuned.load(MODEL), kept["facts"].tolist())

    def log_odds(self, text: str, read: Sequence[Disclosure]) -> list[float]:
        """For each reading of `text` the logarithm of the odds that it holds for the writer."""
        if not read:
            return []
        spans = list(dict.fromkeys(one.span for one in read))
        rows, looks = self._fine_tuned.seen([view for span in spans for view in views(text, span)])
        of = [spans.index(one.span) for one in read]
        named = inputs_of([one.fact for one in read], self._facts)
        answers = self._fine_tuned.networks.weights(np.hstack([rows.reshape(len(spans), -1)[of], named])).mean(axis=0)
        told, not_told = answers[:, self._told], answers[:, 1 - self._told]
        odds = told - not_told + (looks.reshape(len(spans), 2, -1).sum(axis=1)[of] * (named > 0)).sum(axis=1)
        return [float(one) for one in np.clip(odds, -SUREST, SUREST)]


class Told:
    """Reads the facts of messages. It may be shared between threads."""

    def __init__(self, judge: Judge, classifier: FactClassifier) -> None:
        """Both are what was learned."""
        self._judge = judge
        self._classifier = classifier

    @classmethod
    @cache
    def load(cls) -> Told:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        return cls(Judge.load(), FactClassifier.load())

    def read(self, text: str, language: str | None = None, *, may_tell: bool = True) -> tuple[Disclosure, ...]:
        """The facts in `text`, in its order; without `may_tell` only those that the rules read.

        A fact of which only the classifier knows stands for the sentence that tells it best.
        """
        if load_dates().is_all(text):
            return ()  # "am 8. Dezember" is no due date, "am 15." no age
        read = disclosures(text, language)
        judged = [one for one in read if _is_open(one)]
        if not judged and not may_tell:
            return read
        (whole,) = self._classifier.log_odds([text])
        odds = dict(zip(judged, self._judge.log_odds(text, judged), strict=True))
        settled = [_settled(one, _belief(one, odds[one], whole)) if one in odds else one for one in read]
        known = {one.fact for one in read}
        unread = [fact for fact, odds in whole.items() if odds >= ADDED and fact not in known] if may_tell else []
        added = self._where(text, [fact for fact in unread if not fact.startswith(NEVER_ADDED)])
        return tuple(sorted([*settled, *added], key=lambda one: one.span))

    def _where(self, text: str, facts: Sequence[str]) -> list[Disclosure]:
        if not facts:
            return []
        spans = [
            (sentence.words[0].start, sentence.words[-1].end) for sentence in SENTENCES.split(text) if sentence.words
        ] or [(0, len(text))]
        odds = self._classifier.log_odds([text[slice(*span)] for span in spans])
        best = {fact: max(zip(odds, spans, strict=True), key=lambda one: one[0][fact])[1] for fact in facts}
        return [Disclosure(fact, "affirmed", "self", "", span) for fact, span in best.items()]


def _is_open(read: Disclosure) -> bool:
    """A denial, a date outside the window and what is asked of others stand: looking again would change nothing."""
    return read.polarity == "affirmed" or (read.subject == "self" and read.polarity != "negated")


def _belief(read: Disclosure, judged: float, whole: Mapping[str, float]) -> float:
    """The log odds that a reading holds for the writer; of a fact that the classifier never learned, the judge's."""
    together = JUDGED * judged + WHOLE * whole.get(read.fact, judged)
    return together + READ_AS_TOLD * is_own(read)


def _settled(read: Disclosure, belief: float) -> Disclosure:
    if belief >= BELIEVED:
        return replace(read, polarity="affirmed", subject="self")
    return replace(read, polarity="uncertain", value=None) if is_own(read) else read


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
