"""The chat API of the website: sessions, messages, reading, erasing. Described for others in openapi.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.gateway import text
from bot.gateway.ground import Ground
from bot.gateway.intake import BusyError, Inbound, Intake, NotOfferedError
from bot.gateway.limits import Limiter, Limits, Rule
from bot.gateway.logs import log
from bot.gateway.problems import ProblemError, later
from bot.gateway.protection import address_of, read_json
from bot.gateway.sessions import Session, Sessions
from bot.gateway.stream import LONGEST_WAIT, GoneError, Reading
from bot.storage import conversations, erasure, feedback, outbox, presence
from bot.storage.conversations import ErasedError
from bot.storage.database import StorageError

CHANNEL = "web"
LONGEST_ID = 100
MOST_CHOICES = 50
LONGEST_CHOICE = 200


class ChatApi:
    """The routes under /api."""

    def __init__(
        self,
        ground: Ground,
        intake: Intake,
        sessions: Sessions,
        limiter: Limiter,
        *,
        limits: Limits,
        languages: tuple[str, ...],
        trusted_proxies: tuple[str, ...],
    ) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._clock: Callable[[], Any] = ground.clock
        self._intake = intake
        self._sessions = sessions
        self._limiter = limiter
        self._limits = limits
        self._languages = languages
        self._trusted = trusted_proxies
        self._reading = Reading(ground)

    def routes(self) -> list[Route]:
        """To be mounted at the root."""
        return [
            Route("/api/sessions", self.begin, methods=["POST"]),
            Route("/api/messages", self.send, methods=["POST"]),
            Route("/api/messages", self.poll, methods=["GET"]),
            Route("/api/events", self.events, methods=["GET"]),
            Route("/api/typing", self.typing, methods=["POST"]),
            Route("/api/feedback", self.feedback, methods=["POST"]),
            Route("/api/conversation", self.erase, methods=["DELETE"]),
        ]

    async def begin(self, request: Request) -> Response:
        """POST /api/sessions. A former token in Authorization tells whose alarm still stands; it opens nothing."""
        await self._limit(self._limits.sessions, self._address(request))
        body = await read_json(request, "") if await _has_body(request) else {}
        language = self._language(body.get("language"), request)
        now = self._clock()
        former = self._sessions.recall(_bearer(request), now)
        token, session = self._sessions.begin(now, request.headers.get("origin", ""))
        try:
            messages = await self._database.run(self._begin, session.conversation, former, language)
        except StorageError as error:
            # The token is good without a row: the first message makes it.
            log.error("session.not_stored", conversation=session.conversation, error=error)
            messages = []
        return JSONResponse(
            {"token": token, "conversation": session.conversation, "language": language, "messages": messages}, 201
        )

    async def send(self, request: Request) -> Response:
        """POST /api/messages."""
        address = self._address(request)
        session = self._session(request)
        await self._limit(self._limits.address, address)
        body = await read_json(request, self._wording.say("message_too_long"))
        external_id, typed, choices = _message(body)
        language = self._language(body.get("language"), None)
        clean = None if typed is None else text.clean(typed)
        danger = await self._intake.check(clean, language)
        if clean is not None and len(clean) > text.LONGEST:
            shown = await self._intake.warn(session.conversation, CHANNEL, danger) if danger else None
            raise ProblemError(
                413, self._wording.say("message_too_long", language), envelopes=list(shown.unsaved) if shown else []
            )
        if danger is None:  # whoever speaks of danger is never told to slow down
            for rule in (self._limits.messages, self._limits.messages_long):
                await self._limit(rule, session.conversation, language)
        if clean == "":
            raise ProblemError(422)
        inbound = Inbound(
            CHANNEL, f"{session.conversation}:{external_id}", session.conversation, clean, choices, language
        )
        try:
            receipt = await self._intake.receive(inbound, danger)
        except NotOfferedError:
            raise ProblemError(422) from None
        except ErasedError:
            raise self._signed_out() from None
        except BusyError:
            raise later(503, self._wording.say("busy", language), 20) from None
        except StorageError:
            raise later(503, self._wording.say("not_stored", language), 5) from None
        if receipt.seq is None:
            return JSONResponse({"seq": None, "envelopes": list(receipt.unsaved)}, 200)
        return JSONResponse({"seq": receipt.seq}, 202)

    async def poll(self, request: Request) -> Response:
        """GET /api/messages."""
        session = self._session(request)
        await self._limit(self._limits.reads, session.conversation)
        after = _number(request.query_params.get("after", "0"))
        wait = _number(request.query_params.get("wait", "0"), LONGEST_WAIT)
        try:
            return JSONResponse({"messages": await self._reading.poll(session.conversation, int(after), wait)})
        except GoneError:
            raise self._signed_out() from None
        except StorageError:
            raise later(503, self._wording.say("not_stored"), 5) from None

    async def events(self, request: Request) -> Response:
        """GET /api/events."""
        session = self._session(request)
        await self._limit(self._limits.reads, session.conversation)
        seen = request.headers.get("last-event-id", "")
        after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        if after is None:
            after = int(_number(request.query_params.get("after", "0")))
        try:
            return await self._reading.events(session.conversation, after, session.expires, self._clock())
        except GoneError:
            raise self._signed_out() from None

    async def typing(self, request: Request) -> Response:
        """POST /api/typing. Kept only while a person speaks there, and only that it is so."""
        session = self._session(request)
        await self._limit(self._limits.reads, session.conversation)
        try:
            await self._database.run(self._typing, session.conversation)
        except StorageError:
            raise later(503, self._wording.say("not_stored"), 5) from None
        return Response(status_code=204)

    async def feedback(self, request: Request) -> Response:
        """POST /api/feedback."""
        session = self._session(request)
        await self._limit(self._limits.reads, session.conversation)
        body = await read_json(request, "")
        seq, helpful = body.get("seq"), body.get("helpful")
        if type(seq) is not int or not 0 < seq < 2**31 or not isinstance(helpful, bool):
            raise ProblemError(422)
        try:
            if not await self._database.run(self._feedback, session.conversation, seq, helpful):
                raise ProblemError(422)
        except StorageError:
            raise later(503, self._wording.say("not_stored"), 5) from None
        return Response(status_code=204)

    async def erase(self, request: Request) -> Response:
        """DELETE /api/conversation."""
        session = self._session(request)
        await self._limit(self._limits.reads, session.conversation)
        try:
            await self._database.run(self._erase, session.conversation)
        except StorageError:
            raise later(503, self._wording.say("not_stored"), 5) from None
        self._hub.wake(session.conversation)
        return Response(status_code=204)

    def _begin(self, conversation: str, former: str | None, language: str) -> list[dict[str, Any]]:
        with self._database.write() as connection:
            person = self._person(connection, former)
            self._intake.begin(connection, conversation, CHANNEL, person, language)
            return [one.as_dict() for one in outbox.after(self._database, connection, conversation, 0)]

    @staticmethod
    def _person(connection: Connection, former: str | None) -> str | None:
        room = conversations.find(connection, former) if former else None
        return room.person if room else None

    def _typing(self, conversation: str) -> None:
        with self._database.read() as connection:
            room = conversations.find(connection, conversation)
        if room is not None and room.owner is not None:
            with self._database.write() as connection:
                presence.note(connection, conversation, self._clock())

    def _feedback(self, conversation: str, seq: int, helpful: bool) -> bool:
        with self._database.write() as connection:
            return feedback.keep(connection, conversation, seq, helpful, self._clock())

    def _erase(self, conversation: str) -> None:
        at = self._clock()
        with self._database.write() as connection:
            # A conversation that was never stored gets its empty row too, so that its token ends here.
            conversations.begin_erased(connection, conversation, CHANNEL, at)
            erasure.erase_within(connection, conversation, at=at, who="patient", why="asked in the chat")

    def _session(self, request: Request) -> Session:
        session = self._sessions.read(_bearer(request), self._clock(), request.headers.get("origin", ""))
        if session is None:
            raise self._signed_out()
        return session

    def _signed_out(self) -> ProblemError:
        # One answer for unknown, forged, expired and erased: it tells nothing about which.
        return ProblemError(401, self._wording.say("signed_out"), headers={"WWW-Authenticate": "Bearer"})

    async def _limit(self, rule: Rule, key: str, language: str | None = None) -> None:
        wait = await self._limiter.hit(rule, key)
        if wait > 0:
            raise later(429, self._wording.say("slow_down", language), wait)

    def _address(self, request: Request) -> str:
        return address_of(request, self._trusted)

    def _language(self, asked: object, request: Request | None) -> Any:
        """The best language that the clinic has: the one asked for, else the browser's, else English."""
        wanted = [asked] if isinstance(asked, str) else []
        if request is not None:
            wanted += [part.partition(";")[0] for part in request.headers.get("accept-language", "").split(",")]
        for one in wanted:
            short = one.strip().lower().partition("-")[0]
            if short in self._languages:
                return short
        return None if request is None else "en"


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _message(body: dict[str, Any]) -> tuple[str, str | None, tuple[str, ...]]:
    """External id, text, choices. Raises `ProblemError` 422 unless there is exactly one thing the patient did."""
    external_id, typed = body.get("id"), body.get("text")
    given = [key for key in ("text", "choice", "choices") if body.get(key) is not None]
    if not isinstance(external_id, str) or not 0 < len(external_id) <= LONGEST_ID or len(given) != 1:
        raise ProblemError(422)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in external_id):  # no database can store it
        raise ProblemError(422)
    if given == ["text"]:
        if not isinstance(typed, str):
            raise ProblemError(422)
        return external_id, typed, ()
    choices = [body["choice"]] if given == ["choice"] else body["choices"]
    if not isinstance(choices, list) or not 0 < len(choices) <= MOST_CHOICES:
        raise ProblemError(422)
    if not all(isinstance(choice, str) and 0 < len(choice) <= LONGEST_CHOICE for choice in choices):
        raise ProblemError(422)
    return external_id, None, tuple(dict.fromkeys(choices))


def _number(value: str, most: float = 2**31 - 1) -> float:
    """A query parameter that is a number from 0 up; more than `most` counts as `most`."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ProblemError(400)
    return min(number, most)
