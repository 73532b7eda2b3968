"""Conversations: who they belong to, who speaks in them, and whose turn is being computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Id, Instant, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("created", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("language", String(12)),
    Column("person", Id),
    Column("owner", String(64)),  # the staff member who speaks; null: the bot does
    Column("owned_since", Instant),
    Column("alarm", String(20)),  # the flag that sticks until someone closes it
    Column("test", Boolean, nullable=False, default=False),
    Column("retention", String(20), nullable=False, default="chat"),  # a class of bot.storage.retention
    Column("erased_at", Instant),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("claimed_by", Id),  # whoever computes a turn of it, until `claimed_until`
    Column("claimed_until", Instant),
    Column("outage_told", Instant),  # when the patient was told that answers are late; null once one arrived
    Index(None, "last_seen"),
    Index(None, "person"),
)
c = conversations.c


class ErasedError(Exception):
    """The conversation was erased: nothing of it may be written again."""


@dataclass(frozen=True)
class Conversation:
    """A row, without the columns that only this module needs."""

    id: str
    channel: str
    created: datetime
    last_seen: datetime
    language: str | None
    person: str | None
    owner: str | None
    alarm: str | None
    test: bool
    erased_at: datetime | None
    last_seq: int
    outage_told: datetime | None


_COLUMNS = [c[name] for name in Conversation.__dataclass_fields__]
_ERASED = (
    select(c.erased_at).where(c.id == bindparam("id")).with_for_update(read=True)
)  # asked on every turn: built once


def ensure(
    connection: Connection,
    id: str,
    channel: str,
    at: datetime,
    *,
    language: str | None = None,
    person: str | None = None,
    test: bool = False,
) -> bool:
    """Make the row unless it exists; True if it was made now. Raises `ErasedError` for an erased one."""
    values = {
        "id": id,
        "channel": channel,
        "created": at,
        "last_seen": at,
        "language": language,
        "person": person,
        "test": test,
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # Not the row count: psycopg knows none for an INSERT.
    if connection.scalar(insert(conversations).values(values).on_conflict_do_nothing().returning(c.id)) is not None:
        return True
    # No lock here: callers lock the row next, and two of them upgrading a shared lock would wait for each other.
    if connection.scalar(select(c.erased_at).where(c.id == id)) is not None:
        raise ErasedError(id)
    return False


def begin_erased(connection: Connection, id: str, channel: str, at: datetime) -> None:
    """Make the row of a conversation that is about to be erased, unless it exists in whatever state."""
    try:
        ensure(connection, id, channel, at)
    except ErasedError:
        return


def find(connection: Connection, id: str) -> Conversation | None:
    """The conversation, erased or not."""
    row = connection.execute(select(*_COLUMNS).where(c.id == id)).one_or_none()
    return Conversation(**row._mapping) if row else None


def latest_of(connection: Connection, person: str, channel: str, since: datetime) -> str | None:
    """The person's conversation on a channel that was used last, if that was not before `since`."""
    mine = (c.person == person, c.channel == channel, c.erased_at.is_(None), c.last_seen >= since)
    found = connection.scalar(select(c.id).where(*mine).order_by(c.last_seen.desc()).limit(1))
    return None if found is None else str(found)


def refuse_erased(connection: Connection, id: str) -> None:
    """Raise `ErasedError` if the conversation was erased; it cannot be until this transaction is through."""
    if connection.scalar(_ERASED, {"id": id}) is not None:
        raise ErasedError(id)


def next_seq(connection: Connection, id: str, at: datetime) -> int:
    """Take the next message number and lock the row until the transaction ends. Raises `ErasedError`."""
    statement = (
        update(conversations)
        .where(c.id == id, c.erased_at.is_(None))
        .values(last_seq=c.last_seq + 1, last_seen=at)
        .returning(c.last_seq)
    )
    seq = connection.execute(statement).scalar_one_or_none()
    if seq is None:
        raise ErasedError(id)
    return int(seq)


def set_language(connection: Connection, id: str, language: str) -> None:
    """Remember the language that the patient reads."""
    connection.execute(update(conversations).where(c.id == id).values(language=language))


def set_alarm(connection: Connection, id: str, flag: str | None) -> None:
    """Let an alarm stick to the conversation, or take it off."""
    connection.execute(update(conversations).where(c.id == id).values(alarm=flag))


def claim(connection: Connection, id: str, owner: str, at: datetime, lease: timedelta) -> bool:
    """Take the right to compute this conversation's turns, or renew it; False while someone else holds it."""
    free = or_(c.claimed_until.is_(None), c.claimed_until < at, c.claimed_by == owner)
    statement = update(conversations).where(c.id == id, free).values(claimed_by=owner, claimed_until=at + lease)
    return bool(connection.execute(statement).rowcount)


def release(connection: Connection, id: str, owner: str) -> None:
    """Give the right back, if still held."""
    statement = update(conversations).where(c.id == id, c.claimed_by == owner)
    connection.execute(statement.values(claimed_by=None, claimed_until=None))


def lock(connection: Connection, id: str) -> tuple[Conversation | None, str | None]:
    """The conversation and who holds its claim, the row locked: what is true now stays true until the commit."""
    row = connection.execute(select(*_COLUMNS, c.claimed_by).where(c.id == id).with_for_update()).one_or_none()
    if row is None:
        return None, None
    fields = dict(row._mapping)
    holder = fields.pop("claimed_by")
    return Conversation(**fields), holder


def take_over(connection: Connection, id: str, staff: str, at: datetime) -> bool:
    """A staff member speaks from now on; False when another one already does."""
    free = or_(c.owner.is_(None), c.owner == staff)
    statement = update(conversations).where(c.id == id, free, c.erased_at.is_(None))
    return bool(connection.execute(statement.values(owner=staff, owned_since=at)).rowcount)


def hand_back(connection: Connection, id: str, staff: str) -> bool:
    """The bot speaks again; False when this staff member did not own the conversation."""
    statement = update(conversations).where(c.id == id, c.owner == staff)
    return bool(connection.execute(statement.values(owner=None, owned_since=None)).rowcount)


def mark_outage(connection: Connection, id: str, at: datetime | None) -> None:
    """Note that the patient was told of an outage, or (None) that it is over."""
    connection.execute(update(conversations).where(c.id == id).values(outage_told=at))


def keep_as(connection: Connection, conversation: str, retention: str) -> None:
    """Set the retention class (bot/storage/retention.py); a booked conversation stays one."""
    connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation, conversations.c.retention != "booked")
        .values(retention=retention)
    )
