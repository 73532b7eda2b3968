from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clinic import Clinic, load_clinic
from bot.gateway.logs import configure_logs
from bot.settings import ROOT, Settings

from .house import House, house


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var")


@pytest.fixture
async def here(settings: Settings, clinic: Clinic) -> AsyncIterator[House]:
    configure_logs()
    async with house(settings, clinic) as both:
        yield both
