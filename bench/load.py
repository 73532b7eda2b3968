"""What is asked of a running bot: short conversations, many users at once, one long conversation."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from uuid import uuid4

import httpx

from bench.bots import Bot

SHORT = 12  # turns of a short conversation
EARLY = 12  # turns to each side of the tenth, and of the last


class Talker:
    """Speaks to a served bot over one keep-alive client."""

    def __init__(self, bot: Bot, url: str) -> None:
        """`url` is the base address."""
        self._bot = bot
        self._url = url
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(timeout=60, trust_env=False, limits=limits)

    async def say(self, conversation: str, text: str) -> float:
        """Milliseconds of one turn. Raises `RuntimeError` when the bot did not answer."""
        started = time.perf_counter()
        response = await self._http.post(f"{self._url}{self._bot.path}", json=self._bot.body(conversation, text))
        taken = (time.perf_counter() - started) * 1000
        if not response.is_success or not self._bot.answered(response.json()):
            raise RuntimeError(f"{self._bot.name} did not answer: {response.status_code}")
        return taken

    async def short(self, tick: Callable[[int], None]) -> list[float]:
        """Milliseconds of each turn of one short conversation."""
        conversation = uuid4().hex
        taken = [await self.say(conversation, text) for text in self._bot.words[:SHORT]]
        tick(SHORT)
        return taken

    async def many(self, users: int, seconds: float) -> float:
        """Turns per second while each of `users` speaks as soon as it was answered."""
        end, turns = time.perf_counter() + seconds, 0

        async def user() -> None:
            nonlocal turns
            while time.perf_counter() < end:
                conversation = uuid4().hex
                for text in self._bot.words[:SHORT]:
                    await self.say(conversation, text)
                    turns += 1
                    if time.perf_counter() >= end:
                        return

        started = time.perf_counter()
        await asyncio.gather(*(user() for _ in range(users)))
        return turns / (time.perf_counter() - started)

    async def long(self, turns: int, tick: Callable[[int], None]) -> tuple[list[float], list[float], list[float]]:
        """Milliseconds of each turn of one long conversation; then of turns late in it and early in another.

        The late and the early ones take turns and use the same words: what else the machine does hits both alike.
        """
        conversation, other = uuid4().hex, uuid4().hex
        words = itertools.cycle(self._bot.words)
        grown = []
        for text in itertools.islice(words, turns - EARLY):
            grown.append(await self.say(conversation, text))
            tick(1)
        late, early = [], []
        for text in itertools.islice(words, 2 * EARLY):
            late.append(await self.say(conversation, text))
            early.append(await self.say(other, text))
        return grown, late, early

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.aclose()


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of `values` do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def growth(late: Sequence[float], early: Sequence[float]) -> float:
    """How much slower a turn late in a conversation is than the same words early in another."""
    return statistics.median(late) / statistics.median(early)
