from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.clinic import Clinic, load_clinic
from bot.gateway.logs import configure_logs
from bot.settings import ROOT, Settings

from .house import House, house


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture
def sqlite_only(settings: Settings) -> None:
    """For faults that only a file can have."""
    if settings.database_url:
        pytest.skip("SQLite only")


@pytest.fixture
async def here(settings: Settings, clinic: Clinic) -> AsyncIterator[House]:
    configure_logs()
    async with house(settings, clinic) as both:
        yield both
