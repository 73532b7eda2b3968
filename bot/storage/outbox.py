"""Messages of a conversation, numbered: what the patient reads, and what is still to be delivered to a platform."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, UniqueConstraint, select

from bot.envelope import Envelope, Reply, Sender
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, iso, metadata, new_id, sealed

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sender", String(10), nullable=False),
    Column("at", Instant, nullable=False),
    Column("inbox", Id),  # the message that this one answers
    Column("offers", Boolean, nullable=False),  # whether it has choices: spares decrypting the others
    sealed("content"),
    Column("delivery", String(10), nullable=False),  # stream (nothing to send) | pending | sent | failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", Instant),
    UniqueConstraint("conversation", "seq"),
    Index(None, "delivery", "next_try"),
    info={"erase": "delete"},
)
m = messages.c


def append(
    database: Database,
    connection: Connection,
    conversation: str,
    reply: Reply,
    at: datetime,
    *,
    sender: Sender = "bot",
    name: str | None = None,
    inbox: str | None = None,
    delivery: str = "stream",
    id: str | None = None,
) -> Envelope:
    """Give the reply the next number and keep it. Raises `conversations.ErasedError`."""
    seq = conversations.next_seq(connection, conversation, at)
    envelope = Envelope(seq, id or new_id(), sender, reply, iso(at), name)
    connection.execute(
        messages.insert().values(
            id=envelope.id,
            conversation=conversation,
            seq=seq,
            sender=sender,
            at=at,
            inbox=inbox,
            offers=bool(reply.choices),
            content=database.seal(m.content, envelope.id, {"reply": reply.as_dict(), "name": name}),
            delivery=delivery,
            next_try=at if delivery == "pending" else None,
        )
    )
    return envelope


def after(database: Database, connection: Connection, conversation: str, seq: int, limit: int = 200) -> list[Envelope]:
    """Messages numbered above `seq`, in order."""
    query = select(messages).where(m.conversation == conversation, m.seq > seq).order_by(m.seq).limit(limit)
    return [_envelope(database, row) for row in connection.execute(query)]


def offered(database: Database, connection: Connection, conversation: str, wanted: Iterable[str]) -> dict[str, str]:
    """Titles of those wanted choice ids that some message of the conversation offered; the newest title counts."""
    missing, found = set(wanted), dict[str, str]()
    query = select(messages).where(m.conversation == conversation, m.offers).order_by(m.seq.desc())
    for row in connection.execute(query):
        if not missing:
            break
        for choice in _envelope(database, row).reply.choices:
            if choice.id in missing:
                found[choice.id] = choice.title
                missing.discard(choice.id)
    return found


def last_seq(connection: Connection, conversation: str) -> int:
    """The number of the newest message, 0 when there is none."""
    query = select(conversations.conversations.c.last_seq).where(conversations.conversations.c.id == conversation)
    return int(connection.scalar(query) or 0)


def _envelope(database: Database, row: Any) -> Envelope:
    content = database.unseal(m.content, row.id, row.content)
    return Envelope(row.seq, row.id, row.sender, Reply.from_dict(content["reply"]), iso(row.at), content["name"])
