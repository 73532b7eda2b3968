"""What was said just before counts for danger only, and may only raise it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.lately import MOST, kept, raised, said, together

AT, LATER = "2026-11-23T10:00:00.000Z", "2026-11-23T10:31:00.000Z"


def reading(topic: str, tier: str = "none", **more: Any) -> dict[str, Any]:
    found = {"flag": None, "rule": None, "words": [], "danger": "none", "about": None, "certainty": "sure"}
    return {**found, "tier": tier, "topics": [{"topic": topic, "confidence": 1.0, "span": [0, 5]}], **more}


WORRY = said("it has been numb", reading("post_treatment_concern", "urgent"), AT)
PRICE = said("how much", reading("price_payment", asks=True), AT)
COLD = said("cold, too", reading("unclear_fragment", certainty="unsure"), AT)


def test_what_is_said_after_a_worry_is_read_with_it() -> None:
    assert together([WORRY], COLD) == "it has been numb. cold, too."


@pytest.mark.parametrize("before", [[], [said("hello", reading("greeting_smalltalk"), AT)]])
def test_without_a_worry_there_is_nothing_to_read_together(before: list[dict[str, Any]]) -> None:
    assert together(before, COLD) is None


def test_a_plain_question_about_something_else_is_read_alone() -> None:
    assert together([WORRY], PRICE) is None
    assert together([WORRY], {**PRICE, "asks": False})


def test_half_an_hour_later_it_is_another_matter() -> None:
    assert together([WORRY], {**COLD, "at": LATER}) is None


@pytest.mark.parametrize(
    ("alone", "before", "whole", "tier"),
    [
        ("none", "urgent", "emergency", "emergency"),
        ("none", "urgent", "urgent", None),  # the card has been shown
        ("urgent", "none", "urgent", None),
        ("urgent", "none", "expected", None),
        ("none", "none", "expected", None),
    ],
)
def test_together_may_only_be_graver(alone: str, before: str, whole: str, tier: str | None) -> None:
    parts = reading("price_payment", alone), [said("x", reading("greeting_smalltalk", before), AT)]
    found = raised(parts[0], reading("emergency_red_flag", whole, flag="E4"), parts[1])
    assert (found["tier"] if found else None) == tier
    if found:
        assert [one["topic"] for one in found["topics"]] == ["emergency_red_flag", "price_payment"]


@pytest.mark.parametrize(("alarm", "is_raised"), [("E4", False), ("U1", True), (None, True), ("U99", True)])
def test_an_open_alarm_is_as_grave_as_what_was_said(alarm: str | None, is_raised: bool) -> None:
    whole = reading("emergency_red_flag", "self_harm", flag="SH1")
    before = [said("its going down", reading("unclear_fragment"), AT)]
    assert (raised(reading("unclear_fragment"), whole, before, alarm) is not None) == is_raised


def test_the_last_few_are_kept_until_the_danger_is_taken_back() -> None:
    assert len(kept([WORRY] * MOST, [COLD], "U6")) == MOST
    assert kept([WORRY], [COLD], None) == []
    assert kept([PRICE], [COLD], None) == [PRICE, COLD]
    assert kept([PRICE], [], None) == [PRICE]
