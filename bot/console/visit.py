"""One request of somebody: who it is, what they may see, how a page is answered."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console import roles
from bot.console.ground import Ground
from bot.storage import audit
from bot.storage.staff import Member, StaffSession

P = ParamSpec("P")
T = TypeVar("T")
LONGEST_TEXT = 4000


class RefusedError(Exception):
    """The page says why, with this status."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


@dataclass
class Visit:
    """A request past the gate."""

    request: Request
    ground: Ground
    session: StaffSession | None
    page: Page
    _form: FormData | None = field(default=None)

    @property
    def staff(self) -> Member:
        """Who it is; only pages for nobody in particular have no one."""
        assert self.session is not None  # noqa: S101 - the gate lets nobody past without
        return self.session.staff

    def may(self, permission: str) -> bool:
        return self.session is not None and roles.may(self.session.staff.role, permission)

    @property
    def csrf(self) -> str:
        return csrf_of(self.ground.secret, self.session.id) if self.session else ""

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    async def form(self) -> FormData:
        if self._form is None:
            self._form = await self.request.form(max_files=0)
        return self._form

    async def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """A field of the form, trimmed; RefusedError when it is too long."""
        value = str((await self.form()).get(name, "")).replace("\r\n", "\n").strip()
        if len(value) > longest:
            raise RefusedError(413, "error.too_long")
        return value

    def query(self, name: str) -> str:
        return self.request.query_params.get(name, "")[:100]

    async def run(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Database work, beside the event loop."""
        return await self.ground.database.run(function, *args, **named)

    def record(self, connection: Any, what: str, conversation: str | None = None, why: str = "") -> None:
        """Put a look or an act on record, in the transaction that does it."""
        audit.record(connection, self.ground.clock(), self.staff.id, what, conversation=conversation, why=why)

    def render(self, template: str, status: int = 200, **values: object) -> Response:
        made = self.ground.jinja.get_template(template)
        place = self.page.place
        # Saved by `saved`: one short confirmation after a form.
        told = self.query("told")
        told = self.ground.texts.or_plain(f"told.{told}", "") if told else ""
        return HTMLResponse(made.render(visit=self, place=place, told=told, **values), status)

    def go(self, path: str, told: str = "") -> Response:
        """To another page, after a form."""
        if told:
            path += f"{'&' if '?' in path else '?'}told={told}"
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """A route. `needs` is a permission, "anyone" (signed in), or "nobody" (no sign-in needed).

    `passive`: a page that asks again by itself, which is no sign that somebody is there. `own_check`: the handler
    checks a key of its own instead of cookie, origin and form token.
    """

    path: str
    handler: Handler
    needs: str
    method: str = "GET"
    place: str = ""
    passive: bool = False
    own_check: bool = False


def csrf_of(secret: str, session: str) -> str:
    """The token that every form of a session carries."""
    return hmac.new(secret.encode(), f"console-form\0{session}".encode(), hashlib.sha256).hexdigest()
