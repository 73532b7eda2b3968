"""A message accepted with 202 survives `kill -9` of either program at any moment and is answered exactly once."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.servers import free_port
from tests.system.programs import Program, up

MOMENTS = int(os.environ.get("MESOBOT_TEST_CRASHES", "100"))
PATIENTS = 4
CANARY = "canary-4711-zwitscher"


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    for program in programs:
        program.start()
    try:
        yield
    finally:
        for program in programs:
            if program.process is not None and program.process.poll() is None:
                program.kill()


class Patient:
    """Sends one message after the other; sends it again under its id until it was accepted."""

    def __init__(self, urls: list[str], name: str) -> None:
        self.urls = urls
        self.name = name
        self.accepted: list[str] = []
        self.headers: dict[str, str] = {}
        self._random = random.Random(name)  # noqa: S311

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The first answer that is not a fault of a program that is being killed."""
        while True:
            url = self._random.choice(self.urls)
            try:
                async with httpx.AsyncClient(timeout=10) as http:
                    response = await http.request(method, f"{url}{path}", headers=self.headers, **more)
                if response.status_code < 500:
                    return response
            except (httpx.HTTPError, AttributeError):
                # anyio asks a socket that a kill has closed for its address and finds None: a connection lost, as well.
                pass
            await asyncio.sleep(0.1)

    async def begin(self) -> None:
        session = (await self.call("POST", "/api/sessions")).json()
        self.headers = {"Authorization": f"Bearer {session['token']}"}

    async def talk(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            number = len(self.accepted)
            text = f"{CANARY} {self.name} {number}"
            response = await self.call("POST", "/api/messages", json={"id": f"id {number}", "text": text})
            assert response.status_code == 202, response.text
            self.accepted.append(text)
            await asyncio.sleep(self._random.uniform(0.02, 0.3))

    async def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = (await self.call("GET", f"/api/messages?after={after}")).json()["messages"]
            if not page:
                return found
            found += page

    async def answered(self) -> None:
        """Wait until everything is answered, then check that it was, once and in order."""
        wanted = [f"heard: {text}" for text in self.accepted]
        for _ in range(400):
            history = await self.history()
            got = [one["text"] for one in history if one["ref"] == "echo"]
            if len(got) >= len(wanted):
                break
            await asyncio.sleep(0.1)
        assert [one["text"] for one in history if one["from"] == "patient"] == self.accepted
        assert got == wanted
        assert [one["seq"] for one in history] == list(range(1, len(history) + 1))


@asynccontextmanager
async def talking(urls: list[str]) -> AsyncIterator[list[Patient]]:
    patients, stop = [Patient(urls, f"patient {number}") for number in range(PATIENTS)], asyncio.Event()
    await asyncio.gather(*(patient.begin() for patient in patients))
    tasks = [asyncio.create_task(patient.talk(stop)) for patient in patients]
    yield patients
    stop.set()
    await asyncio.gather(*tasks)


async def test_nothing_is_lost_or_answered_twice_when_programs_are_killed(tmp_path: Path) -> None:
    port, engine_port = free_port(), free_port()
    environment = {
        "MESOBOT_DATA_DIR": str(tmp_path / "var"),
        "MESOBOT_PORT": str(port),
        "MESOBOT_ENGINE_PORT": str(engine_port),
    }
    gateway = Program("gateway", environment, tmp_path / "gateway.log")
    engine = Program("engine", environment, tmp_path / "engine.log")
    chance = random.Random(20261123)  # noqa: S311
    url = f"http://127.0.0.1:{port}"
    with running(gateway, engine):
        await up(url)
        async with talking([url]) as patients:
            for _ in range(MOMENTS):
                await asyncio.sleep(chance.uniform(0.02, 0.6))
                victim = chance.choice([gateway, engine])
                victim.kill()
                victim.start()
                if victim is gateway:
                    await up(url)
        assert sum(len(patient.accepted) for patient in patients) > MOMENTS
        await asyncio.gather(*(patient.answered() for patient in patients))
        assert gateway.stop() == 0
    events = [json.loads(line)["event"] for line in gateway.log.read_text().splitlines()]
    assert events[-1] == "gateway.stopped"
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), f"{path} holds what a patient wrote"


async def test_two_gateways_and_two_engines_share_postgresql_and_redis(
    tmp_path: Path,
    postgresql_url: str,
    redis_url: str,
) -> None:
    ports, engine_ports = [free_port(), free_port()], [free_port(), free_port()]
    common = {
        "MESOBOT_DATA_DIR": str(tmp_path / "var"),
        "MESOBOT_DATABASE_URL": postgresql_url,
        "MESOBOT_REDIS_URL": redis_url,
        "MESOBOT_ENGINE_URLS": ",".join(f"http://127.0.0.1:{port}" for port in engine_ports),
    }
    gateways = [Program("gateway", {**common, "MESOBOT_PORT": str(port)}, tmp_path / f"g{port}.log") for port in ports]
    engines = [
        Program("engine", {**common, "MESOBOT_ENGINE_PORT": str(port)}, tmp_path / f"e{port}.log")
        for port in engine_ports
    ]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with running(*gateways, *engines):
        await asyncio.gather(*map(up, urls))
        async with talking(urls) as patients:
            for victim in (*gateways, *engines):
                await asyncio.sleep(1)
                victim.kill()
                await asyncio.sleep(1)
                victim.start()
        await asyncio.gather(*map(up, urls))
        await asyncio.gather(*(patient.answered() for patient in patients))


async def test_a_gateway_that_is_told_to_stop_ends_its_streams_and_exits_cleanly(tmp_path: Path) -> None:
    port = free_port()
    environment = {"MESOBOT_DATA_DIR": str(tmp_path), "MESOBOT_PORT": str(port)}
    gateway = Program("gateway", environment, tmp_path / "gateway.log")
    url = f"http://127.0.0.1:{port}"
    with running(gateway):
        await up(url)
        patient = Patient([url], "one")
        await patient.begin()
        async with (
            httpx.AsyncClient(timeout=60) as http,
            http.stream("GET", f"{url}/api/events", headers=patient.headers) as response,
        ):
            lines = response.aiter_lines()
            await anext(lines)
            stopped = asyncio.create_task(asyncio.to_thread(gateway.stop))
            async for _ in lines:
                pass
            assert await asyncio.wait_for(stopped, 20) == 0
