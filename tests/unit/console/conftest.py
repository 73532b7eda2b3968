from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.clinic import Clinic, load_clinic
from bot.console.ground import Ground
from bot.knowledge.library import Library
from bot.settings import ROOT, Settings
from bot.storage.database import open_database

from .staffed import Office, office


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture
def ground(settings: Settings, clinic: Clinic, library: Library) -> Iterator[Ground]:
    database = open_database(settings, upgrade=False)
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
