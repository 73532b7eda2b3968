"""Killed for real between hold and confirmation, at many moments: nothing is lost, left over, or booked twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.booking.availability import units
from bot.settings import Settings
from bot.storage.booking_tables import bookings, holds, slot_units
from bot.storage.bookings import StoredBookings
from bot.storage.database import Database, open_database
from tests.unit.storage.test_bookings import CLAIMS, MINUTES, NOW, SAM, TEN, slot

KILLS = 12


def test_a_program_killed_while_it_books_leaves_whole_appointments_and_usable_holds(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    told, moments = tmp_path / "told", random.Random(11)  # noqa: S311
    for number in range(KILLS):
        child = multiprocessing.get_context("fork").Process(target=_book_on, args=(settings, told, number))
        child.start()
        before = _lines(told)
        while _lines(told) == before and child.is_alive():
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.05))
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    book = StoredBookings(database)
    _check(database, told)
    # Whoever was between hold and confirmation goes on as if nothing had happened.
    with database.read() as connection:
        held = connection.execute(select(holds.c.id, holds.c.conversation)).all()
    for row in held:
        first = book.confirm(row.conversation, row.id, SAM, CLAIMS, at=NOW + MINUTES)
        assert book.confirm(row.conversation, row.id, SAM, CLAIMS, at=NOW + MINUTES) == first
    _check(database, told)
    with database.read() as connection:
        assert connection.execute(select(holds)).all() == []


def _book_on(settings: Settings, told: Path, number: int) -> None:
    """In a process of its own: one patient after the other holds and books, and is told so."""
    book = StoredBookings(open_database(settings, upgrade=False))
    with told.open("a", buffering=1) as out:
        for step in range(10_000):
            conversation = f"{number:016x}{step:016x}"
            start = TEN + timedelta(days=number, hours=step)
            held = book.hold(conversation, slot(start), at=NOW, until=NOW + 10 * MINUTES)
            out.write(f"held {held.id}\n")
            booked = book.confirm(conversation, held.id, SAM, CLAIMS, at=NOW)
            out.write(f"booked {booked.id}\n")


def _check(database: Database, told: Path) -> None:
    with database.read() as connection:
        made = connection.execute(select(bookings)).all()
        held = connection.execute(select(holds)).all()
        taken = Counter(connection.scalars(select(slot_units.c.owner)))
    promised = {line.split()[1] for line in told.read_text().splitlines() if line.startswith("booked ")}
    assert promised <= {row.id for row in made}, "an appointment that a patient was told of is gone"
    whole = len(units(slot()))
    assert taken == {**{row.hold: whole for row in made}, **{row.id: whole for row in held}}
    assert len({(row.practitioner, row.starts) for row in made}) == len(made)


def _lines(told: Path) -> int:
    return told.read_text().count("\n") if told.exists() else 0
