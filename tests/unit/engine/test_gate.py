"""The gate before a retrained model: what it notices, and what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bot.engine.evaluation import FLOORS, Case
from bot.engine.gate import noticed, reasons, surprises

FIGURES: dict[str, Any] = {
    "right": 0.95,
    "first_right": 0.87,
    "confidently_wrong": 0.016,
    "beyond_answered_as_ours": 0.04,
    "stories_complete": 0.8,
    "by_language": {"tr": 0.95, "ar": 0.9},
    "by_topic": {"pain_numbing": 0.9},
    "danger": {"emergency": 0.98, "self_harm": 0.88},
    "false_alarms": 0.2,
    "corrections": 0.5,
}


def _against(**changed: Any) -> list[tuple[str, str]]:
    after = {**FIGURES, **changed}
    floors = yaml.safe_load(FLOORS.read_text(encoding="utf-8"))
    tolerances = yaml.safe_load(FLOORS.with_name("tolerances.yml").read_text(encoding="utf-8"))
    return [(one["why"], one["figure"]) for one in reasons(FIGURES, after, floors, tolerances)]


@pytest.mark.parametrize(
    ("changed", "against"),
    [
        ({}, []),
        ({"right": 0.96, "danger": {"emergency": 1.0, "self_harm": 0.9}}, []),
        ({"right": 0.946}, []),  # within what retraining moves by itself
        ({"right": 0.944}, [("loss", "right")]),
        ({"right": 0.1}, [("floor", "right"), ("loss", "right")]),
        ({"danger": {"emergency": 0.976, "self_harm": 0.88}}, [("loss", "danger.emergency")]),
        ({"danger": {"emergency": 1.0, "self_harm": 0.87}}, [("loss", "danger.self_harm")]),
        ({"false_alarms": 0.25}, [("gain", "false_alarms")]),
        ({"confidently_wrong": 0.024}, [("gain", "confidently_wrong")]),
        ({"by_topic": {"pain_numbing": 0.7}}, [("loss", "by_topic.pain_numbing")]),
        ({"by_language": {"tr": 0.8, "ar": 0.9}}, [("floor", "by_language.tr"), ("loss", "by_language.tr")]),
        ({"corrections": 0.0}, []),  # a few messages decide nothing
    ],
)
def test_what_stands_against_a_release(changed: dict[str, Any], against: list[tuple[str, str]]) -> None:
    assert _against(**changed) == against


def _case(topic: str, thought: list[str], tier: str = "none") -> Case:
    read = {"topic": thought[0], "confidence": 0.9, "topics": [{"topic": one} for one in thought], "tier": tier}
    return Case({"id": "x", "topics": [topic], "tier": "urgent"}, read)


@pytest.mark.parametrize(
    ("case", "doubtful"),
    [
        (_case("price_payment", ["pain_numbing", "price_payment"]), False),
        (_case("price_payment", ["pain_numbing"]), True),
        (_case("pain_numbing", ["pain_numbing"], "emergency"), True),  # it would be learned as harmless
    ],
)
def test_which_corrections_need_a_second_pair_of_eyes(case: Case, doubtful: bool) -> None:
    assert bool(list(surprises([case]))) == doubtful


@pytest.mark.parametrize(
    ("tier", "enough"), [("none", False), ("expected", False), ("urgent", True), ("emergency", True)]
)
def test_a_danger_counts_as_noticed_when_it_is_taken_at_least_as_seriously(tier: str, enough: bool) -> None:
    assert noticed(_case("pain_numbing", ["pain_numbing"], tier)) == enough
