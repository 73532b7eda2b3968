"""From probabilities to a decision: which topics, in what order, and how sure.

A confidently wrong answer is ten times worse than a question back. The thresholds were chosen on the held-out set's
trade-off between the two; the table is in docs/decisions/0003-classifier.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Certainty = Literal["sure", "unsure", "unknown"]
Probabilities = Mapping[str, float]

OTHER_MEDICINE = "out_of_scope_medical"
NOT_OURS = "out_of_scope_other"
FRAGMENT = "unclear_fragment"
OUTSIDE = (OTHER_MEDICINE, NOT_OURS, FRAGMENT)
# Said beside a question, these are manners and story, not questions of their own.
BESIDE = (*OUTSIDE, "greeting_smalltalk", "follow_up", "privacy_request")


@dataclass(frozen=True)
class Thresholds:
    """Probabilities above which something counts.

    `sure`: to answer. `part`: a thought that counts as a question of its own; in a message with several question marks
    `asked` for the thoughts that have one and `told` for those that have none. `outside`: together, for what is not
    ours; `caution`: how much of it is taken off the confidence in a topic of ours. `offer`: to be offered as a choice.
    `support`: what a thought's topic needs in the whole message. `parts_weight`: of the mean over the parts beside it.
    """

    sure: float = 0.65
    part: float = 0.8
    asked: float = 0.3
    told: float = 0.75
    outside: float = 0.3
    caution: float = 1.0
    offer: float = 0.05
    support: float = 0.05
    parts_weight: float = 0.5


@dataclass(frozen=True)
class Part:
    """One thought of a message: its place, probabilities (best first), and whether it has a question mark."""

    span: tuple[int, int]
    probabilities: Probabilities
    asks: bool


@dataclass(frozen=True)
class Match:
    """A topic found in the text between the two offsets of `span`."""

    topic: str
    confidence: float
    span: tuple[int, int]


@dataclass(frozen=True)
class Decision:
    """`topics` in the order asked; `nearest` are the likeliest ones of the whole message, offered when not sure."""

    topics: tuple[Match, ...]
    certainty: Certainty
    nearest: tuple[Match, ...]


def decide(whole: Probabilities, length: int, parts: Sequence[Part], thresholds: Thresholds) -> Decision:
    """Weigh the whole message and its parts. `whole` is best first and never empty; `length` in characters."""
    together = _together(whole, parts, thresholds.parts_weight)
    everything = (0, length)
    nearest = tuple(
        Match(topic, p, everything) for topic, p in together.items() if p >= thresholds.offer and topic not in BESIDE
    )[:3]
    best, confidence = next(iter(together.items()))
    outside = sum(together.get(topic, 0.0) for topic in OUTSIDE)
    if best in OUTSIDE and outside >= thresholds.outside:
        certainty: Certainty = "sure" if confidence >= thresholds.sure else "unknown"
        return Decision((Match(best, confidence, everything),), certainty, nearest)
    asked = _asked(together, parts, thresholds)
    if len(asked) > 1:
        return Decision(tuple(asked), "sure", nearest)
    if confidence - thresholds.caution * outside >= thresholds.sure:
        return Decision((Match(best, confidence, everything),), "sure", nearest)
    # Not sure: the two likeliest are what it may be about; the patient is asked which.
    likeliest = tuple(Match(topic, p, everything) for topic, p in list(together.items())[:2])
    if not nearest:  # manners or a fragment, which is one thing or another
        return Decision(likeliest[:1], "unknown", ())
    return Decision(likeliest, "unsure", nearest)


def _together(whole: Probabilities, parts: Sequence[Part], weight: float) -> dict[str, float]:
    """The whole message's probabilities, moved a little towards the mean of its parts; best first."""
    if not parts:
        return dict(whole)
    mixed = {
        topic: p + weight * sum(part.probabilities.get(topic, 0.0) for part in parts) / len(parts)
        for topic, p in whole.items()
    }
    total = sum(mixed.values())
    return {topic: p / total for topic, p in sorted(mixed.items(), key=lambda pair: -pair[1])}


def _asked(together: Probabilities, parts: Sequence[Part], thresholds: Thresholds) -> list[Match]:
    """The distinct topics of the parts, in the order asked."""
    several = sum(part.asks for part in parts) > 1
    found: dict[str, Match] = {}
    for part in parts:
        topic, confidence = next(iter(part.probabilities.items()))
        if several:
            enough = confidence >= (thresholds.asked if part.asks else thresholds.told)
        else:  # a story: what the whole message does not hint at is no question
            enough = confidence >= thresholds.part and together[topic] >= thresholds.support
        if topic in BESIDE or not enough:
            continue
        if topic not in found or confidence > found[topic].confidence:
            found[topic] = Match(topic, confidence, found[topic].span if topic in found else part.span)
    return sorted(found.values(), key=lambda match: match.span)
