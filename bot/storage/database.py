"""One database, SQLite or PostgreSQL: transactions, sealing, and the way for async programs to use both."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Column, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.settings import Settings
from bot.storage.encryption import KeyRing, load_key_ring

P = ParamSpec("P")
T = TypeVar("T")
BUSY_SECONDS = 5.0


class StorageError(Exception):
    """The database cannot be used now: locked, full, read-only, gone. The message carries no data."""


class Database:
    """Use `read()` and `write()` as context managers; a write commits at its end, or rolls back on an exception."""

    def __init__(
        self, url: str, keys: KeyRing, *, busy_seconds: float = BUSY_SECONDS, threads: int = 16, durable: bool = True
    ) -> None:
        self.engine = make_engine(url, busy_seconds, durable=durable)
        self.keys = keys
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._busy = busy_seconds
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE") if self.sqlite else self.engine
        self._locks = (threading.Lock(), threading.Lock())  # the queue, and the door that its first stands at
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing is kept of what is written in it."""
        with _named_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """One transaction. On SQLite it holds the write lock from its start, so that it never fails half-way for it.

        An `urgent` one does not queue: it waits for the transaction that is running, and perhaps for one more.
        """
        with ExitStack() as held:
            # SQLite's own waiting is unfair polling; threads of one process queue here instead.
            for lock in self._locks[urgent:] if self.sqlite else ():
                if not lock.acquire(timeout=self._busy):
                    raise StorageError("busy")
                held.callback(lock.release)
            with _named_errors(), self._writer.begin() as connection:
                yield connection

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call in a worker thread. Cancelling leaves the thread to finish on its own."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._threads)
        return await anyio.to_thread.run_sync(
            partial(function, *args, **kwargs), abandon_on_cancel=True, limiter=self._limiter
        )

    def seal(self, column: Column[Any], row: str, value: Any) -> bytes:
        """Encrypt a JSON value for a column of a row."""
        return self.seal_bytes(column, row, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def unseal(self, column: Column[Any], row: str, sealed: bytes) -> Any:
        """Inverse of `seal`. Raises `SealError`."""
        return json.loads(self.unseal_bytes(column, row, sealed))

    def seal_bytes(self, column: Column[Any], row: str, value: bytes) -> bytes:
        """Encrypt bytes for a column of a row."""
        return self.keys.seal(value, place(column, row))

    def unseal_bytes(self, column: Column[Any], row: str, sealed: bytes) -> bytes:
        """Inverse of `seal_bytes`. Raises `SealError`."""
        return self.keys.open(sealed, place(column, row))

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def place(column: Column[Any], row: str) -> str:
    """Where a sealed value belongs: table, column and row."""
    return f"{column.table.name}.{column.name}/{row}"


def open_database(settings: Settings, *, upgrade: bool = True, durable: bool = True) -> Database:
    """The database of the settings, its tables brought up to date unless told otherwise.

    `durable=False` leaves it to another program's next commit to reach the disk, which on SQLite spares the engine a
    wait on every turn. What a power cut could take is whole and not yet said to anybody (docs/decisions/0802).
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keys = load_key_ring(settings)
    if upgrade:
        from bot.storage import migrations

        migrations.upgrade(settings.database)
    return Database(settings.database, keys, durable=durable)


def make_engine(url: str, busy_seconds: float = BUSY_SECONDS, *, durable: bool = True) -> Engine:
    """A SQLAlchemy engine with what this project needs of either database."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": busy_seconds}, pool_size=20, max_overflow=20)
        event.listen(engine, "connect", partial(_prepare_sqlite, "FULL" if durable else "NORMAL"))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        pool_timeout=busy_seconds,
        connect_args={"connect_timeout": 3, "options": f"-c lock_timeout={int(busy_seconds * 1000)}"},
    )


def _prepare_sqlite(synchronous: str, connection: Any, _record: Any) -> None:
    # The driver's own transaction handling starts too late and leaves DDL outside; `_begin_sqlite` does it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn the drivers' many ways to fail into `StorageError`; a broken constraint stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeout) as error:
        # The driver's text may hold bound values: only its class goes on.
        original = error.orig if isinstance(error, DBAPIError) else error
        raise StorageError(type(original).__name__) from None
