from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.clinic import Clinic, load_clinic
from bot.knowledge.library import Library

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture
def today() -> date:
    return TODAY
