"""From probabilities to a decision: which topics, in what order, and how sure.

A confidently wrong answer is ten times worse than a question back. The thresholds were chosen on the development set
(`python -m bench.thresholds`), never on the held-out one; see docs/decisions/0005-several-questions.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.nlu.asked import LIST, Match, Part, Weights, considered
from bot.nlu.topics import BESIDE, FRAGMENT, OUTSIDE, Probabilities

Certainty = Literal["sure", "unsure", "unknown"]


@dataclass(frozen=True)
class Thresholds:
    """Probabilities above which something counts.

    `sure`: to answer. `asked`: a topic is one of several that are asked about; `listed`: it is among the likeliest of a
    list of questions, as many as a list has at least; `only`: it is the only one.
    `outside`: together, for what is not ours; `caution`: how much of it is taken off the confidence in a topic of
    ours. `offer`: to be offered as a choice. `parts_weight`: of the mean over the parts beside the whole message.
    """

    sure: float = 0.8
    asked: float = 0.5
    listed: float = 0.2
    only: float = 0.8
    outside: float = 0.2
    caution: float = 1.0
    offer: float = 0.05
    parts_weight: float = 0.5


MOST = 4  # topics of one message
DOUBTFUL = 0.25  # least probability of a question that is offered as a choice beside the answers


@dataclass(frozen=True)
class Decision:
    """`topics` in the order asked. `nearest` is offered as choices: the likeliest topics of the whole message when not
    sure; beside several answers, the questions that may have been asked as well."""

    topics: tuple[Match, ...]
    certainty: Certainty
    nearest: tuple[Match, ...]


def decide(
    whole: Probabilities, length: int, parts: Sequence[Part], thresholds: Thresholds, weights: Weights
) -> Decision:
    """Weigh the whole message and its parts. `whole` is best first and never empty; `length` in characters."""
    together = _together(whole, parts, thresholds)
    everything = (0, length)
    nearest = tuple(
        Match(topic, p, everything) for topic, p in together.items() if p >= thresholds.offer and topic not in BESIDE
    )[:3]
    best, confidence = next(iter(together.items()))
    outside = sum(together.get(topic, 0.0) for topic in OUTSIDE)
    if best in OUTSIDE and outside >= thresholds.outside:
        certainty: Certainty = "sure" if confidence >= thresholds.sure else "unknown"
        return Decision((Match(best, confidence, everything),), certainty, nearest)
    found = sorted(
        (Match(topic, weights.probability(why), span) for topic, span, why in considered(whole, parts)),
        key=lambda match: -match.confidence,
    )
    listed = LIST if sum(part.asks for part in parts) >= LIST else 0
    asked = [
        match
        for rank, match in enumerate(found[:MOST])
        if match.confidence >= (thresholds.listed if rank < listed else thresholds.asked)
    ]
    if len(asked) == 1 and asked[0].confidence >= thresholds.only:
        return Decision((replace(asked[0], span=everything),), "sure", _doubtful(found, asked))
    if len(asked) > 1:
        return Decision(tuple(sorted(asked, key=lambda match: match.span)), "sure", _doubtful(found, asked))
    if confidence - thresholds.caution * outside >= thresholds.sure:
        return Decision((Match(best, confidence, everything),), "sure", nearest)
    # Not sure: the two likeliest are what it may be about; the patient is asked which.
    likeliest = tuple(Match(topic, p, everything) for topic, p in list(together.items())[:2])
    if not nearest:  # manners or a fragment, which is one thing or another; what is hardly likely is never acted on
        little = likeliest[0] if best in BESIDE else Match(FRAGMENT, together.get(FRAGMENT, 0.0), everything)
        return Decision((little,), "unknown", ())
    return Decision(likeliest, "unsure", nearest)


def _doubtful(found: Sequence[Match], asked: Sequence[Match]) -> tuple[Match, ...]:
    """Questions that may have been asked as well."""
    return tuple(match for match in found if match not in asked and match.confidence >= DOUBTFUL)[:3]


def _together(whole: Probabilities, parts: Sequence[Part], thresholds: Thresholds) -> dict[str, float]:
    """The whole message's probabilities, moved towards the mean of its parts; best first."""
    share = thresholds.parts_weight / (len(parts) or 1)
    return _normal(
        {topic: p + share * sum(part.probabilities.get(topic, 0.0) for part in parts) for topic, p in whole.items()}
    )


def _normal(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares that add up to 1, best first."""
    total = sum(shares.values()) or 1.0
    return {topic: p / total for topic, p in sorted(shares.items(), key=lambda pair: -pair[1])}
