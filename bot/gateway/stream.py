"""What a patient reads: messages after a number, by long poll or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Send

from bot.envelope import Envelope
from bot.gateway.ground import Ground
from bot.gateway.problems import later
from bot.storage import conversations, outbox
from bot.storage.database import StorageError

HEARTBEAT = 15.0
LONGEST_STREAM = 900.0  # then the client connects again, with Last-Event-ID
LONGEST_WAIT = 30.0
SEND_SECONDS = 20.0  # a client that takes nothing for so long is let go
STREAMS_PER_CONVERSATION = 6
STREAMS = 2000
BATCH = 200


class GoneError(Exception):
    """The conversation was erased."""


class EventStream(StreamingResponse):
    """An event stream that does not wait for ever for a client that stopped reading."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        async def hurried(message: Any) -> None:
            await asyncio.wait_for(send(message), SEND_SECONDS)

        try:
            await super().stream_response(hurried)
        except asyncio.TimeoutError:
            raise OSError("slow client") from None


class Reading:
    """Reads conversations for their patients."""

    def __init__(self, ground: Ground) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._metrics = ground.metrics
        self._busy = ground.wording.say("busy")

    async def poll(self, conversation: str, after: int, wait: float) -> list[dict[str, Any]]:
        """Messages numbered above `after`; waits for the first. Raises `GoneError` and `StorageError`."""
        deadline = time.monotonic() + min(wait, LONGEST_WAIT)
        self._admit(conversation)
        with self._hub.subscribe(conversation) as subscription:
            while True:
                subscription.news.clear()
                found = [envelope.as_dict() for envelope in await self._database.run(self._read, conversation, after)]
                found += subscription.unsaved
                left = deadline - time.monotonic()
                if found or left <= 0 or self._hub.closing.is_set():
                    return found
                try:
                    await asyncio.wait_for(subscription.news.wait(), left)
                except asyncio.TimeoutError:
                    continue

    async def events(self, conversation: str, after: int, expires: datetime, now: datetime) -> EventStream:
        """The stream. Raises `GoneError`, and a problem when too many are open."""
        self._admit(conversation)
        with suppress(StorageError):  # the stream may still carry what only memory knows
            await self._database.run(self._read, conversation, after)
        end = time.monotonic() + min(LONGEST_STREAM, (expires - now).total_seconds())
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return EventStream(self._events(conversation, after, end), headers=headers)

    async def _events(self, conversation: str, after: int, end: float) -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        self._metrics.streams.inc()
        try:
            with self._hub.subscribe(conversation) as subscription:
                # Counted once more: many may have been admitted before the first of them began to stream.
                crowded = self._hub.count(conversation) > STREAMS_PER_CONVERSATION or self._hub.count() > STREAMS
                while not (crowded or self._hub.closing.is_set()) and time.monotonic() < end:
                    subscription.news.clear()
                    while subscription.unsaved:
                        yield _event(subscription.unsaved.pop(0))
                    pause, found = HEARTBEAT, list[Envelope]()
                    try:
                        found = await self._database.run(self._read, conversation, after)
                    except GoneError:
                        yield "event: end\ndata: {}\n\n"
                        return
                    except StorageError:
                        pause = 1.0
                    for envelope in found:
                        after = envelope.seq
                        yield _event(envelope.as_dict())
                    if len(found) == BATCH:
                        continue
                    try:
                        await asyncio.wait_for(subscription.news.wait(), pause)
                    except asyncio.TimeoutError:
                        yield ": still here\n\n"
        finally:
            self._metrics.streams.dec()

    def _admit(self, conversation: str) -> None:
        if self._hub.count(conversation) >= STREAMS_PER_CONVERSATION:
            raise later(429, self._busy, 5)
        if self._hub.count() >= STREAMS:
            raise later(503, self._busy, 10)

    def _read(self, conversation: str, after: int) -> list[Envelope]:
        with self._database.read() as connection:
            room = conversations.find(connection, conversation)
            if room is not None and room.erased_at is not None:
                raise GoneError
            if room is None or room.last_seq <= after:
                return []
            return outbox.after(self._database, connection, conversation, after, BATCH)


def _event(envelope: dict[str, Any]) -> str:
    # An unsaved message has no number and must not move the client's Last-Event-ID.
    number = "" if envelope["seq"] is None else f"id: {envelope['seq']}\n"
    return f"{number}data: {json.dumps(envelope, ensure_ascii=False)}\n\n"
