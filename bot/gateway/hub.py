"""Wakes open streams when a conversation has something new. The database is the truth; this only says "look"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from bot.gateway.bus import Bus
from bot.gateway.logs import log
from bot.storage.conversations import conversations
from bot.storage.database import Database, StorageError

LOOK_EVERY = 1.0  # seconds between looks for what other processes wrote
AT_ONCE = 400  # conversations per look


class Subscription:
    """One open stream. `unsaved` are messages that could not be stored and exist only here."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.unsaved: list[dict[str, Any]] = []


class Hub:
    """The open streams of this process."""

    def __init__(self, database: Database, bus: Bus | None = None) -> None:
        self._database = database
        self._bus = bus
        self._open: dict[str, set[Subscription]] = {}
        self._seen: dict[str, tuple[int, bool]] = {}
        self.closing = asyncio.Event()
        self.on_news: Callable[[str], None] = lambda _conversation: None  # for what is sent, not streamed

    @contextmanager
    def subscribe(self, conversation: str) -> Iterator[Subscription]:
        """Be woken while the block runs."""
        subscription = Subscription()
        self._open.setdefault(conversation, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._open[conversation].discard(subscription)
            if not self._open[conversation]:
                del self._open[conversation]
                self._seen.pop(conversation, None)

    def count(self, conversation: str | None = None) -> int:
        """Open streams of a conversation, or of all."""
        if conversation is not None:
            return len(self._open.get(conversation, ()))
        return sum(map(len, self._open.values()))

    def wake(self, conversation: str) -> None:
        """Something was written: tell the streams here, and other gateways."""
        self._wake(conversation)
        self.on_news(conversation)
        if self._bus is not None:
            self._bus.publish(conversation)

    def _wake(self, conversation: str) -> None:
        for subscription in self._open.get(conversation, ()):
            subscription.news.set()

    def push(self, conversation: str, envelope: dict[str, Any]) -> None:
        """Deliver what could not be stored."""
        for subscription in self._open.get(conversation, ()):
            subscription.unsaved.append(envelope)
            subscription.news.set()

    def close(self) -> None:
        """End every stream: the program stops."""
        self.closing.set()
        for conversation in list(self._open):
            self._wake(conversation)

    async def listen(self) -> None:
        """Hear from other gateways, for ever; without Redis `watch` alone finds what they wrote."""
        if self._bus is not None:
            await self._bus.listen(self._wake)

    async def watch(self) -> None:
        """Look for what other processes wrote, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            waiting = list(self._open)
            for start in range(0, len(waiting), AT_ONCE):
                try:
                    found = await self._database.run(self._look, waiting[start : start + AT_ONCE])
                except StorageError as error:
                    log.warning("hub.database_away", error=str(error))
                    break
                for conversation, state in found.items():
                    if self._seen.get(conversation) != state:
                        self._seen[conversation] = state
                        self._wake(conversation)

    def _look(self, ids: list[str]) -> dict[str, tuple[int, bool]]:
        query = select(conversations.c.id, conversations.c.last_seq, conversations.c.erased_at)
        with self._database.read() as connection:
            rows = connection.execute(query.where(conversations.c.id.in_(ids))).all()
        return {row.id: (row.last_seq, row.erased_at is not None) for row in rows}
