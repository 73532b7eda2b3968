"""Every question can be interrupted, explained, skipped, stopped, taken back, resumed and misunderstood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.dialogue import Turn

from .conftest import DIALOGUE, NOW, QUESTIONNAIRE
from .open_questions import AFTER_CONSENT, EVERYWHERE

every_question = pytest.mark.parametrize(("ref", "state"), EVERYWHERE, ids=[ref for ref, _ in EVERYWHERE])


every_later_question = pytest.mark.parametrize(("ref", "state"), AFTER_CONSENT, ids=[ref for ref, _ in AFTER_CONSENT])


def test_every_question_of_its_own_is_reached() -> None:
    asked = {ref for ref, _ in EVERYWHERE}
    grouped = {pick.item for screen in QUESTIONNAIRE.screens if screen.kind == "group" for pick in screen.picks}
    assert asked >= set(QUESTIONNAIRE.items) - grouped
    assert asked >= {screen.ref for screen in QUESTIONNAIRE.screens}


@pytest.mark.parametrize(
    "text",
    [
        "can I carry on later",
        "Can I save this?",
        "I have to go, sorry",
        "kann ich später weitermachen?",
        "muszę lecieć",
        "can we finish this another time",
        "I need to pick up my kids, can I finish later",
        "hang on, I'll do the rest tomorrow",
        "können wir das ein andermal fertig machen?",
        "bunu sonra bitirelim",
        "podemos terminar esto otro día",
    ],
)
def test_later_is_said_in_many_ways(text: str) -> None:
    _, state = AFTER_CONSENT[0]
    assert DIALOGUE.advance(state, Turn(NOW, text=text)).replies[0].ref == "paused"


@pytest.mark.parametrize(
    "text", ["I will continue the antibiotics later", "my antibiotics finish tomorrow", "dental work to do tomorrow"]
)
def test_what_is_taken_later_is_no_pause(text: str) -> None:
    state = dict(AFTER_CONSENT)["gate.age18"]
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert "paused" not in {reply.ref for reply in step.replies}


@pytest.mark.parametrize("text", ["no wait", "No, hang on. How much is it?", "nein, warte mal", "нет, подождите"])
def test_no_wait_is_not_a_no(text: str) -> None:
    for ref, state in EVERYWHERE:
        if ref in ("consent.health", "gate.age18", "gate.self"):
            step = DIALOGUE.advance(state, Turn(NOW, text=text))
            assert not {"not_suitable_now", "refused"} & {reply.ref for reply in step.replies}


def test_what_comes_after_no_wait_is_read() -> None:
    state = dict(AFTER_CONSENT)["gate.age18"]
    assert DIALOGUE.advance(state, Turn(NOW, text="no wait, I'm 34")).taken
    question = Turn(NOW, text="no wait, how much is it?", topics=("price_payment",), certainty="sure")
    assert not DIALOGUE.advance(state, question).taken


@every_question
@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("does it hurt?", "pain_numbing"),
        ("how much is it", "price_payment"),
        ("can I talk to someone", "human_handoff"),
        ("what are the side effects?", "side_effects_risks"),
        ("when are you open?", "hours_location"),
    ],
)
def test_a_digression_is_not_eaten_and_the_same_question_comes_back(
    ref: str, state: dict[str, Any], text: str, topic: str
) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text, topics=(topic,), certainty="sure"))
    assert not step.taken
    assert not step.replies
    assert not step.events
    assert step.state == state
    assert [reply.ref for reply in DIALOGUE.resume(state, "en")] == [ref]


@every_question
@pytest.mark.parametrize("text", ["why?", "Why do you ask?", "warum?", "neden"])
def test_every_question_says_why_it_is_asked(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    reply = step.replies[-1]
    assert step.taken
    assert reply.ref == ref
    assert reply.text.startswith("Why I ask: ")
    assert step.state is not None
    assert step.state["answers"] == state["answers"]


@every_later_question
def test_every_question_can_be_skipped(ref: str, state: dict[str, Any]) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text="skip"))
    if ref in ("gate", "gate.age18"):
        assert step.events[-1] == ("discard", {"reason": "declined_gate"})
        return
    if ref == "final.confirm":
        assert step.replies[-1].ref == "clinician_review"
        return
    assert step.state is not None
    assert step.replies[-1].ref != ref
    assert {payload["value"] for name, payload in step.events if name == "answer"} == {"asked-declined"}


@every_question
@pytest.mark.parametrize("text", ["stop", "Stop the questions", "abbrechen"])
def test_stop_ends_and_erases_at_every_question(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is None
    assert ("discard", {"reason": "stopped"}) in step.events
    assert "deleted" in step.replies[-1].text


@every_question
def test_it_can_be_paused_and_resumed_from_json(ref: str, state: dict[str, Any]) -> None:
    paused = DIALOGUE.advance(state, Turn(NOW, text="later"))
    assert paused.state is not None
    assert paused.replies[0].ref == "paused"
    again = json.loads(json.dumps(paused.state))
    assert [reply.ref for reply in DIALOGUE.resume(again, "en")] == [ref]
    assert DIALOGUE.advance(again, Turn(NOW, text="continue")).replies[-1].ref == ref


@every_later_question
def test_what_did_i_answer_shows_the_answers_and_asks_again(ref: str, state: dict[str, Any]) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text="What did I answer?"))
    assert [reply.kind for reply in step.replies] == ["text", "question"]
    assert step.replies[-1].ref == ref


FREE_TEXT = {"meds.thinner.name", "meds.list", "request.goal", "final.other", "allergy.which"}


@pytest.mark.parametrize(
    ("ref", "state"),
    [pair for pair in EVERYWHERE if pair[0] not in FREE_TEXT],
    ids=[ref for ref, _ in EVERYWHERE if ref not in FREE_TEXT],
)
def test_a_misunderstood_answer_gets_a_simpler_question_and_then_a_person(ref: str, state: dict[str, Any]) -> None:
    first = DIALOGUE.advance(state, Turn(NOW, text="purple monkey dishwasher"))
    assert first.replies[-1].ref == ref
    assert first.replies[-1].choices
    assert "human" not in [choice.id for choice in first.replies[-1].choices]
    if ref in QUESTIONNAIRE.items and ref != "final.confirm":
        assert QUESTIONNAIRE.items[ref].again in first.replies[-1].text
    assert first.state is not None
    second = DIALOGUE.advance(first.state, Turn(NOW, text="purple monkey dishwasher"))
    assert "human" in [choice.id for choice in second.replies[-1].choices]
    assert second.state is not None
    assert second.state["answers"] == state["answers"]


@pytest.mark.parametrize("ref", [ref for ref, _ in AFTER_CONSENT if ref not in ("gate.age18",)])
def test_go_back_returns_to_the_question_before(ref: str) -> None:
    state = dict(EVERYWHERE)[ref]
    step = DIALOGUE.advance(state, Turn(NOW, text="go back"))
    assert step.state is not None
    before = step.replies[-1].ref
    if state["asked"]:
        assert before == "final.confirm"
        return
    assert before != ref
    gone = next(payload["linkIds"] for name, payload in step.events if name == "answers_removed")
    assert set(gone) == set(state["answers"]) - set(step.state["answers"])


@every_question
def test_a_pick_that_is_not_ours_changes_nothing_in_whatever_language(ref: str, state: dict[str, Any]) -> None:
    step = DIALOGUE.advance({**state, "language": "ru"}, Turn(NOW, choices=("booking:start",), language="en"))
    assert not step.taken
    assert step.state == {**state, "language": "ru"}


@pytest.mark.parametrize(("ref", "state"), [pair for pair in AFTER_CONSENT if pair[0] == "skin"], ids=["skin"])
@pytest.mark.parametrize(
    "text",
    ["non ho capito", "je comprends pas", "snap ik niet", "nie zrozumiałam", "por qué lo preguntas", "зачем это"],
)
def test_not_understanding_the_question_is_no_no(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.state["answers"] == state["answers"]
    assert step.replies[-1].ref == ref
    assert "Why I ask" in step.replies[-1].text


@pytest.mark.parametrize("text", ["hmm what's under body skin", "ok so what does the scalp cost"])
def test_a_question_after_a_hmm_is_no_answer(text: str) -> None:
    state = dict(AFTER_CONSENT)["request.area"]
    step = DIALOGUE.advance(state, Turn(NOW, text=text, topics=("concerns_and_areas",), certainty="sure"))
    assert not step.taken


@pytest.mark.parametrize("text", ["looks good", "all good", "everything is right"])
def test_looks_good_confirms_the_answers(text: str) -> None:
    state = dict(AFTER_CONSENT)["final.confirm"]
    turn = Turn(NOW, text=text, topics=("greeting_smalltalk",), certainty="sure")
    assert DIALOGUE.advance(state, turn).replies[0].kind == "verdict"


def test_what_a_grandfather_had_opens_no_question() -> None:
    state = dict(AFTER_CONSENT)["conditions"]
    step = DIALOGUE.advance(state, Turn(NOW, text="my grandad had a heart attack"))
    assert step.replies[0].ref == "conditions"
