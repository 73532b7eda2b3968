"""What all local platforms share: what they took, what they were told to do wrong, and how they call the webhook."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Taken:
    """A message that the clinic's side sent: `picks` maps button titles to what pressing them sends back."""

    to: str
    text: str
    picks: dict[str, str]
    id: str
    raw: dict[str, Any] = field(repr=False, default_factory=dict)


class Platform:
    """Keeps what was sent. `faults` are answered first, one a call: (status, body, headers)."""

    channel: ClassVar[str]
    path: ClassVar[str]  # of the webhook
    settings: ClassVar[Mapping[str, str]]  # what a gateway needs to take our calls and to call us
    address: ClassVar[str]  # the setting that says where we are

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.faults: deque[tuple[int, dict[str, Any], dict[str, str]]] = deque()
        self.delay = 0.0
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
