"""What patients say of an answer: that it did not help. A mark, never words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage import outbox
from bot.storage.tables import Id, Instant, metadata

feedback = Table(
    "feedback",
    metadata,
    Column("conversation", Id, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),  # of the answer
    Column("helpful", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    info={"erase": "delete"},
)
f = feedback.c


def keep(connection: Connection, conversation: str, seq: int, helpful: bool, at: datetime) -> bool:
    """Note it; a later word counts. False when there is no such answer of the bot."""
    m = outbox.m
    answer = select(m.id).where(m.conversation == conversation, m.seq == seq, m.sender == "bot")
    if connection.scalar(answer) is None:
        return False
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"helpful": helpful, "at": at}
    statement = insert(feedback).values(conversation=conversation, seq=seq, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[f.conversation, f.seq], set_=values))
    return True


def of(connection: Connection, conversation: str) -> dict[int, bool]:
    """Whether it helped, by the answer's number."""
    rows = connection.execute(select(f.seq, f.helpful).where(f.conversation == conversation))
    return {row.seq: row.helpful for row in rows}


def unhelpful(connection: Connection) -> set[str]:
    """Messages whose answer did not help."""
    m = outbox.m
    query = select(m.inbox).join(feedback, (f.conversation == m.conversation) & (f.seq == m.seq))
    return set(connection.scalars(query.where(f.helpful.is_(False), m.inbox.is_not(None))))
