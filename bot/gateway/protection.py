"""Around every request: security headers, who may call from which page, and how large a body may be."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.problems import ProblemError

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10.0  # a message is small: whoever needs longer holds a connection, not a conversation
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURE_HEADERS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
CORS_METHODS = "GET, POST, DELETE, OPTIONS"
CORS_HEADERS = "Authorization, Content-Type, Last-Event-ID"


class Protection:
    """ASGI middleware. Pages of other sites may call the API only when the clinic listed their origin."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...], production: bool) -> None:
        self._app = app
        self._origins = frozenset(origin.rstrip("/") for origin in origins if origin != "*")
        self._headers = {**HEADERS, **(SECURE_HEADERS if production else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        listed = origin in self._origins

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._finish(MutableHeaders(scope=message), scope["path"], origin if listed else "")
            await send(message)

        if origin and not listed and not same_site(origin, headers.get("host", "")) and _is_api(scope["path"]):
            await ProblemError(403).response()(scope, receive, guarded)
        elif listed and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await guarded({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, guarded)

    def _finish(self, headers: MutableHeaders, path: str, origin: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if _is_api(path):
            headers.setdefault("Cache-Control", "no-store")
            headers.add_vary_header("Origin")
        if origin:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Methods"] = CORS_METHODS
            headers["Access-Control-Allow-Headers"] = CORS_HEADERS
            headers["Access-Control-Expose-Headers"] = "Retry-After"
            headers["Access-Control-Max-Age"] = "600"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _is_api(path: str) -> bool:
    return path.startswith("/api/")


def same_site(origin: str, host: str) -> bool:
    """Whether a page of this origin came from the host that is being called (a proxy may have changed the scheme)."""
    return bool(host) and urlsplit(origin).netloc == host


def address_of(request: Request, trusted: tuple[str, ...]) -> str:
    """The caller's address: what the nearest trusted proxy saw. Nothing a caller writes itself is believed."""
    address = request.client.host if request.client else "unknown"
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while address in trusted and hops:
        address = hops.pop()
    return address


async def read_json(request: Request, too_long: str) -> dict[str, Any]:
    """The body as an object. Raises `ProblemError` 413 (with these words), 415, 408 (it came too slowly) or 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415)
    body = await read_body(request, BODY_LIMIT, too_long)
    try:
        value = json.loads(body.decode("utf-8")) if body else {}
    except (ValueError, RecursionError):
        raise ProblemError(400) from None
    if not isinstance(value, dict):
        raise ProblemError(400)
    return value


async def read_body(request: Request, largest: int, too_long: str = "") -> bytes:
    """The body. Raises `ProblemError` 413 (with these words) as soon as it is too large, 408 when it comes too slowly,
    400 when the caller hangs up.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 12 or int(declared) > largest:
        raise ProblemError(413, too_long)
    try:
        return await asyncio.wait_for(_gathered(request, largest, too_long), BODY_SECONDS)
    except asyncio.TimeoutError:
        raise ProblemError(408) from None
    except ClientDisconnect:
        raise ProblemError(400) from None


async def _gathered(request: Request, largest: int, too_long: str) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise ProblemError(413, too_long)
    return bytes(body)
