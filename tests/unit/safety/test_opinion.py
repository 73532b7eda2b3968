"""The second opinion: it raises, never lowers; the rules do without it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

from bot.safety.opinion import HARMLESS, MODEL, Bars, Opinion, Passage, SecondOpinion, together
from bot.safety.rules import load_rules
from bot.safety.triage import Triage


class Calm(SecondOpinion):
    """Sees danger nowhere."""

    def __init__(self) -> None: ...

    def of(self, evidence: Collection[str]) -> Opinion:
        return Opinion({HARMLESS: 1.0})


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


def of(**flags: float) -> Opinion:
    """What is left is harmless talk."""
    shares = {"E1": 0.0, "U1": 0.0, "SH1": 0.0, **flags}
    return Opinion({"none:pain_numbing": 0.0, HARMLESS: 1 - sum(shares.values()), **shares})


def test_two_opinions_that_agree_are_as_sure_as_each() -> None:
    assert together(of(E1=0.8), of(E1=0.8)).danger == pytest.approx(0.8, abs=0.01)
    assert together(of(E1=0.5, U1=0.3), of(E1=0.5, SH1=0.3)).flags["E1"] > 0.5


def test_one_that_is_sure_of_calm_keeps_the_other_back() -> None:
    assert together(of(E1=0.5), of()).danger < 0.01


def test_two_that_fear_different_things_fear_less() -> None:
    assert together(of(E1=0.5), of(SH1=0.5)).danger < 0.01


def test_the_flag_is_the_one_both_mean() -> None:
    assert together(of(E1=0.4, E2=0.3), of(E1=0.5, E2=0.4)).flag("emergency") == "E1"


def test_the_encoder_raises_what_words_did_not_show(triage: Triage) -> None:
    text = "my face feels funny since this morning"
    found = triage.read(text, sense=of(U6=0.99))
    assert not triage.read(text).alarms
    assert (found.tier, found.certainty) == ("urgent", "unclear")
    assert found.words


def test_a_part_that_both_fear_is_not_lost_in_a_calm_message(triage: Triage) -> None:
    part = "the tip of my nose is a funny colour"
    text = f"Hi! How much is a session? {part}. And do you have parking?"
    assert not triage.read(text, sense=of(), parts=[Passage(part, of())]).alarms
    assert triage.read(text, sense=of(), parts=[Passage(part, of(E4=0.99))]).tier == "emergency"


def test_what_stands_around_a_part_may_explain_it(triage: Triage) -> None:
    part, around = "the tip of my nose is a funny colour", "the tip of my nose is a funny colour, it's the clown paint"
    text = f"Hi! How much is a session? {around}. And do you have parking?"
    explained, feared = (Passage(part, of(E4=0.99), (around, sense)) for sense in (of(), of(E4=0.99)))
    assert not triage.read(text, sense=of(), parts=[explained]).alarms
    assert triage.read(text, sense=of(), parts=[feared]).tier == "emergency"


@pytest.mark.parametrize(
    "text", ["red streaks going up my arm and I'm shivering", "I can't breathe and my throat is closing"]
)
def test_the_encoder_cannot_take_back_what_is_certain(triage: Triage, text: str) -> None:
    assert triage.read(text, sense=of()) == triage.read(text)
    assert not triage.read(text).doubtful


@pytest.mark.parametrize(
    ("flags", "tier"),
    [
        ({"E1": 0.5, "U1": 0.4}, "emergency"),
        ({"E1": 0.3, "U1": 0.4}, "emergency"),  # in doubt the higher one
        ({"E1": 0.12, "U1": 0.8}, "urgent"),
        ({"SH1": 0.2, "U1": 0.01}, "self_harm"),
        ({"U1": 0.2}, None),  # its bar is higher
        ({"E1": 0.05, "E2": 0.06}, "emergency"),  # flags of a tier count together
        ({"E1": 0.05, "U1": 0.1}, None),
        ({}, None),
    ],
)
def test_the_bars_choose_the_tier(flags: dict[str, float], tier: str | None) -> None:
    bars = Bars(emergency=0.1, self_harm=0.1, urgent=0.3, safeguarding=0.3, doubt=0.3)
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
