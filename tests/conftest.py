"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from bot.libyaml import use_libyaml
from bot.settings import from_environment

pytest_plugins = ["tests.databases"]
use_libyaml()  # as every program does at its start


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one certificate authority instead of hundreds: nothing here leaves the machine, and every HTTP client
    would read them all, which costs more than most tests."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(end)
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    path.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[object, object]]:
    """The real model with the real actions, trained if need be, on a database of its own, and its turn store."""
    # The actions build their part of the house from the environment, as they do under a stock action server.
    os.environ["MESOBOT_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))
    from actions.adapter import built_house
    from bot.engine.terminal import open_assistant

    built_house.cache_clear()  # another test may have built it on another database
    yield open_assistant(from_environment())
    del os.environ["MESOBOT_DATA_DIR"]
