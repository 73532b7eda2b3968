"""A real gateway with a fake engine, and local platforms that it receives from and sends to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from bot.clinic import Clinic
from bot.demo.meta import LocalMessenger, LocalWhatsApp
from bot.demo.platform import Platform
from bot.demo.serving import point, served
from bot.demo.telegram import LocalTelegram
from bot.demo.twilio import LocalTwilio, LocalTwilioWhatsApp
from bot.gateway.logs import configure_logs
from bot.settings import Settings
from bot.storage import outbox

from ..house import PATIENCE, House, house

PLATFORMS = (LocalTelegram, LocalTwilio, LocalTwilioWhatsApp, LocalWhatsApp, LocalMessenger)
SENDERS = {
    "telegram": "7001001",
    "sms": "+447400123456",
    "whatsapp_twilio": "whatsapp:+447400123456",
    "whatsapp": "447400123456",
    "messenger": "6001001001",
}


@dataclass
class Line:
    """A house, one platform, and someone who uses it."""

    house: House
    platform: Platform
    sender: str

    async def says(self, text: str, id: int | None = None) -> None:
        response = await self.platform.says(self.sender, text, id)
        assert response.status_code == 200, response.text

    async def hears(self, wanted: str, seconds: float = PATIENCE) -> str:
        return (await self.platform.until(self.sender, wanted, seconds)).text

    @property
    def heard(self) -> list[str]:
        """What the engine was asked, as text or choice ids."""
        return [one["text"] or "+".join(one["choices"]) for one in self.house.engine.heard]

    def deliveries(self) -> list[str]:
        """State of everything that was to be sent, in order."""
        with self.house.gateway.ground.database.read() as connection:
            query = select(outbox.m.delivery).where(outbox.m.delivery != "stream").order_by(outbox.m.seq)
            return list(connection.scalars(query))


async def line_to(settings: Settings, clinic: Clinic, platform: Platform) -> AsyncIterator[Line]:
    configure_logs()
    async with served(platform) as secrets, house(replace(settings, channel_secrets=secrets), clinic) as here:
        point(here.url, platform)
        yield Line(here, platform, SENDERS[platform.channel])


@pytest.fixture(params=PLATFORMS, ids=lambda kind: kind.channel)
async def line(request: pytest.FixtureRequest, settings: Settings, clinic: Clinic) -> AsyncIterator[Line]:
    async for one in line_to(settings, clinic, request.param()):
        yield one


@pytest.fixture
async def telegram(settings: Settings, clinic: Clinic) -> AsyncIterator[Line]:
    async for one in line_to(settings, clinic, LocalTelegram()):
        yield one


@pytest.fixture
async def sms(settings: Settings, clinic: Clinic) -> AsyncIterator[Line]:
    async for one in line_to(settings, clinic, LocalTwilio()):
        yield one


@pytest.fixture
async def whatsapp(settings: Settings, clinic: Clinic) -> AsyncIterator[Line]:
    async for one in line_to(settings, clinic, LocalWhatsApp()):
        yield one


@pytest.fixture
async def messenger(settings: Settings, clinic: Clinic) -> AsyncIterator[Line]:
    async for one in line_to(settings, clinic, LocalMessenger()):
        yield one
