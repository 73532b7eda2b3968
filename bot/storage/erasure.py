"""A person's rights over a conversation: everything held about it, or nothing left of it.

Works over every table with a `conversation` column, so that a table added later is covered (bot/storage/tables.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from bot.storage import alerts, audit, consents, conversations, inbox, outbox, people, turns
from bot.storage.conversations import conversations as rooms
from bot.storage.database import Database
from bot.storage.tables import iso, load_every_table, now, row_id

SHAPED = {"messages", "inbox", "turns", "trackers", "alerts", "consents", "audit"}  # exported in their own way


def erase(database: Database, conversation: str, *, who: str = "operator", why: str = "") -> bool:
    """`erase_within` in a transaction of its own."""
    with database.write() as connection:
        return erase_within(connection, conversation, at=now(), who=who, why=why)


def erase_within(connection: Connection, conversation: str, *, at: datetime, who: str, why: str = "") -> bool:
    """Remove what was said, answered, understood and noted; False when there is nothing to erase.

    An empty row of the conversation stays until retention takes it, so that a token, a late engine or a repeated
    delivery cannot bring it back to life. Alerts keep flag and times for staff, without words. Consent decisions and
    the audit trail stay.
    """
    room = conversations.find(connection, conversation)
    if room is None or room.erased_at is not None:
        return False
    # The row first: this locks out turns that are being committed right now.
    connection.execute(
        update(rooms)
        .where(rooms.c.id == conversation)
        .values(erased_at=at, language=None, person=None, alarm=None, owner=None, claimed_by=None, claimed_until=None)
    )
    inbox.spend(connection, conversation)
    for table in reversed(load_every_table().sorted_tables):
        if "conversation" in table.c:
            _forget(connection, table, conversation)
    if room.person is not None and not _has_conversations(connection, room.person):
        connection.execute(delete(people.identities).where(people.identities.c.person == room.person))
    audit.record(connection, at, who, "erase", conversation=conversation, why=why)
    return True


def _forget(connection: Connection, table: Table, conversation: str) -> None:
    mine = table.c.conversation == conversation
    if table.info["erase"] == "delete":
        connection.execute(delete(table).where(mine))
    elif table.info["erase"] == "wipe":
        wiped = {column.name: b"" for column in table.c if column.info.get("sealed")}
        if "person" in table.c:
            wiped["person"] = None  # type: ignore[assignment]
        connection.execute(update(table).where(mine).values(wiped))


def _has_conversations(connection: Connection, person: str) -> bool:
    query = select(func.count()).select_from(rooms).where(rooms.c.person == person)
    return bool(connection.scalar(query))


def export(
    database: Database, conversation: str, *, who: str = "operator", why: str = "", at: datetime | None = None
) -> dict[str, Any] | None:
    """Everything held about a conversation, as JSON values; the export itself is on record. None if unknown."""
    with database.write() as connection:
        return _export(database, connection, conversation, at=at or now(), who=who, why=why)


def _export(
    database: Database, connection: Connection, conversation: str, *, at: datetime, who: str, why: str
) -> dict[str, Any] | None:
    room = conversations.find(connection, conversation)
    if room is None or room.erased_at is not None:
        return None
    audit.record(connection, at, who, "export", conversation=conversation, why=why)
    trail = select(audit.audit).where(audit.audit.c.conversation == conversation).order_by(audit.audit.c.number)
    document = {
        "version": 1,
        "exported_at": at,
        "conversation": {
            "id": room.id,
            "channel": room.channel,
            "created": room.created,
            "last_seen": room.last_seen,
            "language": room.language,
            "test": room.test,
        },
        "messages": [envelope.as_dict() for envelope in outbox.after(database, connection, conversation, 0, 100_000)],
        "understood": turns.export_turns(database, connection, conversation),
        "state": turns.export_tracker(database, connection, conversation),
        "alerts": alerts.export(database, connection, conversation),
        "consents": [vars(consent) for consent in consents.history(connection, conversation)],
        "access": [
            {"at": row.at, "who": row.who, "what": row.what, "why": row.why} for row in connection.execute(trail)
        ],
    }
    for table in load_every_table().sorted_tables:
        if "conversation" in table.c and table.name not in SHAPED:
            document[table.name] = _rows(database, connection, table, conversation)
    plain = _plain(document)
    assert isinstance(plain, dict)  # noqa: S101 - for the type checker
    return plain


def _rows(database: Database, connection: Connection, table: Table, conversation: str) -> list[dict[str, Any]]:
    """Rows of any table, opened."""
    found = []
    for row in connection.execute(select(table).where(table.c.conversation == conversation)):
        fields = dict(row._mapping)
        for column in table.c:
            if column.info.get("sealed") and fields[column.name]:
                fields[column.name] = database.unseal(column, row_id(table, row), fields[column.name])
        found.append(fields)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    return iso(value) if isinstance(value, datetime) else value
