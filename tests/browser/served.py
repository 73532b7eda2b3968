"""The real gateway with a scripted engine behind it, on loopback ports, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from bot.clinic import Clinic
from bot.envelope import Reply
from bot.gateway.app import create_app
from bot.gateway.gateway import Gateway
from bot.gateway.limits import Limits, Rule
from bot.knowledge.library import Library
from bot.safety.findings import Finding
from bot.settings import Settings
from bot.storage import outbox
from bot.storage.tables import now
from tests.servers import free_port

from .scripted_engine import ScriptedEngine

SIGNS = {"throat is closing": ("E1", "emergency"), "hot and red": ("U1", "urgent")}
FREELY = Limits(*(Rule(name, 1000, 1000) for name in ("messages", "messages_long", "address", "sessions", "reads")))


def read_danger(text: str, language: str = "en") -> Finding:
    """Stands for the real check, which has tests of its own."""
    for sign, (flag, tier) in SIGNS.items():
        if sign in text.lower():
            return Finding(tier, flag, (sign,), "sure")  # type: ignore[arg-type]
    return Finding()


class Server(uvicorn.Server):
    """In a thread: signals are the test run's."""

    def install_signal_handlers(self) -> None:
        pass


class House:
    """A served gateway: its address, its engine, and a way to speak as staff."""

    def __init__(self, clinic: Clinic, folder: Path, origins: tuple[str, ...] = ()) -> None:
        self.engine = ScriptedEngine()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        engine_port = free_port()
        settings = Settings(
            data_dir=folder, engine_urls=(f"http://127.0.0.1:{engine_port}",), allowed_origins=origins, port=self.port
        )
        self.gateway = Gateway(replace(settings), clinic, read_danger, library=Library(), limits=FREELY)
        self._servers = [_server(self.engine.app, engine_port), _server(create_app(self.gateway), self.port)]
        self._threads = [threading.Thread(target=server.run, daemon=True) for server in self._servers]

    def start(self) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            thread.start()
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the server did not start")
                thread.join(0.02)
        deadline = time.monotonic() + 30
        while httpx.get(f"{self.url}/healthz").status_code != httpx.codes.OK:
            if time.monotonic() > deadline:
                raise RuntimeError("the database is not ready")
            time.sleep(0.05)

    def stop(self) -> None:
        self.gateway.ground.hub.closing.set()
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(10)

    def say(self, conversation: str, reply: Reply, name: str | None = None) -> None:
        """A message of the staff (with a name) or of the bot, out of the blue."""
        database = self.gateway.ground.database
        with database.write() as connection:
            sender = "staff" if name else "bot"
            outbox.append(database, connection, conversation, reply, now(), sender=sender, name=name)  # type: ignore[arg-type]


def _server(app: Any, port: int) -> Server:
    return Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none", timeout_graceful_shutdown=2)
    )


@contextmanager
def house(clinic: Clinic, folder: Path, origins: tuple[str, ...] = ()) -> Iterator[House]:
    """Served until the block ends."""
    both = House(clinic, folder, origins)
    both.start()
    try:
        yield both
    finally:
        both.stop()


@contextmanager
def site(app: Starlette) -> Iterator[str]:
    """Some other site, on its own origin."""
    port = free_port()
    server = _server(app, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
