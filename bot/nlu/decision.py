"""From probabilities to a decision: which topics, in what order, and how sure.

A confidently wrong answer is ten times worse than a question back. The thresholds were chosen on the development set
(`python -m bench.thresholds`), never on the held-out one; the table is in docs/decisions/0005-several-questions.md.
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
STORY = "told_something"
REFERS = "follow_up"
SUITABLE = "start_eligibility"
OUTSIDE = (OTHER_MEDICINE, NOT_OURS, FRAGMENT)
# Said beside a question, these are manners and story, not questions of their own.
BESIDE = (*OUTSIDE, STORY, REFERS, "greeting_smalltalk")
# Facts about oneself that decide what is said (topic list, "how to decide" 1-4): told is as good as asked.
DECIDING = (
    "pregnancy_breastfeeding",
    "blood_thinners_painkillers",
    "medicines_other",
    "medical_conditions",
    "skin_conditions",
    "allergies",
    "age_limits",
    "combine_spacing",
    "post_treatment_concern",
    "emergency_red_flag",
    "complaint_refund",
    "reschedule_cancel",
)
# What a thought cannot be that stands in a longer message: the rest of the message says what it is about.
WITHOUT_CONTEXT = (FRAGMENT, REFERS, STORY)


@dataclass(frozen=True)
class Thresholds:
    """Probabilities above which something counts.

    `sure`: to answer. `asked`, `told`: a thought that asks, or that only tells, counts as a question of its own.
    `outside`: together, for what is not ours; `caution`: how much of it is taken off the confidence in a topic of
    ours. `offer`: to be offered as a choice. `support`: what a told thought's topic needs in the whole message.
    `parts_weight`: of the mean over the parts beside the whole message, in which a thought that only tells counts
    `telling`. `context`: how much the whole message decides what a thought is about. `vague`: share of a thought that
    says nothing without what came before it.
    """

    sure: float = 0.65
    asked: float = 0.6
    listed: float = 0.45
    told: float = 0.9
    outside: float = 0.2
    caution: float = 1.0
    offer: float = 0.05
    support: float = 0.05
    parts_weight: float = 0.5
    telling: float = 1.0
    context: float = 0.6
    vague: float = 0.5


@dataclass(frozen=True)
class Part:
    """One thought of a message: its place, probabilities (best first), and whether it asks."""

    span: tuple[int, int]
    probabilities: Probabilities
    asks: bool


@dataclass(frozen=True)
class Match:
    """A topic found in the text between the two offsets of `span`."""

    topic: str
    confidence: float
    span: tuple[int, int]


DOUBTFUL = 0.25  # least confidence of a question that is offered as a choice beside the answers
LIST = 3  # so many thoughts that ask are a list of questions
NOTHING = Match("", 0.0, (0, 0))


@dataclass(frozen=True)
class Decision:
    """`topics` in the order asked. `nearest` is offered as choices: the likeliest topics of the whole message when not
    sure; beside several answers, the questions that may have been asked as well."""

    topics: tuple[Match, ...]
    certainty: Certainty
    nearest: tuple[Match, ...]


def decide(whole: Probabilities, length: int, parts: Sequence[Part], thresholds: Thresholds) -> Decision:
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
    asked, doubtful = _asked(whole, together, parts, thresholds)
    is_sure = confidence - thresholds.caution * outside >= thresholds.sure
    if len(asked) == 1 and asked[0].confidence >= thresholds.told and asked[0].topic != best:
        # A clear question beside what the message as a whole is about.
        around = [Match(best, confidence, _place(best, parts))] if is_sure and best not in BESIDE else []
        return Decision(_in_order((*around, *asked)), "sure", doubtful)
    if len(asked) > 1:
        return Decision(_in_order(asked), "sure", doubtful)
    if is_sure:
        return Decision((Match(best, confidence, everything),), "sure", nearest)
    # Not sure: the two likeliest are what it may be about; the patient is asked which.
    likeliest = tuple(Match(topic, p, everything) for topic, p in list(together.items())[:2])
    if not nearest:  # manners or a fragment, which is one thing or another
        return Decision(likeliest[:1], "unknown", ())
    return Decision(likeliest, "unsure", nearest)


def _together(whole: Probabilities, parts: Sequence[Part], thresholds: Thresholds) -> dict[str, float]:
    """The whole message's probabilities, moved towards the mean of its parts; best first."""
    if not parts:
        return dict(whole)
    weights = [1.0 if part.asks else thresholds.telling for part in parts]
    share = thresholds.parts_weight / (sum(weights) or 1.0)
    mixed = {
        topic: p + share * sum(w * part.probabilities.get(topic, 0.0) for w, part in zip(weights, parts, strict=True))
        for topic, p in whole.items()
    }
    return _normal(mixed)


def _asked(
    whole: Probabilities, together: Probabilities, parts: Sequence[Part], thresholds: Thresholds
) -> tuple[list[Match], tuple[Match, ...]]:
    """The distinct topics of the thoughts that ask, or that tell what decides the answer; and those in doubt."""
    enough = thresholds.listed if sum(part.asks for part in parts) >= LIST else thresholds.asked
    found: dict[str, Match] = {}
    doubtful: dict[str, Match] = {}
    told: Match | None = None  # the thought just before, where it only tells
    for part in parts:
        match, vague = _in_context(part, whole, thresholds)
        if part.asks and vague and told:
            match = told  # "and flying to Malta on Sunday, is that stupid?"
        elif part.asks:
            told = None
            if match.confidence < enough:
                doubtful[match.topic] = match
                continue
        else:
            hinted = match.confidence >= thresholds.told and together[match.topic] >= thresholds.support
            told = match if hinted and match.topic not in BESIDE else None
            if not (told and told.topic in DECIDING):
                continue
        if match.topic not in BESIDE and match.confidence > found.get(match.topic, NOTHING).confidence:
            span = found[match.topic].span if match.topic in found else match.span
            found[match.topic] = Match(match.topic, match.confidence, span)
    if SUITABLE in found and any(topic in DECIDING for topic in found):
        del found[SUITABLE]  # "can I have it?" is answered by what the fact means
    offered = (m for m in doubtful.values() if m.topic not in (*found, *BESIDE) and m.confidence >= DOUBTFUL)
    return list(found.values()), tuple(offered)


def _in_context(part: Part, whole: Probabilities, thresholds: Thresholds) -> tuple[Match, bool]:
    """What a thought is about, knowing the message it stands in, and whether it is vague without what came before."""
    lost = sum(part.probabilities.get(topic, 0.0) for topic in WITHOUT_CONTEXT) if part.asks else 0.0
    weighed = {
        topic: p * (whole.get(topic, 0.0) + 0.01) ** thresholds.context
        for topic, p in part.probabilities.items()
        if not (part.asks and topic in WITHOUT_CONTEXT)
    }
    topic, confidence = next(iter(_normal(weighed).items()))
    vague = confidence < thresholds.asked or topic in (SUITABLE, *BESIDE) or lost >= thresholds.vague
    return Match(topic, confidence * (1 - lost / 2), part.span), vague


def _place(topic: str, parts: Sequence[Part]) -> tuple[int, int]:
    """The span of the thought that is most about the topic."""
    return max(parts, key=lambda part: part.probabilities.get(topic, 0.0)).span


def _in_order(matches: Sequence[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=lambda match: match.span))


def _normal(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares that add up to 1, best first."""
    total = sum(shares.values()) or 1.0
    return {topic: p / total for topic, p in sorted(shares.items(), key=lambda pair: -pair[1])}
