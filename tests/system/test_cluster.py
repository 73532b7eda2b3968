"""Two gateways, two engines, PostgreSQL, Redis and a proxy: each is killed in turn while patients write.

Nothing that was accepted is lost, answered twice or out of order. Takes about a minute. The proxy's test is of its own
because nginx is the server that machines of developers lack most often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.servers import free_port
from tests.system.cluster import Nginx, Postgres, Redis, Server
from tests.system.programs import Program, up
from tests.system.test_crashes import talking

AWAY = 1.5  # seconds that a killed part stays away


@dataclass
class Cluster:
    """Everything of it, and the addresses of its gateways."""

    urls: list[str]
    parts: list[Program | Server]


@contextmanager
def cluster(folder: Path, *, proxied: bool) -> Iterator[Cluster]:
    postgres, redis = Postgres(), Redis(folder)
    ports, engine_ports = [free_port(), free_port()], [free_port(), free_port()]
    # Before anything is started: where nginx is missing nothing is left running.
    proxy = [Nginx(folder, ROOT / "deploy" / "nginx.conf", ports)] if proxied else []
    common = {
        "MESOBOT_DATA_DIR": str(folder / "var"),
        "MESOBOT_DATABASE_URL": postgres.url,
        "MESOBOT_REDIS_URL": redis.url,
        "MESOBOT_ENGINE_URLS": ",".join(f"http://127.0.0.1:{port}" for port in engine_ports),
        "MESOBOT_TRUSTED_PROXIES": "127.0.0.1",
    }
    gateways = [Program("gateway", {**common, "MESOBOT_PORT": str(port)}, folder / f"g{port}.log") for port in ports]
    engines = [
        Program("engine", {**common, "MESOBOT_ENGINE_PORT": str(port)}, folder / f"e{port}.log")
        for port in engine_ports
    ]
    parts: list[Program | Server] = [postgres, redis, *gateways, *engines, *proxy]
    direct = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        for part in parts:
            part.start()
        yield Cluster([f"http://127.0.0.1:{proxy[0].port}"] if proxied else direct, parts)
    finally:
        for part in reversed(parts):
            if part.process is not None and part.process.poll() is None:
                with suppress(OSError):
                    part.kill()
        postgres.remove()


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "behind nginx"])
async def test_each_part_is_killed_in_turn_and_nothing_is_lost_or_doubled(tmp_path: Path, proxied: bool) -> None:
    with cluster(tmp_path, proxied=proxied) as running:
        await asyncio.gather(*(up(url, 60) for url in running.urls))
        async with talking(running.urls) as patients:
            for victim in running.parts:
                await asyncio.sleep(1)
                await asyncio.to_thread(victim.kill)
                await asyncio.sleep(AWAY)
                await asyncio.to_thread(victim.start)
        await asyncio.gather(*(up(url, 60) for url in running.urls))
        assert all(patient.accepted for patient in patients)
        await asyncio.gather(*(patient.answered() for patient in patients))
