"""What the safety tests share: the triage and the demo clinic, each built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clinic import Clinic, load_clinic
from bot.safety.triage import Triage

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def triage() -> Triage:
    return Triage.load()


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")
