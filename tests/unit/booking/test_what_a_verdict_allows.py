"""What can be booked is what the live verdict allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.booking.desk import Desk, Visitor
from bot.booking.dialogue import Dialogue
from bot.booking.token import Tokens
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.dialogue import Turn
from tests.unit.booking.conftest import (
    BOOK,
    NOW,
    RULES,
    SECRET,
    BookInMemory,
    Patient,
    at_review,
    claims,
    token,
)


def test_without_a_verdict_it_leaves_for_the_health_questions(patient: Patient) -> None:
    patient.token = None
    patient.types(BOOK)
    assert patient.events == [("needs_questionnaire", {})]
    assert patient.state is None


@pytest.mark.parametrize(
    "dead",
    [
        token(expires=(NOW - timedelta(seconds=1)).isoformat()),
        token(rules="rules-0"),
        token()[:-3] + "xxx",
    ],
)
def test_a_dead_verdict_is_none(patient: Patient, dead: str) -> None:
    patient.token = dead
    patient.types(BOOK)
    assert patient.events == [("needs_questionnaire", {})]


def test_a_verdict_on_other_answers_is_none(patient: Patient) -> None:
    patient.answers = "hash-2"
    patient.types(BOOK)
    assert patient.events == [("needs_questionnaire", {})]


@pytest.mark.parametrize(
    ("verdict", "more", "services"),
    [
        ("no_flag", {}, ["consultation", "first_treatment", "phone_review"]),
        ("proceed_with_precaution", {}, ["consultation", "first_treatment", "phone_review"]),
        ("clinician_review", {}, ["consultation", "phone_review"]),
        ("clinician_review", {"hold": True}, ["call_back"]),
        ("not_suitable_now", {}, []),
        ("not_suitable_now", {"hold": True}, []),
    ],
)
def test_the_verdict_decides_what_can_be_booked(
    patient: Patient, verdict: str, more: dict[str, object], services: list[str]
) -> None:
    desk = patient.dialogue.desk
    claims = desk.verdict(Visitor("c1", token(verdict, **more)), NOW)
    assert claims
    assert [service.id for service in desk.services(claims)] == services


def test_not_now_offers_a_reminder_and_a_person_but_no_time(patient: Patient, book: BookInMemory) -> None:
    patient.token = token("not_suitable_now", earliest="2027-02-01")
    patient.types(BOOK)
    assert list(patient.offered) == ["booking:return", "human"]
    patient.picks("Remind me later")
    patient.types("Sam Lee")
    assert "Monday 1 February 2027" in patient.types("sam@example.org")
    assert book.returning[0][1] == date(2027, 2, 1)
    assert not book.taken


def test_a_hold_offers_a_call_back_only_and_asks_for_a_phone_number(patient: Patient, book: BookInMemory) -> None:
    patient.token = token("clinician_review", hold=True)
    assert "talk with you first" in patient.types("book please", "book_appointment")
    patient.picks_slot()
    patient.types("Sam Lee")
    assert "I could not read that as a phone number" in patient.types("sam@example.org")
    assert "by phone, we call you" in patient.types("+44 7400 123456")
    patient.picks("Yes, book it")
    assert book.bookings["b0"].slot.service == "call_back"


def test_the_earliest_day_binds_what_may_treat_and_nothing_else(patient: Patient) -> None:
    patient.token = token(earliest="2026-11-30")
    patient.types("book", "book_appointment")
    assert "at the earliest" in patient.picks("Consultation with first")
    assert patient.slots()[0].startswith("Monday 30 Nov")
    patient.picks("booking:slot:20261130T0900:okafor")
    patient.types("stop")
    patient.types("book a phone review", "book_appointment")
    assert patient.slots()[0].startswith("Tuesday 24 Nov")


def test_a_day_before_the_earliest_cannot_be_booked_by_naming_it(patient: Patient) -> None:
    patient.token = token(earliest="2026-11-30")
    patient.types("book", "book_appointment")
    patient.picks("Consultation with first")
    patient.types("Friday 27 November at 10:00")
    assert all(not title.startswith("Friday 27") for title in patient.slots())
    assert patient.state
    assert "hold" not in patient.state


def test_an_answer_changed_between_choice_and_confirmation_withdraws_the_hold(
    patient: Patient, book: BookInMemory
) -> None:
    at_review(patient)
    assert book.taken
    patient.answers = "hash-2"
    patient.picks("Yes, book it")
    assert patient.events[-1] == ("needs_questionnaire", {})
    assert not book.taken
    assert not book.bookings


def test_a_clinic_with_its_own_booking_page_gets_a_reference_and_nothing_else(
    clinic: Clinic, wording: Wording, book: BookInMemory
) -> None:
    here = replace(clinic, booking={**clinic.booking, "link": "https://book.example.org/new?lang=en"})
    patient = Patient(Dialogue(Desk(here, book, Tokens(SECRET), RULES), wording), book, token())
    patient.types(BOOK)
    assert patient.replies[0].links[0].href == "https://book.example.org/new?lang=en&reference=reference-of-c1"


@pytest.mark.parametrize(
    ("verdict", "more", "stays"),
    [
        ("no_flag", {}, True),
        ("clinician_review", {}, True),  # a consultation is what a clinician needs
        ("clinician_review", {"hold": True}, False),
        ("not_suitable_now", {}, False),
    ],
)
def test_a_new_verdict_withdraws_what_it_rules_out(
    patient: Patient, book: BookInMemory, verdict: str, more: dict[str, object], *, stays: bool
) -> None:
    at_review(patient).picks("Yes, book it")
    gone = patient.dialogue.desk.withdraw_ruled_out("c1", claims(verdict, **more), patient.now)
    assert [one.id for one in gone] == ([] if stays else ["b0"])
    assert (book.bookings["b0"].state == "cancelled") is not stays
    assert bool(book.taken) is stays


def test_without_any_verdict_nothing_stays(patient: Patient, book: BookInMemory) -> None:
    at_review(patient).picks("Yes, book it")
    assert patient.dialogue.desk.withdraw_ruled_out("c1", {}, patient.now)
    assert patient.dialogue.desk.withdraw_ruled_out("c1", {}, patient.now) == []


def test_when_somebody_would_like_to_come_is_kept_through_the_health_questions(patient: Patient) -> None:
    patient.token = None
    patient.types("book me in for Friday afternoon", "book_appointment")
    (name, kept), patient.token = patient.events[-1], token()
    assert (name, kept["wanted"]["first"]) == ("needs_questionnaire", "2026-11-27")
    turn = Turn(NOW, choices=("booking:start",))
    patient._hear(patient.dialogue.start(turn, Visitor("c1", patient.token), kept))
    patient.picks("Consultation")
    assert all(title.startswith("Friday 27 Nov") for title in patient.slots())


def test_a_wish_told_too_early_is_kept_and_narrows_the_one_before(patient: Patient) -> None:
    first = patient.dialogue.early.wished(Turn(NOW, text="1 December"), None)
    assert first
    assert "noted" in first[1].text
    second = patient.dialogue.early.wished(Turn(NOW, text="after 2"), first[0])
    assert second
    assert second[0]["wanted"] == {"first": "2026-12-01", "last": "2026-12-01", "after": "14:00:00"}
    assert patient.dialogue.early.wished(Turn(NOW, text="does it hurt?"), None) is None


def test_a_wish_whose_day_went_by_meanwhile_is_dropped(patient: Patient) -> None:
    kept = {"wanted": {"first": "2026-11-20", "last": "2026-11-20"}}
    turn = Turn(NOW, choices=("booking:start",))
    patient._hear(patient.dialogue.start(turn, Visitor("c1", token()), kept))
    assert patient.state
    assert patient.state["wanted"] == {}


def test_that_the_clinic_is_closed_is_said_before_a_dozen_questions(patient: Patient) -> None:
    patient.token = None
    assert "closed on Saturday 28 November" in patient.types("anything on saturday?", "book_appointment")
    assert patient.events == [("needs_questionnaire", {})]
    told = patient.dialogue.early.wished(Turn(NOW, text="saturday"), None)
    assert told
    assert "closed" in told[1].text


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("do you have anything tuesday", True),
        ("can I come tomorrow at 10", True),
        ("can I move it to friday", False),
        ("how long does it take", False),
    ],
)
def test_a_time_that_is_asked_for_is_likely_to_be_a_wish_to_book(patient: Patient, text: str, asks: bool) -> None:
    turn = Turn(NOW, text=text, topics=("reschedule_cancel", "book_appointment"))
    assert patient.dialogue.early.asks_for_time(turn) is asks


@pytest.mark.parametrize(("day", "too_soon"), [("today", True), ("tomorrow at 4pm", False)])
def test_a_day_is_too_soon_only_when_none_of_it_is_left(patient: Patient, day: str, too_soon: bool) -> None:
    patient.token = None
    assert ("notice" in patient.types(f"can I come {day}", "book_appointment")) is too_soon
