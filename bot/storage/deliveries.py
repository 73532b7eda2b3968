"""Sending stored messages to a platform: which is next, who is sending it, what became of its parts.

The queue is the messages table (bot/storage/outbox.py): `delivery` is pending, held (a platform takes nothing until the
patient writes), sent, failed (given up: a dead letter for staff) or withdrawn. Taking a message moves its `next_try` to
the end of a lease, so that a sender that dies gives it back. A part that went out is on record and not sent again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, UniqueConstraint, delete, func, select, update

from bot.envelope import Envelope
from bot.storage import conversations, inbox, outbox
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id

delivery_parts = Table(
    "delivery_parts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("message", Id, nullable=False),
    Column("part", Integer, nullable=False),
    Column("platform_id", String(64)),  # hash of the platform's id, which may hold a phone number
    Column("state", String(10), nullable=False),  # sent | delivered | read | failed | away (failed, and staff know)
    Column("fault", String(60)),  # the platform's code, never its text
    Column("at", Instant, nullable=False),
    UniqueConstraint("message", "part"),
    Index(None, "platform_id"),
    info={"erase": "delete"},
)
p = delivery_parts.c
m = outbox.m
rooms = conversations.c
# Platforms report out of order: a state never goes back.
RANK = {"sent": 0, "delivered": 1, "read": 2, "failed": 3, "away": 4}
WHOLE, WARNING, INVITATION = -1, -2, -3  # part numbers of what is no part: a message's failure, what went before it


@dataclass(frozen=True)
class Outgoing:
    """A message that was taken for sending. `attempts` counts this one; `sent` are the parts that went out before."""

    envelope: Envelope
    conversation: str
    channel: str
    person: str | None
    language: str | None
    owner: str | None
    attempts: int
    sent: frozenset[int]


def due(connection: Connection, channels: Iterable[str], at: datetime, limit: int) -> list[str]:
    """Conversations with a message that may be sent now, longest waiting first."""
    query = (
        select(m.conversation)
        .join(conversations.conversations, rooms.id == m.conversation)
        .where(m.delivery == "pending", m.next_try <= at, rooms.channel.in_(list(channels)))
        .group_by(m.conversation)
        .order_by(func.min(m.next_try))
        .limit(limit)
    )
    return list(connection.scalars(query))


def take(
    database: Database,
    connection: Connection,
    conversation: str,
    at: datetime,
    lease: timedelta,
    alert_lease: timedelta | None = None,
) -> Outgoing | None:
    """Lease the next message of the conversation: the oldest, but an alert first. None: nothing to do now.

    Should its sender die, an alert is free again after `alert_lease`.
    """
    room, _ = conversations.lock(connection, conversation)
    if room is None or room.erased_at is not None:
        return None
    query = select(m.id, m.seq, m.next_try, m.attempts).where(m.conversation == conversation, m.delivery == "pending")
    waiting = connection.execute(query.order_by(m.seq)).all()
    if not waiting:
        return None
    opened = {one.id: one for one in outbox.after(database, connection, conversation, waiting[0].seq - 1)}
    alerts = (row for row in waiting if row.id in opened and opened[row.id].reply.kind == "alert")
    row = next(alerts, waiting[0])
    if row.next_try > at:
        return None
    envelope = opened[row.id]
    until = at + (alert_lease if alert_lease and envelope.reply.kind == "alert" else lease)
    connection.execute(update(outbox.messages).where(m.id == row.id).values(next_try=until, attempts=m.attempts + 1))
    sent = connection.scalars(select(p.part).where(p.message == row.id, p.part >= 0))
    return Outgoing(
        envelope, room.id, room.channel, room.person, room.language, room.owner, row.attempts + 1, frozenset(sent)
    )


def part_sent(
    connection: Connection, conversation: str, message: str, part: int, platform_id: str, at: datetime
) -> None:
    """Put on record that a part went out; nothing when the message was erased meanwhile."""
    if connection.scalar(select(m.id).where(m.id == message)) is not None:
        _record(connection, conversation, message, part, "sent", None, platform_id or None, at)


def noted(connection: Connection, conversation: str, part: int, since: datetime | None = None) -> bool:
    """Whether a warning or an invitation went out in this conversation."""
    query = select(p.id).where(p.conversation == conversation, p.part == part)
    if since is not None:
        query = query.where(p.at >= since)
    return connection.scalar(query.limit(1)) is not None


def finish(connection: Connection, message: str, state: str) -> None:
    """Sent, held, withdrawn."""
    connection.execute(update(outbox.messages).where(m.id == message).values(delivery=state, next_try=None))


def put_off(connection: Connection, message: str, next_try: datetime, *, counts: bool = True) -> None:
    """Try again later; `counts` False when nothing was wrong but the pace."""
    values: dict[str, Any] = {"next_try": next_try}
    if not counts:
        values["attempts"] = m.attempts - 1
    connection.execute(update(outbox.messages).where(m.id == message, m.delivery == "pending").values(values))


def give_up(connection: Connection, conversation: str, message: str, fault: str, at: datetime) -> None:
    """Make it a dead letter."""
    changed = update(outbox.messages).where(m.id == message).values(delivery="failed", next_try=None)
    if connection.execute(changed).rowcount:
        _record(connection, conversation, message, WHOLE, "failed", fault[:60], None, at)


def hold_back(connection: Connection, conversation: str, until: datetime) -> None:
    """Send nothing of what waits before that moment."""
    waiting = (m.conversation == conversation, m.delivery == "pending", m.next_try < until)
    connection.execute(update(outbox.messages).where(*waiting).values(next_try=until))


def withdraw(connection: Connection, conversation: str) -> None:
    """Send nothing of what still waits; open streams show it instead."""
    waiting = m.delivery.in_(("pending", "held"))
    statement = update(outbox.messages).where(m.conversation == conversation, waiting)
    connection.execute(statement.values(delivery="withdrawn", next_try=None))


def withdraw_from(connection: Connection, person: str, channel: str) -> None:
    """Send nothing of what still waits for a person on a channel."""
    theirs = select(rooms.id).where(rooms.person == person, rooms.channel == channel)
    waiting = (m.delivery.in_(("pending", "held")), m.conversation.in_(theirs))
    connection.execute(update(outbox.messages).where(*waiting).values(delivery="withdrawn", next_try=None))


def release(connection: Connection, person: str, channel: str, at: datetime) -> int:
    """The patient wrote: what was held for them may go. How many messages."""
    theirs = select(rooms.id).where(rooms.person == person, rooms.channel == channel)
    statement = update(outbox.messages).where(m.delivery == "held", m.conversation.in_(theirs))
    return connection.execute(statement.values(delivery="pending", next_try=at)).rowcount


def last_heard(connection: Connection, person: str, channel: str) -> datetime | None:
    """When the person last wrote on this channel."""
    theirs = select(rooms.id).where(rooms.person == person, rooms.channel == channel)
    latest: datetime | None = connection.scalar(
        select(func.max(inbox.i.received_at)).where(inbox.i.conversation.in_(theirs))
    )
    return latest


def report(connection: Connection, platform_id: str, state: str, fault: str | None, at: datetime) -> str | None:
    """Note what a platform says of a part; the conversation if the message has now failed."""
    row = connection.execute(select(delivery_parts).where(p.platform_id == platform_id)).first()
    if row is None or RANK[state] <= RANK[row.state]:
        return None
    connection.execute(
        update(delivery_parts).where(p.id == row.id).values(state=state, fault=(fault or "")[:60] or None, at=at)
    )
    if state != "failed":
        return None
    connection.execute(update(outbox.messages).where(m.id == row.message).values(delivery="failed", next_try=None))
    return str(row.conversation)


@dataclass(frozen=True)
class DeadLetter:
    """A message that did not reach its patient."""

    conversation: str
    message: str
    channel: str
    fault: str
    at: datetime


def dead_letters(connection: Connection, limit: int = 100) -> list[DeadLetter]:
    """For staff: what was given up, newest first, each message once."""
    query = (
        select(p.conversation, p.message, rooms.channel, func.max(p.fault), func.max(p.at).label("at"))
        .join(conversations.conversations, rooms.id == p.conversation)
        .where(p.state == "failed")
        .group_by(p.conversation, p.message, rooms.channel)
        .order_by(func.max(p.at).desc())
        .limit(limit)
    )
    return [DeadLetter(row[0], row[1], row[2], row[3] or "unknown", row[4]) for row in connection.execute(query)]


def send_again(connection: Connection, message: str, at: datetime) -> str | None:
    """Let a dead letter be tried again, its parts that arrived left out; its conversation, None if it is none."""
    conversation = _dead(connection, message)
    if conversation is not None:
        connection.execute(delete(delivery_parts).where(p.message == message, p.state == "failed"))
        values = {"delivery": "pending", "next_try": at, "attempts": 0}
        connection.execute(update(outbox.messages).where(m.id == message).values(values))
    return conversation


def put_away(connection: Connection, message: str) -> str | None:
    """Show a dead letter no more; its conversation, None if it is none."""
    conversation = _dead(connection, message)
    if conversation is not None:
        connection.execute(update(delivery_parts).where(p.message == message, p.state == "failed").values(state="away"))
    return conversation


def _dead(connection: Connection, message: str) -> str | None:
    found = connection.scalar(select(p.conversation).where(p.message == message, p.state == "failed").limit(1))
    return None if found is None else str(found)


def _record(
    connection: Connection,
    conversation: str,
    message: str,
    part: int,
    state: str,
    fault: str | None,
    platform_id: str | None,
    at: datetime,
) -> None:
    if connection.scalar(select(p.id).where(p.message == message, p.part == part)) is not None:
        return  # two senders, because a lease ran out: both sent it, one record is enough
    connection.execute(
        delivery_parts.insert().values(
            id=new_id(),
            conversation=conversation,
            message=message,
            part=part,
            platform_id=platform_id,
            state=state,
            fault=fault,
            at=at,
        )
    )
