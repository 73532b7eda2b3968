from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from bot.booking.availability import Slot, units
from bot.booking.repository import Contact, HoldGoneError, LockedError, NotFoundError, SlotTakenError, Wish
from bot.storage import appointments, conversations, erasure, jobs
from bot.storage import booking_tables as tables
from bot.storage.booking_tables import slot_units
from bot.storage.bookings import StoredBookings
from bot.storage.database import Database
from bot.storage.tables import new_id

NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
TEN = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
SAM = Contact("Sam Lee", "email", "sam@example.org")
CLAIMS = {"verdict": "no_flag", "answers": "hash-1"}
MINUTES = timedelta(minutes=1)


def slot(start: datetime = TEN, practitioner: str = "okafor", minutes: int = 30) -> Slot:
    end = start + minutes * MINUTES
    return Slot(start, end, end + 10 * MINUTES, practitioner, "consultation")


@pytest.fixture
def book(database: Database) -> StoredBookings:
    return StoredBookings(database)


def hold(book: StoredBookings, conversation: str, wanted: Slot | None = None, at: datetime = NOW):  # type: ignore[no-untyped-def]
    return book.hold(conversation, wanted or slot(), at=at, until=at + 10 * MINUTES)


def booked(book: StoredBookings, conversation: str, wanted: Slot | None = None):  # type: ignore[no-untyped-def]
    return book.confirm(conversation, hold(book, conversation, wanted).id, SAM, CLAIMS, at=NOW)


def taken(database: Database) -> int:
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(slot_units)) or 0)


# ---- one time, one visitor


def test_of_200_visitors_at_once_exactly_one_gets_the_time(database: Database) -> None:
    start = threading.Barrier(200)
    outcomes: Counter[str] = Counter()
    codes: list[str] = []

    def visitor() -> None:
        book, conversation = StoredBookings(database), new_id()
        start.wait()
        try:
            codes.append(booked(book, conversation).code)
            outcomes["booked"] += 1
        except SlotTakenError:
            outcomes["taken"] += 1
        except Exception as error:
            outcomes[repr(error)] += 1

    threads = [threading.Thread(target=visitor) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"booked": 1, "taken": 199}
    assert len(codes) == 1


def test_visitors_whose_times_only_overlap_do_not_share_a_unit(database: Database) -> None:
    start = threading.Barrier(40)
    won: list[Slot] = []
    failures: list[str] = []

    def visitor(number: int) -> None:
        wanted = slot(TEN + (number % 8) * 15 * MINUTES, minutes=60 if number % 3 else 30)
        start.wait()
        try:
            won.append(booked(StoredBookings(database), new_id(), wanted).slot)
        except SlotTakenError:
            return
        except Exception as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert won
    numbers = [unit for one in won for unit in units(one)]
    assert len(numbers) == len(set(numbers))


def test_a_held_time_is_taken_for_others_and_free_for_another_practitioner(book: StoredBookings) -> None:
    hold(book, "a")
    with pytest.raises(SlotTakenError):
        hold(book, "b")
    with pytest.raises(SlotTakenError):
        hold(book, "b", slot(TEN - 30 * MINUTES))  # its buffer would reach into the held time
    hold(book, "b", slot(practitioner="marsh"))
    hold(book, "c", slot(TEN + 40 * MINUTES))


def test_a_hold_that_ran_out_gives_the_time_to_the_next(book: StoredBookings) -> None:
    first = hold(book, "a")
    with pytest.raises(SlotTakenError):
        hold(book, "b", at=NOW + 9 * MINUTES)
    hold(book, "b", at=NOW + 10 * MINUTES)
    with pytest.raises(HoldGoneError):
        book.confirm("a", first.id, SAM, CLAIMS, at=NOW + 11 * MINUTES)


def test_a_hold_that_ran_out_still_books_while_nobody_took_the_time(book: StoredBookings) -> None:
    first = hold(book, "a")
    assert book.confirm("a", first.id, SAM, CLAIMS, at=NOW + timedelta(hours=1)).slot == slot()


def test_holding_again_renews_and_holding_something_else_gives_the_first_back(
    book: StoredBookings, database: Database
) -> None:
    first = hold(book, "a")
    assert hold(book, "a", at=NOW + 5 * MINUTES).id == first.id
    with pytest.raises(SlotTakenError):
        hold(book, "b", at=NOW + 12 * MINUTES)
    hold(book, "a", slot(TEN + timedelta(hours=2)), at=NOW + 12 * MINUTES)
    hold(book, "b", at=NOW + 12 * MINUTES)
    assert taken(database) == 2 * len(units(slot()))


def test_losing_a_race_does_not_lose_what_was_held(book: StoredBookings) -> None:
    hold(book, "a")
    mine = hold(book, "b", slot(TEN + timedelta(hours=1)))
    with pytest.raises(SlotTakenError):
        hold(book, "b")
    assert book.confirm("b", mine.id, SAM, CLAIMS, at=NOW).slot.start == TEN + timedelta(hours=1)


def test_a_withdrawn_hold_cannot_be_booked(book: StoredBookings, database: Database) -> None:
    held = hold(book, "a")
    assert book.withdraw("a")
    assert not book.withdraw("a")
    assert taken(database) == 0
    with pytest.raises(HoldGoneError):
        book.confirm("a", held.id, SAM, CLAIMS, at=NOW)


def test_withdrawing_leaves_what_is_booked(book: StoredBookings, database: Database) -> None:
    booked(book, "a")
    assert not book.withdraw("a")
    assert taken(database) == len(units(slot()))


def test_nobody_books_with_another_conversations_hold(book: StoredBookings) -> None:
    held = hold(book, "a")
    with pytest.raises(HoldGoneError):
        book.confirm("b", held.id, SAM, CLAIMS, at=NOW)
    assert book.confirm("a", held.id, SAM, CLAIMS, at=NOW).conversation == "a"


def test_a_blocked_time_cannot_be_held_and_leaves_appointments_alone(book: StoredBookings) -> None:
    appointment = booked(book, "a")
    block = book.block("okafor", TEN - timedelta(hours=1), TEN + timedelta(hours=3), at=NOW)
    with pytest.raises(SlotTakenError):
        hold(book, "b", slot(TEN + timedelta(hours=1)))
    book.unblock(block)
    hold(book, "b", slot(TEN + timedelta(hours=1)))
    assert book.coming("a", NOW) == [appointment]


# ---- the same call again, and a crash in between


def test_confirming_again_gives_the_same_appointment(book: StoredBookings, database: Database) -> None:
    held = hold(book, "a")
    first = book.confirm("a", held.id, SAM, CLAIMS, at=NOW)
    assert book.confirm("a", held.id, SAM, CLAIMS, at=NOW + MINUTES) == first
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.bookings)) == 1
        assert connection.scalar(select(func.count()).select_from(tables.contacts)) == 1


def test_a_crash_between_hold_and_confirmation_loses_nothing(settings, database: Database) -> None:  # type: ignore[no-untyped-def]
    from bot.storage.database import open_database

    held = hold(StoredBookings(database), "a")
    database.close()
    again = open_database(settings)
    try:
        assert StoredBookings(again).confirm("a", held.id, SAM, CLAIMS, at=NOW + MINUTES).slot == slot()
    finally:
        again.close()


def test_a_test_of_the_staff_is_told_of_an_appointment_and_takes_no_time(
    book: StoredBookings, database: Database
) -> None:
    room = new_id()
    with database.write() as connection:
        conversations.ensure(connection, room, "web", NOW, test=True)
    told = booked(book, room)
    assert (told.state, told.slot.start) == ("pending", TEN)
    assert taken(database) == 0
    with database.read() as connection:
        assert appointments.upcoming(database, connection, NOW, NOW + timedelta(days=9)) == []
    assert booked(book, new_id()).slot == told.slot  # a patient can have it


def test_moving_frees_the_old_time_and_once_only(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a")
    held = hold(book, "a", slot(TEN + timedelta(hours=3)))
    moved = book.move(appointment.id, held.id, at=NOW)
    assert (moved.sequence, moved.code, moved.slot.start) == (1, appointment.code, TEN + timedelta(hours=3))
    assert book.move(appointment.id, held.id, at=NOW) == moved
    assert taken(database) == len(units(slot()))
    hold(book, "b")


def test_a_move_can_overlap_the_old_time_of_the_same_practitioner_only_elsewhere(book: StoredBookings) -> None:
    appointment = booked(book, "a")
    with pytest.raises(SlotTakenError):
        hold(book, "a", slot(TEN + 15 * MINUTES))
    assert book.coming("a", NOW) == [appointment]


def test_cancelling_frees_the_time_and_again_changes_nothing(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a")
    cancelled = book.cancel(appointment.id, at=NOW)
    assert (cancelled.state, cancelled.sequence) == ("cancelled", 1)
    assert book.cancel(appointment.id, at=NOW + MINUTES) == cancelled
    assert taken(database) == 0
    assert book.coming("a", NOW) == []
    with pytest.raises(NotFoundError):
        book.move(appointment.id, hold(book, "a").id, at=NOW)


# ---- who it is


def test_it_is_found_by_code_and_contact_together_only(book: StoredBookings) -> None:
    appointment = booked(book, "a")
    assert book.find(appointment.code, "sam@example.org", NOW) == appointment
    with pytest.raises(NotFoundError):
        book.find(appointment.code, "kim@example.org", NOW)
    with pytest.raises(NotFoundError):
        book.find("2222-2222", "sam@example.org", NOW)
    with pytest.raises(NotFoundError):
        book.find(appointment.code, "sam@example.org", TEN + timedelta(days=1))


def test_guessing_codes_or_contacts_is_locked_for_ever_longer(book: StoredBookings) -> None:
    appointment = booked(book, "a")
    for number in range(5):
        with pytest.raises(NotFoundError):
            book.find(appointment.code, f"guess{number}@example.org", NOW)
    with pytest.raises(LockedError):  # the code is guarded, whoever asks
        book.find(appointment.code, "sam@example.org", NOW)
    assert book.find(appointment.code, "sam@example.org", NOW + timedelta(hours=1)) == appointment
    for number in range(5):
        with pytest.raises(NotFoundError):
            book.find(f"2222-222{number + 3}", "kim@example.org", NOW)
    with pytest.raises(LockedError):
        book.find("3333-3333", "kim@example.org", NOW)


def test_a_corrected_contact_replaces_the_old_one(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a")
    book.correct(appointment.id, Contact("", "email", "kim@example.org"), at=NOW)
    assert book.find(appointment.code, "kim@example.org", NOW) == appointment
    with pytest.raises(NotFoundError):
        book.find(appointment.code, "sam@example.org", NOW)
    with database.read() as connection:
        assert appointments.contact_of(database, connection, appointment.id) == Contact(
            "Sam Lee", "email", "kim@example.org"
        )
        assert connection.scalar(select(func.count()).select_from(tables.contacts)) == 1


def test_names_and_addresses_lie_apart_and_encrypted(book: StoredBookings, database: Database) -> None:
    booked(book, "a")
    with database.read() as connection:
        for table in (tables.bookings, tables.contacts, tables.slot_units, tables.holds, jobs.jobs):
            for row in connection.execute(select(table)):
                assert not any(word in str(tuple(row)) for word in ("Sam", "sam@", "hash-1"))
        assert appointments.contact_of(database, connection, book.coming("a", NOW)[0].id) == SAM


def test_erasing_a_conversation_frees_its_time_and_forgets_who(book: StoredBookings, database: Database) -> None:
    conversation = new_id()
    with database.write() as connection:
        conversations.ensure(connection, conversation, "web", NOW)
    booked(book, conversation)
    book.wait(conversation, Wish("consultation"), SAM, at=NOW)
    hold(book, conversation, slot(TEN + timedelta(hours=3)))
    with database.write() as connection:
        assert appointments.has_coming(connection, conversation, NOW)
        erasure.erase_within(connection, conversation, at=NOW, who="patient")
        for table in (tables.bookings, tables.contacts, tables.holds, tables.slot_units, tables.waiting):
            assert connection.execute(select(table)).all() == []


def test_nothing_is_written_for_an_erased_conversation(book: StoredBookings, database: Database) -> None:
    conversation = new_id()
    with database.write() as connection:
        conversations.ensure(connection, conversation, "web", NOW)
    held = hold(book, conversation)
    with database.write() as connection:
        erasure.erase_within(connection, conversation, at=NOW, who="patient")
    for attempt in (
        lambda: hold(book, conversation),
        lambda: book.confirm(conversation, held.id, SAM, CLAIMS, at=NOW),
        lambda: book.wait(conversation, Wish("consultation"), SAM, at=NOW),
        lambda: book.refer(conversation, at=NOW),
    ):
        with pytest.raises(conversations.ErasedError):
            attempt()
    assert taken(database) == 0


# ---- what comes of it


def queued(database: Database, kind: str) -> list[tuple[datetime, dict[str, object]]]:
    with database.read() as connection:
        rows = connection.execute(select(jobs.jobs).where(jobs.j.kind == kind).order_by(jobs.j.run_at))
        return [(row.run_at, database.unseal(jobs.j.payload, row.id, row.payload)) for row in rows]


def test_every_change_is_announced_once(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a")
    held = hold(book, "a", slot(TEN + timedelta(hours=3)))
    book.move(appointment.id, held.id, at=NOW)
    book.move(appointment.id, held.id, at=NOW)
    book.late(appointment.id, at=NOW)
    book.cancel(appointment.id, at=NOW)
    book.cancel(appointment.id, at=NOW)
    changes = [payload["change"] for _, payload in queued(database, "booking.changed")]
    assert sorted(map(str, changes)) == ["booked", "cancelled", "late", "moved"]
    assert len(queued(database, "booking.freed")) == 2


def test_reminders_are_planned_72_and_24_hours_before_and_follow_a_move(
    book: StoredBookings, database: Database
) -> None:
    start = TEN + timedelta(days=10)
    appointment = booked(book, "a", slot(start))
    assert queued(database, "booking.reminder") == []
    book.remind(appointment.id, at=NOW)
    book.remind(appointment.id, at=NOW)
    assert [when for when, _ in queued(database, "booking.reminder")] == [
        start - timedelta(hours=72),
        start - timedelta(hours=24),
    ]
    later = start + timedelta(days=1)
    book.move(appointment.id, hold(book, "a", slot(later)).id, at=NOW)
    fresh = [when for when, payload in queued(database, "booking.reminder") if payload["sequence"] == 1]
    assert fresh == [later - timedelta(hours=72), later - timedelta(hours=24)]


def test_a_reminder_whose_time_is_over_is_not_planned(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a", slot(NOW + timedelta(hours=30)))
    book.remind(appointment.id, at=NOW)
    assert len(queued(database, "booking.reminder")) == 1


def test_those_who_wait_longest_are_told_once_and_only_of_what_suits(book: StoredBookings, database: Database) -> None:
    for number, part in enumerate(["", "afternoon", "morning", "morning"]):
        book.wait(f"w{number}", Wish("consultation", part), SAM, at=NOW + number * MINUTES)
    with database.write() as connection:
        told = appointments.take_waiting(connection, "consultation", TEN.date(), "morning", NOW, count=2)
        assert len(told) == 2
        assert len(appointments.take_waiting(connection, "consultation", TEN.date(), "morning", NOW, count=2)) == 1
        assert appointments.take_waiting(connection, "phone_review", TEN.date(), "morning", NOW) == []


def test_the_clinic_confirms_a_pending_appointment(book: StoredBookings, database: Database) -> None:
    appointment = booked(book, "a")
    assert book.approve(appointment.id, at=NOW)
    assert not book.approve(appointment.id, at=NOW)
    with database.read() as connection:
        upcoming = appointments.upcoming(database, connection, NOW, TEN + timedelta(days=1))
    assert [one.state for one in upcoming] == ["confirmed"]
