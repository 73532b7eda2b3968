"""Senders on every channel at once, while gateway and engine are killed: nothing is lost, nothing is answered twice.

The part that was on its way when a gateway was killed may arrive twice (docs/decisions/0702-at-least-once.md).
`MESOBOT_TEST_SOAK=600` makes it the ten-minute soak.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import httpx
from sqlalchemy import func, select

from bot.settings import Settings
from bot.storage import inbox
from bot.storage.database import open_database
from tests.platforms.base import Platform
from tests.platforms.meta import LocalMessenger, LocalWhatsApp
from tests.platforms.serving import all_served
from tests.platforms.telegram import LocalTelegram
from tests.platforms.twilio import LocalTwilio
from tests.servers import free_port
from tests.system.programs import Program, up

SECONDS = float(os.environ.get("MESOBOT_TEST_SOAK", "15"))
SENDERS = 5  # on each channel
LEASE = 60  # seconds that a message waits whose gateway was killed while sending it


class Sender:
    """Someone on a platform, which sends again what was not answered with 200, and now and then what was."""

    def __init__(self, platform: Platform, number: int) -> None:
        self.platform = platform
        digits = f"447400123{number:03d}"
        self.address = f"+{digits}" if platform.channel == "sms" else digits
        self.number = number
        self.said: list[str] = []
        self._draw = random.Random(f"{platform.channel}{number}")  # noqa: S311

    async def talk(self, end: float) -> None:
        while time.monotonic() < end or not self.said:
            count = len(self.said)
            text = f"message {self.number}-{count}."
            body = self.platform.text(self.address, text, 1_000_000 + self.number * 10_000 + count)
            while not await self._accepted(body):
                await asyncio.sleep(0.2)
            if self._draw.random() < 0.3:
                await asyncio.gather(self._accepted(body), self._accepted(body))
            self.said.append(text)
            await asyncio.sleep(self._draw.uniform(1.0, 5.0))

    async def _accepted(self, body: bytes) -> bool:
        try:
            return (await self.platform.call(body)).status_code == 200
        except httpx.HTTPError:
            return False

    def missing(self) -> list[str]:
        texts = self.platform.texts(self.address)
        return [text for text in self.said if not any(f"heard: {text}" in one for one in texts)]

    def twice(self) -> int:
        texts = self.platform.texts(self.address)
        return sum(sum(f"heard: {text}" in one for one in texts) - 1 for text in self.said)


async def test_nothing_is_lost_on_any_channel_while_programs_are_killed(tmp_path: Path) -> None:
    for meta in (LocalWhatsApp(), LocalMessenger()):
        await soak(tmp_path / meta.channel, [LocalTelegram(), LocalTwilio(), meta])


async def soak(folder: Path, platforms: list[Platform]) -> None:
    folder.mkdir()
    port, engine_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    chance = random.Random(20261123)  # noqa: S311
    async with all_served(platforms, url) as secrets:
        environment = {
            **secrets,
            "MESOBOT_DATA_DIR": str(folder / "var"),
            "MESOBOT_PORT": str(port),
            "MESOBOT_ENGINE_PORT": str(engine_port),
        }
        programs = [Program(kind, environment, folder / f"{kind}.log") for kind in ("gateway", "engine")]
        for program in programs:
            program.start()
        try:
            await up(url)
            senders = [Sender(platform, number) for platform in platforms for number in range(SENDERS)]
            end, kills = time.monotonic() + SECONDS, 0
            tasks = [asyncio.create_task(sender.talk(end)) for sender in senders]
            while time.monotonic() < end:
                await asyncio.sleep(chance.uniform(2.0, 5.0))
                victim = chance.choice(programs)
                victim.kill()
                victim.start()
                kills += victim is programs[0]
                await up(url)
            await asyncio.gather(*tasks)
            await asyncio.wait_for(everything(senders), LEASE + 60)
            # At most what was on its way at each kill, one part a sender.
            assert sum(sender.twice() for sender in senders) <= kills * len(senders)
            assert programs[0].stop() == 0
        finally:
            for program in programs:
                if program.process is not None and program.process.poll() is None:
                    program.kill()
    database = open_database(Settings(data_dir=folder / "var"))
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox.inbox)) == sum(len(one.said) for one in senders)
    database.close()


async def everything(senders: list[Sender]) -> None:
    """Wait until everybody got every answer."""
    while any(sender.missing() for sender in senders):
        await asyncio.sleep(0.5)
