"""The jobs by which clinic, patient and those who wait hear of a booking; `bot.gateway.bookings` does them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.booking.repository import HOURS_BEFORE
from bot.storage import jobs
from bot.storage.database import Database


def changed(
    database: Database,
    connection: Connection,
    row: Row[Any],
    change: str,
    at: datetime,
    *,
    key: str = "",
    by_clinic: bool = False,
) -> None:
    """Tell of a change, once for each `key` (its sequence, unless given). `by_clinic`: not the patient's own doing."""
    jobs.add(
        database,
        connection,
        "booking.changed",
        {"booking": row.id, "change": change, "by_clinic": by_clinic},
        at,
        unique_key=f"changed:{row.id}:{change}:{key or row.sequence}",
        conversation=row.conversation,
    )


def freed(database: Database, connection: Connection, row: Row[Any], at: datetime) -> None:
    """A time became free: those who wait for one may be told."""
    if row.starts > at:
        jobs.add(
            database,
            connection,
            "booking.freed",
            {"service": row.service, "starts": row.starts.isoformat(), "practitioner": row.practitioner},
            at,
            unique_key=f"freed:{row.id}:{row.sequence}",
        )


def reminders(database: Database, connection: Connection, row: Row[Any], at: datetime) -> None:
    """Those still to come. One of an earlier time finds another `sequence` and says nothing."""
    for ahead in HOURS_BEFORE:
        when = row.starts - timedelta(hours=ahead)
        if when > at:
            jobs.add(
                database,
                connection,
                "booking.reminder",
                {"booking": row.id, "sequence": row.sequence},
                when,
                unique_key=f"reminder:{row.id}:{row.sequence}:{ahead}",
                conversation=row.conversation,
            )
