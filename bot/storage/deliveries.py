"""Sending stored messages to a platform: which is next, who is sending it, what became of its parts.

The queue is the messages table (bot/storage/outbox.py): `delivery` is pending, held (a platform takes nothing until the
patient writes), sent, failed (given up: a dead letter for staff) or withdrawn. Taking a message moves its `next_try` to
the end of a lease, so that a sender that dies gives it back. A part is on record before the platform is called
(`sending`): whoever finds that later knows that nobody knows, and asks the platform before sending again. A part that
went out is not sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    Column("state", String(10), nullable=False),  # see RANK
    Column("fault", String(60)),  # the platform's code, never its text
    Column("at", Instant, nullable=False),
    UniqueConstraint("message", "part"),
    Index(None, "platform_id"),
    info={"erase": "delete"},
)
p = delivery_parts.c
m = outbox.m
rooms = conversations.c
# Platforms report out of order: a state never goes back. sending: the platform was called, and the answer is not on
# record; away: failed, and staff know.
RANK = {"sending": -1, "sent": 0, "delivered": 1, "read": 2, "failed": 3, "away": 4}
WHOLE, WARNING, INVITATION = -1, -2, -3  # part numbers of what is no part: a message's failure, what went before it


@dataclass(frozen=True)
class Begun:
    """A part that the platform was, or is about to be, called with. `tag` stands for it in the platform's reports."""

    tag: str
    since: datetime


@dataclass(frozen=True)
class Outgoing:
    """A message that was taken for sending. `attempts` counts this one; `sent` are the parts that went out before.

    `unclear` are the parts of which nobody knows whether the platform took them.
    """

    envelope: Envelope
    conversation: str
    channel: str
    person: str | None
    language: str | None
    owner: str | None
    attempts: int
    sent: frozenset[int]
    unclear: Mapping[int, Begun]


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
    parts = connection.execute(select(p.part, p.id, p.state, p.at).where(p.message == row.id)).all()
    return Outgoing(
        envelope,
        room.id,
        room.channel,
        room.person,
        room.language,
        room.owner,
        row.attempts + 1,
        frozenset(one.part for one in parts if one.part >= 0 and one.state != "sending"),
        {one.part: Begun(one.id, one.at) for one in parts if one.state == "sending"},
    )


def begin_part(connection: Connection, outgoing: Outgoing, part: int, at: datetime, lease: timedelta) -> Begun | None:
    """Put on record that a part is about to go out, and renew the lease.

    None: it is not for this sender to send. The message was erased, withdrawn or taken by another, or the platform has
    reported the part meanwhile.
    """
    message = outgoing.envelope.id
    mine = (m.id == message, m.delivery == "pending", m.attempts == outgoing.attempts)
    if not connection.execute(update(outbox.messages).where(*mine).values(next_try=at + lease)).rowcount:
        return None
    row = connection.execute(select(p.id, p.state).where(p.message == message, p.part == part)).first()
    if row is None:
        return Begun(_record(connection, outgoing.conversation, message, part, "sending", None, None, at), at)
    if row.state != "sending":
        return None
    connection.execute(update(delivery_parts).where(p.id == row.id).values(at=at))
    return Begun(row.id, at)


def part_sent(
    connection: Connection,
    conversation: str,
    message: str,
    part: int,
    platform_id: str,
    at: datetime,
    *,
    last: bool = False,
) -> None:
    """Put on record that a part went out, with `last` the whole message; nothing when it was erased meanwhile."""
    if connection.scalar(select(m.id).where(m.id == message)) is None:
        return
    row = connection.execute(select(p.id, p.state).where(p.message == message, p.part == part)).first()
    if row is None:
        _record(connection, conversation, message, part, "sent", None, platform_id or None, at)
    elif row.state == "sending":
        connection.execute(
            update(delivery_parts).where(p.id == row.id).values(state="sent", platform_id=platform_id or None, at=at)
        )
    if last:
        finish(connection, message, "sent")


def part_refused(connection: Connection, message: str, part: int) -> None:
    """The platform did not take the part: nothing is unclear about it."""
    connection.execute(delete(delivery_parts).where(p.message == message, p.part == part, p.state == "sending"))


def unknown(connection: Connection, platform_ids: Collection[str]) -> list[str]:
    """Those of a platform's messages that no part is on record for, in the order given."""
    known = set(connection.scalars(select(p.platform_id).where(p.platform_id.in_(platform_ids))))
    return [one for one in platform_ids if one not in known]


def noted(connection: Connection, conversation: str, part: int, since: datetime | None = None) -> bool:
    """Whether a warning or an invitation went out in this conversation."""
    query = select(p.id).where(p.conversation == conversation, p.part == part, p.state != "sending")
    if since is not None:
        query = query.where(p.at >= since)
    return connection.scalar(query.limit(1)) is not None


def finish(connection: Connection, message: str, state: str) -> None:
    """Sent, held, withdrawn."""
    connection.execute(update(outbox.messages).where(m.id == message).values(delivery=state, next_try=None))


def put_off(connection: Connection, outgoing: Outgoing, next_try: datetime, *, counts: bool = True) -> None:
    """Try again later; `counts` False when nothing was wrong but the pace. Nothing if another took it meanwhile.

    At once if the platform has told meanwhile of a part that was unclear.
    """
    tags = [begun.tag for begun in outgoing.unclear.values()]
    told = tags and connection.scalar(select(func.max(p.at)).where(p.id.in_(tags), p.state != "sending"))
    values: dict[str, Any] = {"next_try": told or next_try}
    if not counts:
        values["attempts"] = m.attempts - 1
    mine = (m.id == outgoing.envelope.id, m.delivery == "pending", m.attempts == outgoing.attempts)
    connection.execute(update(outbox.messages).where(*mine).values(values))


def give_up(connection: Connection, conversation: str, message: str, fault: str, at: datetime) -> None:
    """Make it a dead letter."""
    changed = update(outbox.messages).where(m.id == message).values(delivery="failed", next_try=None)
    known = select(p.id).where(p.message == message, p.part == WHOLE)
    if connection.execute(changed).rowcount and connection.scalar(known) is None:
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


def report(
    connection: Connection, platform_id: str, state: str, fault: str | None, at: datetime, tag: str = ""
) -> str | None:
    """Note what a platform says of a part; the conversation if the message has now failed.

    A part that is still `sending` is known by the tag that it was sent with; the rest of its message need not wait for
    the end of the lease then, should its sender have died. If it lives, `begin_part` tells it that another took over.
    """
    row = connection.execute(select(delivery_parts).where(p.platform_id == platform_id)).first()
    if row is None and tag:
        row = connection.execute(select(delivery_parts).where(p.id == tag, p.platform_id.is_(None))).first()
    if row is None or RANK[state] <= RANK[row.state]:
        return None
    values = {"state": state, "fault": (fault or "")[:60] or None, "platform_id": platform_id, "at": at}
    connection.execute(update(delivery_parts).where(p.id == row.id).values(values))
    if state != "failed":
        if row.state == "sending":
            waiting = (m.id == row.message, m.delivery == "pending")
            connection.execute(update(outbox.messages).where(*waiting).values(next_try=at))
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
) -> str:
    """The id of the new row."""
    id = new_id()
    connection.execute(
        delivery_parts.insert().values(
            id=id,
            conversation=conversation,
            message=message,
            part=part,
            platform_id=platform_id,
            state=state,
            fault=fault,
            at=at,
        )
    )
    return id
