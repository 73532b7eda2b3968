"""Holds, appointments, contacts and the waiting list: `bot.booking.repository.Bookings` on our tables.

Nobody is booked twice because of the primary key of `slot_units`: (practitioner, 5-minute unit). To take a time is to
insert its units; the insert that comes second fails. A hold is units with `expires`, an appointment or a blocked time
is units without.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.booking.availability import UNIT, Busy, Slot, units
from bot.booking.repository import (
    HOURS_BEFORE,
    Booking,
    Contact,
    Hold,
    HoldGoneError,
    NotFoundError,
    SlotTakenError,
    Wish,
)
from bot.storage import jobs
from bot.storage.conversations import conversations
from bot.storage.database import Database, StorageError
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

# 8 of 28 letters and digits that cannot be mistaken for each other; quoted together with the contact.
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
DEADLOCKS = 3

slot_units = Table(
    "slot_units",
    metadata,
    Column("practitioner", String(40), primary_key=True),
    Column("unit", BigInteger, primary_key=True, autoincrement=False),  # 5 minutes, counted from 1970
    Column("owner", Id, nullable=False, index=True),  # a hold's id, which its booking keeps, or a block's
    Column("conversation", Id, index=True),
    Column("expires", Instant),  # null: an appointment or a blocked time
    info={"erase": "delete"},
)
holds = Table(
    "holds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, unique=True),  # one at a time
    Column("service", String(40), nullable=False),
    Column("practitioner", String(40), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    info={"erase": "delete"},
)
bookings = Table(
    "bookings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("contact", Id, nullable=False),
    Column("hold", Id, nullable=False, unique=True),  # owner of its units: the hold it was last made of
    Column("code", String(12), nullable=False, unique=True),
    Column("calendar", Id, nullable=False, unique=True),
    Column("state", String(10), nullable=False),  # pending | confirmed | cancelled
    Column("service", String(40), nullable=False),
    Column("practitioner", String(40), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("reminders", Boolean, nullable=False, default=False),  # the separate opt-in (CN-6)
    Column("made", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    sealed("claims"),  # of the verdict: a hash of the answers, never an answer
    Index(None, "conversation"),
    Index(None, "starts"),
    info={"erase": "delete"},
)
# Who comes, apart from what they answered; only `bookings.contact` and `waiting.contact` lead here.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("channel", String(20), nullable=False),  # email | phone
    Column("lookup", String(64), nullable=False, index=True, info={"digest_of": "address"}),
    Column("created", Instant, nullable=False),
    sealed("name"),
    sealed("address"),
    info={"erase": "delete"},
)
waiting = Table(
    "waiting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("contact", Id, nullable=False),
    Column("service", String(40), nullable=False),
    Column("part", String(10), nullable=False),
    Column("first", String(10)),  # ISO days
    Column("last", String(10)),
    Column("asked", Instant, nullable=False),
    Column("told", Instant),
    UniqueConstraint("conversation", "service"),
    Index(None, "service", "told"),
    info={"erase": "delete"},
)
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
            made = connection.execute(
                select(bookings).where(b.hold == hold, b.conversation == conversation)
            ).one_or_none()
            if made is not None:
                return self._booking(made)
            slot = _take(connection, hold, conversation)
            id = new_id()
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

    def move(self, booking: str, hold: str, *, at: datetime) -> Booking:
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
            self._free(connection, row, at)
            if row.reminders:
                self._remind(connection, _live(connection, booking), at)
            return self._announce(connection, booking, "moved", at)

    def cancel(self, booking: str, *, at: datetime) -> Booking:
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
            self._free(connection, row, at)
            return self._announce(connection, booking, "cancelled", at)

    def coming(self, conversation: str, at: datetime) -> list[Booking]:
        mine = select(bookings).where(b.conversation == conversation, b.state != "cancelled", b.ends > at)
        with self._database.read() as connection:
            return [self._booking(row) for row in connection.execute(mine.order_by(b.starts))]

    def find(self, code: str, address: str, at: datetime) -> Booking:
        keys = self._database.keys
        digests = [digest for channel in ("email", "phone") for digest in keys.digests(address, channel)]
        query = (
            select(bookings)
            .join(contacts, contacts.c.id == b.contact)
            .where(b.code == code, contacts.c.lookup.in_(digests), b.state != "cancelled", b.ends > at)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError
        return self._booking(row)

    # ---- what comes of it later

    def remind(self, booking: str, *, at: datetime) -> None:
        with self._database.write() as connection:
            row = _live(connection, booking)
            connection.execute(update(bookings).where(b.id == booking).values(reminders=True))
            self._remind(connection, row, at)

    def late(self, booking: str, *, at: datetime) -> None:
        with self._database.write() as connection:
            row = _live(connection, booking)
            self._notify(connection, row, "late", at, key=f"{at:%Y%m%d%H}")

    def wait(self, conversation: str, wish: Wish, contact: Contact, *, at: datetime) -> None:
        with self._database.write() as connection:
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

    def remind_to_return(self, conversation: str, contact: Contact, day: date, *, at: datetime) -> None:
        with self._database.write() as connection:
            id = keep_contact(self._database, connection, conversation, contact, at)
            when = datetime.combine(day, time(9), timezone.utc)
            key = f"return:{conversation}"
            jobs.cancel(connection, key)
            jobs.add(
                self._database,
                connection,
                "booking_return",
                {"contact": id},
                when,
                unique_key=key,
                conversation=conversation,
            )

    # ---- helpers

    def _free(self, connection: Connection, row: Row[Any], at: datetime) -> None:
        """A time became free: those who wait for one may be told."""
        if row.starts > at:
            jobs.add(
                self._database,
                connection,
                "booking_freed",
                {"service": row.service, "starts": row.starts.isoformat(), "practitioner": row.practitioner},
                at,
                unique_key=f"freed:{row.id}:{row.sequence}",
            )

    def _remind(self, connection: Connection, row: Row[Any], at: datetime) -> None:
        """Jobs for the reminders still to come. One of an earlier time finds another `sequence` and says nothing."""
        for ahead in HOURS_BEFORE:
            when = row.starts - timedelta(hours=ahead)
            if when > at:
                jobs.add(
                    self._database,
                    connection,
                    "booking_reminder",
                    {"booking": row.id, "sequence": row.sequence},
                    when,
                    unique_key=f"reminder:{row.id}:{row.sequence}:{ahead}",
                    conversation=row.conversation,
                )

    def _announce(self, connection: Connection, booking: str, change: str, at: datetime) -> Booking:
        row = connection.execute(select(bookings).where(b.id == booking)).one()
        self._notify(connection, row, change, at, key=str(row.sequence))
        return self._booking(row)

    def _notify(self, connection: Connection, row: Row[Any], change: str, at: datetime, *, key: str) -> None:
        jobs.add(
            self._database,
            connection,
            "booking_changed",
            {"booking": row.id, "change": change},
            at,
            unique_key=f"changed:{row.id}:{change}:{key}",
            conversation=row.conversation,
        )

    def _booking(self, row: Row[Any]) -> Booking:
        return as_booking(self._database, row)


def withdraw(connection: Connection, conversation: str) -> bool:
    """Give back what the conversation holds, inside the transaction that changes an answer."""
    hold = connection.scalar(delete(holds).where(h.conversation == conversation).returning(h.id))
    if hold is None:
        return False
    connection.execute(delete(slot_units).where(u.owner == hold, u.expires.is_not(None)))
    return True


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


def upcoming(database: Database, connection: Connection, start: datetime, end: datetime) -> list[Booking]:
    """Every appointment that begins between two moments, for the clinic's calendar; cancelled ones are left out."""
    query = select(bookings).where(b.starts >= start, b.starts < end, b.state != "cancelled").order_by(b.starts)
    return [as_booking(database, row) for row in connection.execute(query)]


def settle(connection: Connection, booking: str, at: datetime) -> bool:
    """The clinic has looked: pending becomes confirmed."""
    pending = update(bookings).where(b.id == booking, b.state == "pending")
    return bool(connection.execute(pending.values(state="confirmed", changed=at)).rowcount)


def has_coming(connection: Connection, conversation: str, at: datetime) -> bool:
    """Is an appointment of this conversation still to come? Retention and erasure ask first."""
    query = select(b.id).where(b.conversation == conversation, b.state != "cancelled", b.ends > at)
    return connection.scalar(query.limit(1)) is not None


def take_waiting(connection: Connection, service: str, day: date, part: str, at: datetime, count: int = 3) -> list[str]:
    """Contacts of those who wait longest for such a time, marked as told; each is told once."""
    iso = day.isoformat()
    query = (
        select(w.id, w.contact)
        .where(w.service == service, w.told.is_(None), w.part.in_(("", part)))
        .where(or_(w.first.is_(None), w.first <= iso), or_(w.last.is_(None), w.last >= iso))
        .order_by(w.asked)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(query).all()
    connection.execute(update(waiting).where(w.id.in_([row.id for row in rows])).values(told=at))
    return [row.contact for row in rows]


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
