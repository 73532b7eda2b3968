"""A real database for every test, of both kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from bot.storage.database import Database, open_database
from tests.databases import BOTH


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> str:
    """Both kinds, always: this room is what differs."""
    return str(request.param)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, upgrade=False)
    yield database
    database.close()
