"""Packages of tests/node, fetched by tests/node/install; without them a test is skipped, or fails in CI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"


def package(name: str) -> Path:
    """The folder of an installed package."""
    found = FOLDER / "node_modules" / name
    if not found.is_dir():
        _missing(f"{name} is not installed: tests/node/install")
    return found


def validate(resources: Sequence[dict[str, Any]]) -> list[list[str]]:
    """What the npm `fhir` validator finds wrong with each resource."""
    package("fhir")
    node = shutil.which("node")
    if node is None:
        _missing("node is not installed: apt-get install nodejs npm")
    done = subprocess.run(
        [str(node), str(FOLDER / "validate.cjs")],
        input=json.dumps(resources),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def _missing(message: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
