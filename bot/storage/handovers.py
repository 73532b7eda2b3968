"""One-time links that open a conversation in the web chat: from a text message, or from a reminder. Only their hash is
kept.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, String, Table, select, update

from bot.storage import conversations, deliveries
from bot.storage.tables import Id, Instant, metadata

LIFE = timedelta(minutes=30)

handovers = Table(
    "handovers",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256: a copy of the database opens no conversation
    Column("conversation", Id, nullable=False, index=True),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used_at", Instant),
    info={"erase": "delete"},
)
h = handovers.c


def offer(connection: Connection, conversation: str, at: datetime, until: datetime | None = None) -> str:
    """A fresh token that lives for `LIFE`, or `until` a moment; earlier ones of the conversation end."""
    token = secrets.token_urlsafe(24)
    connection.execute(update(handovers).where(h.conversation == conversation, h.used_at.is_(None)).values(expires=at))
    connection.execute(
        handovers.insert().values(token=_hash(token), conversation=conversation, created=at, expires=until or at + LIFE)
    )
    return token


def use(connection: Connection, token: str, at: datetime) -> str | None:
    """Move the conversation to the web; its id, or None for a token that is unknown, used or too old.

    From now on the platform's messages of this person begin a new conversation, and nothing of this one is sent there.
    """
    mine = (h.token == _hash(token), h.used_at.is_(None), h.expires > at)
    # One statement decides who is first.
    if not connection.execute(update(handovers).where(*mine).values(used_at=at)).rowcount:
        return None
    id = str(connection.scalar(select(h.conversation).where(h.token == _hash(token))))
    room, _ = conversations.lock(connection, id)
    if room is None or room.erased_at is not None:
        return None
    rooms = conversations.conversations
    connection.execute(update(rooms).where(rooms.c.id == id).values(channel="web"))
    deliveries.withdraw(connection, id)
    return id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
