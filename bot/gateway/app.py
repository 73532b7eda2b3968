"""The ASGI application: routes, errors, protection, and what runs beside the requests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.gateway.gateway import Gateway
from bot.gateway.logs import log
from bot.gateway.problems import ProblemError
from bot.gateway.protection import Protection
from bot.widget.pages import routes as widget_routes

OPENAPI = Path(__file__).parent / "openapi.yml"


def create_app(gateway: Gateway) -> Starlette:
    """The application of a gateway; its life begins and ends with the server's."""
    description = json.dumps(yaml.safe_load(OPENAPI.read_text(encoding="utf-8")), ensure_ascii=False)

    async def openapi(_request: Request) -> Response:
        return Response(description, media_type="application/json")

    async def health(_request: Request) -> Response:
        state = await gateway.health()
        return JSONResponse(state, 200 if state["database"] else 503)

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    return Starlette(
        routes=[
            *gateway.api.routes(),
            *gateway.platforms.routes(),
            *gateway.bookings.routes(),
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
            *widget_routes(gateway.clinic, gateway.settings),
        ],
        middleware=[
            Middleware(
                Protection,
                origins=gateway.settings.allowed_origins,
                production=gateway.settings.env == "production",
            )
        ],
        exception_handlers={ProblemError: _problem, HTTPException: _http, Exception: _unexpected},
        lifespan=life,
    )


async def _problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return error.response()


async def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return ProblemError(error.status_code, headers=dict(error.headers or {})).response()


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request.failed", method=request.method, error=error)
    return ProblemError(500).response()
