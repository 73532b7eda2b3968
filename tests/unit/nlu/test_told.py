"""Which facts a message tells of its writer: the rules, the judge and the classifier together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bot.nlu.fact_classifier import FactClassifier
from bot.nlu.fine_tuned import FineTuned
from bot.nlu.networks import Networks
from bot.nlu.told import LABELS, TOLD, Judge, Told, inputs_of, views
from bot.safety.disclosures import Disclosure, disclosures
from bot.safety.labelled import is_own


class Believing(FineTuned):
    """An encoder that answers everything alike, and remembers what it saw."""

    def __init__(self, inputs: int, log_odds: Mapping[str, float]) -> None:
        self.asked: list[str] = []
        shapes = (1, inputs, 1), (1, 1), (1, 1, len(log_odds))
        nothing = [np.zeros(shape, np.float32) for shape in shapes]
        self.networks = Networks(tuple(log_odds), *nothing, np.array([list(log_odds.values())], np.float32))

    def seen(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        self.asked += texts
        return np.zeros((len(texts), 1), np.float32), np.zeros((len(texts), 1), np.float32)


FACT = "organ.device"


class Reader(NamedTuple):
    """A judge that answers every reading with one log odds, and a classifier with its own for some facts."""

    judging: Believing
    classifying: Believing

    @classmethod
    def believing(cls, judged: float, **whole: float) -> Reader:
        classifying = Believing(1, {name.replace("__", "."): odds for name, odds in whole.items()})
        return cls(Believing(3, {label: judged * (label == TOLD) for label in LABELS}), classifying)

    def read(self, text: str, *, may_tell: bool = True) -> tuple[Disclosure, ...]:
        return Told(Judge(self.judging, [FACT]), FactClassifier(self.classifying)).read(text, may_tell=may_tell)


def own(read: Sequence[Disclosure]) -> set[str]:
    return {one.fact for one in read if is_own(one)}


def test_what_neither_believes_is_asked_not_used() -> None:
    (one,) = Reader.believing(-2, organ__device=-4).read("I have a pacemaker")
    assert (one.fact, one.polarity, one.value) == (FACT, "uncertain", None)


def test_the_one_may_believe_what_the_other_doubts() -> None:
    assert own(Reader.believing(-2, organ__device=4).read("I have a pacemaker")) == {FACT}
    assert own(Reader.believing(3, organ__device=-3).read("I have a pacemaker")) == {FACT}


def test_where_they_have_no_strong_opinion_the_rules_stand() -> None:
    for text in ("I have a pacemaker", "can people with a pacemaker have it", "my mother has a pacemaker"):
        assert Reader.believing(0, organ__device=0).read(text) == disclosures(text)


@pytest.mark.parametrize("text", ["can I have it if I had a pacemaker", "my mother has a pacemaker"])
def test_what_they_are_sure_of_holds(text: str) -> None:
    assert not own(disclosures(text))
    assert own(Reader.believing(3, organ__device=2).read(text)) == {FACT}


def test_a_fact_that_the_classifier_never_learned_is_the_judges_matter() -> None:
    assert own(Reader.believing(2, diabetes=-4).read("I have a pacemaker")) == {FACT}
    assert not own(Reader.believing(-2, diabetes=-4).read("I have a pacemaker"))


def test_a_denial_stands() -> None:
    assert not own(Reader.believing(9, organ__device=9).read("I have no pacemaker"))


def test_what_only_the_classifier_knows_is_told_by_a_sentence() -> None:
    text = "The grandchildren call me bionic. How much is it?"
    (one,) = Reader.believing(0, organ__device=4).read(text)
    assert (one.fact, one.polarity, one.subject) == (FACT, "affirmed", "self")
    assert text[slice(*one.span)] in text.split(". ", maxsplit=1)[0] + "."  # all are alike to it: the first


@pytest.mark.parametrize("text", ["\u0301", " ", "..."])
def test_a_message_without_words_is_told_as_a_whole(text: str) -> None:
    (one,) = Reader.believing(0, organ__device=4).read(text)
    assert text[slice(*one.span)] == text


def test_being_of_age_is_never_taken_from_the_classifier_alone() -> None:
    assert Reader.believing(0, gate__age18=9).read("I know my own mind") == ()


@pytest.mark.parametrize("text", ["does it hurt", "I have no pacemaker"])
def test_a_plain_question_and_a_denial_cost_nothing(text: str) -> None:
    reader = Reader.believing(0, organ__device=9)
    assert reader.read(text, may_tell=False) == disclosures(text)
    assert reader.judging.asked == reader.classifying.asked == []


def test_words_are_seen_where_they_stand_whole_and_near() -> None:
    text = "first a long story about the way to your clinic and its parking, I had a stroke engine in my youth, " * 2
    start = text.index("stroke")
    wide, near = views(text, (start, start + len("stroke")))
    assert wide.replace("« stroke »", "stroke").split() == text[: start + 206].split()
    assert "« stroke » engine in my youth" in " ".join(near.split())
    assert set(near.replace("«", "").replace("»", "").split()) <= set(text.split())


def test_the_judge_learns_each_fact_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.nlu.learn_told import Mention, learned

    monkeypatch.setenv("MESOBOT_MODELS_DIR", str(tmp_path))
    facts = ["diabetes", "needle.faint", FACT]  # more than there are labels
    known = [
        Mention(text, (text.index("the thing"), len(text)), fact, told)
        for fact in facts
        for n in range(6)
        for text, told in ((f"for {n} years I have had the thing", True), (f"his {n} cousins have the thing", False))
    ]
    changes, head, learned_facts = learned(known)
    judge = Judge(FineTuned(changes, head), learned_facts)
    read = [Disclosure(fact, "affirmed", "self", "", (10, 19)) for fact in facts]
    odds = judge.log_odds("I have had the thing", read)
    assert learned_facts == facts
    assert len(set(odds)) == len(facts)
    assert judge.log_odds("I have had the thing", []) == []


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


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("They put a little machine under my collarbone to keep my ticker in time", "organ.device"),
        ("I've got sugar, type two, on tablets for it", "diabetes"),
    ],
)
def test_what_is_told_in_other_words_is_noticed(text: str, fact: str) -> None:
    assert fact in own(Told.load().read(text))


def test_a_message_that_only_says_when_tells_nothing() -> None:
    reader = Reader.believing(9.0, preg__status=9.0)
    assert reader.read("am 8. Dezember um halb drei") == ()
    assert reader.read("the twins are coming on 8 December")
