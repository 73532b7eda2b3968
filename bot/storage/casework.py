"""What staff add: private notes, decisions on health answers, who did not come, blocked times, calendar feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, String, Table, select, update

from bot.storage.assessments import StoredAssessment, assessments
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

notes = Table(
    "notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    sealed("content"),
    info={"erase": "delete"},
)
decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("assessment", Id, nullable=False, unique=True),  # one decision each: the second clinician sees the first's
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    Column("decision", String(20), nullable=False),  # consultation | call | decline
    sealed("content"),
    info={"erase": "delete"},
)
attendance = Table(
    "attendance",
    metadata,
    Column("booking", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("state", String(10), nullable=False),  # no_show
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    info={"erase": "delete"},
)
blocks = Table(  # what staff called a blocked time; its units are in slot_units (bot/storage/bookings.py)
    "blocks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("practitioner", String(40), nullable=False),
    Column("starts", Instant, nullable=False, index=True),
    Column("ends", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
)
calendar_feeds = Table(  # one secret address each; kept is the hash of its token
    "calendar_feeds",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("staff", Id, nullable=False, unique=True),
    Column("practitioner", String(40), nullable=False),  # empty: everybody's appointments
    Column("made", Instant, nullable=False),
)


@dataclass(frozen=True)
class Note:
    """A private note."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class Decision:
    """What a clinician decided."""

    decision: str
    at: datetime
    by: str
    note: str


def write_note(
    database: Database, connection: Connection, conversation: str, staff: str, text: str, at: datetime
) -> None:
    """Patients never see it in the chat; it is part of an export and goes with an erasure."""
    id = new_id()
    connection.execute(
        notes.insert().values(
            id=id, conversation=conversation, at=at, by=staff, content=database.seal(notes.c.content, id, text)
        )
    )


def notes_of(database: Database, connection: Connection, conversation: str) -> list[Note]:
    """Oldest first."""
    rows = connection.execute(select(notes).where(notes.c.conversation == conversation).order_by(notes.c.at))
    return [Note(row.at, row.by, database.unseal(notes.c.content, row.id, row.content)) for row in rows]


def assessment(database: Database, connection: Connection, id: str) -> StoredAssessment | None:
    """One finished questionnaire."""
    columns = [assessments.c[name] for name in StoredAssessment.__dataclass_fields__]
    row = connection.execute(select(*columns).where(assessments.c.id == id)).one_or_none()
    return _assessment(database, row) if row else None


def newest_assessments(
    database: Database, connection: Connection, *, open_only: bool, limit: int = 100
) -> list[StoredAssessment]:
    """The work list (oldest first), or everything that is current (newest first)."""
    columns = [assessments.c[name] for name in StoredAssessment.__dataclass_fields__]
    query = select(*columns).where(assessments.c.superseded_at.is_(None)).limit(limit)
    if open_only:
        query = query.where(assessments.c.decided_at.is_(None)).order_by(assessments.c.finished_at)
    else:
        query = query.order_by(assessments.c.finished_at.desc())
    return [_assessment(database, row) for row in connection.execute(query)]


def decide(
    database: Database,
    connection: Connection,
    stored: StoredAssessment,
    staff: str,
    decision: str,
    note: str,
    at: datetime,
) -> bool:
    """Keep a decision; False when somebody decided first, or an answer was changed meanwhile."""
    a = assessments.c
    undecided = update(assessments).where(a.id == stored.id, a.decided_at.is_(None), a.superseded_at.is_(None))
    if not connection.execute(undecided.values(decided_at=at, decided_by=staff)).rowcount:
        return False
    id = new_id()
    connection.execute(
        decisions.insert().values(
            id=id,
            conversation=stored.conversation,
            assessment=stored.id,
            at=at,
            by=staff,
            decision=decision,
            content=database.seal(decisions.c.content, id, note),
        )
    )
    return True


def decision_on(database: Database, connection: Connection, assessment_id: str) -> Decision | None:
    """What was decided."""
    row = connection.execute(select(decisions).where(decisions.c.assessment == assessment_id)).one_or_none()
    if row is None:
        return None
    return Decision(row.decision, row.at, row.by, database.unseal(decisions.c.content, row.id, row.content))


def no_show(connection: Connection, booking: str, conversation: str, staff: str, at: datetime) -> None:
    """Nobody came; noted once."""
    if connection.scalar(select(attendance.c.booking).where(attendance.c.booking == booking)) is None:
        connection.execute(
            attendance.insert().values(booking=booking, conversation=conversation, state="no_show", at=at, by=staff)
        )


def no_shows(connection: Connection, bookings: list[str]) -> set[str]:
    """Those of these bookings to which nobody came."""
    return set(connection.scalars(select(attendance.c.booking).where(attendance.c.booking.in_(bookings))))


@dataclass(frozen=True)
class Block:
    """A time that nobody can book."""

    id: str
    practitioner: str
    starts: datetime
    ends: datetime
    by: str


def note_block(
    connection: Connection, id: str, practitioner: str, starts: datetime, ends: datetime, staff: str, at: datetime
) -> None:
    """Remember what `StoredBookings.block` took, so that it can be shown and undone."""
    connection.execute(
        blocks.insert().values(id=id, practitioner=practitioner, starts=starts, ends=ends, at=at, by=staff)
    )


def blocks_between(connection: Connection, start: datetime, end: datetime) -> list[Block]:
    """Blocked times that touch a span, by beginning."""
    b = blocks.c
    query = select(b.id, b.practitioner, b.starts, b.ends, b.by).where(b.starts < end, b.ends > start)
    return [Block(**row._mapping) for row in connection.execute(query.order_by(b.starts))]


def forget_block(connection: Connection, id: str) -> bool:
    """False when it was undone already."""
    return bool(connection.execute(blocks.delete().where(blocks.c.id == id)).rowcount)


@dataclass(frozen=True)
class Feed:
    """Whose calendar a secret address shows."""

    staff: str
    practitioner: str
    made: datetime


def new_feed(connection: Connection, token: str, staff: str, practitioner: str, at: datetime) -> None:
    """Give somebody an address; the one before is void. `token` is the hash of what the address carries."""
    drop_feed(connection, staff)
    connection.execute(calendar_feeds.insert().values(token=token, staff=staff, practitioner=practitioner, made=at))


def drop_feed(connection: Connection, staff: str) -> None:
    """End somebody's address."""
    connection.execute(calendar_feeds.delete().where(calendar_feeds.c.staff == staff))


def feed(connection: Connection, *, token: str | None = None, staff: str | None = None) -> Feed | None:
    """By the hash of its token, or by whose it is."""
    f = calendar_feeds.c
    mine = f.token == token if token is not None else f.staff == staff
    row = connection.execute(select(f.staff, f.practitioner, f.made).where(mine)).one_or_none()
    return Feed(**row._mapping) if row else None


def _assessment(database: Database, row: Any) -> StoredAssessment:
    values = dict(row._mapping)
    content = database.unseal(assessments.c.content, values["id"], values["content"])
    return StoredAssessment(**{**values, "content": content})
