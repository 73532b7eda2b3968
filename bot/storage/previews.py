"""How a test conversation of the preview differs from a patient's: the clinic's clock, and words not published yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Id, Instant, metadata

previews = Table(
    "previews",
    metadata,
    Column("conversation", Id, primary_key=True),
    Column("at", Instant),  # what the clock shows at `since`; null: the real time
    Column("since", Instant, nullable=False),
    Column("version", Id),  # of a card (bot/storage/content.py)
    info={"erase": "delete"},
)
w = previews.c
_FIND = select(w.at, w.since, w.version).where(w.conversation == bindparam("conversation"))


@dataclass(frozen=True)
class Preview:
    """What holds in one test conversation."""

    at: datetime | None
    since: datetime
    version: str | None

    def clock(self, now: datetime) -> datetime:
        """The time that the bot believes: it goes on from the chosen one."""
        return now if self.at is None else self.at + (now - self.since)


def put(connection: Connection, conversation: str, at: datetime | None, version: str | None, since: datetime) -> None:
    """Set up a test conversation, or change it from now on."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"at": at, "since": since, "version": version}
    statement = insert(previews).values(conversation=conversation, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[w.conversation], set_=values))


def find(connection: Connection, conversation: str) -> Preview | None:
    """None for a patient's conversation."""
    row = connection.execute(_FIND, {"conversation": conversation}).one_or_none()
    return Preview(**row._mapping) if row else None
