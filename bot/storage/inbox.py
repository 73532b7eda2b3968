"""Messages of patients that were accepted: each is kept until it has been answered, and answered once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    func,
    or_,
    select,
    update,
)

from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("conversation", Id, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # its number among the messages of the conversation
    Column("received_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),  # received | taken | done | failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", Instant, nullable=False),
    Column("done_at", Instant),
    Column("alerted", String(20)),  # the flag whose card was already shown
    sealed("content"),
    UniqueConstraint("channel", "external_id"),
    Index(None, "state", "next_try"),
    Index(None, "conversation", "seq"),
    info={"erase": "delete"},
)
i = inbox.c
# What a platform delivers again must not bring back a conversation that was erased: its messages' ids stay as long as
# the conversation's empty row. On messaging channels they are hashes (bot/gateway/channels/contract.py).
spent_events = Table(
    "spent_events",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("external_id", String(200), primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    info={"erase": "keep"},
)
OPEN = ("received", "taken")


@dataclass(frozen=True)
class Message:
    """An accepted message. Either `text` or `choices` says what the patient did.

    `alarm` is the flag that stuck to the conversation when the message was taken, its own card's among them.
    """

    id: str
    channel: str
    conversation: str
    seq: int
    received_at: datetime
    state: str
    attempts: int
    next_try: datetime
    alerted: str | None
    text: str | None
    choices: tuple[str, ...]
    language: str | None
    alarm: str | None = None


def find_external(database: Database, connection: Connection, channel: str, external_id: str) -> Message | None:
    """The message that this external id already stands for."""
    row = connection.execute(select(inbox).where(i.channel == channel, i.external_id == external_id)).one_or_none()
    return _message(database, row) if row else None


def spend(connection: Connection, conversation: str) -> None:
    """Remember what was delivered in a conversation that is about to be erased."""
    seen = select(i.channel, i.external_id, i.conversation).where(i.conversation == conversation, i.channel != "web")
    connection.execute(spent_events.insert().from_select(["channel", "external_id", "conversation"], seen))


def spent(connection: Connection, channel: str, external_id: str) -> bool:
    """Whether an event belongs to a conversation that was erased."""
    s = spent_events.c
    return connection.scalar(select(s.channel).where(s.channel == channel, s.external_id == external_id)) is not None


def accept(
    database: Database,
    connection: Connection,
    conversation: str,
    *,
    channel: str,
    external_id: str,
    seq: int,
    at: datetime,
    text: str | None = None,
    choices: tuple[str, ...] = (),
    language: str | None = None,
    alerted: str | None = None,
    done: bool = False,
) -> str:
    """Keep a message and return its id; `done` when nobody needs to answer it. `IntegrityError` if it is known."""
    id = new_id()
    connection.execute(
        inbox.insert().values(
            id=id,
            channel=channel,
            external_id=external_id,
            conversation=conversation,
            seq=seq,
            received_at=at,
            state="done" if done else "received",
            next_try=at,
            done_at=at if done else None,
            alerted=alerted,
            content=database.seal(i.content, id, {"text": text, "choices": list(choices), "language": language}),
        )
    )
    return id


def head(database: Database, connection: Connection, conversation: str) -> Message | None:
    """The oldest message of the conversation that is not answered yet."""
    query = select(inbox).where(i.conversation == conversation, i.state.in_(OPEN)).order_by(i.seq).limit(1)
    row = connection.execute(query).one_or_none()
    return _message(database, row) if row else None


def due(connection: Connection, at: datetime, limit: int) -> list[str]:
    """Conversations whose oldest open message may be tried now and that nobody is working on, longest waiting first."""
    earlier = inbox.alias("earlier")
    blocked = (
        select(earlier.c.id)
        .where(
            earlier.c.conversation == i.conversation,
            earlier.c.state.in_(OPEN),
            earlier.c.seq < i.seq,
        )
        .exists()
    )
    claims = conversations.conversations.c
    query = (
        select(i.conversation)
        .join(conversations.conversations, claims.id == i.conversation)
        .where(i.state.in_(OPEN), i.next_try <= at, ~blocked)
        .where(or_(claims.claimed_until.is_(None), claims.claimed_until < at))
        .order_by(i.received_at)
        .limit(limit)
    )
    return list(connection.scalars(query))


def waiting(connection: Connection) -> int:
    """How many messages are not answered yet."""
    return int(connection.scalar(select(func.count()).select_from(inbox).where(i.state.in_(OPEN))) or 0)


def take(connection: Connection, id: str) -> None:
    """Note that the engine is being asked."""
    connection.execute(update(inbox).where(i.id == id).values(state="taken", attempts=i.attempts + 1))


def retry(connection: Connection, id: str, next_try: datetime) -> None:
    """Try again later."""
    statement = update(inbox).where(i.id == id, i.state.in_(OPEN))
    connection.execute(statement.values(state="received", next_try=next_try))


def finish(connection: Connection, id: str, at: datetime, state: str = "done") -> bool:
    """Close the message; False when it was closed before."""
    statement = update(inbox).where(i.id == id, i.state.in_(OPEN)).values(state=state, done_at=at)
    return bool(connection.execute(statement).rowcount)


def _message(database: Database, row: Any) -> Message:
    content = database.unseal(i.content, row.id, row.content)
    kept = Message.__dataclass_fields__.keys() - content.keys() - {"alarm"}
    known = {name: getattr(row, name) for name in kept}
    return Message(**known, **{**content, "choices": tuple(content["choices"])})
