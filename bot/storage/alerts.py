"""Danger that staff must hear of: raised, delivered, acknowledged, escalated, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, UniqueConstraint, select, update

from bot.envelope import Reply
from bot.safety.cards import graver
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("person", Id),
    Column("inbox", Id),
    Column("flag", String(20), nullable=False),
    Column("tier", String(20), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("undelivered_at", Instant),  # when the patient was told that staff could not be reached
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(64)),
    Column("escalated_at", Instant),
    Column("settled_at", Instant),  # the patient said that it is over: not repeated, still shown to staff
    Column("closed_at", Instant),
    Column("closed_by", String(64)),
    sealed("content"),  # the card, and the words that led to it
    UniqueConstraint("inbox", "flag"),
    Index(None, "conversation"),
    Index(None, "person"),
    Index(None, "closed_at", "raised_at"),
    info={"erase": "wipe"},
)
a = alerts.c


@dataclass(frozen=True)
class Alert:
    """An alert without its words."""

    id: str
    conversation: str
    flag: str
    tier: str
    raised_at: datetime
    delivered_at: datetime | None
    undelivered_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    escalated_at: datetime | None
    closed_at: datetime | None


_COLUMNS = [a[name] for name in Alert.__dataclass_fields__]


def raise_alert(
    database: Database,
    connection: Connection,
    conversation: str,
    *,
    flag: str,
    tier: str,
    at: datetime,
    card: Reply,
    words: str = "",
    inbox: str | None = None,
) -> str | None:
    """Keep an alert, let it stick to the conversation unless a graver one does, and return its id.

    None when staff already have one of this flag from this conversation that nobody acknowledged, or when the
    conversation is a test: the card is shown, nobody is called twice.
    """
    room = conversations.find(connection, conversation)
    conversations.set_alarm(connection, conversation, graver(room.alarm if room else None, flag))
    waiting = select(a.id).where(
        a.conversation == conversation, a.flag == flag, a.acknowledged_at.is_(None), a.closed_at.is_(None)
    )
    if (room is not None and room.test) or connection.scalar(waiting.limit(1)) is not None:
        return None
    id = new_id()
    connection.execute(
        alerts.insert().values(
            id=id,
            conversation=conversation,
            person=room.person if room else None,
            inbox=inbox,
            flag=flag,
            tier=tier,
            raised_at=at,
            content=database.seal(a.content, id, {"card": card.as_dict(), "words": words}),
        )
    )
    return id


def find(connection: Connection, id: str) -> Alert | None:
    """One alert."""
    row = connection.execute(select(*_COLUMNS).where(a.id == id)).one_or_none()
    return Alert(**row._mapping) if row else None


def open_alerts(connection: Connection) -> list[Alert]:
    """Everything not closed, oldest first."""
    return [
        Alert(**row._mapping)
        for row in connection.execute(select(*_COLUMNS).where(a.closed_at.is_(None)).order_by(a.raised_at))
    ]


def sticking_flag(connection: Connection, person: str | None) -> str | None:
    """The flag of the person's newest alert that neither staff nor the patient closed."""
    if person is None:
        return None
    mine = select(a.flag).where(a.person == person, a.closed_at.is_(None), a.settled_at.is_(None))
    return connection.scalar(mine.order_by(a.raised_at.desc()).limit(1))


def settle(connection: Connection, conversation: str, at: datetime) -> None:
    """The patient says that it is over: no longer repeated, for any alert of the same person."""
    room = conversations.find(connection, conversation)
    mine = a.conversation == conversation
    if room is not None and room.person is not None:
        mine = a.person == room.person
    connection.execute(update(alerts).where(mine, a.settled_at.is_(None)).values(settled_at=at))
    conversations.set_alarm(connection, conversation, None)


def delivered(connection: Connection, id: str, at: datetime) -> None:
    """An outlet took it."""
    connection.execute(update(alerts).where(a.id == id, a.delivered_at.is_(None)).values(delivered_at=at))


def undelivered(connection: Connection, id: str, at: datetime) -> bool:
    """No outlet took it; True the first time, when the patient must be told."""
    statement = update(alerts).where(a.id == id, a.undelivered_at.is_(None), a.acknowledged_at.is_(None))
    return bool(connection.execute(statement.values(undelivered_at=at)).rowcount)


def acknowledge(connection: Connection, id: str, staff: str, at: datetime) -> bool:
    """A staff member has seen it; False when another one was first."""
    statement = update(alerts).where(a.id == id, a.acknowledged_at.is_(None))
    return bool(connection.execute(statement.values(acknowledged_at=at, acknowledged_by=staff)).rowcount)


def escalate(connection: Connection, id: str, at: datetime) -> bool:
    """Note that it goes out again because nobody acknowledged it; False when someone did."""
    statement = update(alerts).where(a.id == id, a.acknowledged_at.is_(None), a.closed_at.is_(None))
    return bool(connection.execute(statement.values(escalated_at=at)).rowcount)


def close(connection: Connection, id: str, staff: str, at: datetime) -> bool:
    """Staff have dealt with it; it no longer sticks to the person."""
    statement = update(alerts).where(a.id == id, a.closed_at.is_(None)).values(closed_at=at, closed_by=staff)
    conversation = connection.scalar(statement.returning(a.conversation))
    if conversation is None:
        return False
    others = select(a.id).where(a.conversation == conversation, a.closed_at.is_(None), a.settled_at.is_(None))
    if connection.scalar(others.limit(1)) is None:
        conversations.set_alarm(connection, conversation, None)
    return True


def export(database: Database, connection: Connection, conversation: str) -> list[dict[str, Any]]:
    """The alerts of a conversation with their words, for the person they are about."""
    rows = connection.execute(select(alerts).where(a.conversation == conversation).order_by(a.raised_at))
    return [
        {
            "flag": row.flag,
            "tier": row.tier,
            "raised_at": row.raised_at,
            "content": database.unseal(a.content, row.id, row.content) if row.content else None,
        }
        for row in rows
    ]
