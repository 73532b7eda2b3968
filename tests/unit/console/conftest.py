from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clinic import Clinic, load_clinic
from bot.console.ground import Ground
from bot.knowledge.library import Library
from bot.settings import ROOT, Settings
from bot.storage.database import open_database
from tests.servers import postgresql_server, postgresql_url  # noqa: F401 - fixtures

from .staffed import Office, office

# The quick round is on SQLite; CI, and whoever asks, runs every test on both.
DATABASES = (
    ["sqlite", "postgresql"] if os.environ.get("CI") or os.environ.get("MESOBOT_TEST_POSTGRESQL") else ["sqlite"]
)


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(params=DATABASES)
def ground(request: pytest.FixtureRequest, clinic: Clinic, library: Library, tmp_path: Path) -> Iterator[Ground]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    settings = Settings(data_dir=tmp_path / "var", database_url=url)
    database = open_database(settings)
    yield Ground(settings, clinic, database, library)
    database.close()


@pytest.fixture
async def here(ground: Ground) -> AsyncIterator[Office]:
    async with office(ground) as ready:
        yield ready


@pytest.fixture
async def in_production(ground: Ground) -> AsyncIterator[Office]:
    """The same with what production demands."""
    settings = replace(ground.settings, env="production", secret_key="s" * 40, data_keys=("x",))
    async with office(Ground(settings, ground.clinic, ground.database, ground.library)) as ready:
        yield ready
