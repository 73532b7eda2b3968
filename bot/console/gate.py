"""Between the network and every page: who is asking, may they, and does the form come from our own page."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.console.ground import Ground
from bot.console.visit import Page, RefusedError, Visit, csrf_of
from bot.storage import staff
from bot.storage.database import StorageError
from bot.storage.staff import StaffSession

log = structlog.get_logger("mesobot.console")

BODY_LIMIT = 64 * 1024
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
TOUCH_EVERY = 30.0  # seconds; a look at the clock need not be a write each time


def cookie_name(production: bool) -> str:
    """With the prefix, browsers refuse the cookie from other hosts and over plain HTTP."""
    return "__Host-staff" if production else "mesobot_staff"


class Headers:
    """ASGI middleware: the same headers on every answer."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        self._app = app
        self._headers = dict(HEADERS)
        if production:
            self._headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def guarded(page: Page, ground: Ground) -> Callable[[Request], Awaitable[Response]]:
    """The page's handler, behind every check."""

    async def answer(request: Request) -> Response:
        visit = Visit(request, ground, None, page)
        try:
            if page.own_check:
                return await page.handler(visit)
            if request.method == "POST":
                _check_size(request)
                _check_origin(request)
            visit.session = await ground.database.run(_session, ground, request, page.passive)
            if page.needs != "nobody":
                if visit.session is None:
                    return _to_sign_in(request)
                if page.needs != "anyone" and not visit.may(page.needs):
                    raise RefusedError(403, "error.not_yours")
            if request.method == "POST" and visit.session is not None:
                given = str((await visit.form()).get("csrf", "")) or request.headers.get("x-csrf", "")
                if not hmac.compare_digest(given.encode(), csrf_of(ground.secret, visit.session.id).encode()):
                    raise RefusedError(403, "error.stale_form")
            return await page.handler(visit)
        except RefusedError as refused:
            return visit.render("refused.html", refused.status, message=ground.texts(refused.key))
        except StorageError as error:
            log.error("console.database_away", error=str(error))
            return visit.render("refused.html", 503, message=ground.texts("error.database"))

    return answer


def _session(ground: Ground, request: Request, passive: bool) -> StaffSession | None:
    token = request.cookies.get(cookie_name(ground.production), "")
    if not token or len(token) > 100:
        return None
    at = ground.clock()
    with ground.database.read() as connection:
        found = staff.session(ground.database, connection, token, at)
    if found is not None and not passive and (at - found.seen).total_seconds() > TOUCH_EVERY:
        with ground.database.write() as connection:
            staff.touch(connection, found.id, at)
    return found


def _check_size(request: Request) -> None:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise RefusedError(413, "error.too_long")


def _check_origin(request: Request) -> None:
    """Browsers say with every POST which page it comes from; whoever does not say is no browser of ours."""
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    if not origin or not host or urlsplit(origin).netloc != host:
        raise RefusedError(403, "error.origin")


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if request.method == "GET":
        return RedirectResponse("/sign-in", 303)
    return Response(status_code=401)
