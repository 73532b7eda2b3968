"""Which facts a message tells: what is learned from, that it can be learned, and that it is what answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.fact_classifier import FactClassifier
from bot.nlu.learn_facts import Example, examples, learned


def labelled(*told: dict[str, object]) -> Example:
    (one,) = examples([{"text": "my ticker and my sister's", "disclosures": list(told)}])
    return one


def test_what_is_affirmed_of_oneself_is_told() -> None:
    one = labelled(
        {"fact": "organ.heart", "polarity": "affirmed", "subject": "self"},
        {"fact": "diabetes", "polarity": "affirmed", "subject": "family"},
        {"fact": "skin.sun", "polarity": "negated", "subject": "self"},
    )
    assert (one.told, one.unknown) == ({"organ.heart"}, set())


def test_what_is_arguable_is_unknown() -> None:
    one = labelled(
        {"fact": "organ.heart", "polarity": "affirmed", "subject": "self", "accept_fact": ["organ.device"]},
        {"fact": "diabetes", "polarity": "affirmed", "subject": "self", "optional": True},
        {"fact": "skin.sun", "polarity": "uncertain", "subject": "self", "accept_polarity": ["affirmed"]},
    )
    assert (one.told, one.unknown) == ({"organ.heart"}, {"organ.device", "diabetes", "skin.sun"})


def test_of_a_message_whose_readings_were_judged_the_others_are_unknown() -> None:
    text = "I have a pacemaker and lupus"
    (one,) = examples([{"text": text, "fact": "organ.device", "span": [9, 18], "told": True}])
    assert one.told == {"organ.device"}
    assert "immune.autoimmune" in one.unknown
    assert "organ.device" not in one.unknown


def test_it_learns_to_tell_one_from_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESOBOT_MODELS_DIR", str(tmp_path))
    told, other = frozenset({"organ.device"}), frozenset({"diabetes"})
    known = [
        *(Example(f"my pacemaker is {n} years old", told, frozenset()) for n in range(2, 12)),
        *(Example(f"I have been diabetic for {n} years", other, frozenset()) for n in range(2, 12)),
    ]
    _, head = learned(known)
    assert head.labels == ("diabetes", "organ.device")
    assert not list(tmp_path.iterdir())  # nothing is left to go on with


def test_it_answers_for_each_text_and_fact() -> None:
    classifier = FactClassifier.load()
    heart, parking = classifier.log_odds(["I've had two heart attacks", "do you have parking"])
    assert heart["organ.heart"] > 0 > parking["organ.heart"]
    assert max(parking.values()) < 0
    assert classifier.log_odds([]) == []
