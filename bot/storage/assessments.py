"""Finished questionnaires: the answers, what they led to, and the clinician's task for each.

Answers lie apart from identity: a row names the conversation only, contacts live with bookings. Unfinished answers are
in the tracker alone. Minors, refusals and people answering for others leave no row here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, UniqueConstraint, delete, select, update

from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

assessments = Table(
    "assessments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("inbox", String(64), nullable=False),  # the message that finished it: the same message stores it once
    Column("finished_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("questionnaire", String(20), nullable=False),
    Column("rules", String(80), nullable=False),
    Column("answers_hash", String(64), nullable=False),
    Column("superseded_at", Instant),  # a corrected answer made a newer assessment, or reopened this one
    Column("decided_at", Instant),
    Column("decided_by", String(64)),
    sealed("content"),  # what the dialogue's `finished` says, and its newest `rechecked` under that name
    UniqueConstraint("conversation", "inbox"),
    Index(None, "conversation"),
    Index(None, "finished_at"),
    info={"erase": "delete"},
)
a = assessments.c


@dataclass(frozen=True)
class StoredAssessment:
    """A finished questionnaire as kept. `content` is the payload of the dialogue's `finished` event."""

    id: str
    conversation: str
    finished_at: datetime
    expires_at: datetime
    questionnaire: str
    rules: str
    answers_hash: str
    superseded_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    content: dict[str, Any]


_COLUMNS = [a[name] for name in StoredAssessment.__dataclass_fields__]


def keep(
    database: Database, connection: Connection, conversation: str, inbox: str, finished: dict[str, Any], at: datetime
) -> str:
    """Store a finished questionnaire, once per message; earlier ones of the conversation are superseded."""
    known = connection.scalar(select(a.id).where(a.conversation == conversation, a.inbox == inbox))
    if known is not None:
        return str(known)
    supersede(connection, conversation, at)
    identifier, claims = new_id(), finished["claims"]
    connection.execute(
        assessments.insert().values(
            id=identifier,
            conversation=conversation,
            inbox=inbox,
            finished_at=at,
            expires_at=datetime.fromisoformat(claims["expires"]),
            questionnaire=str(claims["questionnaire"]),
            rules=str(claims["rules"]),
            answers_hash=claims["answers"],
            content=database.seal(a.content, identifier, finished),
        )
    )
    return identifier


def rechecked(database: Database, connection: Connection, conversation: str, told: dict[str, Any]) -> None:
    """Note on the assessment that holds how the re-check before the appointment ended."""
    query = select(a.id, a.content).where(a.conversation == conversation, a.superseded_at.is_(None))
    for row in connection.execute(query.with_for_update()).all():
        content = database.unseal(a.content, row.id, row.content) | {"rechecked": told}
        connection.execute(
            update(assessments).where(a.id == row.id).values(content=database.seal(a.content, row.id, content))
        )


def supersede(connection: Connection, conversation: str, at: datetime) -> None:
    """The conversation's assessments no longer hold: an answer is being changed."""
    connection.execute(
        update(assessments).where(a.conversation == conversation, a.superseded_at.is_(None)).values(superseded_at=at)
    )


def discard(connection: Connection, conversation: str) -> None:
    """Consent was withdrawn, or nothing may be kept: every answer goes."""
    connection.execute(delete(assessments).where(a.conversation == conversation))


def live(database: Database, connection: Connection, conversation: str, at: datetime) -> StoredAssessment | None:
    """The assessment that holds now, if there is one."""
    query = (
        select(*_COLUMNS)
        .where(a.conversation == conversation, a.superseded_at.is_(None), a.expires_at > at)
        .order_by(a.finished_at.desc())
    )
    row = connection.execute(query).first()
    return None if row is None else _opened(database, row)


def waiting(database: Database, connection: Connection, limit: int = 100) -> list[StoredAssessment]:
    """Clinicians' work list: current assessments that nobody has decided on, oldest first."""
    query = (
        select(*_COLUMNS).where(a.decided_at.is_(None), a.superseded_at.is_(None)).order_by(a.finished_at).limit(limit)
    )
    return [_opened(database, row) for row in connection.execute(query)]


def history(database: Database, connection: Connection, conversation: str) -> list[StoredAssessment]:
    """Everything kept of a conversation, oldest first: for export."""
    query = select(*_COLUMNS).where(a.conversation == conversation).order_by(a.finished_at)
    return [_opened(database, row) for row in connection.execute(query)]


def every(database: Database, connection: Connection) -> Iterator[StoredAssessment]:
    """Everything kept, oldest first: for `mesobot replay`."""
    for row in connection.execute(select(*_COLUMNS).order_by(a.finished_at, a.id)):
        yield _opened(database, row)


def _opened(database: Database, row: Any) -> StoredAssessment:
    values = dict(row._mapping)
    return StoredAssessment(**{**values, "content": database.unseal(a.content, values["id"], values["content"])})
