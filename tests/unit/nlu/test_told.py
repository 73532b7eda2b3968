"""Whether a fact that was read holds for the writer: a second opinion on the rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bot.nlu.fine_tuned import FineTuned
from bot.nlu.networks import Networks
from bot.nlu.told import LABELS, TOLD, Told, inputs_of, views
from bot.safety.disclosures import Disclosure, disclosures
from bot.safety.labelled import is_own


class Sure(FineTuned):
    """Believes everything as far as it is told to, and remembers what it saw."""

    def __init__(self, share: float) -> None:
        self.seen: list[str] = []
        shares = {TOLD: share}
        bias = np.log([[shares.get(label, 1 - share) for label in LABELS]]).astype(np.float32)
        nothing = np.zeros((1, 3, 1), np.float32), np.zeros((1, 1), np.float32), np.zeros((1, 1, 2), np.float32)
        self.networks = Networks(LABELS, *nothing, bias)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return np.zeros((len(texts), 1), np.float32)


def read(text: str, share: float) -> tuple[Disclosure, ...]:
    return Told(Sure(share), ["organ.heart"]).read(text)


def test_what_it_does_not_believe_is_asked_not_used() -> None:
    (one,) = read("I have a pacemaker", 0.1)[:1]
    assert (one.polarity, one.value) == ("uncertain", None)
    assert not any(is_own(one) for one in read("I have a pacemaker", 0.1))


def test_where_it_has_no_strong_opinion_the_rules_stand() -> None:
    for text in ("I have a pacemaker", "can people with a pacemaker have it", "my mother has a pacemaker"):
        assert read(text, 0.5) == disclosures(text)


@pytest.mark.parametrize("text", ["can I have it if I had a pacemaker", "my mother has a pacemaker"])
def test_what_it_is_sure_of_holds(text: str) -> None:
    assert not any(is_own(one) for one in disclosures(text))
    assert all(is_own(one) for one in read(text, 0.96))


def test_a_denial_stands() -> None:
    assert not any(is_own(one) for one in read("I have no pacemaker", 0.96))


@pytest.mark.parametrize("text", ["does it hurt", "I have no pacemaker"])
def test_a_message_without_facts_that_may_change_costs_nothing(text: str) -> None:
    believing = Sure(0.5)
    assert Told(believing, []).read(text) == disclosures(text)
    assert believing.seen == []


def test_words_are_seen_where_they_stand_whole_and_near() -> None:
    text = "first a long story about the way to your clinic and its parking, I had a stroke engine in my youth, " * 2
    start = text.index("stroke")
    wide, near = views(text, (start, start + len("stroke")))
    assert wide.replace("« stroke »", "stroke").split() == text[: start + 206].split()
    assert "« stroke » engine in my youth" in " ".join(near.split())
    assert set(near.replace("«", "").replace("»", "").split()) <= set(text.split())


def test_a_question_that_was_never_learned_has_no_input_of_its_own() -> None:
    assert inputs_of(["diabetes", "new.question"], ["diabetes", "organ.heart"]).tolist() == [[2, 0], [0, 0]]


@pytest.mark.parametrize(
    "text",
    [
        "tanned as hell, my heart stopped when I saw the price",
        "my neighbour swears by it and she has lupus",
        "what if I were pregnant",
    ],
)
def test_what_is_said_of_other_things_is_not_affirmed(text: str) -> None:
    assert not any(is_own(one) for one in Told.load().read(text))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I take Eliquis, how much is it?", "meds.thinner"),
        ("is it ok with my lupus", "immune.autoimmune"),
        ("hamileyim, yaptırabilir miyim?", "preg.status"),
        ("soy diabética, ¿puedo hacerlo?", "diabetes"),
    ],
)
def test_what_is_told_stays_affirmed(text: str, fact: str) -> None:
    assert fact in {one.fact for one in Told.load().read(text) if is_own(one)}
