"""What every table shares: one `MetaData`, the types, and the marks by which erasure, rotation and export find columns.

A table with a `conversation` column says in `info={"erase": ...}` what erasing a conversation does to its rows:
`"delete"`, `"wipe"` (sealed columns become empty, the bare fact stays) or `"keep"`. A sealed column is made by
`sealed()`. A test refuses a table that says nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, LargeBinary, MetaData, String, Table
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = String(32)


class Instant(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; SQLite stores none of that, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def load_every_table() -> MetaData:
    """The metadata with every table of this package in it, also those that the caller never imported."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.ispkg:
            importlib.import_module(f"bot.storage.{module.name}")
    return metadata


def new_id() -> str:
    """A random 128-bit id; nothing can be learnt or guessed from it."""
    return secrets.token_hex(16)


def sealed(name: str, *, nullable: bool = False) -> Column[bytes]:
    """A column whose values are encrypted for their row; see `Database.seal`."""
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": True})


def row_id(table: Table, row: Any) -> str:
    """The primary key of a row as text: the part of a sealed value's place that names the row."""
    return "/".join(str(getattr(row, column.name)) for column in table.primary_key)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z, milliseconds: the form of every time on the wire."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Inverse of `iso`, whose Z Python 3.10 does not read by itself. Raises `ValueError`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def now() -> datetime:
    """The default clock."""
    return datetime.now(timezone.utc)
