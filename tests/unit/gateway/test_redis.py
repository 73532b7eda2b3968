"""Several gateways with one Redis: shared limits, streams that wake at once, and no harm when Redis is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.clinic import Clinic
from bot.demo.serving import listening
from bot.gateway.app import create_app
from bot.gateway.gateway import Gateway
from bot.gateway.limits import RedisLimiter, Rule
from bot.settings import Settings
from tests.servers import free_port

from .house import LIBRARY, house, read_danger


async def test_gateways_share_one_limit(redis_url: str) -> None:
    one, two, rule = RedisLimiter(redis_url), RedisLimiter(redis_url), Rule("shared", 0.5, 4)
    waits = [await limiter.hit(rule, "a") for limiter in (one, two, one, two, one)]
    assert waits[:4] == [0.0] * 4
    assert 0 < waits[4] <= 2


async def test_without_redis_each_gateway_counts_for_itself() -> None:
    limiter, rule = RedisLimiter(f"redis://127.0.0.1:{free_port()}"), Rule("alone", 0.5, 2)
    assert [await limiter.hit(rule, "a") for _ in range(2)] == [0.0, 0.0]
    assert await limiter.hit(rule, "a") > 0


async def test_a_stream_wakes_when_another_gateway_wrote(
    settings: Settings,
    clinic: Clinic,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.gateway.hub.LOOK_EVERY", 60)  # so that only Redis can tell
    async with house(replace(settings, redis_url=redis_url), clinic) as here:
        other = Gateway(here.gateway.settings, clinic, read_danger, LIBRARY)
        async with listening(create_app(other)) as url:
            patient = await here.patient()
            await asyncio.sleep(0.3)
            # Without Redis it would end by itself, with nothing.
            waiting = asyncio.create_task(
                here.http.get(f"{url}/api/messages?after=3&wait=25", headers=patient.headers, timeout=40)
            )
            await asyncio.sleep(0.3)
            await patient.send("hello")
            assert (await waiting).json()["messages"][0]["text"] == "heard: hello"
            other.ground.hub.close()


async def test_messages_are_answered_without_redis(settings: Settings, clinic: Clinic) -> None:
    async with house(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}"), clinic) as here:
        patient = await here.patient()
        await patient.send("hello")
        assert await patient.answers(1) == ["heard: hello"]
