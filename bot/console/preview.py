"""The bot as a patient meets it, beside what it understood: the real widget in a test conversation.

The widget talks with the gateway through this program: its page may connect to nowhere else, and each conversation it
begins is marked as a test before its first message. The widget sends no cookies, so its addresses carry a key that is
worth as much as the session it was made in, and ends with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import yaml
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select, update
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.booking.availability import to_utc
from bot.console import transcript
from bot.console.content import chosen_language
from bot.console.ground import Ground
from bot.console.roles import may
from bot.console.visit import Handler, Page, RefusedError, Visit
from bot.storage import content, conversations, previews, staff
from bot.widget.bundle import Asset, script, stylesheet
from bot.widget.texts import choose, configuration, load_strings

KEY_SECONDS = 12 * 3600
BODY_LIMIT = 64 * 1024
CHANNELS = ("web", "whatsapp", "sms", "telegram")
FORWARDED = ("authorization", "content-type", "accept", "last-event-id", "accept-language")


class Preview:
    """Pages of the preview; holds the widget's files and the connection to the gateway."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._keys = URLSafeTimedSerializer(ground.secret, salt="mesobot.preview.v1")
        self._css = Asset.of(stylesheet(), "text/css")
        self._script = Asset.of(script(self._css.tag.strip('"')), "text/javascript")
        self._strings = load_strings()
        # trust_env off: a proxy of the environment has no business between us and our own gateway.
        self._client = httpx.AsyncClient(
            base_url=ground.settings.gateway, timeout=httpx.Timeout(40, connect=2), trust_env=False
        )

    def pages(self) -> list[Page]:
        def run(path: str, handler: Handler, method: str = "GET") -> Page:
            return Page(f"/preview/run/{{key}}/{path}", handler, "preview", method, own_check=True)

        return [
            Page("/preview", self.show, "preview", place="preview"),
            Page("/preview/transcript", self.as_test, "preview", place="preview"),
            Page("/preview/inspector", self.inspector, "preview", place="preview", passive=True),
            run("widget.js", self.widget),
            run("widget/widget.css", self.style),
            run("widget/config.json", self.config),
            run("api/sessions", self.begin, "POST"),
            run("api/messages", self.forward, "POST"),
            run("api/messages", self.forward),
            run("api/events", self.events),
            run("api/typing", self.forward, "POST"),
            run("api/feedback", self.forward, "POST"),
            run("api/conversation", self.forward, "DELETE"),
        ]

    async def close(self) -> None:
        await self._client.aclose()

    # ---- pages

    async def show(self, visit: Visit) -> Response:
        assert visit.session is not None  # noqa: S101 - the gate lets nobody past without
        setup = await visit.run(self._setup, visit)
        key = self._keys.dumps([visit.session.id, setup.at and setup.at.isoformat(), setup.version])
        versions = await visit.run(self._versions, visit)
        channel = visit.query("channel")
        return visit.render(
            "preview.html",
            base=f"/preview/run/{key}",
            language=chosen_language(visit),
            time=visit.query("time") if setup.at else "",
            version=setup.version or "",
            versions=versions,
            channel=channel if channel in CHANNELS else "web",
            channels=CHANNELS if visit.ground.looks else CHANNELS[:1],
        )

    async def inspector(self, visit: Visit) -> Response:
        room, lines, slots, sources = await visit.run(self._newest, visit)
        channel = visit.query("channel")
        # Nothing new: the page keeps what it shows, and what somebody has opened in it.
        state = f"{room.id}.{room.last_seq}.{sum(line.reading is not None for line in lines)}" if room else "none"
        if visit.query("state") == state:
            return Response(status_code=204)
        return visit.render(
            "_inspector.html",
            state=state,
            room=room,
            lines=lines,
            slots=slots,
            sources=sources,
            channel=channel,
            looks=visit.ground.looks if channel in CHANNELS[1:] else None,
        )

    async def as_test(self, visit: Visit) -> Response:
        """The newest test conversation as a file for `tests/conversations`."""
        room, lines, _, _ = await visit.run(self._newest, visit)
        if room is None:
            raise RefusedError(404, "error.not_found")
        content = await visit.run(self._written, visit, room.id, lines)
        return Response(
            content,
            media_type="application/yaml",
            headers={"Content-Disposition": 'attachment; filename="transcript.yml"'},
        )

    def _setup(self, visit: Visit) -> previews.Preview:
        """What the form asks for, which holds in the member's newest test conversation from now on."""
        now = visit.ground.clock()
        with visit.ground.database.write() as connection:
            version = content.find(visit.ground.database, connection, visit.query("version"))
            setup = previews.Preview(clinic_time(visit), now, version.id if version else None)
            newest = connection.scalar(_mine(visit))
            if newest is not None:
                previews.put(connection, newest, setup.at, setup.version, now)
        return setup

    def _versions(self, visit: Visit) -> list[content.Version]:
        with visit.ground.database.read() as connection:
            return content.unfinished(visit.ground.database, connection)

    def _newest(
        self, visit: Visit
    ) -> tuple[conversations.Conversation | None, list[transcript.Line], dict[str, str], dict[str, str]]:
        """The test conversation in which this member was last; the versions of the cards that spoke in it, by topic."""
        database = visit.ground.database
        with database.read() as connection:
            id = connection.scalar(_mine(visit))
            if id is None:
                return None, [], {}, {}
            lines = transcript.lines(database, connection, id)
            setup = previews.find(connection, id)
            drafted = content.find(database, connection, setup.version) if setup and setup.version else None
            published = {one.topic: one.reviewer for one in content.published(database, connection)}
            sources = {topic: visit.ground.texts("preview.signed", name=name) for topic, name in published.items()}
            if drafted is not None:
                sources[drafted.topic] = visit.ground.texts("preview.draft_of", n=drafted.number)
            return conversations.find(connection, id), lines, transcript.slots_of(database, connection, id), sources

    def _written(self, visit: Visit, conversation: str, lines: list[transcript.Line]) -> str:
        database = visit.ground.database
        with database.read() as connection:
            setup = previews.find(connection, conversation)
            picks = transcript.picks_of(database, connection, conversation)
        steps: list[dict[str, Any]] = []
        for line in lines:
            said = line.envelope.reply
            if line.envelope.sender == "patient":
                titles = picks.get(line.envelope.seq, [])
                steps.append({"pick": titles if len(titles) > 1 else titles[0]} if titles else {"user": said.text})
            elif steps and line.envelope.sender == "bot":
                steps[-1].setdefault("bot", []).append(f"{said.kind} {said.ref}")
        if steps and setup and setup.at:
            steps[0] = {"at": setup.at.isoformat(), **steps[0]}
        return yaml.safe_dump(steps, allow_unicode=True, sort_keys=False, width=110)

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
            await visit.run(self._mark, visit, answer.json()["conversation"], member)
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
        member = await visit.run(_member_of, visit.ground, self._opened(visit)[0])
        if member is None:
            raise RefusedError(403, "error.not_yours")
        return member

    def _opened(self, visit: Visit) -> tuple[str, datetime | None, str | None]:
        """Session, clinic time and draft that the address was made for."""
        try:
            session, at, version = self._keys.loads(visit.path("key"), max_age=KEY_SECONDS)
        except (BadData, ValueError, TypeError):
            raise RefusedError(403, "error.not_yours") from None
        return str(session), datetime.fromisoformat(at) if at else None, version

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

    def _mark(self, visit: Visit, conversation: str, member: str) -> None:
        ground, c = visit.ground, conversations.c
        at, (_, time, version) = ground.clock(), self._opened(visit)
        with ground.database.write() as connection:
            conversations.ensure(connection, conversation, "web", at, test=True)
            # No patient is behind it: the person is the member, so that their inspector finds it.
            connection.execute(
                update(conversations.conversations).where(c.id == conversation).values(test=True, person=member)
            )
            previews.put(connection, conversation, time, version, at)


def clinic_time(visit: Visit) -> datetime | None:
    """The wall-clock time of the clinic that the address asks for."""
    try:
        wall = datetime.fromisoformat(visit.query("time"))
    except ValueError:
        return None
    return to_utc(wall.date(), wall.time().replace(tzinfo=None), visit.ground.clinic.time_zone)


def _mine(visit: Visit) -> Any:
    c = conversations.c
    mine = select(c.id).where(c.test, c.person == visit.staff.id, c.erased_at.is_(None))
    return mine.order_by(c.last_seen.desc()).limit(1)


def _member_of(ground: Ground, session: str) -> str | None:
    with ground.database.read() as connection:
        found = staff.session_by_id(ground.database, connection, session, ground.clock())
    return found.staff.id if found and may(found.staff.role, "preview") else None


def _headers(visit: Visit) -> dict[str, str]:
    return {name: value for name in FORWARDED if (value := visit.request.headers.get(name))}


def _passed(answer: httpx.Response) -> Response:
    kept = {name: answer.headers[name] for name in ("retry-after",) if name in answer.headers}
    return Response(answer.content, answer.status_code, kept, media_type=answer.headers.get("content-type"))
