from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clinic import Clinic, load_clinic
from bot.gateway.logs import configure_logs
from bot.settings import ROOT, Settings
from tests.servers import postgresql_server, postgresql_url  # noqa: F401 - fixtures

from .house import House, house


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


# The quick round is on SQLite; CI, and whoever asks, runs every test on both.
DATABASES = (
    ["sqlite", "postgresql"] if os.environ.get("CI") or os.environ.get("MESOBOT_TEST_POSTGRESQL") else ["sqlite"]
)


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    return Settings(data_dir=tmp_path / "var", database_url=url)


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
