"""200 patients at once choose one time: one is booked, everyone else is offered the next ones and finds a place."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone
from itertools import pairwise

from sqlalchemy import select

from bot.booking.desk import Desk
from bot.booking.dialogue import Dialogue
from bot.booking.token import Tokens
from bot.booking.wording import Wording
from bot.clinic import load_clinic
from bot.settings import ROOT
from bot.storage.booking_tables import bookings
from bot.storage.bookings import StoredBookings
from bot.storage.database import Database
from bot.storage.tables import new_id
from tests.unit.booking.conftest import RULES, SECRET, Patient, token

VISITORS = 200


def test_one_of_200_patients_is_booked_and_the_others_are_offered_the_next_times(database: Database) -> None:
    clinic = load_clinic(ROOT / "clinic.yml")
    okafor = tuple(person for person in clinic.practitioners if person.id == "okafor")
    clinic = replace(clinic, practitioners=okafor, booking={**clinic.booking, "horizon_days": 4})
    dialogue = Dialogue(Desk(clinic, StoredBookings(database), Tokens(SECRET), RULES), Wording(clinic))
    patients = [Patient(dialogue, None, token(), conversation=new_id()) for _ in range(VISITORS)]  # type: ignore[arg-type]
    for patient in patients:
        patient.types("I would like to book a consultation", "book_appointment")
    chosen = {patient.slots()[0] for patient in patients}
    assert len(chosen) == 1
    start, outcomes = threading.Barrier(VISITORS), Counter[str]()

    def visit(patient: Patient) -> None:
        start.wait()
        try:
            said = patient.picks_slot()
            outcomes["held" if "What is your name?" in said else "next"] += 1
            if "What is your name?" in said:
                patient.types("Sam Lee, sam@example.org")
                patient.picks("Yes, book it")
        except Exception as error:
            outcomes[repr(error)] += 1

    threads = [threading.Thread(target=visit, args=(patient,)) for patient in patients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"held": 1, "next": VISITORS - 1}
    with database.read() as connection:
        assert len(connection.execute(select(bookings)).all()) == 1
    booked = [patient for patient in patients if patient.events]
    assert len(booked) == 1
    for patient in patients:
        if patient not in booked:
            assert "Someone else has just taken that time" in patient.replies[0].text
            assert patient.slots()
            assert not chosen & set(patient.slots())


def test_a_clinic_with_few_places_fills_them_all_and_none_twice(database: Database) -> None:
    clinic = load_clinic(ROOT / "clinic.yml")
    clinic = replace(clinic, booking={**clinic.booking, "horizon_days": 1})
    book = StoredBookings(database)
    dialogue = Dialogue(Desk(clinic, book, Tokens(SECRET), RULES), Wording(clinic))

    def visit() -> None:
        patient = Patient(dialogue, None, token(), conversation=new_id())  # type: ignore[arg-type]
        patient.types("I would like to book a consultation", "book_appointment")
        for _ in range(40):
            if not patient.slots():
                return
            if "What is your name?" in patient.picks_slot():
                patient.types("Sam Lee, sam@example.org")
                patient.picks("Yes, book it")
                return

    threads = [threading.Thread(target=visit) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        rows = connection.execute(select(bookings.c.practitioner, bookings.c.starts, bookings.c.until)).all()
    assert len(rows) >= 16
    for person in ("okafor", "marsh"):
        mine = sorted((row.starts, row.until) for row in rows if row.practitioner == person)
        assert all(first[1] <= second[0] for first, second in pairwise(mine))
    now = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
    assert book.busy(now, now.replace(day=26), now)
