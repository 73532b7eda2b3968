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

    async def long(self, turns: int, tick: Callable[[int], None]) -> list[float]:
        """Milliseconds of each turn of one long conversation."""
        conversation, taken = uuid4().hex, []
        for text in itertools.islice(itertools.cycle(self._bot.words), turns):
            taken.append(await self.say(conversation, text))
            tick(1)
        return taken

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.aclose()


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of `values` do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def growth(turns: Sequence[float], window: int = 24) -> float:
    """How much slower the last `window` turns are than those up to the tenth and just after: medians, same words.

    The windows cover whole rounds of the words, so that both hold the same mixture.
    """
    return statistics.median(turns[-window:]) / statistics.median(turns[:window])
