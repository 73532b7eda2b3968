"""Holds, appointments and the waiting list: `bot.booking.repository.Bookings` on our tables.

Nothing is looked at before it is taken: see `bot/storage/booking_tables.py` for the key that makes the promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.booking.availability import UNIT, Busy, Slot, units
from bot.booking.people import Summary
from bot.booking.repository import (
    Booking,
    Contact,
    Hold,
    HoldGoneError,
    NotFoundError,
    SlotTakenError,
    Wish,
)
from bot.storage import booking_news, jobs, lookups
from bot.storage.appointments import as_booking, contact_by_id, keep_contact, new_code
from bot.storage.booking_tables import bookings, contacts, holds, slot_units, waiting
from bot.storage.conversations import conversations, refuse_erased
from bot.storage.database import Database, StorageError
from bot.storage.requests import StoredRequests
from bot.storage.tables import new_id

DEADLOCKS = 3

PATIENT = "patient"  # the outlet of `booking.deliver` that writes to whoever comes

u, h, b, w = slot_units.c, holds.c, bookings.c, waiting.c


class StoredBookings:
    """See `bot.booking.repository.Bookings`. Methods open their own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- taking time

    def busy(self, start: datetime, end: datetime, at: datetime) -> list[Busy]:
        live = or_(u.expires.is_(None), u.expires > at)
        query = (
            select(u.practitioner, func.min(u.unit).label("first"), func.max(u.unit).label("last"))
            .where(u.unit >= _unit(start), u.unit <= _unit(end), live)
            .group_by(u.owner, u.practitioner)
        )
        with self._database.read() as connection:
            return [
                Busy(_moment(row.first), _moment(row.last + 1), row.practitioner) for row in connection.execute(query)
            ]

    def hold(self, conversation: str, slot: Slot, *, at: datetime, until: datetime) -> Hold:
        for attempt in range(DEADLOCKS):
            try:
                with self._database.write() as connection:
                    refuse_erased(connection, conversation)
                    return _hold(connection, conversation, slot, at, until)
            except IntegrityError:
                raise SlotTakenError from None
            except StorageError as error:
                # Holds that overlap in opposite order: the database ends one of them, which then asks again.
                if str(error) != "DeadlockDetected" or attempt == DEADLOCKS - 1:
                    raise
        raise SlotTakenError

    def withdraw(self, conversation: str) -> bool:
        with self._database.write() as connection:
            return withdraw(connection, conversation)

    def block(self, practitioner: str, start: datetime, end: datetime, *, at: datetime) -> str:
        """Staff need this time: whatever of it is free is taken, appointments in it stay. The id undoes it."""
        owner = new_id()
        rows = [
            {"practitioner": practitioner, "unit": unit, "owner": owner} for unit in range(_unit(start), _unit(end))
        ]
        with self._database.write() as connection:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            connection.execute(delete(slot_units).where(_of(practitioner, start, end), u.expires <= at))
            connection.execute(insert(slot_units).on_conflict_do_nothing(), rows)
        return owner

    def unblock(self, block: str) -> None:
        """Free what `block` took."""
        with self._database.write() as connection:
            connection.execute(delete(slot_units).where(u.owner == block, u.conversation.is_(None)))

    # ---- appointments

    def confirm(
        self, conversation: str, hold: str, contact: Contact, claims: Mapping[str, Any], *, at: datetime
    ) -> Booking:
        with self._database.write() as connection:
            refuse_erased(connection, conversation)
            made = connection.execute(
                select(bookings).where(b.hold == hold, b.conversation == conversation)
            ).one_or_none()
            if made is not None:
                return self._booking(made)
            slot = _take(connection, hold, conversation)
            id = new_id()
            if connection.scalar(select(conversations.c.test).where(conversations.c.id == conversation)):
                # A test of the staff: it is said as it would be, and no time is taken from anybody.
                connection.execute(delete(slot_units).where(u.owner == hold))
                return Booking(id, conversation, new_code(), "pending", slot, 0, new_id(), dict(claims), at, at)
            connection.execute(
                bookings.insert().values(
                    id=id,
                    conversation=conversation,
                    contact=keep_contact(self._database, connection, conversation, contact, at),
                    hold=hold,
                    code=new_code(),
                    calendar=new_id(),
                    state="pending",
                    sequence=0,
                    made=at,
                    changed=at,
                    claims=self._database.seal(b.claims, id, dict(claims)),
                    **_columns(slot),
                )
            )
            # RT-1: from now on another retention class applies; see also `coming_conversations`.
            connection.execute(
                update(conversations).where(conversations.c.id == conversation).values(retention="booked")
            )
            connection.execute(delete(waiting).where(w.conversation == conversation, w.service == slot.service))
            return self._announce(connection, id, "booked", at)

    def approve(self, booking: str, *, at: datetime) -> bool:
        """The clinic has looked: pending becomes confirmed, and the patient hears of it unless it is over.

        False: it was not pending.
        """
        pending = update(bookings).where(b.id == booking, b.state == "pending")
        coming = select(b.id).where(b.id == booking, b.starts > at)
        with self._database.write() as connection:
            done = bool(connection.execute(pending.values(state="confirmed", changed=at)).rowcount)
            if done and connection.scalar(coming) is not None:
                self._announce(connection, booking, "confirmed", at, by_clinic=True)
            return done

    def move(self, booking: str, hold: str, *, at: datetime, by_clinic: bool = False) -> Booking:
        with self._database.write() as connection:
            row = _live(connection, booking)
            if row.hold == hold:
                return self._booking(row)
            slot = _take(connection, hold, None)
            connection.execute(delete(slot_units).where(u.owner == row.hold))
            connection.execute(
                update(bookings)
                .where(b.id == booking)
                .values(hold=hold, sequence=row.sequence + 1, changed=at, **_columns(slot))
            )
            booking_news.freed(self._database, connection, row, at)
            if row.reminders:
                booking_news.reminders(self._database, connection, _live(connection, booking), at)
            return self._announce(connection, booking, "moved", at, by_clinic=by_clinic)

    def cancel(self, booking: str, *, at: datetime, withdrawn: bool = False, by_clinic: bool = False) -> Booking:
        with self._database.write() as connection:
            row = connection.execute(select(bookings).where(b.id == booking).with_for_update()).one_or_none()
            if row is None:
                raise NotFoundError
            if row.state == "cancelled":
                return self._booking(row)
            connection.execute(delete(slot_units).where(u.owner == row.hold))
            connection.execute(
                update(bookings).where(b.id == booking).values(state="cancelled", sequence=row.sequence + 1, changed=at)
            )
            booking_news.freed(self._database, connection, row, at)
            change = "withdrawn" if withdrawn else "cancelled"
            return self._announce(connection, booking, change, at, by_clinic=by_clinic)

    def correct(self, booking: str, contact: Contact, *, at: datetime) -> None:
        with self._database.write() as connection:
            row = _live(connection, booking)
            known = contact_by_id(self._database, connection, row.contact)
            name = contact.name or (known.name if known else "")
            renewed = Contact(name, contact.channel, contact.address)
            id = keep_contact(self._database, connection, row.conversation, renewed, at)
            # The old address must not open this booking any more.
            connection.execute(update(bookings).where(b.id == booking).values(contact=id))
            waits = select(waiting.c.id).where(w.contact == row.contact)
            if connection.execute(waits).first() is None:
                connection.execute(delete(contacts).where(contacts.c.id == row.contact))
            # Whoever mistyped the address never got the letter.
            jobs.add(
                self._database,
                connection,
                "booking.deliver",
                {
                    "booking": booking,
                    "change": "moved" if row.sequence else "booked",
                    "sequence": row.sequence,
                    "outlet": PATIENT,
                },
                at,
                conversation=row.conversation,
            )

    def coming(self, conversation: str, at: datetime) -> list[Booking]:
        mine = select(bookings).where(b.conversation == conversation, b.state != "cancelled", b.ends > at)
        with self._database.read() as connection:
            return [self._booking(row) for row in connection.execute(mine.order_by(b.starts))]

    def find(self, code: str, address: str, at: datetime) -> Booking:
        return self._booking(lookups.find(self._database, code, address, at))

    # ---- what comes of it later

    def remind(self, booking: str, *, at: datetime) -> None:
        with self._database.write() as connection:
            row = _live(connection, booking)
            connection.execute(update(bookings).where(b.id == booking).values(reminders=True))
            booking_news.reminders(self._database, connection, row, at)

    def late(self, booking: str, *, at: datetime) -> None:
        with self._database.write() as connection:
            row = _live(connection, booking)
            booking_news.changed(self._database, connection, row, "late", at, key=f"{at:%Y%m%d%H}")

    def wait(self, conversation: str, wish: Wish, contact: Contact, *, at: datetime) -> None:
        with self._database.write() as connection:
            refuse_erased(connection, conversation)
            connection.execute(delete(waiting).where(w.conversation == conversation, w.service == wish.service))
            connection.execute(
                waiting.insert().values(
                    id=new_id(),
                    conversation=conversation,
                    contact=keep_contact(self._database, connection, conversation, contact, at),
                    service=wish.service,
                    part=wish.part,
                    first=wish.first.isoformat() if wish.first else None,
                    last=wish.last.isoformat() if wish.last else None,
                    asked=at,
                )
            )

    def refer(self, conversation: str, *, at: datetime) -> str:
        return StoredRequests(self._database).ask(conversation, Summary("booking_page"), at=at, give_up=None).id

    def remind_to_return(self, conversation: str, contact: Contact, day: date, *, at: datetime) -> None:
        with self._database.write() as connection:
            refuse_erased(connection, conversation)
            id = keep_contact(self._database, connection, conversation, contact, at)
            when = datetime.combine(day, time(9), timezone.utc)
            key = f"return:{conversation}"
            jobs.cancel(connection, key)
            jobs.add(
                self._database,
                connection,
                "booking.return",
                {"contact": id},
                when,
                unique_key=key,
                conversation=conversation,
            )

    # ---- helpers

    def _announce(
        self, connection: Connection, booking: str, change: str, at: datetime, *, by_clinic: bool = False
    ) -> Booking:
        row = connection.execute(select(bookings).where(b.id == booking)).one()
        booking_news.changed(self._database, connection, row, change, at, by_clinic=by_clinic)
        return self._booking(row)

    def _booking(self, row: Row[Any]) -> Booking:
        return as_booking(self._database, row)


def withdraw(connection: Connection, conversation: str) -> bool:
    """Give back what the conversation holds, inside the transaction that changes an answer."""
    hold = connection.scalar(delete(holds).where(h.conversation == conversation).returning(h.id))
    if hold is None:
        return False
    connection.execute(delete(slot_units).where(u.owner == hold, u.expires.is_not(None)))
    return True


def _hold(connection: Connection, conversation: str, slot: Slot, at: datetime, until: datetime) -> Hold:
    kept = connection.execute(select(holds).where(h.conversation == conversation).with_for_update()).one_or_none()
    if kept is not None and (kept.practitioner, kept.starts, kept.service) == (
        slot.practitioner,
        slot.start,
        slot.service,
    ):
        renewed = update(slot_units).where(u.owner == kept.id).values(expires=until)
        if connection.execute(renewed).rowcount == len(units(slot)):
            connection.execute(update(holds).where(h.id == kept.id).values(expires=until))
            return Hold(kept.id, slot, until)
    withdraw(connection, conversation)
    # Only what ran out is cleared; whoever inserts first after that has the time.
    connection.execute(delete(slot_units).where(_of(slot.practitioner, slot.start, slot.until), u.expires <= at))
    id = new_id()
    connection.execute(
        slot_units.insert().values(
            [
                {
                    "practitioner": slot.practitioner,
                    "unit": unit,
                    "owner": id,
                    "conversation": conversation,
                    "expires": until,
                }
                for unit in units(slot)
            ]
        )
    )
    connection.execute(holds.insert().values(id=id, conversation=conversation, expires=until, **_columns(slot)))
    return Hold(id, slot, until)


def _take(connection: Connection, hold: str, conversation: str | None) -> Slot:
    """Make the units of a hold lasting. A hold that ran out still counts while nobody else took the time."""
    row = connection.execute(delete(holds).where(h.id == hold).returning(holds)).one_or_none()
    if row is None or conversation not in (None, row.conversation):
        raise HoldGoneError
    slot = Slot(row.starts, row.ends, row.until, row.practitioner, row.service)
    lasting = update(slot_units).where(u.owner == hold).values(expires=None)
    if connection.execute(lasting).rowcount != len(units(slot)):
        raise HoldGoneError
    return slot


def _live(connection: Connection, booking: str) -> Row[Any]:
    row = connection.execute(select(bookings).where(b.id == booking).with_for_update()).one_or_none()
    if row is None or row.state == "cancelled":
        raise NotFoundError
    return row


def _columns(slot: Slot) -> dict[str, Any]:
    return {
        "service": slot.service,
        "practitioner": slot.practitioner,
        "starts": slot.start,
        "ends": slot.end,
        "until": slot.until,
    }


def _of(practitioner: str, start: datetime, end: datetime) -> Any:
    return (u.practitioner == practitioner) & (u.unit >= _unit(start)) & (u.unit < _unit(end))


def _unit(moment: datetime) -> int:
    return int(moment.timestamp() // UNIT.total_seconds())


def _moment(unit: int) -> datetime:
    return datetime.fromtimestamp(unit * UNIT.total_seconds(), timezone.utc)
