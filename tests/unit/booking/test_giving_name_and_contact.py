"""Name and contact come in any order, are read back, and can be put right."""

from __future__ import annotations

import pytest

from tests.unit.booking.conftest import BOOK, BookInMemory, Patient, at_review


def test_name_and_contact_in_one_line(patient: Patient) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    assert "Name: Sam Lee" in patient.types("Sam Lee, 07400 123456")


def test_name_and_contact_can_be_corrected_at_the_read_back(patient: Patient) -> None:
    at_review(patient).picks("Change the name")
    assert "Name: Samira Lee" in patient.types("Samira Lee")
    patient.types("change my e-mail")
    assert "samira@example.org" in patient.types("samira@example.org")
    assert "Name: Sam Leigh" in patient.types("sorry, my name is Sam Leigh")


@pytest.mark.parametrize("taken_for", ["human_handoff", "price_payment"])
def test_a_contact_is_read_whatever_it_was_taken_for(patient: Patient, taken_for: str) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types("Sam Lee")
    assert "could not read that" in patient.types("my email is sam@exmaple", taken_for, certainty="sure")
    patient.types("sam@example.org")
    said = patient.types("no, my email is sam.lee@example.org", taken_for, certainty="sure")
    assert "Contact: sam.lee@example.org" in said
    assert "Name: Sam Lee" in said


def test_a_contact_is_corrected_after_booking(patient: Patient, book: BookInMemory) -> None:
    at_review(patient).picks("Yes, book it")
    assert "samira@example.org" in patient.types("wait, my email is samira@example.org")
    assert (book.contacts["b0"].name, book.contacts["b0"].address) == ("Sam Lee", "samira@example.org")
    patient.picks("No, thank you")
    patient.types("oh no, the number is 07400 123456", "reschedule_cancel")
    assert book.contacts["b0"].address == "+447400123456"


def test_a_no_at_the_read_back_asks_what_is_wrong(patient: Patient) -> None:
    at_review(patient)
    assert "What should I change?" in patient.types("no")
    assert "Name: Kim Lee" in patient.types("my name is Kim Lee")
    patient.types("no, that's wrong")
    patient.types("Friday at 14:00 would be better")
    assert "Friday 27 November 2026 at 14:00" in patient.replies[0].text


@pytest.mark.parametrize("words", ["tuesday afternoon", "tomorrow morning please", "next friday", "salı öğleden sonra"])
def test_a_time_is_no_name_and_no_contact(patient: Patient, words: str) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types(words)
    assert patient.state
    assert "name" not in patient.state
    if patient.state["stage"] == "when":
        patient.picks_slot()
    patient.types("Sam Lee")
    assert patient.state["stage"] == "contact"
    patient.types(words)
    assert patient.state["stage"] in ("when", "contact")
    assert "I could not read that" not in patient.replies[-1].text


@pytest.mark.parametrize("name", ["April Summers", "Sabah Demir", "june carter"])
def test_a_name_that_is_also_a_time_is_a_name(patient: Patient, name: str) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types(name)
    assert patient.state
    assert patient.state["name"] == name


def test_a_contact_before_the_name_is_kept(patient: Patient) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    assert "just your name" in patient.types("sam@example.org", "human_handoff", certainty="sure")
    assert "Contact: sam@example.org" in patient.types("Sam Lee")


@pytest.mark.parametrize("words", ["why do you need my number?", "what do you do with my number"])
def test_why_the_contact_is_wanted_is_said_wherever_it_is_asked(patient: Patient, words: str) -> None:
    patient.types(BOOK)
    assert "only for this appointment" in patient.types(words, "human_handoff", certainty="sure")
    assert patient.replies[0].ref == "booking_when"


def test_who_would_rather_give_no_contact_can_phone(patient: Patient) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types("Sam Lee")
    assert "020 7946 0100" in patient.types("I don't want to give my email", "human_handoff", certainty="sure")
    assert patient.replies[0].ref == "booking_contact"
