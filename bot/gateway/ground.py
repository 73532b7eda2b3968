"""What every part of the gateway stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.gateway.hub import Hub
from bot.gateway.metrics import Metrics
from bot.gateway.wording import Wording
from bot.storage.database import Database
from bot.storage.tables import now


@dataclass(frozen=True)
class Ground:
    """Made once by the program, passed to every part."""

    database: Database
    hub: Hub
    wording: Wording
    metrics: Metrics
    clock: Callable[[], datetime] = now


def delivery_of(channel: str) -> str:
    """How a message leaves: read by an open stream, or sent to a platform by its channel."""
    return "stream" if channel == "web" else "pending"
