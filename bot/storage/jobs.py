"""Work to be done later, kept in the database: survives a restart, is done by one worker at a time, and once.

A job that ends without an exception is done. Any other end is tried again with growing pauses, then the job is dead
and stays for staff to see. A worker that dies loses its lease, and another one takes the job: handlers must bear
being called twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("unique_key", String(200), unique=True),
    Column("conversation", Id, index=True),
    Column("state", String(10), nullable=False),  # queued | done | dead
    Column("run_at", Instant, nullable=False),
    Column("leased_by", Id),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fault", String(60)),  # class of the last error, never its text
    Column("done_at", Instant),
    sealed("payload"),
    Index(None, "state", "run_at"),
    info={"erase": "delete"},
)
j = jobs.c
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class Job:
    """Work taken by a worker. `attempts` counts this one."""

    id: str
    kind: str
    conversation: str | None
    payload: dict[str, Any]
    attempts: int


def add(
    database: Database,
    connection: Connection,
    kind: str,
    payload: dict[str, Any],
    run_at: datetime,
    *,
    unique_key: str | None = None,
    conversation: str | None = None,
) -> bool:
    """Queue a job; False when one with this unique key exists already, done or not."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    id = new_id()
    values = {
        "id": id,
        "kind": kind,
        "unique_key": unique_key,
        "conversation": conversation,
        "state": "queued",
        "run_at": run_at,
        "payload": database.seal(j.payload, id, payload),
    }
    statement = insert(jobs).values(values).on_conflict_do_nothing(index_elements=[j.unique_key])
    # Not the row count: psycopg knows none for an INSERT.
    return connection.scalar(statement.returning(j.id)) is not None


def cancel(connection: Connection, unique_key: str) -> bool:
    """Remove a job that has not begun."""
    queued = jobs.delete().where(j.unique_key == unique_key, j.state == "queued", j.leased_by.is_(None))
    return bool(connection.execute(queued).rowcount)


def known(connection: Connection, unique_key: str) -> bool:
    """Whether a job with this key was ever added."""
    return connection.scalar(select(j.id).where(j.unique_key == unique_key)) is not None


def any_due(connection: Connection, kinds: list[str], at: datetime) -> bool:
    """Whether there is something to take."""
    due = select(j.id).where(j.state == "queued", j.run_at <= at, j.kind.in_(kinds))
    return connection.scalar(due.where(or_(j.leased_until.is_(None), j.leased_until < at)).limit(1)) is not None


def take(
    database: Database, connection: Connection, kinds: list[str], *, worker: str, at: datetime, lease: timedelta
) -> Job | None:
    """Lease the job that is due longest."""
    due = (
        select(jobs)
        .where(j.state == "queued", j.run_at <= at, j.kind.in_(kinds))
        .where(or_(j.leased_until.is_(None), j.leased_until < at))
        .order_by(j.run_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(due).one_or_none()
    if row is None:
        return None
    leased = {"leased_by": worker, "leased_until": at + lease, "attempts": row.attempts + 1}
    connection.execute(update(jobs).where(j.id == row.id).values(leased))
    payload = database.unseal(j.payload, row.id, row.payload)
    return Job(row.id, row.kind, row.conversation, payload, row.attempts + 1)


def finish(database: Database, connection: Connection, job: Job, worker: str, at: datetime) -> None:
    """Done: the row stays for its unique key, the payload goes."""
    statement = update(jobs).where(j.id == job.id, j.leased_by == worker)
    connection.execute(
        statement.values(state="done", done_at=at, leased_by=None, payload=database.seal(j.payload, job.id, {}))
    )


def fail(connection: Connection, job: Job, worker: str, at: datetime, fault: str) -> bool:
    """Try again later, or give up; True when given up."""
    dead = job.attempts >= MAX_ATTEMPTS
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (job.attempts - 1))
    statement = update(jobs).where(j.id == job.id, j.leased_by == worker)
    connection.execute(
        statement.values(
            state="dead" if dead else "queued",
            run_at=at + pause,
            leased_by=None,
            leased_until=None,
            fault=fault[:60],
        )
    )
    return dead


def queued(connection: Connection) -> int:
    """How many jobs wait."""
    return int(connection.scalar(select(func.count()).select_from(jobs).where(j.state == "queued")) or 0)
