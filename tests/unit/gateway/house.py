"""A real gateway and a fake engine, both on loopback ports, and a patient who talks with them."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from bot.clinic import Clinic
from bot.demo.serving import listening
from bot.gateway.app import create_app
from bot.gateway.gateway import Gateway
from bot.gateway.limits import Limits
from bot.knowledge.library import Library
from bot.safety.findings import Finding
from bot.settings import Settings
from bot.storage.database import StorageError
from tests.servers import free_port

from .fake_engine import FakeEngine

LIBRARY = Library()
PATIENCE = 30.0  # seconds; only a failing test waits so long, and a machine may be slow
SIGNS = {"throat is closing": ("E1", "emergency"), "hot and red": ("U1", "urgent"), "want to die": ("SH1", "self_harm")}


def read_danger(text: str, language: str = "en") -> Finding:
    """Stands for the real check, which has tests of its own.

    Three phrases, doubtful beside a "maybe", and one that makes it crash.
    """
    if "crash" in text:
        raise RuntimeError(text)
    for sign, (flag, tier) in SIGNS.items():
        if sign in text.lower():
            return Finding(tier, flag, (sign,), "sure", doubtful="maybe" in text)  # type: ignore[arg-type]
    return Finding()


@dataclass
class Patient:
    """A browser: one session, and what it has read."""

    http: httpx.AsyncClient
    token: str
    conversation: str
    opening: list[dict[str, Any]]
    numbers: Any = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def send(self, text: str | None = None, **body: Any) -> httpx.Response:
        message = {"id": f"m{next(self.numbers)}", **({"text": text} if text is not None else {}), **body}
        return await self.http.post("/api/messages", json=message, headers=self.headers)

    async def read(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        response = await self.http.get(
            "/api/messages", params={"after": after, "wait": wait}, headers=self.headers, timeout=40
        )
        response.raise_for_status()
        return list(response.json()["messages"])

    async def read_until(
        self, wanted: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE, after: int = 0
    ) -> list[dict[str, Any]]:
        """Everything after a number, as soon as a wanted message is there."""

        async def wait() -> list[dict[str, Any]]:
            last = after
            while True:
                news = await self.read(last, wait=2)
                if any(map(wanted, news)):
                    return await self.read(after)
                last = max([last, *(one["seq"] or 0 for one in news)])

        return await asyncio.wait_for(wait(), seconds)

    async def answers(self, count: int, seconds: float = PATIENCE) -> list[str]:
        """Texts of the engine's answers once there are so many."""

        async def wait() -> list[str]:
            while True:
                found = [one["text"] for one in await self.read() if one["ref"] == "echo"]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.05)

        return await asyncio.wait_for(wait(), seconds)


@dataclass
class House:
    """A gateway, its engine, and a client."""

    gateway: Gateway
    engine: FakeEngine
    http: httpx.AsyncClient
    url: str

    async def computes(self, patient: Patient) -> None:
        """Wait until the engine works on a message of this patient."""
        await until(lambda: self.engine.at_once.get(patient.conversation))

    async def patient(self, former: str = "", **body: Any) -> Patient:
        headers = {"Authorization": f"Bearer {former}"} if former else {}
        response = await self.http.post("/api/sessions", json=body, headers=headers)
        response.raise_for_status()
        session = response.json()
        return Patient(self.http, session["token"], session["conversation"], session["messages"])


@asynccontextmanager
async def house(
    settings: Settings, clinic: Clinic, *, engine_up: bool = True, limits: Limits | None = None
) -> AsyncIterator[House]:
    """Both programs, until the block ends."""
    engine, port = FakeEngine(), free_port()
    settings = replace(settings, engine_urls=settings.engine_urls or (f"http://127.0.0.1:{port}",))
    gateway = Gateway(settings, clinic, read_danger, LIBRARY, limits=limits)

    @asynccontextmanager
    async def maybe() -> AsyncIterator[None]:
        if engine_up:
            async with listening(engine.app, port):
                yield
        else:
            yield

    async with (
        maybe(),
        listening(create_app(gateway)) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http,
    ):
        yield House(gateway, engine, http, url)
        gateway.ground.hub.close()


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something has come true; for as long as a busy machine may need."""

    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.02)

    await asyncio.wait_for(wait(), seconds)


@asynccontextmanager
async def database_away(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Every connection fails, as when the server is gone."""

    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise StorageError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(gateway.ground.database, "read", refuse)
        patch.setattr(gateway.ground.database, "write", refuse)
        yield


async def stream(http: httpx.AsyncClient, patient: Patient, **headers: str) -> AsyncIterator[dict[str, Any]]:
    """Envelopes of the event stream."""
    async with http.stream(
        "GET", "/api/events", headers={**patient.headers, **headers}, timeout=httpx.Timeout(5, read=30)
    ) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                yield json.loads(line[5:])
