"""clinic.yml or the release changes while somebody books: what the open state names is no longer there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.booking.desk import Desk
from bot.booking.dialogue import Dialogue
from bot.booking.token import Tokens
from bot.booking.wording import Wording
from bot.clinic import Clinic
from tests.unit.booking.conftest import BOOK, RULES, SECRET, BookInMemory, Patient, at_review, booked


def changed(patient: Patient, clinic: Clinic) -> Patient:
    """The same conversation, after a restart with another clinic.yml."""
    patient.dialogue = Dialogue(Desk(clinic, patient.book, Tokens(SECRET), RULES), Wording(clinic))
    return patient


def without_service(clinic: Clinic, gone: str) -> Clinic:
    services = {id: service for id, service in clinic.services.items() if id != gone}
    people = [replace(one, services=tuple(id for id in one.services if id != gone)) for one in clinic.practitioners]
    return replace(clinic, services=services, practitioners=tuple(people), translated={})


def without_person(clinic: Clinic, gone: str) -> Clinic:
    people = tuple(one for one in clinic.practitioners if one.id != gone)
    return replace(clinic, practitioners=people, translated={})


@pytest.mark.parametrize("answer", ["Friday afternoon", "the first one", "booking:more", "booking:slot:"])
def test_the_services_are_offered_anew_when_the_chosen_one_is_gone(
    patient: Patient, clinic: Clinic, answer: str
) -> None:
    patient.types(BOOK)
    changed(patient, without_service(clinic, "consultation"))
    if answer.startswith("booking:slot:"):
        patient.picks_slot()
    elif answer.startswith("booking:"):
        patient.picks(answer)
    else:
        patient.types(answer)
    assert patient.state
    assert patient.state["stage"] == "service"
    assert "consultation" not in patient.state["services"]


@pytest.mark.parametrize("answer", ["consultation", "the first one", "booking:service:consultation"])
def test_the_services_are_offered_anew_when_one_of_the_list_is_gone(
    patient: Patient, clinic: Clinic, answer: str
) -> None:
    patient.types("can I come in please", "book_appointment", certainty="sure")
    changed(patient, without_service(clinic, "consultation"))
    patient.picks(answer) if ":" in answer else patient.types(answer)
    assert patient.state
    assert "consultation" not in patient.state["services"]
    assert patient.state.get("service") != "consultation"


@pytest.mark.parametrize("answer", ["yes", "no", "booking:yes"])
def test_nothing_is_booked_with_somebody_who_has_left(
    patient: Patient, clinic: Clinic, book: BookInMemory, answer: str
) -> None:
    at_review(patient)
    assert patient.state
    changed(patient, without_person(clinic, patient.state["slot"]["practitioner"]))
    assert patient.dialogue.resume(patient.state, "en") == ()
    patient.picks(answer) if ":" in answer else patient.types(answer)
    assert patient.state["stage"] == "service"
    assert not book.taken
    assert not book.bookings


def test_a_move_to_somebody_who_has_left_offers_other_times(patient: Patient, clinic: Clinic) -> None:
    booked(patient)
    patient.types("move my appointment", "reschedule_cancel")
    patient.picks_slot()
    assert patient.state
    changed(patient, without_person(clinic, patient.state["slot"]["practitioner"]))
    patient.picks("Yes, move it")
    assert (patient.state["purpose"], patient.state["stage"]) == ("move", "when")
    assert patient.slots()


def test_an_appointment_for_a_service_that_is_gone_can_be_cancelled(
    patient: Patient, clinic: Clinic, book: BookInMemory
) -> None:
    booked(patient)
    changed(patient, without_service(clinic, "consultation"))
    patient.types("cancel my appointment", "reschedule_cancel")
    patient.offered["booking:mornings"] = "of an older message"
    assert "cancel" in patient.picks("booking:mornings")
    patient.picks("Yes, cancel it")
    assert book.bookings["b0"].state == "cancelled"


@pytest.mark.parametrize("words", ["stop", "cancel"])
def test_stopping_is_heard_also_when_the_service_is_gone(
    patient: Patient, clinic: Clinic, book: BookInMemory, words: str
) -> None:
    at_review(patient)
    changed(patient, without_service(clinic, "consultation")).types(words)
    assert patient.state is None
    assert not book.taken


@pytest.mark.parametrize("older", [{"stage": "deposit"}, {"v": 0}])
def test_a_state_of_another_release_is_begun_anew(patient: Patient, older: dict[str, object]) -> None:
    patient.types(BOOK)
    patient.state = {**(patient.state or {}), **older}
    assert patient.dialogue.resume(patient.state, "en") == ()
    patient.types("does it hurt?", "pain_numbing", certainty="sure")
    assert not patient.step.taken
    patient.types("mornings only")
    assert patient.state["stage"] == "service"
    assert patient.state["wanted"]


def test_a_picked_time_of_another_release_begins_anew(patient: Patient) -> None:
    patient.types(BOOK)
    patient.state = {**(patient.state or {}), "stage": "deposit"}
    patient.picks_slot()
    assert patient.state["stage"] == "service"
