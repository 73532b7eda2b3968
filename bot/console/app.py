"""The ASGI application of the console: every page behind its gate, static files, health and figures for operators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console import (
    accounts,
    appointments,
    content,
    diary,
    eligibility,
    figures,
    fixed,
    letters,
    live,
    models,
    review,
    signin,
    signing,
    talks,
    today,
)
from bot.console.gate import Headers, guarded
from bot.console.ground import Ground
from bot.console.preview import Preview
from bot.console.visit import Page, Visit
from bot.storage import alerts, inbox, jobs, requests
from bot.storage.database import StorageError

STATIC = Path(__file__).parent / "static"
log = structlog.get_logger("mesobot.console")


def every_page(preview: Preview) -> list[Page]:
    """All pages with what they need: the role test walks this list."""
    modules = (
        signin,
        today,
        letters,
        talks,
        live,
        eligibility,
        diary,
        appointments,
        content,
        fixed,
        signing,
        figures,
        review,
        models,
        accounts,
    )
    return [page for module in modules for page in module.pages()] + preview.pages()


def create_app(ground: Ground, more_metrics: Callable[[], bytes] | None = None) -> Starlette:
    """The application. `more_metrics` adds lines to `/metrics`."""
    preview = Preview(ground)

    async def health(_request: Request) -> Response:
        try:
            await ground.database.run(_ping, ground)
        except StorageError:
            return JSONResponse({"status": "down", "database": False}, 503)
        return JSONResponse({"status": "ok", "database": True})

    async def metrics(_request: Request) -> Response:
        try:
            body = await ground.database.run(_metrics, ground)
        except StorageError:
            body = b""
        return Response(body + (more_metrics() if more_metrics else b""), media_type="text/plain; version=0.0.4")

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await preview.close()

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 500:
            # Never the error's words: they may quote what was being handled.
            log.error("console.failed", error=type(error).__name__, method=request.method)
        key = {404: "error.not_found", 405: "error.not_found"}.get(status, "error.broken")
        visit = Visit(request, ground, None, Page("", _nowhere, "nobody"))
        return visit.render("refused.html", status, message=ground.texts(key))

    pages = every_page(preview)
    return Starlette(
        routes=[
            *(Route(page.path, guarded(page, ground), methods=[page.method]) for page in pages),
            Route("/healthz", health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Headers, production=ground.production)],
        exception_handlers={HTTPException: refused, Exception: refused},
        lifespan=life,
    )


async def _nowhere(_visit: Visit) -> Response:
    raise HTTPException(404)


def _ping(ground: Ground) -> None:
    with ground.database.read() as connection:
        connection.execute(text("SELECT 1 FROM staff LIMIT 1"))


def _metrics(ground: Ground) -> bytes:
    """What only the database knows; nothing here names anybody."""
    registry = CollectorRegistry()
    with ground.database.read() as connection:
        a, r, j = alerts.a, requests.r, jobs.j

        def count(column: object, *where: object) -> int:
            query = select(func.count(column)).where(*where)  # type: ignore[arg-type]
            return int(connection.scalar(query) or 0)

        for name, explain, value in (
            (
                "alerts_open",
                "Danger alerts that nobody acknowledged",
                count(a.id, a.acknowledged_at.is_(None), a.closed_at.is_(None)),
            ),
            ("people_waiting", "People who asked for a person", count(r.id, r.state.in_(("waiting", "missed")))),
            ("jobs_dead", "Background jobs that were given up", count(j.id, j.state == "dead")),
            ("jobs_queued", "Background jobs that wait", jobs.queued(connection)),
            ("inbox_waiting", "Messages not answered yet", inbox.waiting(connection)),
        ):
            Gauge(f"mesobot_console_{name}", explain, registry=registry).set(value)
    return generate_latest(registry)
