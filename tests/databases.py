"""Databases for tests: empty ones, and ones with every table in place that cost a test next to nothing.

Migrations run once for a whole run: SQLite's tests get a copy of the file they made, PostgreSQL's share one database
that is emptied before each test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from bot.settings import Settings
from bot.storage import migrations
from bot.storage.tables import load_every_table

from .servers import new_database, postgresql, redis_server

# The quick round is on SQLite; CI, and whoever asks, runs on both wherever the store matters.
BOTH = ("sqlite", "postgresql")
STORES = BOTH if os.environ.get("CI") or os.environ.get("MESOBOT_TEST_POSTGRESQL") else BOTH[:1]
# For a test whose outcome comes about before or without the store: a signature, a header, a size.
whatever_store = pytest.mark.parametrize("store", BOTH[:1], indirect=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the test run."""
    with postgresql() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """URL of an empty PostgreSQL database, without tables."""
    return new_database(postgresql_server)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Redis server that lives as long as the test run."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """The kind of database. Tests whose outcome it cannot change are marked `whatever_store`."""
    return str(request.param)


@pytest.fixture
def settings(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a data folder of their own and a database that has every table and not one row."""
    data_dir = tmp_path / "var"
    if store == "postgresql":
        return Settings(data_dir=data_dir, database_url=request.getfixturevalue("postgresql_ready"))
    data_dir.mkdir()
    made = Settings(data_dir=data_dir)
    shutil.copyfile(request.getfixturevalue("sqlite_ready"), made.database.removeprefix("sqlite:///"))
    return made


@pytest.fixture
def settings_of_nothing(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The same with a database of its own that has no table yet, for whoever brings it up to date or breaks it."""
    url = request.getfixturevalue("postgresql_url") if store == "postgresql" else ""
    return Settings(data_dir=tmp_path / "var", database_url=url)


@pytest.fixture(scope="session")
def sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "ready.sqlite"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> str:
    """URL of a database with every table, for `postgresql_ready` to empty."""
    url = new_database(postgresql_server)
    migrations.upgrade(url)
    return url


@pytest.fixture
def postgresql_ready(migrated_postgresql: str) -> str:
    """URL of a database with every table and not one row."""
    _empty(migrated_postgresql)
    return migrated_postgresql


def _empty(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        used = "SELECT relname FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 0 AND relname = ANY(%s)"
        names = [Identifier(name) for (name,) in connection.execute(used, [list(load_every_table().tables)])]
        if names:
            # Truncated, not deleted: rows lie in the order in which they come, as in a new database. As a replica no
            # trigger minds; the audit trail refuses to lose its rows otherwise.
            wipe = SQL("SET session_replication_role = replica; TRUNCATE {} RESTART IDENTITY CASCADE")
            connection.execute(wipe.format(SQL(", ").join(names)))
