"""`/continue#<token>`: a one-time page that opens a conversation in the web chat, from a text message or a reminder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.booking.wording import Wording as BookingWording
from bot.clinic import Clinic
from bot.eligibility.dialogue import RECHECK
from bot.envelope import Choice
from bot.gateway.ground import Ground
from bot.gateway.limits import Limiter, Rule
from bot.gateway.problems import ProblemError, later
from bot.gateway.protection import address_of, read_json
from bot.gateway.sessions import Sessions
from bot.storage import appointments, consents, conversations, handovers, outbox
from bot.storage.consents import Consent
from bot.storage.database import StorageError

PAGES = Path(__file__).parent / "pages"
NOTICE = "channel-handover.v1"  # the version of continue_text and continue_consent in the phrases
TRIES = Rule("continue", 0.2, 20)
LONGEST_TOKEN = 100


class Handover:
    """The page and its one action. Opening the page uses nothing up: messengers fetch links before people do."""

    def __init__(
        self, ground: Ground, clinic: Clinic, sessions: Sessions, limiter: Limiter, trusted_proxies: tuple[str, ...]
    ) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._clock: Callable[[], datetime] = ground.clock
        self._clinic = clinic
        self._sessions = sessions
        self._booking_wording = BookingWording(clinic)
        self._limiter = limiter
        self._trusted = trusted_proxies

    def routes(self) -> list[Route]:
        """To be mounted at the root."""
        jinja = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
        keys = ("continue_title", "continue_text", "continue_consent", "continue_button", "continue_used")
        pages = {
            language: jinja.get_template("continue.html").render(
                words={key.removeprefix("continue_"): self._wording.say(key, language) for key in keys},
                clinic=self._clinic,
                language=language,
            )
            for language in ("en", *self._clinic.languages)
        }
        script = (PAGES / "continue.js").read_text(encoding="utf-8")

        async def show(request: Request) -> Response:
            wanted = (one.strip()[:2].lower() for one in request.headers.get("accept-language", "").split(","))
            page = pages[next((one for one in wanted if one in pages), "en")]
            return HTMLResponse(page, headers={"Cache-Control": "no-store", "Vary": "Accept-Language"})

        async def code(_request: Request) -> Response:
            return Response(script, media_type="text/javascript")

        return [
            Route("/continue", show, methods=["GET"]),
            Route("/continue.js", code, methods=["GET"]),
            Route("/continue", self.take, methods=["POST"]),
        ]

    async def take(self, request: Request) -> Response:
        """POST `{"token", "agreed": true}` gives a session; a token that is unknown, used or too old gives 410."""
        wait = await self._limiter.hit(TRIES, address_of(request, self._trusted))
        if wait > 0:
            raise later(429, self._wording.say("slow_down"), wait)
        body = await read_json(request, "")
        token = body.get("token")
        if (
            not isinstance(token, str)
            or not token.isascii()
            or len(token) > LONGEST_TOKEN
            or body.get("agreed") is not True
        ):
            raise ProblemError(422)
        try:
            conversation = await self._database.run(self._use, token)
        except StorageError:
            raise later(503, self._wording.say("not_stored"), 5) from None
        if conversation is None:
            raise ProblemError(410, self._wording.say("continue_used"))
        session, _ = self._sessions.begin(self._clock(), request.headers.get("origin", ""), conversation)
        self._hub.wake(conversation)
        return JSONResponse({"token": session, "conversation": conversation, "clinic": self._clinic.name}, 201)

    def _use(self, token: str) -> str | None:
        at = self._clock()
        with self._database.write() as connection:
            conversation = handovers.use(connection, token, at)
            if conversation is None:
                return None
            consents.record(connection, conversation, Consent("web_chat", "given", NOTICE, "web", at))
            room = conversations.find(connection, conversation)
            if room is None or room.owner is not None:
                return conversation  # a person speaks there: the bot stays silent
            spoken = room.language
            done = self._wording.notice("continue_done", spoken)
            if appointments.has_coming(connection, conversation, at):
                check = Choice(RECHECK, self._booking_wording.title("recheck", spoken or "en"))
                done = replace(done, choices=(check,))
            outbox.append(self._database, connection, conversation, done, at)
            return conversation
