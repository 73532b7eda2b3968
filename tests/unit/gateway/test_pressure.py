"""Too much at once, too slowly or for too long: whoever asks is told so honestly, and the others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.gateway import protection, stream
from bot.gateway.stream import EventStream
from tests.databases import whatever_store

from .house import House
from .house import stream as read_stream


async def test_with_too_many_waiting_new_messages_are_turned_away_with_a_number_and_danger_is_not(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.intake.MOST_WAITING", 2)
    here.engine.status = 503
    patients = [await here.patient() for _ in range(4)]
    for patient in patients[:3]:
        assert (await patient.send("hello")).status_code == 202
    while here.gateway.turns.waiting < 3:
        await asyncio.sleep(0.05)
    refused = await patients[3].send("hello")
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "020 7946 0100" in refused.json()["detail"]
    assert (await patients[3].send("my throat is closing")).status_code == 202
    assert any(one["kind"] == "alert" for one in await patients[3].read())
    here.engine.status = 200
    for patient in patients[:3]:
        assert await patient.answers(1, seconds=20) == ["heard: hello"]
    while here.gateway.turns.waiting > 0:
        await asyncio.sleep(0.05)
    assert (await patients[3].send("hello again")).status_code == 202


@whatever_store
async def test_one_conversation_has_few_streams_and_the_gateway_not_endlessly_many(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAMS_PER_CONVERSATION", 2)
    monkeypatch.setattr(stream, "STREAMS", 3)
    one, other, third = [await here.patient() for _ in range(3)]
    open_streams = [read_stream(here.http, patient) for patient in (one, one, other)]
    for events in open_streams:
        await anext(events)
    for patient, status in ((one, 429), (third, 503)):
        refused = await here.http.get("/api/events", headers=patient.headers)
        assert refused.status_code == status
        assert int(refused.headers["retry-after"]) > 0
    for events in open_streams:
        await events.aclose()
    while here.gateway.ground.hub.count():
        await asyncio.sleep(0.05)
    assert await anext(read_stream(here.http, third))


@whatever_store
async def test_streams_opened_at_one_moment_are_few_too(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STREAMS_PER_CONVERSATION", 2)
    patient = await here.patient()
    streams = [read_stream(here.http, patient) for _ in range(8)]
    await asyncio.gather(*(anext(one, None) for one in streams), return_exceptions=True)
    assert 0 < here.gateway.ground.hub.count(patient.conversation) <= 2
    for one in streams:
        await one.aclose()


async def test_a_stream_ends_after_a_while_and_goes_on_where_it_ended(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LONGEST_STREAM", 1.0)
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    patient = await here.patient()
    seen = [one["seq"] async for one in read_stream(here.http, patient)]
    assert seen == [one["seq"] for one in patient.opening]
    await patient.send("hello")
    more = [one["seq"] async for one in read_stream(here.http, patient, **{"Last-Event-ID": str(seen[-1])})]
    assert more[0] == seen[-1] + 1


async def test_a_client_that_stopped_reading_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.1)
    taken, ended = [], asyncio.Event()

    async def events() -> AsyncIterator[str]:
        try:
            for number in range(100):
                yield f"data: {number}\n\n"
        finally:
            ended.set()

    async def send(message: Any) -> None:
        taken.append(message)
        if len(taken) > 2:
            await asyncio.Event().wait()  # the socket's buffer is full, and stays so

    generator = events()
    with pytest.raises(OSError, match="slow client"):
        await EventStream(generator).stream_response(send)
    await generator.aclose()
    assert len(taken) == 3
    assert ended.is_set()


@whatever_store
async def test_a_body_that_trickles_in_is_not_waited_for(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "BODY_SECONDS", 0.3)
    patient = await here.patient()

    address = httpx.URL(here.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST /api/messages HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {patient.token}\r\n"
    head += 'Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{"id": "1", '
    writer.write(head.encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    assert not [one for one in await patient.read() if one["from"] == "patient"]
