"""That a patient is typing now: a time, never a letter of what is typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Id, Instant, metadata

typing = Table(
    "typing",
    metadata,
    Column("conversation", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    info={"erase": "delete"},
)
LASTS = timedelta(seconds=6)


def note(connection: Connection, conversation: str, at: datetime) -> None:
    """The patient typed just now."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(typing).values(conversation=conversation, at=at)
    connection.execute(statement.on_conflict_do_update(index_elements=[typing.c.conversation], set_={"at": at}))


def types(connection: Connection, conversation: str, at: datetime) -> bool:
    """Whether the patient typed within the last seconds."""
    newest: datetime | None = connection.scalar(select(typing.c.at).where(typing.c.conversation == conversation))
    return newest is not None and at - newest < LASTS
