"""A form that was begun before a release: its state may name what is not there any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, NOW, Patient

State = dict[str, Any]
GONE = {"linkId": "gone.item", "value": "Y", "words": "something"}
OLDER: dict[str, Callable[[State], State]] = {
    "another form": lambda state: {**state, "form": 0},
    "another version": lambda state: {**state, "version": "0.9.0"},
    "a fact to confirm": lambda state: {**state, "prefill": [GONE]},
    "a contradiction": lambda state: {**state, "to_resolve": [GONE]},
    "a question": lambda state: {**state, "asked": {"kind": "item", "ref": "gone.item"}},
    "a turn": lambda state: {**state, "trail": [*state["trail"], ["gone.item"]]},
    "an answer": lambda state: {**state, "answers": {**state["answers"], "gone.item": "N"}},
    "a missing key": lambda state: {key: value for key, value in state.items() if key != "conflicts"},
}
older = pytest.mark.parametrize("change", OLDER.values(), ids=OLDER)


def before(change: Callable[[State], State], ref: str = "skin") -> Patient:
    """Somebody in the middle of a form of another release, or at the end of it."""
    patient = Patient()
    patient.to_the_end() if ref == "end" else patient.to(ref)
    assert patient.state is not None
    patient.state = change(patient.state)
    patient.events.clear()
    return patient


@older
@pytest.mark.parametrize("words", ["none", "sorry, I meant no", "I do take a blood thinner", "go back", "ok"])
def test_an_open_form_of_another_release_begins_anew(change: Callable[[State], State], words: str) -> None:
    patient = before(change)
    assert DIALOGUE.resume(patient.state or {}, "en") == ()
    patient.says(words, disclosed=[Fact("meds.thinner", "Y", words)] if "thinner" in words else [])
    assert patient.reply.ref == "consent.health"
    assert "too old" in patient.text
    patient.says("yes", "yes", "none")
    assert (patient.reply.ref == "meds.thinner") == ("thinner" in words)


@older
def test_a_pick_of_another_release_begins_anew(change: Callable[[State], State]) -> None:
    patient = before(change)
    patient.sends("questionnaire:skin:none")
    assert patient.reply.ref == "consent.health"


@older
@pytest.mark.parametrize("ref", ["skin", "end"])
def test_what_is_said_beside_a_form_of_another_release_is_left_to_others(
    change: Callable[[State], State], ref: str
) -> None:
    state = before(change, ref).state
    assert state is not None
    for turn in (
        Turn(NOW, text="does it hurt?", topics=("pain_numbing",), certainty="sure"),
        Turn(NOW, text="I want to talk to somebody", topics=("human_handoff",), certainty="sure"),
        Turn(NOW, choices=("topic:pain_numbing",)),
    ):
        step = DIALOGUE.advance(state, turn)
        assert (step.taken, step.state) == (False, state)


@older
@pytest.mark.parametrize("words", ["I withdraw my consent", "stop"])
def test_stopping_needs_no_form(change: Callable[[State], State], words: str) -> None:
    patient = before(change)
    patient.says(words)
    assert patient.has("discard")
    assert patient.state is None


@older
def test_a_finished_form_of_another_release_is_asked_again_once_somebody_turns_to_it(
    change: Callable[[State], State],
) -> None:
    patient = before(change, "end")
    state = patient.state
    patient.says("thank you")
    assert patient.state == state
    patient.says("I take warfarin now", disclosed=[Fact("meds.thinner", "Y", "I take warfarin now")])
    assert patient.has("reopened")  # what it allowed is not allowed any more
    assert patient.reply.ref == "consent.health"


@pytest.mark.parametrize("ref", ["skin", "end"])
def test_whoever_wants_to_be_asked_is_asked_anew(ref: str) -> None:
    patient = before(OLDER["another version"], ref)
    patient.says("can you check if I can have it?", topics=["start_eligibility"], certainty="sure")
    assert patient.reply.ref == "consent.health"


@older
def test_before_the_appointment_a_form_of_another_release_is_asked_again(change: Callable[[State], State]) -> None:
    patient = before(change, "end")
    patient.sends("questionnaire:recheck")
    assert patient.reply.ref == "consent.health"
    assert "too old" in patient.text


@pytest.mark.parametrize(
    "pick",
    ["questionnaire:unsure:medicines:gone.item", "questionnaire:unsure:gone", "questionnaire:unsure:meds.thinner:Y"],
)
def test_an_older_pick_of_what_is_gone_is_not_understood(patient: Patient, pick: str) -> None:
    patient.to("medicines")
    patient.sends(pick)
    assert patient.reply.ref == "medicines"
    assert patient.state is not None
    assert "gone.item" not in patient.state["answers"]
