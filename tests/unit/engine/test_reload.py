"""A model that is exchanged, and an engine that is told to stop, lose no turn."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bot.engine.api import Engine, application
from bot.engine.assistant import TurnResult
from bot.envelope import Reply
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.tables import new_id
from bot.storage.turns import TurnStore
from tests.servers import free_port


class Slow:
    """Takes its time, and says which model it is."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def take_turn(
        self, conversation: str, text: str | None, choices: list[str], metadata: Any, tracker: bytes | None
    ) -> TurnResult:
        self.begun.set()
        await self.go_on.wait()
        return TurnResult((Reply("answer", "echo", self.model.name),), b"{}", {})


@pytest.fixture
def store(tmp_path: Path) -> TurnStore:
    return TurnStore(open_database(Settings(data_dir=tmp_path)))


async def test_a_running_turn_ends_with_the_model_it_began_with_and_the_next_has_the_new_one(store: TurnStore) -> None:
    old, new = Slow(Path("old")), Slow(Path("new"))
    engine = Engine(old, store, lambda: new.model, lambda _: new)  # type: ignore[arg-type, return-value]
    client = httpx.AsyncClient(transport=httpx.ASGITransport(application(engine)), base_url="http://engine")
    first = {"id": new_id(), "conversation": new_id(), "text": "hello"}
    running = asyncio.create_task(client.post("/turn", json=first))
    await old.begun.wait()
    assert (await client.post("/reload")).json() == {"model": "new"}
    old.go_on.set()
    new.go_on.set()
    assert (await running).json()["replies"][0]["text"] == "old"
    after = (await client.post("/turn", json={**first, "id": new_id()})).json()
    assert after["replies"][0]["text"] == "new"
    assert (await client.post("/turn", json=first)).json()["replies"][0]["text"] == "old"


async def test_a_caller_that_hangs_up_finds_the_turn_done_when_it_asks_again(store: TurnStore) -> None:
    slow = Slow(Path("m"))
    engine = Engine(slow, store, lambda: slow.model, lambda _: slow)  # type: ignore[arg-type, return-value]
    client = httpx.AsyncClient(transport=httpx.ASGITransport(application(engine)), base_url="http://engine")
    body = {"id": new_id(), "conversation": new_id(), "text": "hello"}
    asked = asyncio.create_task(client.post("/turn", json=body))
    await slow.begun.wait()
    asked.cancel()
    slow.go_on.set()
    while store.find(body["id"]) is None:
        await asyncio.sleep(0.02)
    slow.go_on.clear()  # a second computation would wait for ever
    again = await asyncio.wait_for(client.post("/turn", json=body), 30)
    assert [reply["text"] for reply in again.json()["replies"]] == ["m"]


async def test_an_engine_told_to_stop_inside_a_turn_ends_it_and_the_next_engine_does_not_take_it_again(
    store: TurnStore,
) -> None:
    slow, port = Slow(Path("first")), free_port()
    engine = Engine(slow, store, lambda: slow.model, lambda _: slow)  # type: ignore[arg-type, return-value]
    server = uvicorn.Server(uvicorn.Config(application(engine), port=port, log_level="error", ws="none"))
    told: list[int] = []
    before = signal.signal(
        signal.SIGTERM, lambda number, _: told.append(number)
    )  # the server raises it again at its end
    try:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        body = {"id": new_id(), "conversation": new_id(), "text": "hello"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            asked = asyncio.create_task(client.post("/turn", json=body))
            await slow.begun.wait()
            os.kill(os.getpid(), signal.SIGTERM)
            while not server.should_exit:
                await asyncio.sleep(0.01)
            slow.go_on.set()
            first = await asyncio.wait_for(asked, 30)
        await asyncio.wait_for(serving, 30)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]
    assert [reply["text"] for reply in first.json()["replies"]] == ["first"]
    another = Engine(Slow(Path("second")), store, lambda: slow.model, lambda _: slow)  # type: ignore[arg-type, return-value]
    again = await asyncio.wait_for(another.turn(body), 30)  # which would wait for ever to compute it
    assert [reply.text for reply in again.replies] == ["first"]
