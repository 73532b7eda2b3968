"""The engine's private HTTP API (contract: docs/architecture.md). Loopback or a private network only."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions.adapter import previewed
from bot.engine.assistant import Assistant
from bot.engine.parsing import parsed_line
from bot.storage.conversations import ErasedError
from bot.storage.database import StorageError
from bot.storage.turns import StoredTurn, TurnStore

log = structlog.get_logger()
Load = Callable[[Path], Assistant]


class Engine:
    """A loaded assistant and the store its turns are committed to. Reloading swaps the assistant between turns."""

    def __init__(
        self,
        assistant: Assistant,
        store: TurnStore,
        newest: Callable[[], Path],
        load: Load,
        refresh: Callable[[], None] = lambda: None,
        retrain: Callable[[str], None] | None = None,
    ) -> None:
        """`newest()` is the model that should answer, `load` opens a model, `refresh` reads what is published anew.

        These three may block. `retrain` starts the training of a proposal and returns at once.
        """
        self.assistant = assistant
        self._store = store
        self._newest = newest
        self._load = load
        self._refresh = refresh
        self.retrain = retrain
        self._locks: OrderedDict[str, asyncio.Lock] = OrderedDict()

    async def turn(self, body: dict[str, Any]) -> StoredTurn:
        """Take a turn, or return the stored one of the same message. Raises `StorageError`, `ErasedError`."""
        inbox, conversation = str(body["id"]), str(body["conversation"])
        async with self._lock(conversation):
            before = await asyncio.to_thread(self._store.before, inbox, conversation)
            if before.turn:
                return before.turn
            preview = before.preview
            started = time.perf_counter()
            metadata = {
                "inbox": inbox,
                "channel": body.get("channel") or "web",
                "alerted": body.get("alerted"),
                **({"alarm": body["alarm"]} if "alarm" in body else {}),
                "at": preview.clock(datetime.now(timezone.utc)).isoformat() if preview else body.get("at"),
                "title": body.get("title"),
                "language": body.get("language"),
            }
            assistant = self.assistant
            with previewed(preview):
                result = await assistant.take_turn(
                    conversation, body.get("text"), list(body.get("choices") or ()), metadata, before.tracker
                )
            done = await asyncio.to_thread(
                self._store.commit, inbox, conversation, result.tracker, result.replies, result.reading
            )
            log.info("turn", milliseconds=round((time.perf_counter() - started) * 1000), replies=len(done.replies))
            return done

    def _lock(self, conversation: str) -> asyncio.Lock:
        # The gateway takes turns already; this guards against a repeated call that overtakes the first one.
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        self._locks.move_to_end(conversation)
        while len(self._locks) > 10_000 and not next(iter(self._locks.values())).locked():
            self._locks.popitem(last=False)
        return lock

    async def reload(self) -> Path:
        """Take the published content, and the newest model: loaded beside the old one, which ends its running turns."""
        await asyncio.to_thread(self._refresh)
        newest = await asyncio.to_thread(self._newest)
        if newest != self.assistant.model:
            self.assistant = await asyncio.to_thread(self._load, newest)
            log.info("model_loaded", model=newest.name)
        return newest


def _problem(status: int, title: str) -> Response:
    return JSONResponse({"title": title, "status": status}, status, media_type="application/problem+json")


def application(engine: Engine) -> Starlette:
    """The routes."""

    async def turn(request: Request) -> Response:
        body = await request.json()
        if not body.get("id") or not body.get("conversation") or not (body.get("text") or body.get("choices")):
            return _problem(400, "a turn needs id, conversation, and text or choices")
        # Shielded: a caller that hangs up must not leave a turn half done; it asks again and gets the stored replies.
        done = await asyncio.shield(asyncio.ensure_future(engine.turn(body)))
        return JSONResponse({"replies": [reply.as_dict() for reply in done.replies], "reading": done.reading})

    async def parse(request: Request) -> Response:
        body = await request.json()
        return JSONResponse(parsed_line(body.get("id"), await engine.assistant.read(str(body.get("text") or ""))))

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "model": engine.assistant.model.name})

    async def reload(_: Request) -> Response:
        return JSONResponse({"model": (await engine.reload()).name})

    async def retrain(request: Request) -> Response:
        proposal = str((await request.json()).get("proposal") or "")
        if engine.retrain is None or not re.fullmatch("[0-9a-f]{32}", proposal):
            return _problem(400, "a training needs a proposal, and an engine that trains")
        engine.retrain(proposal)
        return JSONResponse({"proposal": proposal}, 202)

    async def erased(_: Request, __: Exception) -> Response:
        return _problem(410, "the conversation was erased")

    async def storage(_: Request, error: Exception) -> Response:
        log.error("storage_failed", error=str(error))
        return _problem(503, "the database cannot be used now")

    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        ErasedError: erased,
        StorageError: storage,
    }
    routes = [
        Route("/turn", turn, methods=["POST"]),
        Route("/parse", parse, methods=["POST"]),
        Route("/healthz", health),
        Route("/reload", reload, methods=["POST"]),
        Route("/retrain", retrain, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=handlers)
