"""The second opinion: it raises, never lowers; the rules do without it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

from bot.safety.opinion import HARMLESS, MODEL, Bars, Opinion, SecondOpinion
from bot.safety.rules import load_rules
from bot.safety.triage import Triage


class Calm(SecondOpinion):
    """Sees danger nowhere."""

    def __init__(self) -> None: ...

    def of(self, evidence: Collection[str]) -> Opinion:
        return Opinion({})


def with_opinion(triage: Triage, opinion: SecondOpinion | None) -> Triage:
    return Triage(triage._sentences, triage._languages, triage._concepts, triage._rules, opinion)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("fever 39.5, shivering, redness spreading on my leg", "E5"),
        ("my leg is red and hot and I have the shivers and a fever of 39.5", "E5"),
        ("red streaks going up my arm and I'm shivering", "E5"),
    ],
)
def test_it_cannot_take_back_what_a_sure_rule_found(triage: Triage, text: str, flag: str) -> None:
    assert with_opinion(triage, Calm()).read(text).flag == flag


def test_without_it_every_rule_alarms(triage: Triage) -> None:
    alone = with_opinion(triage, None)
    assert alone.read("my lips are swelling").flag == "E1"
    assert not alone.read("does it hurt").alarms


def test_it_sees_danger_that_no_rule_names(triage: Triage) -> None:
    text = "you can give my slot away, I won't need it where I'm going"
    assert not with_opinion(triage, None).read(text).alarms
    finding = triage.read(text)
    assert finding.tier == "self_harm"
    assert finding.ask_if_now
    assert finding.words


@pytest.mark.parametrize(
    ("flags", "tier"),
    [
        ({"E1": 0.5, "U1": 0.4}, "emergency"),
        ({"E1": 0.3, "U1": 0.4}, "emergency"),  # in doubt the higher one
        ({"E1": 0.1, "U1": 0.8}, "urgent"),
        ({"SH1": 0.2, "U1": 0.01}, "self_harm"),  # its bar is lower
        ({"E1": 0.1}, None),
        ({}, None),
    ],
)
def test_the_bars_choose_the_tier(flags: dict[str, float], tier: str | None) -> None:
    bars = Bars(alarm=0.3, self_harm=0.12, safeguarding=0.25, doubt=0.6)
    assert Opinion(flags).tier(bars) == tier


def test_the_file_holds_arrays_and_no_code() -> None:
    with np.load(MODEL, allow_pickle=False) as kept:
        assert {kept[name].dtype.kind for name in kept.files} <= {"f", "i", "u", "U"}
        labels = set(kept["labels"].tolist())
    assert {rule.flag for rule in load_rules() if not rule.flag.startswith("X")} <= labels
    assert HARMLESS in labels


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    hidden = np.array([[1.0, -0.5], [0.0, 2.0]])
    out = np.array([[3.0, 0.0], [0.0, 1.0]])
    SecondOpinion.save(tmp_path / "one.npz", ["w:a", "w:b"], ["E1", "none"], (hidden, [0, 0], out, [0, 0]))
    read = SecondOpinion.load(tmp_path / "one.npz")
    assert read.of({"w:a"}).danger == pytest.approx(np.exp(3) / (np.exp(3) + 1), abs=0.01)
    assert read.of({"w:b"}).danger < 0.5
    assert read.of({"never seen"}).danger == pytest.approx(0.5)
