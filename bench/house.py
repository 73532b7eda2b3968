"""Ours as patients meet it: gateway, engine and database, full visits of several visitors at once."""

from __future__ import annotations

import asyncio
import gzip
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench.processes import Served
from bot.settings import ROOT

QUESTIONS = (
    "Hi, does it hurt?",
    "How many sessions will I need for my face?",
    "I take vitamin D, is that a problem?",
    "What does it cost?",
    "I would like to book a consultation",
)
WIDGET = ("/widget.js", "/widget/widget.css", "/widget/config.json")
HEALTH = 14  # answers given to the questionnaire that the last question starts


def serve_gateway(port: int, engine: int, folder: Path) -> Served:
    """The real gateway beside a running engine, on the same SQLite file."""
    environment = {
        "MESOBOT_DATA_DIR": str(folder / "ours"),
        "MESOBOT_PORT": str(port),
        "MESOBOT_CONSOLE_PORT": str(port + 1),
        "MESOBOT_ENGINE_PORT": str(engine),
        "MESOBOT_TRUSTED_PROXIES": "127.0.0.1",
    }
    return Served([sys.executable, "-m", "bot.cli", "gateway"], ROOT, folder / "gateway.log", environment)


class Visitor:
    """One patient: asks, then starts the questionnaire and gives the first or the "none" choice each time."""

    def __init__(self, http: httpx.AsyncClient, number: int, tick: Callable[[int], None]) -> None:
        """Each visitor has an address of its own, as behind a proxy: the limits are for one person."""
        self._http = http
        self._headers = {"X-Forwarded-For": f"198.51.100.{number % 250 + 1}"}
        self._tick = tick
        self._seen = 0
        self.turns: list[float] = []

    async def visit(self) -> list[float]:
        """Milliseconds from sending to having the answer, for every turn of the visit."""
        opened = await self._http.post("/api/sessions", json={}, headers=self._headers)
        opened.raise_for_status()
        self._headers["Authorization"] = f"Bearer {opened.json()['token']}"
        self._seen = max([0, *(one["seq"] or 0 for one in opened.json()["messages"])])
        last: Sequence[dict[str, Any]] = ()
        for text in QUESTIONS:
            last = await self._turn({"text": text})
        for _ in range(HEALTH):
            choices = [choice for one in last for choice in one["choices"]]
            if not choices:
                break
            last = await self._turn({"choice": _modest(choices)})
        return self.turns

    async def _turn(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        await asyncio.sleep(random.uniform(1, 3))  # noqa: S311 - reading, thinking and tapping, quicker than most
        started = time.perf_counter()
        message = {"id": uuid4().hex, **body}
        while True:
            sent = await self._http.post("/api/messages", json=message, headers=self._headers)
            if sent.status_code not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
                break
            await asyncio.sleep(int(sent.headers["Retry-After"]))
            if sent.status_code == httpx.codes.TOO_MANY_REQUESTS:  # a turn begins when it is let in
                started = time.perf_counter()
        sent.raise_for_status()
        answers: list[dict[str, Any]] = []
        while not answers:
            query = {"after": self._seen, "wait": 20}
            page = (await self._http.get("/api/messages", params=query, headers=self._headers)).json()["messages"]
            self._seen = max([self._seen, *(one["seq"] or 0 for one in page)])
            answers = [one for one in page if one["from"] == "bot"]
        self.turns.append((time.perf_counter() - started) * 1000)
        self._tick(1)
        return answers


def _modest(choices: Sequence[dict[str, str]]) -> str:
    none = [choice["id"] for choice in choices if choice["title"].lower().startswith(("none of", "no"))]
    return (none or [choices[0]["id"]])[0]


async def visits(url: str, visitors: int, tick: Callable[[int], None]) -> list[float]:
    """Milliseconds of every turn of so many visits at once."""
    limits = httpx.Limits(max_connections=2 * visitors)
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, limits=limits) as http:
        done = await asyncio.gather(*(Visitor(http, number, tick).visit() for number in range(visitors)))
    return [turn for turns in done for turn in turns]


async def widget_bytes(url: str) -> int:
    """Compressed bytes of everything that the widget loads until it is ready (tests/browser/test_budget.py)."""
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
        total = 0
        for path in WIDGET:
            response = await http.get(path)
            response.raise_for_status()
            total += len(gzip.compress(response.content, 9))
        return total
