"""An appointment by reference code and contact, from any conversation, bounded against guessing.

Wrong pairs are counted by code and by contact, whoever asks and from wherever, in the table that counts failed sign-ins
(names in it are hashes): from the fifth on, each locks the code and the contact for twice as long.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from bot.booking.repository import LockedError, NotFoundError
from bot.storage import staff
from bot.storage.booking_tables import bookings, contacts
from bot.storage.database import Database

b = bookings.c


def find(database: Database, code: str, address: str, at: datetime) -> Row[Any]:
    """An appointment to come. Raises `NotFoundError` for either being wrong, `LockedError` after too many."""
    digests = [digest for channel in ("email", "phone") for digest in database.keys.digests(address, channel)]
    names = (f"booking code {code}", f"booking contact {digests[0]}")
    query = (
        select(bookings)
        .join(contacts, contacts.c.id == b.contact)
        .where(b.code == code, contacts.c.lookup.in_(digests), b.state != "cancelled", b.ends > at)
    )
    with database.read() as connection:
        if any(staff.locked_until(connection, name, at) for name in names):
            raise LockedError
        row = connection.execute(query).one_or_none()
    if row is not None:
        return row
    for name in names:
        with suppress(IntegrityError), database.write() as connection:  # two first failures at once count as one
            staff.failed(connection, name, at)
    raise NotFoundError
