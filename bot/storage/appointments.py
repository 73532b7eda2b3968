"""Appointments and contacts as other parts read them: staff pages, calendar files, jobs, export."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from bot.booking.availability import Slot
from bot.booking.repository import Booking, Contact
from bot.storage import conversations, jobs
from bot.storage.booking_tables import bookings, contacts, waiting
from bot.storage.database import Database
from bot.storage.tables import new_id

b, w = bookings.c, waiting.c
# 8 of 28 letters and digits that cannot be mistaken for each other; quoted together with the contact.
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"


def by_calendar(database: Database, connection: Connection, calendar: str) -> Booking | None:
    """The booking behind the random name of a calendar file."""
    row = connection.execute(select(bookings).where(b.calendar == calendar)).one_or_none()
    return None if row is None else as_booking(database, row)


def by_id(database: Database, connection: Connection, id: str) -> Booking | None:
    """One booking."""
    row = connection.execute(select(bookings).where(b.id == id)).one_or_none()
    return None if row is None else as_booking(database, row)


def contact_of(database: Database, connection: Connection, booking: str) -> Contact | None:
    """Who comes."""
    id = connection.scalar(select(b.contact).where(b.id == booking))
    return None if id is None else contact_by_id(database, connection, id)


def contact_by_id(database: Database, connection: Connection, id: str) -> Contact | None:
    """One contact."""
    row = connection.execute(select(contacts).where(contacts.c.id == id)).one_or_none()
    if row is None:
        return None
    name = database.unseal(contacts.c.name, row.id, row.name)
    return Contact(name, row.channel, database.unseal(contacts.c.address, row.id, row.address))


def email_of(database: Database, connection: Connection, person: str) -> str | None:
    """The e-mail address that the person last gave for an appointment."""
    theirs = select(conversations.c.id).where(conversations.c.person == person)
    mine = (contacts.c.conversation.in_(theirs), contacts.c.channel == "email")
    row = connection.execute(select(contacts).where(*mine).order_by(contacts.c.created.desc()).limit(1)).one_or_none()
    return None if row is None else str(database.unseal(contacts.c.address, row.id, row.address))


def upcoming(database: Database, connection: Connection, start: datetime, end: datetime) -> list[Booking]:
    """Every appointment that begins between two moments, for the clinic's calendar; cancelled ones are left out."""
    query = select(bookings).where(b.starts >= start, b.starts < end, b.state != "cancelled").order_by(b.starts)
    return [as_booking(database, row) for row in connection.execute(query)]


def has_coming(connection: Connection, conversation: str, at: datetime) -> bool:
    """Is an appointment of this conversation still to come? Retention and erasure ask first."""
    query = select(b.id).where(b.conversation == conversation, b.state != "cancelled", b.ends > at)
    return connection.scalar(query.limit(1)) is not None


def take_waiting(
    connection: Connection, service: str, day: date, part: str, at: datetime, count: int = 3
) -> list[tuple[str, str]]:
    """(conversation, contact id) of those who wait longest for such a time, marked as told: each is told once."""
    iso = day.isoformat()
    query = (
        select(w.id, w.conversation, w.contact)
        .where(w.service == service, w.told.is_(None), w.part.in_(("", part)))
        .where(or_(w.first.is_(None), w.first <= iso), or_(w.last.is_(None), w.last >= iso))
        .order_by(w.asked)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(query).all()
    connection.execute(update(waiting).where(w.id.in_([row.id for row in rows])).values(told=at))
    return [(row.conversation, row.contact) for row in rows]


def bury(connection: Connection, job: str, fault: str) -> None:
    """Trying this job again is of no use: dead at once, and staff see it."""
    connection.execute(
        update(jobs.jobs).where(jobs.j.id == job).values(state="dead", leased_by=None, leased_until=None, fault=fault)
    )


def export(database: Database, connection: Connection, conversation: str) -> list[dict[str, Any]]:
    """The appointments of a conversation with their contacts, for the person they are about."""
    rows = connection.execute(select(bookings).where(b.conversation == conversation).order_by(b.made)).all()
    found = []
    for row in rows:
        contact = contact_by_id(database, connection, row.contact)
        found.append(
            {
                "code": row.code,
                "state": row.state,
                "service": row.service,
                "practitioner": row.practitioner,
                "starts": row.starts,
                "ends": row.ends,
                "made": row.made,
                "changed": row.changed,
                "contact": None if contact is None else vars(contact),
            }
        )
    return found


def keep_contact(database: Database, connection: Connection, conversation: str, contact: Contact, at: datetime) -> str:
    """Store a contact under a random id."""
    id = new_id()
    connection.execute(
        contacts.insert().values(
            id=id,
            conversation=conversation,
            channel=contact.channel,
            lookup=database.keys.digest(contact.address, contact.channel),
            created=at,
            name=database.seal(contacts.c.name, id, contact.name),
            address=database.seal(contacts.c.address, id, contact.address),
        )
    )
    return id


def new_code() -> str:
    """A reference code, such as K7QP-2MXD."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def as_booking(database: Database, row: Row[Any]) -> Booking:
    """A row as the domain's value."""
    return Booking(
        id=row.id,
        conversation=row.conversation,
        code=row.code,
        state=row.state,
        slot=Slot(row.starts, row.ends, row.until, row.practitioner, row.service),
        sequence=row.sequence,
        calendar=row.calendar,
        claims=database.unseal(b.claims, row.id, row.claims),
        made=row.made,
        changed=row.changed,
    )
