"""An engine that is away, slow or faulty: nothing is lost or answered twice, and the patient hears of it in 5 s."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clinic import Clinic
from bot.demo.serving import listening
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.databases import whatever_store
from tests.servers import free_port

from .fake_engine import FakeEngine
from .house import House, house, until


@pytest.mark.alone
@whatever_store
async def test_the_patient_hears_within_5_s_that_the_engine_is_away(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, engine_up=False) as here:
        patient = await here.patient()
        started = time.monotonic()
        await patient.send("one")
        found = await patient.read_until(lambda one: one["ref"] == "engine_down")
        assert time.monotonic() - started < 5
        assert "020 7946 0100" in found[-1]["text"]


async def test_the_patient_hears_only_once_that_the_engine_is_away(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon(monkeypatch)
    port = free_port()
    away = replace(settings, engine_urls=(f"http://127.0.0.1:{port}",))
    async with house(away, clinic, engine_up=False) as here:
        patient = await here.patient()
        await patient.send("one")
        await patient.read_until(lambda one: one["ref"] == "engine_down")
        await patient.send("two")
        await asyncio.sleep(1)
        async with listening(here.engine.app, port):
            assert await patient.answers(2) == ["heard: one", "heard: two"]
        told = [one for one in await patient.read() if one["ref"] == "engine_down"]
        assert len(told) == 1


def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patient hears sooner that it takes long."""
    monkeypatch.setattr("bot.gateway.turns.NOTICE_AFTER", 0.4)
    monkeypatch.setattr("bot.gateway.turns.NOTICE_MOMENT", 0.2)


async def test_a_short_pause_of_the_engine_passes_unnoticed(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.turns.NOTICE_AFTER", 20)
    here.engine.status = 503
    patient = await here.patient()
    await patient.send("hello")
    await asyncio.sleep(0.5)
    here.engine.status = 200
    await patient.answers(1)
    assert [one["ref"] for one in await patient.read(3)] == ["echo"]


async def test_a_slow_engine_is_waited_for_after_the_notice(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(monkeypatch)
    here.engine.delay = 1.5
    patient = await here.patient()
    await patient.send("hello")
    await patient.answers(1)
    assert [one["ref"] for one in await patient.read(3)] == ["engine_down", "echo"]
    assert len(here.engine.heard) == 1


async def test_a_message_that_no_engine_can_answer_is_given_up_with_a_word(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.turns.FIRST_PAUSE", 0.01)
    here.engine.status = 500
    patient = await here.patient()
    await patient.send("poison")
    await patient.read_until(lambda one: one["ref"] == "turn_failed")
    here.engine.status = 200
    await patient.send("hello")
    assert await patient.answers(1) == ["heard: hello"]


async def test_a_dead_engine_is_left_out(settings: Settings, clinic: Clinic) -> None:
    second, port = FakeEngine(), free_port()
    async with listening(second.app, port):
        urls = (f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{port}")
        async with house(replace(settings, engine_urls=urls), clinic, engine_up=False) as here:
            patient = await here.patient()
            for number in range(6):
                await patient.send(f"m {number}")
            await patient.answers(6)
            tried = here.gateway.engines._engines[0].failures
            assert tried == 1, "the dead engine was asked again and again"
    assert len(second.heard) == 6


async def test_an_engine_that_repeats_its_answer_is_heard_once(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is lost on the way: the gateway asks again under the same id."""
    monkeypatch.setattr("bot.gateway.turns.LEASE", timedelta(seconds=2))
    patient = await here.patient()
    here.engine.delay = 0.5
    await patient.send("hello")
    await here.computes(patient)
    name = here.gateway.turns._name
    here.gateway.turns._name = "0" * 32  # as if this process had lost its claim
    await until(lambda: not here.engine.at_once[patient.conversation])
    await asyncio.sleep(0.3)
    assert [one["from"] for one in await patient.read(2)] == ["patient"]
    here.gateway.turns._name = name
    assert await patient.answers(1) == ["heard: hello"]


async def test_two_gateways_share_the_work_in_order(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic) as one:
        one.engine.delay = 0.03
        shared = replace(settings, engine_urls=one.gateway.settings.engine_urls)
        from bot.gateway.gateway import Gateway

        from .house import LIBRARY, read_danger

        other = Gateway(shared, clinic, read_danger, LIBRARY)
        async with listening(create_app(other)) as url:
            patient = await one.patient()
            for number in range(20):
                base = one.url if number % 2 else url
                response = await one.http.post(
                    f"{base}/api/messages", json={"id": str(number), "text": f"m {number}"}, headers=patient.headers
                )
                assert response.status_code == 202
            assert await patient.answers(20) == [f"heard: m {number}" for number in range(20)]
            assert not one.engine.overlapped
            assert len(one.engine.heard) == 20
            response = await one.http.get(f"{url}/api/messages", headers=patient.headers)
            assert response.json()["messages"] == await patient.read()


async def test_stopping_gives_an_unfinished_turn_back_at_once(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.turns.LEASE", timedelta(minutes=5))  # as long it would be kept otherwise
    async with house(settings, clinic) as here:
        here.engine.delay = 30
        patient = await here.patient()
        await patient.send("hello")
        await here.computes(patient)
        await here.gateway.turns.stop(grace=0.2)
        here.engine.delay = 0
        here.gateway.turns._stopping = False
        assert await patient.answers(1) == ["heard: hello"]
