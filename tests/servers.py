"""Real servers for tests: PostgreSQL and Redis, started on loopback for one test run.

Where a server is not installed its tests are skipped, saying so; in CI they fail, so that nothing goes untested there.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest


def missing(server: str) -> NoReturn:
    """Skip, or fail in CI."""
    message = f"{server} is not installed: apt-get install {server}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


_PORTS = iter(random.SystemRandom().sample(range(10_000, 32_000), 5_000))


def free_port() -> int:
    """A loopback port that nobody uses now, and that is given out once.

    Below the range from which systems take ports for outgoing connections: none of those is in the way when a server
    binds it later.
    """
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def postgresql_tool(name: str) -> str | None:
    """Path of a program of PostgreSQL; distributions keep them off the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(newest[-1]) if newest else shutil.which(name)


@contextmanager
def postgresql() -> Iterator[str]:
    """A server with an empty database; its SQLAlchemy URL."""
    initdb, server = postgresql_tool("initdb"), postgresql_tool("postgres")
    if initdb is None or server is None:
        missing("postgresql")
    # Not in pytest's own folder: another user, and a short path for its socket.
    folder = Path(tempfile.mkdtemp(prefix="mesobot-postgresql-"))
    port, data = free_port(), folder / "data"
    # PostgreSQL refuses to run as root: then its own user runs it.
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    create = [initdb, "-D", str(data), "-U", "mesobot", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(create, check=True, capture_output=True, cwd=folder, **as_user)  # type: ignore[call-overload]
    options = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    options += ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"]
    options += ["-c", f"unix_socket_directories={folder}", "-c", "max_connections=200"]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            [server, "-D", str(data), *options], stdout=output, stderr=output, cwd=folder, **as_user
        )  # type: ignore[call-overload]
    try:
        url = f"127.0.0.1:{port}/postgres"
        _wait(lambda: psycopg.connect(f"postgresql://mesobot@{url}").close(), psycopg.OperationalError)
        yield f"postgresql+psycopg://mesobot@{url}"
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nobody wants these data again
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis server; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: socket.create_connection(("127.0.0.1", port)).close(), OSError)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


def new_database(url: str) -> str:
    """A fresh database on the server of this URL."""
    name = f"test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"{url.rpartition('/')[0]}/{name}"


def _wait(attempt: object, fault: type[Exception], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            attempt()  # type: ignore[operator]
            return
        except fault:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
