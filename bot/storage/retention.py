"""How long what is kept. The classes are those of the privacy notice; a clinic may shorten them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from bot.storage import appointments, audit, erasure, inbox, jobs, turns
from bot.storage.conversations import conversations as rooms

# Requirement RT-1. A conversation's class is its `retention` column; the time runs from its last message.
CLASSES: Mapping[str, timedelta] = {
    "chat": timedelta(days=30),  # questions only
    "form_open": timedelta(hours=24),  # a questionnaire that was not finished
    "refused": timedelta(minutes=30),  # consent refused, or under 18: the end of the session
    "form_done": timedelta(days=30),  # finished, nothing booked
    "booked": timedelta(days=30),  # booked: by then it is in the clinic's own record
}
TOMBSTONE = timedelta(days=90)  # longer than any token or delivery may live
DONE_JOBS = timedelta(days=30)
LOOSE_TURNS = timedelta(days=1)  # turns of the terminal chat, which have no conversation row
AUDIT = timedelta(days=6 * 366)


def apply(connection: Connection, at: datetime, classes: Mapping[str, timedelta] = CLASSES) -> int:
    """Erase and delete what is due; how many conversations were erased. Safe to run at any time, any number of times.

    A conversation that a staff member owns waits until it is handed back, one with an appointment to come until that is
    over; one of an unknown class is treated as "chat".
    """
    erased = 0
    query = select(rooms.c.id, rooms.c.retention, rooms.c.last_seen).where(
        rooms.c.erased_at.is_(None), rooms.c.owner.is_(None), rooms.c.last_seen <= at - min(classes.values())
    )
    for row in connection.execute(query).all():
        due = row.last_seen <= at - classes.get(row.retention, classes["chat"])
        if due and not appointments.has_coming(connection, row.id, at):
            erased += erasure.erase_within(connection, row.id, at=at, who="retention", why=row.retention)
    _forget_tombstones(connection, at)
    connection.execute(delete(jobs.jobs).where(jobs.j.state != "queued", jobs.j.run_at <= at - DONE_JOBS))
    loose = turns.turns.c.conversation.not_in(select(rooms.c.id))
    connection.execute(delete(turns.turns).where(loose, turns.turns.c.at <= at - LOOSE_TURNS))
    loose = turns.trackers.c.conversation.not_in(select(rooms.c.id))
    connection.execute(delete(turns.trackers).where(loose, turns.trackers.c.at <= at - LOOSE_TURNS))
    connection.execute(delete(audit.audit).where(audit.audit.c.at <= at - AUDIT))
    return erased


def _forget_tombstones(connection: Connection, at: datetime) -> None:
    old = select(rooms.c.id).where(rooms.c.erased_at <= at - TOMBSTONE)
    connection.execute(delete(inbox.spent_events).where(inbox.spent_events.c.conversation.in_(old)))
    connection.execute(delete(rooms).where(rooms.c.erased_at <= at - TOMBSTONE))
