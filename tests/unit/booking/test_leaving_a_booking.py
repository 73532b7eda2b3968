"""Questions, a person, a stop: whatever comes in the middle of booking."""

from __future__ import annotations

import json

import pytest

from bot.booking.desk import Visitor
from bot.dialogue import Turn
from tests.unit.booking.conftest import (
    BOOK,
    NOW,
    BookInMemory,
    Patient,
    at_review,
    booked,
)


def test_a_question_of_our_own_kind_is_asked_again_and_not_handed_on(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("can we do it somehow?", "book_appointment")
    assert patient.step.taken


@pytest.mark.parametrize("stage", ["when", "name", "contact", "review"])
def test_a_side_question_is_left_to_others_and_the_question_comes_again(patient: Patient, stage: str) -> None:
    patient.types(BOOK)
    if stage != "when":
        patient.picks_slot()
    if stage in ("contact", "review"):
        patient.types("Sam Lee")
    if stage == "review":
        patient.types("sam@example.org")
    before = patient.state
    patient.types("does it hurt in the afternoon?", "pain_numbing", certainty="sure")
    assert not patient.step.taken
    assert patient.state == before
    assert before
    assert patient.dialogue.resume(before, "en")[0].ref == f"booking_{stage}"


def test_a_person_can_be_asked_for_at_every_stage(patient: Patient) -> None:
    for words in (BOOK, "the first one", "Sam Lee", "sam@example.org"):
        patient.types(words)
        assert patient.step.taken
        patient.types("I want to talk to a person", "human_handoff", certainty="sure")
        assert not patient.step.taken


def test_words_that_are_no_answer_are_asked_again_and_then_a_person_is_offered(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("blub")
    assert "human" not in patient.offered
    patient.types("blub blub")
    assert "human" in patient.offered


@pytest.mark.parametrize(
    "words",
    [
        "stop",
        "never mind",
        "cancel",
        "forget it",
        "I don't want to book",
        "can we finish this another time",
        "I have to go",
    ],
)
def test_stopping_gives_the_time_back(patient: Patient, book: BookInMemory, words: str) -> None:
    at_review(patient).types(words)
    assert patient.state is None
    assert not book.taken


def test_the_state_is_json_at_every_step(patient: Patient) -> None:
    booked(patient)
    patient.types("move my appointment", "reschedule_cancel")
    for state in (patient.state,):
        assert json.loads(json.dumps(state)) == state


def test_a_repeated_question_needs_nothing_but_the_state(patient: Patient) -> None:
    at_review(patient)
    assert patient.state
    assert patient.dialogue.resume(patient.state, "en")[0].text == patient.replies[0].text


def test_a_pick_of_another_dialogue_is_not_taken(patient: Patient) -> None:
    patient.types(BOOK)
    step = patient.dialogue.advance(patient.state or {}, Turn(now=NOW, choices=("topic:pain_numbing",)), Visitor("c1"))
    assert not step.taken


@pytest.mark.parametrize("words", ["...", "!", ".", "e", " ok"])
def test_a_mark_or_a_letter_chooses_no_service(patient: Patient, words: str) -> None:
    patient.types("can I come in please", "book_appointment", certainty="sure")
    patient.types(words)
    assert patient.state
    assert patient.state["stage"] == "service"


def test_cancel_it_stops_what_is_only_being_arranged(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("I changed my mind, cancel it", "reschedule_cancel", certainty="sure")
    assert patient.replies[0].ref == "stopped"


def test_a_day_on_which_one_cannot_come_stops_nothing(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("I can't come on Tuesday", "reschedule_cancel", certainty="sure")
    assert patient.replies[0].ref == "booking_when"
    assert not any(title.startswith("Tuesday") for title in patient.slots())
