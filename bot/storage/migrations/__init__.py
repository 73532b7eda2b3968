"""Bringing a database up to date, or back. Safe to run twice, and from several programs at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from bot.storage.database import make_engine

PATIENCE_SECONDS = 60.0  # how long one program waits for another one's migration
LOCK = 7_306_104_210  # any number that no other user of the same PostgreSQL database locks


def upgrade(url: str, revision: str = "head") -> None:
    """Make every table as this version needs it."""
    _run(url, revision, down=False)


def downgrade(url: str, revision: str = "base") -> None:
    """Undo migrations down to the revision. What the removed columns and tables held is lost."""
    _run(url, revision, down=True)


def _run(url: str, revision: str, *, down: bool) -> None:
    engine = make_engine(url, busy_seconds=PATIENCE_SECONDS)
    try:
        with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config = _config(connection)
            if down:
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
