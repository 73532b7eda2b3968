"""Requests for a person: `bot.booking.people.Requests` on our tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, select, update

from bot.booking.people import Request, Summary
from bot.storage import conversations, jobs
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

person_requests = Table(
    "person_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("state", String(10), nullable=False),  # waiting | taken | closed | missed
    Column("asked", Instant, nullable=False),
    Column("taken_by", String(64)),
    Column("changed", Instant, nullable=False),
    sealed("summary"),
    Index(None, "conversation"),
    Index(None, "state", "asked"),
    info={"erase": "delete"},
)
r = person_requests.c
_COLUMNS = [r[name] for name in Request.__dataclass_fields__]


class StoredRequests:
    """See `bot.booking.people.Requests`. Methods open their own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, conversation: str, summary: Summary, *, at: datetime, give_up: datetime | None) -> Request:
        with self._database.write() as connection:
            # The row of the conversation is locked, so that two messages at once do not make two requests.
            room, _ = conversations.lock(connection, conversation)
            if room is not None and room.erased_at is not None:
                raise conversations.ErasedError(conversation)
            open_now = select(*_COLUMNS).where(r.conversation == conversation, r.state.in_(("waiting", "taken")))
            row = connection.execute(open_now.limit(1)).one_or_none()
            if row is not None:
                return Request(**row._mapping)
            id = new_id()
            connection.execute(
                person_requests.insert().values(
                    id=id,
                    conversation=conversation,
                    reason=summary.reason,
                    state="waiting",
                    asked=at,
                    changed=at,
                    summary=self._database.seal(r.summary, id, summary.as_dict()),
                )
            )
            if give_up is not None:
                jobs.add(
                    self._database,
                    connection,
                    "person.missed",
                    {"request": id},
                    give_up,
                    unique_key=f"person.missed:{id}",
                    conversation=conversation,
                )
            return Request(id, conversation, summary.reason, "waiting", at, None)

    def is_open(self, conversation: str) -> bool:
        nobody_came = r.state.in_(("waiting", "missed"))
        with self._database.read() as connection:
            asked = select(r.id).where(r.conversation == conversation, nobody_came).limit(1)
            return connection.scalar(asked) is not None

    def withdraw(self, conversation: str, *, at: datetime) -> bool:
        with self._database.write() as connection:
            return close(connection, conversation, at)


def waiting(database: Database, connection: Connection) -> list[tuple[Request, dict[str, Any]]]:
    """Who waits, longest first, each with the summary; those whom nobody met in time come along."""
    rows = connection.execute(
        select(*_COLUMNS, r.summary).where(r.state.in_(("waiting", "missed"))).order_by(r.asked)
    ).all()
    found = []
    for row in rows:
        fields = dict(row._mapping)
        summary = database.unseal(r.summary, row.id, fields.pop("summary"))
        found.append((Request(**fields), summary))
    return found


def taken(connection: Connection, conversation: str, staff: str, at: datetime) -> bool:
    """A staff member took the conversation over (`conversations.take_over`, same transaction)."""
    mine = update(person_requests).where(r.conversation == conversation, r.state.in_(("waiting", "missed")))
    return bool(connection.execute(mine.values(state="taken", taken_by=staff, changed=at)).rowcount)


def close(connection: Connection, conversation: str, at: datetime) -> bool:
    """Handed back, or no longer needed."""
    mine = update(person_requests).where(r.conversation == conversation, r.state != "closed")
    return bool(connection.execute(mine.values(state="closed", changed=at)).rowcount)


def missed(connection: Connection, id: str, at: datetime) -> str | None:
    """Nobody came in time: the conversation that must be told, once; None when somebody did."""
    waits = update(person_requests).where(r.id == id, r.state == "waiting").values(state="missed", changed=at)
    return connection.scalar(waits.returning(r.conversation))
