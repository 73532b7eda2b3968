"""A plain page to chat on until the widget takes its place. What it says is in its files, or comes as data."""

from __future__ import annotations

import html
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from bot.clinic import PLACEHOLDER, Clinic

HERE = Path(__file__).parent
FILES = ("chat.js", "chat.css")


def page_routes(clinic: Clinic) -> list[Route]:
    """`/` and its files."""
    template = (HERE / "index.html").read_text(encoding="utf-8")
    page = PLACEHOLDER.sub(lambda found: html.escape(clinic.values[found[1]]), template)

    async def index(_request: Request) -> Response:
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    async def file(request: Request) -> Response:
        name = request.url.path.removeprefix("/page/")
        return FileResponse(HERE / name, headers={"Cache-Control": "no-cache"})

    return [
        Route("/", index, methods=["GET"]),
        *(Route(f"/page/{name}", file, methods=["GET"]) for name in FILES),
    ]
