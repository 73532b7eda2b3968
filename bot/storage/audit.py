"""Who saw, exported or deleted what, and why. Rows are only added; each carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select, text

from bot.storage.tables import Id, Instant, iso, metadata

# The migration adds triggers: no row is changed, none goes before its six years are over (ruling in docs/decisions).
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),  # a staff id, "patient", or a program's name
    Column("what", String(40), nullable=False),
    Column("conversation", Id, index=True),
    Column("why", String(200), nullable=False, default=""),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    info={"erase": "keep"},
)
FIRST = "0" * 64
LOCK = 7_306_104_211


def record(
    connection: Connection, at: datetime, who: str, what: str, *, conversation: str | None = None, why: str = ""
) -> None:
    """Add a row at the end of the chain. Never put a patient's words into `why`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = connection.execute(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).first()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    digest = _hash(number, at, who, what, conversation, why, previous)
    connection.execute(
        audit.insert().values(
            number=number,
            at=at,
            who=who,
            what=what,
            conversation=conversation,
            why=why,
            previous=previous,
            hash=digest,
        )
    )


def first_break(connection: Connection) -> int | None:
    """The number of the first row that was altered or follows a missing one; None when the chain is whole.

    Rows older than the retention are gone from its beginning, so the first row that is left is taken as it stands.
    """
    before: Row[tuple[object, ...]] | None = None
    for row in connection.execute(select(audit).order_by(audit.c.number)):
        expected = _hash(row.number, row.at, row.who, row.what, row.conversation, row.why, row.previous)
        if row.hash != expected:
            return int(row.number)
        if before is not None and (row.previous != before.hash or row.number != before.number + 1):
            return int(row.number)
        before = row
    return None


def _hash(number: int, at: datetime, *rest: str | None) -> str:
    line = json.dumps([number, iso(at), *rest], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()
