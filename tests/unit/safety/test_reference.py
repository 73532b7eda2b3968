"""The reference's own examples: every phrase raises its tier, nothing harmless takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.safety.findings import RANK
from bot.safety.triage import Triage

FLAGS = yaml.safe_load((Path(__file__).parents[3] / "bot/safety/redflags.yml").read_text(encoding="utf-8"))["flags"]
PHRASES = [(flag["id"], flag["tier"], phrase) for flag in FLAGS for phrase in flag["phrases"]]
MUST_NOT = [(flag["id"], kind, phrase) for flag in FLAGS for kind, phrase in flag["must_not"]]
TIERS = ("urgent", "emergency", "expected")


@pytest.mark.parametrize(("flag", "tier", "phrase"), [row for row in PHRASES if row[1] != "expected"])
def test_a_phrase_raises_its_tier_or_a_higher_one(triage: Triage, flag: str, tier: str, phrase: str) -> None:
    finding = triage.read(phrase)
    assert finding.alarms, flag
    assert finding.tier == tier or RANK[finding.tier] > RANK[tier]
    assert finding.words


@pytest.mark.parametrize(("flag", "phrase"), [(flag, phrase) for flag, tier, phrase in PHRASES if tier == "expected"])
def test_an_expected_effect_does_not_take_over(triage: Triage, flag: str, phrase: str) -> None:
    assert not triage.read(phrase).alarms, flag


@pytest.mark.parametrize(("flag", "kind", "phrase"), [row for row in MUST_NOT if row[1] not in TIERS])
def test_a_harmless_phrase_does_not_take_over(triage: Triage, flag: str, kind: str, phrase: str) -> None:
    assert not triage.read(phrase).alarms, (flag, kind)


@pytest.mark.parametrize(("kind", "phrase"), [row[1:] for row in MUST_NOT if row[1] in ("urgent", "emergency")])
def test_a_phrase_of_another_flag_raises_that_tier(triage: Triage, kind: str, phrase: str) -> None:
    assert RANK[triage.read(phrase).tier] >= RANK[kind]


def test_most_expected_effects_are_recognised_as_such(triage: Triage) -> None:
    phrases = [phrase for _, tier, phrase in PHRASES if tier == "expected"]
    assert sum(triage.read(phrase).tier == "expected" for phrase in phrases) >= 0.6 * len(phrases)
