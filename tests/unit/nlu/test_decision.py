"""From probabilities to the topics that are answered, with the weights and thresholds of the product."""

from __future__ import annotations

import pytest

from bot.nlu.asked import FIELDS, Part, Weights
from bot.nlu.decision import Decision, Thresholds, decide
from bot.nlu.topics import Probabilities

WEIGHTS = Weights.load()
TOPICS = (
    "pain_numbing",
    "sessions_interval",
    "price_payment",
    "pre_care",
    "blood_thinners_painkillers",
    "out_of_scope_medical",
    "out_of_scope_other",
    "unclear_fragment",
    "told_something",
    "follow_up",
)


def likely(**shares: float) -> Probabilities:
    """The given shares, the rest spread evenly; best first."""
    others = [topic for topic in TOPICS if topic not in shares]
    rest = (1 - sum(shares.values())) / len(others)
    return dict(sorted({**shares, **dict.fromkeys(others, rest)}.items(), key=lambda pair: -pair[1]))


def decided(whole: Probabilities, *parts: Part) -> Decision:
    return decide(whole, 200, parts, Thresholds(), WEIGHTS)


def topics(decision: Decision) -> list[str]:
    return [match.topic for match in decision.topics]


def test_three_questions_are_answered_in_the_order_of_the_text() -> None:
    decision = decided(
        likely(pain_numbing=0.5, price_payment=0.3),
        Part((0, 30), likely(told_something=0.9), asks=False),
        Part((30, 60), likely(price_payment=0.95), asks=True),
        Part((60, 90), likely(sessions_interval=0.9), asks=True),
        Part((90, 120), likely(pain_numbing=0.95), asks=True),
    )
    assert decision.certainty == "sure"
    assert topics(decision) == ["price_payment", "sessions_interval", "pain_numbing"]


def test_a_vague_question_is_read_with_the_thought_before_it() -> None:
    """ "I take clopidogrel. | Do I need to stop that? | How much is it?" """
    before = likely(blood_thinners_painkillers=0.95)
    decision = decided(
        likely(blood_thinners_painkillers=0.6, price_payment=0.3),
        Part((0, 20), before, asks=False),
        Part((20, 45), likely(pre_care=0.4, sessions_interval=0.3), asks=True, before=before),
        Part((45, 60), likely(price_payment=0.98), asks=True),
    )
    assert topics(decision) == ["blood_thinners_painkillers", "price_payment"]


def test_a_story_alone_asks_nothing() -> None:
    decision = decided(
        likely(told_something=0.9),
        Part((0, 30), likely(told_something=0.9), asks=False),
        Part((30, 60), likely(told_something=0.85), asks=False),
    )
    assert topics(decision) == ["told_something"]


def test_a_message_beyond_the_clinic_stays_there_whatever_its_parts_resemble() -> None:
    decision = decided(
        likely(out_of_scope_medical=0.9),
        Part((0, 30), likely(out_of_scope_medical=0.8), asks=False),
        Part((30, 60), likely(pain_numbing=0.6), asks=True),
    )
    assert topics(decision) == ["out_of_scope_medical"]


@pytest.mark.parametrize(("share", "certainty"), [(0.98, "sure"), (0.55, "unsure")])
def test_one_thought_is_answered_only_when_sure(share: float, certainty: str) -> None:
    decision = decided(likely(pain_numbing=share))
    assert decision.certainty == certainty
    assert decision.nearest[0].topic == "pain_numbing"


def test_every_weight_has_its_number() -> None:
    with pytest.raises(KeyError):
        Weights({"constant": 0.0, **dict.fromkeys(FIELDS[1:], 0.0)})


@pytest.mark.parametrize("best", ["emergency_red_flag", "pain_numbing"])
def test_where_no_topic_is_likely_none_of_ours_is_acted_on(best: str) -> None:
    even = dict.fromkeys([best, *TOPICS, *(f"topic_{n}" for n in range(30))], 1 / 41)
    decision = decided({**even, best: 0.03})
    assert (topics(decision), decision.certainty, decision.nearest) == (["unclear_fragment"], "unknown", ())
