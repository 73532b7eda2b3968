"""Calls the engines. One that does not answer is left out for a while; a repeated turn gets the stored answer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.envelope import Reply
from bot.gateway.logs import log

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 20.0
FIRST_REST = 1.0  # seconds that an engine is left out for after a failure, doubled with each
LONGEST_REST = 5.0


class EngineAwayError(Exception):
    """No engine can be reached or answers in time: try again later."""


class EngineFaultError(Exception):
    """An engine answered, but not with a turn. The message may be at fault, so the tries are counted."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    replies: tuple[Reply, ...]
    reading: dict[str, Any]


@dataclass
class _Engine:
    url: str
    rests_until: float = 0.0
    failures: int = field(default=0)


class Engines:
    """All engines of the settings, asked in turn."""

    def __init__(self, urls: Sequence[str], *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._engines = [_Engine(url.rstrip("/")) for url in urls]
        self._start = itertools.count()
        timeout = httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS)
        # trust_env off: a proxy of the environment has no business between us and a private engine.
        self._client = httpx.AsyncClient(timeout=timeout, trust_env=False)

    async def turn(self, request: dict[str, Any]) -> Answer:
        """Have one message answered. Raises `EngineAwayError` or `EngineFaultError`."""
        first = next(self._start) % len(self._engines)
        for engine in self._engines[first:] + self._engines[:first]:
            if engine.rests_until > time.monotonic():
                continue
            try:
                response = await self._client.post(f"{engine.url}/turn", json=request)
            except httpx.HTTPError as error:
                self._rest(engine, type(error).__name__)
                continue
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # starting, reloading or overloaded
                self._rest(engine, "503")
                continue
            engine.failures = 0
            return _answer(response)
        raise EngineAwayError

    async def tier(self, text: str) -> str | None:
        """The tier of danger that an engine reads in `text`; None when the first that is at hand does not say."""
        for engine in self._engines:
            if engine.rests_until <= time.monotonic():
                try:
                    response = await self._client.post(f"{engine.url}/parse", json={"text": text})
                    read = response.json()
                    return str(read["tier"]) if response.is_success and read["answered"] else None
                except (httpx.HTTPError, ValueError, KeyError, TypeError):
                    return None
        return None

    async def any_up(self) -> bool:
        """Whether some engine says that it can serve."""
        for engine in self._engines:
            try:
                if (await self._client.get(f"{engine.url}/healthz", timeout=CONNECT_SECONDS)).is_success:
                    return True
            except httpx.HTTPError:
                continue
        return False

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    def _rest(self, engine: _Engine, error: str) -> None:
        pause = min(LONGEST_REST, FIRST_REST * 2**engine.failures)
        engine.failures += 1
        engine.rests_until = time.monotonic() + pause
        log.warning("engine.left_out", engine=engine.url, error=error, seconds=pause)


def _answer(response: httpx.Response) -> Answer:
    if not response.is_success:
        raise EngineFaultError(f"status {response.status_code}")
    try:
        body = response.json()
        return Answer(tuple(Reply.from_dict(reply) for reply in body["replies"]), body.get("reading") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EngineFaultError("not a turn") from None
