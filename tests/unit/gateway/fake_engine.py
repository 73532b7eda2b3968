"""A small engine that speaks the contract of docs/architecture.md: for tests of the gateway only.

It says what it heard, and remembers by inbox id as the real one does. With a database URL it keeps turns there, so
that it may be killed; run it as `python fake_engine.py PORT DATA_DIR`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.envelope import Choice, Reply
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.turns import TurnStore


class FakeEngine:
    """Answers "heard: <text>". `heard` lists requests, `delay` slows it, `status` makes it fail.

    `tier` is the danger that it reads in any text, `language` the one that it answers in.
    """

    def __init__(self, store: TurnStore | None = None) -> None:
        self.store = store
        self.heard: list[dict[str, Any]] = []
        self.replies: list[Reply] | None = None
        self.delay = 0.0
        self.status = 200
        self.tier = "none"
        self.language = "en"
        self.at_once: dict[str, int] = {}
        self.overlapped = False
        self._turns: dict[str, dict[str, Any]] = {}
        self.app = Starlette(
            routes=[
                Route("/turn", self.turn, methods=["POST"]),
                Route("/parse", self.parse, methods=["POST"]),
                Route("/healthz", self.health, methods=["GET"]),
            ]
        )

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def parse(self, _request: Request) -> Response:
        await asyncio.sleep(self.delay)
        return JSONResponse({"tier": self.tier, "answered": ["pain_numbing"]}, self.status)

    async def turn(self, request: Request) -> Response:
        body = await request.json()
        room = body["conversation"]
        self.at_once[room] = self.at_once.get(room, 0) + 1
        self.overlapped |= self.at_once[room] > 1
        try:
            await asyncio.sleep(self.delay)
            if self.status != 200:
                return JSONResponse({}, self.status)
            return JSONResponse(await asyncio.to_thread(self._answer, body))
        finally:
            self.at_once[room] -= 1

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(body)
        said = body["text"] if body["text"] is not None else "+".join(body["choices"])
        replies = self.replies
        if replies is None:
            replies = [Reply("answer", "echo", f"heard: {said}", choices=(Choice("topic:pain_numbing", "Pain"),))]
        reading = {"topic": "echo", "slots": {"language": self.language}}
        if self.store is not None:
            turn = self.store.commit(body["id"], body["conversation"], said.encode(), replies, reading)
            return {"replies": [reply.as_dict() for reply in turn.replies], "reading": turn.reading}
        answer = {"replies": [reply.as_dict() for reply in replies], "reading": reading}
        return self._turns.setdefault(body["id"], answer)


def main() -> None:
    port, data_dir = int(sys.argv[1]), Path(sys.argv[2])
    engine = FakeEngine(TurnStore(open_database(Settings(data_dir=data_dir))))
    uvicorn.run(engine.app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
