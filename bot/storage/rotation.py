"""Seal everything anew with the first key of MESOBOT_DATA_KEYS; afterwards the other keys can be removed from it."""

from __future__ import annotations

from sqlalchemy import Table, and_, select, update

from bot.storage.database import Database
from bot.storage.tables import load_every_table, row_id

BATCH = 200


def rotate(database: Database) -> int:
    """Re-encrypt in small transactions, beside a running service; how many values changed. Safe to run again."""
    return sum(_rotate_table(database, table) for table in load_every_table().sorted_tables)


def _rotate_table(database: Database, table: Table) -> int:
    columns = [column for column in table.c if column.info.get("sealed")]
    if not columns:
        return 0
    changed = 0
    with database.read() as connection:
        keys = [tuple(row) for row in connection.execute(select(*table.primary_key))]
    for start in range(0, len(keys), BATCH):
        with database.write() as connection:
            for key in keys[start : start + BATCH]:
                this = and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
                row = connection.execute(select(table).where(this).with_for_update()).one_or_none()
                fresh: dict[str, object] = {}
                for column in columns if row is not None else ():
                    sealed = getattr(row, column.name)
                    if sealed and not database.keys.is_current(sealed):
                        place = row_id(table, row)
                        plain = database.unseal_bytes(column, place, sealed)
                        fresh[column.name] = database.seal_bytes(column, place, plain)
                        changed += 1
                        fresh |= _digests(database, table, row, column.name)
                if fresh:
                    connection.execute(update(table).where(this).values(fresh))
    return changed


def _digests(database: Database, table: Table, row: object, name: str) -> dict[str, object]:
    """Look-up hashes made from this column, under the new key."""
    found: dict[str, object] = {}
    for column in table.c:
        if column.info.get("digest_of") == name:
            place = row_id(table, row)
            value = database.unseal(table.c[name], place, getattr(row, name))
            found[column.name] = database.keys.digest(value, row.channel)  # type: ignore[attr-defined]
    return found
