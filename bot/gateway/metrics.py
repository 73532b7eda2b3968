"""Counts and times for operators. Labels are fixed words: no id, no text, no address is ever one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

FRESH_SECONDS = 30.0  # an older file was left by a gateway that was killed
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """One registry per gateway, served on the console's port."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.stage = Histogram(
            "mesobot_turn_seconds", "Time by stage of a turn", ["stage"], buckets=SECONDS, registry=self.registry
        )
        self.messages = Counter(
            "mesobot_messages_total",
            "Messages by channel and what became of them",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.retries = Counter("mesobot_turn_retries_total", "Turns tried again", ["reason"], registry=self.registry)
        self.alerts = Counter("mesobot_alerts_total", "Danger cards shown", ["tier"], registry=self.registry)
        self.deliveries = Counter(
            "mesobot_deliveries_total", "Alerts handed to an outlet", ["outlet", "outcome"], registry=self.registry
        )
        self.jobs = Counter("mesobot_jobs_total", "Background jobs", ["kind", "outcome"], registry=self.registry)
        self.waiting = Gauge("mesobot_waiting_messages", "Messages not answered yet", registry=self.registry)
        self.streams = Gauge("mesobot_open_streams", "Open event streams", registry=self.registry)
        self.topics = Counter("mesobot_topics_total", "Turns by main topic", ["topic"], registry=self.registry)

    def render(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self.registry)

    def publish(self, folder: Path) -> None:
        """Write the present values where `gathered` finds them. Raises `OSError`."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{os.getpid()}.prom"
        part = target.with_suffix(".part")
        part.write_bytes(self.render())
        part.replace(target)  # a reader sees the old or the new file, never half of one

    @staticmethod
    def withdraw(folder: Path) -> None:
        """This process ends: nobody should read its values any more."""
        (folder / f"{os.getpid()}.prom").unlink(missing_ok=True)


def folder_of(data_dir: Path) -> Path:
    """Where the gateways of a machine publish their values."""
    return data_dir / "metrics"


def gathered(data_dir: Path) -> bytes:
    """The values of all gateways of this machine, each labelled `gateway`, for the console's `/metrics`."""
    registry = CollectorRegistry()
    registry.register(_Published(folder_of(data_dir)))
    return generate_latest(registry)


class _Published(Collector):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for path in sorted(self._folder.glob("*.prom")):
            try:
                if time() - path.stat().st_mtime > FRESH_SECONDS:
                    continue
                text = path.read_text(encoding="utf-8")
            except OSError:  # withdrawn just now
                continue
            for family in text_string_to_metric_families(text):
                into = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    into.samples.append(sample._replace(labels={**sample.labels, "gateway": path.stem}))
        yield from families.values()
