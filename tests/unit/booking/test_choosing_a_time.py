"""Times are said, picked, held, lost and changed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.booking.dialogue import Dialogue
from bot.booking.wording import Wording
from bot.clinic import Clinic
from tests.unit.booking.conftest import BOOK, BookInMemory, Patient, at_review, token


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


def test_a_time_before_the_service_is_kept(patient: Patient) -> None:
    patient.types("can I come in please", "book_appointment", certainty="sure")
    assert patient.state
    assert patient.state["stage"] == "service"
    patient.types("thursday morning")
    assert patient.state["stage"] == "service"
    patient.types("the first one")
    assert all("Thursday" in choice.title for choice in patient.replies[-1].choices[:2])


def test_times_that_clocks_show_twice_carry_their_zone(clinic: Clinic, wording: Wording) -> None:
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    assert "01:30 BST (London time)" in wording.moment(moment)
    assert "01:30 GMT (London time)" in wording.moment(moment + timedelta(hours=1))


@pytest.mark.parametrize("words", ["no thanks", "nope"])
def test_no_to_all_times_may_stop_or_look_on(patient: Patient, words: str) -> None:
    patient.types(BOOK)
    assert "stop here" in patient.types(words, "greeting_smalltalk", certainty="sure")
    assert {"booking:stop", "booking:more"} <= set(patient.offered)


def test_the_last_one_is_the_last_of_those_offered(patient: Patient) -> None:
    patient.types(BOOK)
    last = patient.slots()[-1]
    patient.types("the last one")
    assert patient.state
    assert last.split(",")[0].split()[1] in patient.replies[0].text


def test_yes_to_several_times_is_asked_which(patient: Patient) -> None:
    patient.types(BOOK)
    assert "pick a time" in patient.types("perfect", "greeting_smalltalk", certainty="sure")


@pytest.mark.parametrize(("words", "hour"), [("10", "at 10:00"), ("14:00", "at 14:00")])
def test_a_number_that_is_no_place_is_an_hour(patient: Patient, words: str, hour: str) -> None:
    patient.types(BOOK)
    patient.types("friday")
    assert hour in patient.types(words)


def test_no_after_a_second_thought_leaves_no_day_out(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("friday")
    patient.types("actually no thursday")
    assert all(title.startswith("Thursday") for title in patient.slots())


def test_a_place_may_be_said_with_manners(patient: Patient) -> None:
    patient.types(BOOK)
    patient.types("ok I'll go with the first one then")
    assert patient.replies[0].ref == "booking_name"
