"""What all local platforms share: what they took, what they were told to do wrong, and how they call the webhook."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

REPORT_PAUSES = (0.05, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each try


@dataclass
class Taken:
    """A message that the clinic's side sent: `picks` maps button titles to what pressing them sends back."""

    to: str
    text: str
    picks: dict[str, str]
    id: str
    raw: dict[str, Any] = field(repr=False, default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


class Platform:
    """Keeps what was sent. `faults` are answered first, one a call: (status, body, headers).

    `lost` answers get lost after a message was taken. `reports` makes it tell the webhook of what it took, as it would.
    """

    channel: ClassVar[str]
    path: ClassVar[str]  # of the webhook
    settings: ClassVar[Mapping[str, str]]  # what a gateway needs to take our calls and to call us
    address: ClassVar[str]  # the setting that says where we are

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.faults: deque[tuple[int, dict[str, Any], dict[str, str]]] = deque()
        self.delay = 0.0
        self.lost = 0
        self.reports = False
        self._reporting: set[asyncio.Task[None]] = set()
        self.calls = 0
        self.webhook = ""
        self.ids = itertools.count(1000)

    def routes(self) -> list[Route]:
        """What a gateway calls."""
        raise NotImplementedError

    def texts(self, to: str) -> list[str]:
        """What a person has received."""
        return [one.text for one in self.taken if one.to == to]

    def fail(self, status: int, body: dict[str, Any] | None = None, **headers: str) -> None:
        """Let the next call fail."""
        self.faults.append((status, body or {}, {name.replace("_", "-"): value for name, value in headers.items()}))

    async def fault(self) -> Response | None:
        """The failure that is due, if any; waits as long as the platform is slow."""
        self.calls += 1
        await asyncio.sleep(self.delay)
        if not self.faults:
            return None
        status, body, headers = self.faults.popleft()
        return JSONResponse(body, status, headers=headers)

    def answer(self, response: Response, taken: Taken) -> Response:
        """The answer to a call that was taken, unless it gets lost on its way; its report is sent."""
        if self.reports:
            task = asyncio.create_task(self._report(taken))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)
        if self.lost:
            self.lost -= 1
            return Response(status_code=504)
        return response

    async def _report(self, taken: Taken) -> None:
        """Until it is taken, with growing pauses; a platform with other manners overrides this."""
        body = self.report(taken)
        for pause in REPORT_PAUSES if body else ():
            await asyncio.sleep(pause)
            try:
                if (await self.call(body)).status_code == 200:
                    return
            except httpx.HTTPError:
                continue

    def report(self, taken: Taken) -> bytes:
        """The body that says: this message went out; empty where a platform says no such thing."""
        return b""

    async def until(self, to: str, wanted: str, seconds: float = 10) -> Taken:
        """The first message to a person that holds the wanted text."""

        async def wait() -> Taken:
            while True:
                for one in self.taken:
                    if one.to == to and wanted in one.text:
                        return one
                await asyncio.sleep(0.02)

        try:
            return await asyncio.wait_for(wait(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"{wanted!r} not among {self.texts(to)}") from None

    # -- calling the webhook: each platform makes and signs its own bodies

    def text(self, sender: str, text: str, id: int | None = None) -> bytes:
        """The body that says: this person wrote this text."""
        raise NotImplementedError

    def press(self, sender: str, pick: str, id: int | None = None) -> bytes:
        """The body that says: this person pressed this button."""
        raise NotImplementedError

    def photo(self, sender: str, caption: str = "") -> bytes:
        """The body that says: this person sent a photo."""
        raise NotImplementedError

    def signed(self, body: bytes) -> dict[str, str]:
        """Headers that prove where the body comes from."""
        raise NotImplementedError

    async def call(self, body: bytes, headers: Mapping[str, str | bytes] | None = None) -> httpx.Response:
        """Call the webhook, signed unless other headers are given."""
        async with httpx.AsyncClient(timeout=20) as http:
            return await http.post(
                self.webhook,
                content=body,
                headers=self.signed(body) if headers is None else dict(headers),  # type: ignore[arg-type]
            )

    async def says(self, sender: str, text: str, id: int | None = None) -> httpx.Response:
        """A person writes."""
        return await self.call(self.text(sender, text, id))


async def form(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return {name: str(value) for name, value in (await request.form()).items()}
