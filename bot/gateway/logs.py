"""Logs hold names of events, ids and numbers. Nothing a patient wrote can get in: unknown fields are dropped."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

# The only fields that are written. None of them ever holds text, names, addresses or tokens.
FIELDS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "error", "where", "signal", "port"),
        *("conversation", "inbox", "alert", "job", "kind", "channel", "flag", "tier", "state", "outlet"),
        *("status", "method", "route", "seconds", "engine", "attempts", "count"),
    }
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("mesobot.gateway")


def configure_logs(level: int = logging.INFO) -> None:
    """JSON lines on standard error, for our own events and for those of libraries. Call once, at start."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            _name_error,
            _drop_unknown,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "uvicorn", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def where(error: BaseException) -> str:
    """Where an error came from, innermost frames last; never its message, which may quote what was being handled."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)


def _name_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.get("error")
    if isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__name__, where(error)
    return event


def _drop_unknown(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in FIELDS}


class _Lines(logging.Formatter):
    """Our events come as ready lines; of a library's record only its origin and the class of its error are kept."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("mesobot"):
            return str(record.msg)
        event: dict[str, Any] = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        event["where"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1]:
            event["error"] = record.exc_info[1]
            _name_error(None, "", event)
        return str(structlog.processors.JSONRenderer()(None, "", event))
