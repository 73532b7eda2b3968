from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bot.booking.desk import Desk, Visitor
from bot.booking.dialogue import Dialogue
from bot.booking.token import Tokens
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.dialogue import Turn
from tests.unit.booking.conftest import MONDAY, RULES, SECRET, BookInMemory, Patient, claims, token

NOW = datetime.fromisoformat(MONDAY)
BOOK = "I would like to book a consultation"


def at_review(patient: Patient) -> Patient:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types("Sam Lee")
    patient.types("sam@example.org")
    assert patient.state
    assert patient.state["stage"] == "review"
    return patient


def booked(patient: Patient) -> Patient:
    at_review(patient).picks("Yes, book it")
    patient.picks("No, thank you")
    return patient


# ---- what a verdict allows


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


# ---- times


def test_a_typed_time_that_is_free_is_taken_and_read_back(patient: Patient) -> None:
    patient.types(BOOK)
    assert "Thursday 26 November 2026 at 15:00 (London time)" in patient.types("Thursday at 3pm")


def test_a_typed_time_that_is_not_free_gets_the_nearest_ones(patient: Patient) -> None:
    patient.types(BOOK)
    said = patient.types("Saturday at 10")
    assert "We are closed on Saturday 28 November 2026." in said
    assert "the nearest free times" in said
    assert "booking:wait" in patient.offered
    assert "24 hours' notice" in patient.types("today")
    assert "in the next 60 days only" in patient.types("in August")
    assert "no free time that fits" in patient.types("Friday at 19:00")


def test_wishes_add_up(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("mornings only")
    patient.types("not Tuesdays")
    titles = patient.slots()
    assert titles
    assert all(title.split()[-1] < "12:00" and not title.startswith("Tuesday") for title in titles)


def test_a_clock_time_picks_the_offered_time_it_can_only_mean(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("Friday afternoon")
    clock = patient.slots()[1].split()[-1]
    assert f"Friday 27 November 2026 at {clock}" in patient.types(f"the one at {clock} please")


def test_the_first_one_and_later_times_can_be_said(patient: Patient) -> None:
    patient.types(BOOK)
    before = patient.slots()
    patient.types("something later please more")
    patient.types("more")
    assert patient.slots()[0] != before[0]
    shown = patient.slots()[0]
    patient.types("the first one please")
    assert shown.split(",")[1].strip() in patient.replies[0].text


def test_a_date_with_two_readings_is_asked_about(patient: Patient) -> None:
    patient.types(BOOK)
    assert "Which day do you mean?" in patient.types("12/01")
    patient.picks("Tuesday 1 Dec")
    assert patient.slots()[0].startswith("Tuesday 1 Dec")


def test_two_patients_can_have_one_time_with_two_practitioners(dialogue: Dialogue, book: BookInMemory) -> None:
    first, second = (Patient(dialogue, book, token(), conversation=name) for name in ("c1", "c2"))
    for patient in (first, second):
        patient.types(BOOK)
    for patient in (first, second):
        assert "What is your name?" in patient.picks_slot()
    held = [hold.slot for _, hold in book.holds.values()]
    assert {slot.practitioner for slot in held} == {"okafor", "marsh"}
    assert len({slot.start for slot in held}) == 1


@pytest.mark.parametrize("words", ["with Dr Marsh please", "with Ada Okafor"])
def test_who_asks_for_a_person_gets_that_person(patient: Patient, book: BookInMemory, words: str) -> None:
    patient.types(BOOK)
    patient.types(words)
    patient.picks_slot()
    assert [hold.slot.practitioner for _, hold in book.holds.values()] == ["marsh" if "Marsh" in words else "okafor"]


def test_a_typed_time_with_a_person_is_held_with_that_person(patient: Patient, book: BookInMemory) -> None:
    patient.types(BOOK)
    patient.types("Tuesday at 14:30 with Dr Marsh")
    assert [hold.slot.practitioner for _, hold in book.holds.values()] == ["marsh"]


def test_a_time_taken_meanwhile_is_said_so(patient: Patient, dialogue: Dialogue, book: BookInMemory) -> None:
    patient.types(BOOK)
    shown = patient.slots()[0]
    for name in ("c2", "c3"):
        other = Patient(dialogue, book, token(), conversation=name)
        other.types(BOOK)
        other.picks(shown) if shown in other.slots() else other.picks_slot()
    assert "Someone else has just taken that time" in patient.picks(shown)
    assert shown not in patient.slots()


def test_a_hold_that_is_gone_keeps_name_and_contact(patient: Patient, book: BookInMemory) -> None:
    at_review(patient)
    book.withdraw("c1")
    assert "could not keep that time" in patient.picks("Yes, book it")
    assert "Sam Lee" in patient.picks_slot()


def test_confirming_twice_books_once(patient: Patient, book: BookInMemory) -> None:
    at_review(patient)
    state = patient.state
    patient.picks("Yes, book it")
    patient.state = state
    patient.offered["booking:yes"] = "Yes, book it"
    patient.picks("Yes, book it")
    assert len(book.bookings) == 1


# ---- names, side questions, ways out


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


@pytest.mark.parametrize(
    "words", ["can I come at 11 instead?", "actually a different time please", "Friday at 11 would be better"]
)
def test_the_time_can_be_changed_while_the_name_is_asked_for(patient: Patient, words: str) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types(words)
    assert patient.state
    assert patient.state["stage"] in ("when", "name")
    assert "name" not in patient.state


def test_another_hour_is_on_the_same_day_where_that_is_free(patient: Patient) -> None:
    patient.types(BOOK)
    patient.picks("Wednesday 25 Nov, 09:00")
    assert "Wednesday 25 November 2026 at 11:00" in patient.types("can I come at 11 instead?")


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


def test_a_time_before_the_service_is_kept(patient: Patient) -> None:
    patient.types("can I come in please", "book_appointment", certainty="sure")
    assert patient.state
    assert patient.state["stage"] == "service"
    patient.types("thursday morning")
    assert patient.state["stage"] == "service"
    patient.types("the first one")
    assert all("Thursday" in choice.title for choice in patient.replies[-1].choices[:2])


def test_without_a_code_a_new_appointment_can_be_asked_for(patient: Patient) -> None:
    patient.types("cancel my appointment", "reschedule_cancel", certainty="sure")
    assert patient.state
    assert patient.state["stage"] == "code"
    patient.types("can I book again", "book_appointment", certainty="sure")
    assert (patient.state["purpose"], patient.state["stage"]) == ("book", "service")


def test_a_contact_before_the_name_is_kept(patient: Patient) -> None:
    patient.types(BOOK)
    patient.picks_slot()
    assert "just your name" in patient.types("sam@example.org", "human_handoff", certainty="sure")
    assert "Contact: sam@example.org" in patient.types("Sam Lee")


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


@pytest.mark.parametrize("words", ["stop", "never mind", "cancel", "forget it", "I don't want to book"])
def test_stopping_gives_the_time_back(patient: Patient, book: BookInMemory, words: str) -> None:
    at_review(patient).types(words)
    assert patient.state is None
    assert not book.taken


def test_the_state_is_json_at_every_step(patient: Patient) -> None:
    booked(patient)
    patient.types("move my appointment", "reschedule_cancel")
    for state in (patient.state,):
        assert json.loads(json.dumps(state)) == state


def test_it_does_not_book_a_second_one_by_accident(patient: Patient) -> None:
    booked(patient)
    assert "You already have an appointment" in patient.types(BOOK, "book_appointment")


# ---- an appointment that is there


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


# ---- waiting list


def test_the_waiting_list_keeps_wish_and_contact(patient: Patient, book: BookInMemory) -> None:
    patient.types(BOOK)
    patient.types("Saturday morning")
    patient.picks("Waiting list")
    patient.types("Sam Lee")
    assert "on the waiting list" in patient.types("07400 123456")
    wish, contact = book.waiting[0]
    assert (wish.service, wish.part, wish.first) == ("consultation", "morning", date(2026, 11, 28))
    assert contact.address == "+447400123456"


def test_times_that_clocks_show_twice_carry_their_zone(clinic: Clinic, wording: Wording) -> None:
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    assert "01:30 BST (London time)" in wording.moment(moment)
    assert "01:30 GMT (London time)" in wording.moment(moment + timedelta(hours=1))


def test_a_repeated_question_needs_nothing_but_the_state(patient: Patient) -> None:
    at_review(patient)
    assert patient.state
    assert patient.dialogue.resume(patient.state, "en")[0].text == patient.replies[0].text


def test_a_pick_of_another_dialogue_is_not_taken(patient: Patient) -> None:
    patient.types(BOOK)
    step = patient.dialogue.advance(patient.state or {}, Turn(now=NOW, choices=("topic:pain_numbing",)), Visitor("c1"))
    assert not step.taken


# ---- new answers before the appointment


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
