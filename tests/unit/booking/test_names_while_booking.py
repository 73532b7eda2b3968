"""Names and contacts: what is one, also when it comes early, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.unit.booking.conftest import Patient

BOOK = "I would like to book a consultation"


def at_the_name(patient: Patient) -> Patient:
    patient.types(BOOK)
    patient.picks_slot()
    assert patient.state
    assert patient.state["stage"] == "name"
    return patient


@pytest.mark.parametrize("name", ["Will Smith", "Will", "May Lee", "Jane Doe", "April June Day", "julia", "Mark"])
def test_names_that_are_words_or_begin_as_months_are_names(patient: Patient, name: str) -> None:
    at_the_name(patient).types(name)
    assert patient.state
    assert patient.state["stage"] == "contact"
    assert patient.state["name"] == name


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("acıtır mı", "pain_numbing"),
        ("quanto costa", "price_payment"),
        ("how long", "procedure_steps"),
        ("I take aspirin", "blood_thinners_painkillers"),
        ("randevum ne zaman", "reschedule_cancel"),
    ],
)
def test_a_question_is_nobodys_name(patient: Patient, words: str, topic: str) -> None:
    at_the_name(patient).types(words, topic, certainty="sure")
    assert patient.state
    assert "name" not in patient.state


@pytest.mark.parametrize("topic", ["unclear_fragment", "out_of_scope_other", "price_payment"])
def test_a_contact_given_before_a_time_is_noted_and_not_asked_again(patient: Patient, topic: str) -> None:
    patient.types(BOOK)
    assert patient.state
    patient.types("Jane Doe", "out_of_scope_other", certainty="sure")
    patient.types("jane@example.org", topic, certainty="sure")
    assert patient.state["stage"] == "when"
    patient.picks_slot()
    assert patient.state["stage"] == "review"


def test_a_day_and_a_contact_in_one_message_are_both_taken(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("Tuesday morning please, jane@example.org")
    assert patient.state
    assert patient.state["address"]["value"] == "jane@example.org"
    assert patient.slots()
    assert all(title.startswith("Tuesday") for title in patient.slots())


@pytest.mark.parametrize("words", ["the name should be Tom", "no the name is Tom"])
def test_a_name_that_is_said_to_be_one_is_noted_early(patient: Patient, words: str) -> None:
    patient.types(BOOK)
    patient.types(words, "unclear_fragment")
    assert patient.state
    assert patient.state["name"] == "Tom"
