"""The bot as a patient meets it, beside what it understood: the real widget in a test conversation.

The widget talks with the gateway through this program: its page may connect to nowhere else, and each conversation it
begins is marked as a test before its first message. The widget sends no cookies, so its addresses carry a key that is
worth as much as the session it was made in, and ends with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select, update
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.console import transcript
from bot.console.ground import Ground
from bot.console.roles import may
from bot.console.visit import Handler, Page, RefusedError, Visit
from bot.storage import conversations, staff
from bot.widget.bundle import Asset, script, stylesheet
from bot.widget.texts import choose, configuration, load_strings

KEY_SECONDS = 12 * 3600
BODY_LIMIT = 64 * 1024
FORWARDED = ("authorization", "content-type", "accept", "last-event-id", "accept-language")


class Preview:
    """Pages of the preview; holds the widget's files and the connection to the gateway."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._keys = URLSafeTimedSerializer(ground.secret, salt="mesobot.preview.v1")
        self._css = Asset.of(stylesheet(), "text/css")
        self._script = Asset.of(script(self._css.tag.strip('"')), "text/javascript")
        self._strings = load_strings()
        host = ground.settings.host if ground.settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"  # noqa: S104
        # trust_env off: a proxy of the environment has no business between us and our own gateway.
        self._client = httpx.AsyncClient(
            base_url=f"http://{host}:{ground.settings.port}", timeout=httpx.Timeout(40, connect=2), trust_env=False
        )

    def pages(self) -> list[Page]:
        def run(path: str, handler: Handler, method: str = "GET") -> Page:
            return Page(f"/preview/run/{{key}}/{path}", handler, "preview", method, own_check=True)

        return [
            Page("/preview", self.show, "preview", place="preview"),
            Page("/preview/inspector", self.inspector, "preview", place="preview", passive=True),
            run("widget.js", self.widget),
            run("widget/widget.css", self.style),
            run("widget/config.json", self.config),
            run("api/sessions", self.begin, "POST"),
            run("api/messages", self.forward, "POST"),
            run("api/messages", self.forward),
            run("api/events", self.events),
            run("api/conversation", self.forward, "DELETE"),
        ]

    async def close(self) -> None:
        await self._client.aclose()

    # ---- pages

    async def show(self, visit: Visit) -> Response:
        assert visit.session is not None  # noqa: S101 - the gate lets nobody past without
        key = self._keys.dumps(visit.session.id)
        language = visit.query("language")
        languages = visit.ground.clinic.languages
        return visit.render(
            "preview.html",
            base=f"/preview/run/{key}",
            language=language if language in languages else "en",
            languages=languages,
        )

    async def inspector(self, visit: Visit) -> Response:
        room, lines, slots = await visit.run(self._newest, visit)
        return visit.render("_inspector.html", room=room, lines=lines, slots=slots)

    def _newest(self, visit: Visit) -> tuple[conversations.Conversation | None, list[transcript.Line], dict[str, str]]:
        """The test conversation in which this member was last."""
        database, c = visit.ground.database, conversations.c
        mine = select(c.id).where(c.test, c.person == visit.staff.id, c.erased_at.is_(None))
        with database.read() as connection:
            id = connection.scalar(mine.order_by(c.last_seen.desc()).limit(1))
            if id is None:
                return None, [], {}
            lines = transcript.lines(database, connection, id)
            return conversations.find(connection, id), lines, transcript.slots_of(database, connection, id)

    # ---- the widget's own files

    async def widget(self, visit: Visit) -> Response:
        await self._checked(visit)
        return self._script.response(visit.request, "no-cache")

    async def style(self, visit: Visit) -> Response:
        await self._checked(visit)
        return self._css.response(visit.request, "no-cache")

    async def config(self, visit: Visit) -> Response:
        await self._checked(visit)
        chosen = choose(visit.query("languages"), visit.ground.clinic, self._strings)
        return JSONResponse(configuration(chosen, visit.ground.clinic, self._strings))

    # ---- the chat API

    async def begin(self, visit: Visit) -> Response:
        """A conversation that is a test from its first moment: no alert, no figure, no list shows it."""
        member = await self._checked(visit)
        answer = await self._ask(visit)
        if answer.is_success:
            await visit.run(self._mark, visit.ground, answer.json()["conversation"], member)
        return _passed(answer)

    async def forward(self, visit: Visit) -> Response:
        await self._checked(visit)
        return _passed(await self._ask(visit))

    async def events(self, visit: Visit) -> Response:
        await self._checked(visit)
        request = self._client.build_request(
            "GET", "/api/events", headers=_headers(visit), timeout=httpx.Timeout(60, connect=2)
        )
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError:
            return JSONResponse({"title": "the gateway is away"}, 503)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for part in answer.aiter_raw():
                    yield part
            except httpx.HTTPError:
                return
            finally:
                await answer.aclose()

        return StreamingResponse(body(), answer.status_code, media_type=answer.headers.get("content-type"))

    async def _checked(self, visit: Visit) -> str:
        """The member behind the address's key. Raises RefusedError when the session it was made in is over."""
        try:
            session = str(self._keys.loads(visit.path("key"), max_age=KEY_SECONDS))
        except BadData:
            raise RefusedError(403, "error.not_yours") from None
        member = await visit.run(_member_of, visit.ground, session)
        if member is None:
            raise RefusedError(403, "error.not_yours")
        return member

    async def _ask(self, visit: Visit) -> httpx.Response:
        length = visit.request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            raise RefusedError(413, "error.too_long")
        path = visit.request.url.path.partition("/api/")[2]
        try:
            return await self._client.request(
                visit.request.method,
                f"/api/{path}",
                params=visit.request.url.query,
                content=await visit.request.body(),
                headers=_headers(visit),
            )
        except httpx.HTTPError:
            return httpx.Response(503, json={"title": "the gateway is away"})

    def _mark(self, ground: Ground, conversation: str, member: str) -> None:
        at, c = ground.clock(), conversations.c
        with ground.database.write() as connection:
            conversations.ensure(connection, conversation, "web", at, test=True)
            # No patient is behind it: the person is the member, so that their inspector finds it.
            connection.execute(
                update(conversations.conversations).where(c.id == conversation).values(test=True, person=member)
            )


def _member_of(ground: Ground, session: str) -> str | None:
    with ground.database.read() as connection:
        found = staff.session_by_id(ground.database, connection, session, ground.clock())
    return found.staff.id if found and may(found.staff.role, "preview") else None


def _headers(visit: Visit) -> dict[str, str]:
    return {name: value for name in FORWARDED if (value := visit.request.headers.get(name))}


def _passed(answer: httpx.Response) -> Response:
    kept = {name: answer.headers[name] for name in ("retry-after",) if name in answer.headers}
    return Response(answer.content, answer.status_code, kept, media_type=answer.headers.get("content-type"))
