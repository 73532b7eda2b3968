"""Hours in small: patients keep writing; memory stays bounded and nothing is left over.

MESOBOT_TEST_SOAK=1200 pytest tests/system/test_soak.py      twenty minutes; 30 seconds without the variable, and then
only the gateway is real: the model's memory settles too slowly for a short look.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bench.house import visits
from bot.gateway.metrics import gathered
from tests.servers import free_port
from tests.system.programs import Program, Real, up
from tests.system.test_crashes import Patient, running, talking

SECONDS = float(os.environ.get("MESOBOT_TEST_SOAK", "30"))
GROWTH_MB = 40.0  # over the whole soak, after the first third; caches fill, leaks go on
LONG = 300.0  # seconds from which the real engine is soaked too
VISITORS = 4  # at once, one visit after the other
LEAVE_EVERY = 5.0  # patients come and go: a new one for each that left


def megabytes(program: Program) -> float:
    assert program.process is not None
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


async def come_and_go(url: str, end: float) -> int:
    """Patients who each write a little and leave for good; how many came."""
    loop, came = asyncio.get_running_loop(), 0
    while loop.time() < end:
        patient, stop = Patient([url], f"passing {came}"), asyncio.Event()
        await patient.begin()
        task = asyncio.create_task(patient.talk(stop))
        await asyncio.sleep(min(LEAVE_EVERY, SECONDS / 10))
        stop.set()
        await task
        came += 1
    return came


async def test_memory_stays_bounded_and_the_queue_is_drained(tmp_path: Path) -> None:
    port, engine_port = free_port(), free_port()
    environment = {
        "MESOBOT_DATA_DIR": str(tmp_path / "var"),
        "MESOBOT_PORT": str(port),
        "MESOBOT_ENGINE_PORT": str(engine_port),
    }
    programs = [Program(kind, environment, tmp_path / f"{kind}.log") for kind in ("gateway", "engine")]
    url = f"http://127.0.0.1:{port}"
    with running(*programs):
        await up(url)
        loop = asyncio.get_running_loop()
        end = loop.time() + SECONDS
        async with talking([url]) as patients:
            passing = asyncio.create_task(come_and_go(url, end))
            await asyncio.sleep(SECONDS / 3)
            settled = [megabytes(program) for program in programs]
            highest = list(settled)
            while loop.time() < end:
                await asyncio.sleep(1)
                highest = [max(one, megabytes(program)) for one, program in zip(highest, programs, strict=True)]
            assert await passing >= 5
        assert [high - low < GROWTH_MB for high, low in zip(highest, settled, strict=True)] == [True, True], (
            settled,
            highest,
        )
        await asyncio.gather(*(patient.answered() for patient in patients))
        await asyncio.sleep(6)  # the next time that the gateway publishes
        waiting = [line for line in gathered(tmp_path / "var").decode().splitlines() if "waiting_messages{" in line]
        assert [line.rsplit(" ", 1)[1] for line in waiting] == ["0.0"]


@pytest.mark.skipif(SECONDS < LONG, reason="takes a long soak: MESOBOT_TEST_SOAK=1200")
async def test_the_real_programs_stay_bounded_through_visit_after_visit(tmp_path: Path) -> None:
    port, engine_port = free_port(), free_port()
    environment = {
        "MESOBOT_DATA_DIR": str(tmp_path / "var"),
        "MESOBOT_PORT": str(port),
        "MESOBOT_ENGINE_PORT": str(engine_port),
        "MESOBOT_TRUSTED_PROXIES": "127.0.0.1",
    }
    programs = [Real(kind, environment, tmp_path / f"{kind}.log") for kind in ("gateway", "engine")]
    url = f"http://127.0.0.1:{port}"
    with running(*programs):
        await up(url, 300)
        loop = asyncio.get_running_loop()
        started, turns, seen = loop.time(), 0, list[tuple[float, ...]]()
        while (passed := loop.time() - started) < SECONDS:
            turns += len(await visits(url, VISITORS, lambda _: None))
            seen.append((round(passed), turns, *map(megabytes, programs)))
            print("seconds, turns, MB of gateway, MB of engine:", *seen[-1], flush=True)  # noqa: T201 - the figures are wanted
        growth = [late - early for early, late in zip(seen[len(seen) // 3][2:], seen[-1][2:], strict=True)]
        assert max(growth) < GROWTH_MB, seen
