"""From probabilities to a decision: which topics, in what order, and how sure.

A confidently wrong answer is ten times worse than a question back. The thresholds are set on the held-out set's
trade-off between the two and are explained in docs/decisions/0003-classifier.md.
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
BESIDE = (*OUTSIDE, "greeting_smalltalk", "follow_up")


@dataclass(frozen=True)
class Thresholds:
    """Probabilities: `sure` to answer, `offer` to offer as a choice, `part` for a further question in one message."""

    sure: float = 0.5
    offer: float = 0.08
    part: float = 0.6


@dataclass(frozen=True)
class Match:
    """A topic found in the text between the two offsets of `span`."""

    topic: str
    confidence: float
    span: tuple[int, int]


@dataclass(frozen=True)
class Decision:
    """`topics` in the order asked (the first is the main one); `nearest` are offered when not sure."""

    topics: tuple[Match, ...]
    certainty: Certainty
    nearest: tuple[str, ...]


def decide(
    whole: Probabilities,
    length: int,
    parts: Sequence[tuple[tuple[int, int], Probabilities]],
    thresholds: Thresholds,
) -> Decision:
    """Weigh the whole message and its parts. `whole` is best first and never empty; `length` in characters."""
    best = next(iter(whole))
    nearest = tuple(t for t, p in list(whole.items())[:4] if p >= thresholds.offer and t not in BESIDE)[:3]
    asked = _asked(whole, parts, thresholds)
    if asked:
        return Decision(tuple(asked), "sure", nearest)
    main = Match(best, whole[best], (0, length))
    if main.confidence >= thresholds.sure:
        return Decision((main,), "sure", nearest)
    if len(parts) > 1:
        span, probabilities = max(parts, key=lambda part: max(part[1].values()) if _topic(part[1]) not in BESIDE else 0)
        topic = _topic(probabilities)
        if topic not in BESIDE and probabilities[topic] >= thresholds.part:
            return Decision((Match(topic, probabilities[topic], span),), "sure", nearest)
    outside = sum(whole.get(topic, 0.0) for topic in OUTSIDE)
    if outside > 0.5 or not nearest:
        label = max(OUTSIDE, key=lambda topic: whole.get(topic, 0.0))
        return Decision((Match(label, whole.get(label, 0.0), (0, length)),), "unknown", nearest)
    # Not sure: the two likeliest are what it may be about; the patient is asked which.
    likeliest = tuple(Match(topic, whole[topic], (0, length)) for topic in list(whole)[:2])
    return Decision(likeliest, "unsure", nearest)


def _topic(probabilities: Probabilities) -> str:
    return next(iter(probabilities))


def _asked(
    whole: Probabilities, parts: Sequence[tuple[tuple[int, int], Probabilities]], thresholds: Thresholds
) -> list[Match]:
    """The distinct topics of several parts; empty when fewer than two parts ask something."""
    found: dict[str, Match] = {}
    for span, probabilities in parts:
        topic = _topic(probabilities)
        # What the whole message also hints at needs less proof in the part.
        confidence = probabilities[topic]
        if topic in BESIDE or confidence + 0.5 * whole.get(topic, 0.0) < thresholds.part:
            continue
        if topic not in found or confidence > found[topic].confidence:
            found[topic] = Match(topic, confidence, found[topic].span if topic in found else span)
    return sorted(found.values(), key=lambda match: match.span) if len(found) > 1 else []
