"""An open conversation, live (SSE): that there is something to fetch, and that the patient types.

The stream carries no words: the page fetches them by `news`, where permission and access log are. It looks at the
database once a second for as long as the page is open and the session lives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from bot.console.visit import Page, Visit
from bot.storage import conversations, presence, staff
from bot.storage.database import StorageError

LOOK_EVERY = 1.0  # seconds
HEARTBEAT = 15  # looks; proxies close what is silent
LONGEST = 1800  # looks; then the browser connects anew


@dataclass(frozen=True)
class State:
    """What a page shows depends on."""

    last: int
    owner: str | None
    types: bool


def pages() -> list[Page]:
    return [Page("/conversations/{id}/events", events, "talk", place="conversations", passive=True)]


async def events(visit: Visit) -> Response:
    return StreamingResponse(
        _told(visit, visit.path("id")), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _told(visit: Visit, id: str) -> AsyncIterator[str]:
    before: State | None = None
    for look in range(LONGEST):
        try:
            now = await visit.run(_look, visit, id)
        except StorageError:
            return
        if now is None:
            return
        if before is None or (now.last, now.owner) != (before.last, before.owner):
            yield "event: news\ndata: {}\n\n"
        if before is None or now.types != before.types:
            yield f"event: typing\ndata: {int(now.types)}\n\n"
        if look % HEARTBEAT == HEARTBEAT - 1:
            yield ": here\n\n"
        before = now
        await asyncio.sleep(LOOK_EVERY)


def _look(visit: Visit, id: str) -> State | None:
    """None when the session or the conversation is over."""
    ground, session = visit.ground, visit.session
    with ground.database.read() as connection:
        room = conversations.find(connection, id)
        alive = session and staff.session_by_id(ground.database, connection, session.id, ground.clock())
        if room is None or room.erased_at is not None or not alive:
            return None
        return State(room.last_seq, room.owner, presence.types(connection, id, ground.clock()))
