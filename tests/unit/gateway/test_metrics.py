"""What operators see of the gateways: through the console's port, of every gateway of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from bot.gateway.metrics import FRESH_SECONDS, Metrics, folder_of, gathered


def test_the_console_sees_what_a_gateway_published(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.messages.labels("web", "accepted").inc()
    metrics.publish(folder_of(tmp_path))
    lines = gathered(tmp_path).decode().splitlines()
    assert f'mesobot_messages_total{{channel="web",gateway="{os.getpid()}",outcome="accepted"}} 1.0' in lines


def test_each_gateway_is_told_apart_and_a_name_is_explained_once(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.publish(folder_of(tmp_path))
    (folder_of(tmp_path) / "1.prom").write_bytes(metrics.render())
    text = gathered(tmp_path).decode()
    assert text.count("# TYPE mesobot_waiting_messages gauge") == 1
    assert text.count("mesobot_waiting_messages{") == 2


def test_a_gateway_that_ended_or_was_killed_is_not_shown(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.publish(folder_of(tmp_path))
    metrics.withdraw(folder_of(tmp_path))
    metrics.publish(folder_of(tmp_path))
    path = folder_of(tmp_path) / f"{os.getpid()}.prom"
    old = path.stat().st_mtime - FRESH_SECONDS - 1
    os.utime(path, (old, old))
    assert gathered(tmp_path) == b""
