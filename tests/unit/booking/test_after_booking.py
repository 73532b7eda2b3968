"""Appointments that were made: found again, moved, cancelled, late; and the waiting list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.booking.desk import Visitor
from bot.booking.dialogue import Dialogue
from bot.dialogue import Turn
from tests.unit.booking.conftest import BOOK, MONDAY, NOW, BookInMemory, Patient, at_review, booked


def test_without_a_code_a_new_appointment_can_be_asked_for(patient: Patient) -> None:
    patient.types("cancel my appointment", "reschedule_cancel", certainty="sure")
    assert patient.state
    assert patient.state["stage"] == "code"
    patient.types("can I book again", "book_appointment", certainty="sure")
    assert (patient.state["purpose"], patient.state["stage"]) == ("book", "service")


def test_it_does_not_book_a_second_one_by_accident(patient: Patient) -> None:
    booked(patient)
    assert "You already have an appointment" in patient.types(BOOK, "book_appointment")


def test_another_conversation_needs_code_and_contact(patient: Patient, dialogue: Dialogue, book: BookInMemory) -> None:
    booked(patient)
    other = Patient(dialogue, book, conversation="c9")
    assert "reference code" in other.types("when is my appointment?", "reschedule_cancel")
    assert "e-mail address or phone number" in other.types("k7qp 2mx2")
    assert "can't find" in other.types("kim@example.org")
    assert "Your appointment: Consultation" in other.types("K7QP-2MX2 sam@example.org")
    other.picks("Cancel it")
    other.picks("Yes, cancel it")
    assert book.bookings["b0"].state == "cancelled"


def test_guessing_codes_ends_with_a_person(dialogue: Dialogue, book: BookInMemory) -> None:
    guesser = Patient(dialogue, book)
    guesser.types("cancel my appointment", "reschedule_cancel")
    for _ in range(3):
        guesser.types("2222-2223 sam@example.org")
    assert guesser.events == [("not_found", {})]
    assert guesser.state is None


def test_moving_needs_a_verdict_that_still_holds(patient: Patient) -> None:
    booked(patient)
    patient.token, patient.now = None, NOW + timedelta(hours=1)
    patient.types("move my appointment", "reschedule_cancel")
    assert patient.slots()  # the verdict it was booked with is alive
    patient.state = None
    book = patient.book
    book.bookings["b0"] = replace(book.bookings["b0"], claims={**book.bookings["b0"].claims, "expires": MONDAY})
    patient.types("move my appointment", "reschedule_cancel")
    assert patient.events[-1] == ("needs_questionnaire", {})


def test_deciding_not_to_move_leaves_it_where_it_was(patient: Patient, book: BookInMemory) -> None:
    booked(patient)
    slot = book.bookings["b0"].slot
    patient.types("move my appointment", "reschedule_cancel")
    patient.picks_slot()
    patient.picks("No, keep it")
    assert book.bookings["b0"].slot == slot
    assert not book.holds


def test_a_late_cancellation_asks_for_a_call_too(patient: Patient, book: BookInMemory) -> None:
    booked(patient)
    patient.now = book.bookings["b0"].slot.start - timedelta(hours=3)
    patient.types("cancel my appointment", "reschedule_cancel")
    assert "please also call us on 020 7946 0100" in patient.types("yes")


def test_running_late_reaches_the_clinic(patient: Patient, book: BookInMemory) -> None:
    booked(patient)
    assert "more than 10 minutes late" in patient.types("I'm running late", "reschedule_cancel")
    assert book.lates == ["b0"]


def test_a_question_about_cancelling_is_not_a_cancellation(patient: Patient, book: BookInMemory) -> None:
    booked(patient)
    patient.types("what does it cost if I cancel?", "price_payment", certainty="sure")
    assert "is cancelled" not in "".join(reply.text for reply in patient.replies)
    assert book.bookings["b0"].state == "pending"


def test_the_waiting_list_keeps_wish_and_contact(patient: Patient, book: BookInMemory) -> None:
    patient.types(BOOK)
    patient.types("Saturday morning")
    patient.picks("Waiting list")
    patient.types("Sam Lee")
    assert "on the waiting list" in patient.types("07400 123456")
    wish, contact = book.waiting[0]
    assert (wish.service, wish.part, wish.first) == ("consultation", "morning", date(2026, 11, 28))
    assert contact.address == "+447400123456"


@pytest.mark.parametrize("answer", ["booking:slot:", "Friday please", "the first one", "more"])
def test_moving_what_the_clinic_cancels_meanwhile_says_that_it_is_over(
    patient: Patient, book: BookInMemory, answer: str
) -> None:
    booked(patient)
    patient.types("move my appointment", "reschedule_cancel")
    book.cancel("b0", at=NOW)
    said = patient.picks_slot() if answer.startswith("booking:") else patient.types(answer)
    assert "has passed or was cancelled" in said
    assert patient.state is None


def test_a_move_that_comes_after_the_clinic_cancelled_gives_the_held_time_back(
    patient: Patient, book: BookInMemory
) -> None:
    booked(patient)
    patient.types("move my appointment", "reschedule_cancel")
    patient.picks_slot()
    book.cancel("b0", at=NOW)
    assert "has passed or was cancelled" in patient.picks("Yes, move it")
    assert not book.taken


def test_no_reminder_is_kept_of_what_the_clinic_cancelled(patient: Patient, book: BookInMemory) -> None:
    at_review(patient).picks("Yes, book it")
    book.cancel("b0", at=NOW)
    assert "has passed or was cancelled" in patient.types("yes, remind me")
    assert not book.reminders


def test_another_hour_can_be_wished_after_an_older_time_was_picked(patient: Patient) -> None:
    patient.types(BOOK)
    older = dict(patient.offered)
    patient.picks_slot()
    patient.types("Sam Lee")
    patient.types("sam@example.org")
    patient.picks("Yes, book it")
    patient.picks("No, thank you")
    patient.types("cancel my appointment", "reschedule_cancel")
    patient.offered = older
    patient.picks_slot(1)
    patient.types("can I come at 7 instead?")
    assert patient.slots()


@pytest.mark.parametrize(
    "text",
    [
        "what if I have to cancel?",
        "if something comes up can I change the date?",
        "would I be able to change it later if I book now",
        "suppose I get a cold before my appointment, can I postpone?",
        "et si je dois annuler ?",
        "was ist, wenn ich absagen muss?",
    ],
)
def test_what_may_happen_is_asked_of_our_rules_and_not_of_an_appointment(patient: Patient, text: str) -> None:
    patient.types(text, "reschedule_cancel", certainty="sure")
    assert patient.events == [("asks_policy", {})]


@pytest.mark.parametrize("text", ["can I move my appointment to Friday", "if possible can I cancel my appointment"])
def test_a_wish_with_an_if_is_still_about_the_appointment(patient: Patient, text: str) -> None:
    assert "reference code" in patient.types(text, "reschedule_cancel", certainty="sure")


def test_who_is_late_is_told_whom_to_call_and_not_asked_for_a_code(patient: Patient) -> None:
    patient.types("I have an appointment now and I'm running late", "reschedule_cancel", certainty="sure")
    assert patient.events == [("asks_policy", {})]


@pytest.mark.parametrize("text", ["I don't have the code", "I lost it", "what code?", "no tengo el código"])
def test_who_has_no_code_is_not_told_that_it_could_not_be_read(patient: Patient, text: str) -> None:
    patient.types("cancel my appointment", "reschedule_cancel")
    assert "020 7946 0100" in patient.types(text, "reschedule_cancel")


@pytest.mark.parametrize(
    "text", ["actually can I bring it forward", "what was my ref again", "new email sam2@example.org"]
)
def test_what_is_said_of_the_appointment_that_is_there_is_known(patient: Patient, text: str) -> None:
    turn = Turn(NOW, text=text)
    assert not patient.dialogue.early.is_about_theirs(turn, Visitor("c1"))
    booked(patient)
    assert patient.dialogue.early.is_about_theirs(turn, Visitor("c1"))


def test_who_has_not_booked_anything_is_not_asked_for_a_code_again(patient: Patient) -> None:
    patient.types("how do I cancel", "reschedule_cancel")
    patient.types("I haven't booked yet just asking", "reschedule_cancel")
    assert patient.replies[0].ref == "stopped"
    assert "booking:start" in patient.offered
