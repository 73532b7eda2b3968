"""What the engine keeps: for every message its replies, for every conversation its tracker, committed together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, bindparam, select, text
from sqlalchemy.exc import IntegrityError

from bot.envelope import Reply
from bot.storage import conversations, previews
from bot.storage.database import Database
from bot.storage.previews import Preview
from bot.storage.tables import Id, Instant, metadata, now, sealed

# No foreign keys to conversations: the engine also works without a gateway (training, tests, the terminal chat).
turns = Table(
    "turns",
    metadata,
    Column("inbox", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    sealed("replies"),
    sealed("reading"),
    Index(None, "at"),
    info={"erase": "delete"},
)
trackers = Table(
    "trackers",
    metadata,
    Column("conversation", Id, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    sealed("state"),
    info={"erase": "delete"},
)
# Built once: on every turn, building them anew costs more than running them. The last one is text, since SQLAlchemy
# compiles "on conflict" anew at each call; both databases write it alike.
_FIND = select(turns.c.replies, turns.c.reading).where(turns.c.inbox == bindparam("inbox"))
_LOAD = select(trackers.c.state).where(trackers.c.conversation == bindparam("conversation"))
_KEEP = turns.insert()
_PUT = text(
    "INSERT INTO trackers (conversation, version, at, state) VALUES (:conversation, 1, :at, :state)"
    " ON CONFLICT (conversation) DO UPDATE"
    " SET version = trackers.version + 1, at = excluded.at, state = excluded.state"
).bindparams(*(bindparam(column.name, type_=column.type) for column in trackers.c if column.name != "version"))


@dataclass(frozen=True)
class StoredTurn:
    """A turn that was committed: what was said, and how the message was read."""

    replies: tuple[Reply, ...]
    reading: dict[str, Any]


@dataclass(frozen=True)
class Before:
    """What the engine needs to begin a turn: what was committed for its message already, if anything; the tracker,
    None for a new conversation; and how a test conversation differs from a patient's."""

    turn: StoredTurn | None
    tracker: bytes | None
    preview: Preview | None


class TurnStore:
    """The engine's memory. Safe to call from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, inbox_id: str) -> StoredTurn | None:
        """The turn of this message, if it was committed before."""
        with self._database.read() as connection:
            return self._find(connection, inbox_id)

    def load_tracker(self, conversation: str) -> bytes | None:
        """The tracker as last committed."""
        with self._database.read() as connection:
            return self._tracker(connection, conversation)

    def before(self, inbox_id: str, conversation: str) -> Before:
        """Everything that is read before a turn, in one transaction."""
        with self._database.read() as connection:
            turn = self._find(connection, inbox_id)
            if turn is not None:
                return Before(turn, None, None)
            return Before(None, self._tracker(connection, conversation), previews.find(connection, conversation))

    def commit(
        self, inbox_id: str, conversation: str, tracker: bytes, replies: Sequence[Reply], reading: dict[str, Any]
    ) -> StoredTurn:
        """Keep a turn and the tracker it led to in one transaction, and return the turn that counts.

        When another engine committed the same message first, that turn is returned and nothing is written.
        Raises `conversations.ErasedError` when the patient erased the conversation meanwhile.
        """
        done = StoredTurn(tuple(replies), reading)
        try:
            with self._database.write() as connection:
                conversations.refuse_erased(connection, conversation)
                self._insert(connection, inbox_id, conversation, done)
                self._put_tracker(connection, conversation, tracker)
        except IntegrityError:
            earlier = self.find(inbox_id)
            if earlier is None:
                raise
            return earlier
        return done

    def _tracker(self, connection: Connection, conversation: str) -> bytes | None:
        state = connection.scalar(_LOAD, {"conversation": conversation})
        return None if state is None else self._database.unseal_bytes(trackers.c.state, conversation, state)

    def _find(self, connection: Connection, inbox_id: str) -> StoredTurn | None:
        row = connection.execute(_FIND, {"inbox": inbox_id}).one_or_none()
        if row is None:
            return None
        replies = self._database.unseal(turns.c.replies, inbox_id, row.replies)
        reading = self._database.unseal(turns.c.reading, inbox_id, row.reading)
        return StoredTurn(tuple(Reply.from_dict(reply) for reply in replies), reading)

    def _insert(self, connection: Connection, inbox_id: str, conversation: str, turn: StoredTurn) -> None:
        replies = [reply.as_dict() for reply in turn.replies]
        row = {
            "inbox": inbox_id,
            "conversation": conversation,
            "at": now(),
            "replies": self._database.seal(turns.c.replies, inbox_id, replies),
            "reading": self._database.seal(turns.c.reading, inbox_id, turn.reading),
        }
        connection.execute(_KEEP, row)

    def _put_tracker(self, connection: Connection, conversation: str, tracker: bytes) -> None:
        state = self._database.seal_bytes(trackers.c.state, conversation, tracker)
        connection.execute(_PUT, {"conversation": conversation, "at": now(), "state": state})


def export_turns(database: Database, connection: Connection, conversation: str) -> list[dict[str, Any]]:
    """How each message was read, in order, for export and for staff."""
    query = select(turns).where(turns.c.conversation == conversation).order_by(turns.c.at)
    return [
        {"inbox": row.inbox, "at": row.at, "reading": database.unseal(turns.c.reading, row.inbox, row.reading)}
        for row in connection.execute(query)
    ]


def export_tracker(database: Database, connection: Connection, conversation: str) -> Any:
    """The tracker as JSON when it is JSON, else None."""
    state = connection.scalar(select(trackers.c.state).where(trackers.c.conversation == conversation))
    try:
        return json.loads(database.unseal_bytes(trackers.c.state, conversation, state)) if state else None
    except ValueError:  # another format is the engine's own business
        return None
