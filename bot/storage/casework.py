"""What staff add to a conversation: private notes, decisions on health answers, who did not come, labels."""

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
labels = Table(
    "labels",
    metadata,
    Column("inbox", Id, primary_key=True),  # the message that was misunderstood
    Column("conversation", Id, nullable=False, index=True),
    Column("label", String(40), nullable=False),  # a topic
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    info={"erase": "delete"},
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


def label(connection: Connection, inbox: str, conversation: str, topic: str, staff: str, at: datetime) -> None:
    """Say what a message was really about; a later label counts."""
    values = {"conversation": conversation, "label": topic, "at": at, "by": staff}
    if not connection.execute(update(labels).where(labels.c.inbox == inbox).values(values)).rowcount:
        connection.execute(labels.insert().values(inbox=inbox, **values))


def labels_of(connection: Connection) -> dict[str, str]:
    """Topic by message."""
    return {row.inbox: row.label for row in connection.execute(select(labels.c.inbox, labels.c.label))}


def _assessment(database: Database, row: Any) -> StoredAssessment:
    values = dict(row._mapping)
    content = database.unseal(assessments.c.content, values["id"], values["content"])
    return StoredAssessment(**{**values, "content": content})
