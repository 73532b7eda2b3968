"""Counts and times for operators. Labels are fixed words: no id, no text, no address is ever one."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
