"""Takes the calls of platforms: who calls, what happened, stored, then 200; the answer to the patient comes later.

Nothing of a call is believed before its signature was checked over the raw body. An event that cannot be stored makes
the whole call fail with 503, so that the platform sends it again; what was stored is then recognised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.gateway import text as texts
from bot.gateway.channels.contract import (
    Call,
    Channel,
    Event,
    Heard,
    MalformedError,
    RefusedError,
    Report,
    Webhook,
)
from bot.gateway.channels.placing import Place, Placing
from bot.gateway.channels.unsaved import Unsaved
from bot.gateway.danger import Danger
from bot.gateway.ground import Ground
from bot.gateway.intake import BusyError, Inbound, Intake, NotOfferedError
from bot.gateway.limits import Limiter, Rule
from bot.gateway.logs import log
from bot.gateway.problems import ProblemError, later
from bot.gateway.protection import read_body
from bot.storage import deliveries
from bot.storage.conversations import ErasedError
from bot.storage.database import StorageError

ANSWER_SECONDS = 12.0  # Twilio waits 15 seconds, Meta 20
STORE_SECONDS, DANGER_SECONDS = 5.0, 2.0
STALE = timedelta(days=8)  # platforms try again for up to 7 days: what is older is played back by someone
SENDER = Rule("channel_sender", 0.5, 20)
SENDER_LONG = Rule("channel_sender_long", 0.1, 120)
TOLD = Rule("channel_told", 1 / 60, 1)  # how often a sender is told of it
LONGEST_CHALLENGE = 200


class Reception:
    """The routes under /webhooks."""

    def __init__(
        self,
        ground: Ground,
        intake: Intake,
        unsaved: Unsaved,
        limiter: Limiter,
        channels: Mapping[str, Channel],
        *,
        public: str,
        trusted_proxies: tuple[str, ...],
        languages: tuple[str, ...],
    ) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._intake = intake
        self._limiter = limiter
        self._channels = channels
        self._public = public.rstrip("/")
        self._trusted = trusted_proxies
        self._languages = languages
        self._placing = Placing(ground, intake, channels, languages)
        self._unsaved = unsaved

    def routes(self, webhook: Webhook) -> list[Route]:
        """To be mounted at the root."""

        async def post(request: Request) -> Response:
            return await self._take(webhook, request)

        async def get(request: Request) -> Response:
            challenge = webhook.challenge(request.query_params)
            if challenge is None or len(challenge) > LONGEST_CHALLENGE:
                raise ProblemError(403)
            return PlainTextResponse(challenge)

        return [Route(webhook.path, post, methods=["POST"]), Route(webhook.path, get, methods=["GET"])]

    async def _take(self, webhook: Webhook, request: Request) -> Response:
        call = Call(self._address(request), request.headers, await read_body(request, webhook.largest))
        try:
            webhook.check(call)
        except RefusedError as error:
            log.warning("webhook.refused", route=webhook.path, status=error.status)
            raise ProblemError(error.status) from None
        try:
            events = webhook.read(call)
        except MalformedError:
            log.warning("webhook.malformed", route=webhook.path)
            raise ProblemError(400) from None
        try:
            stored = await asyncio.wait_for(self._all(webhook, events), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            stored = False
        if not stored:
            raise later(503, "", 5)
        body, media_type = webhook.answer
        return Response(body, media_type=media_type)

    async def _all(self, webhook: Webhook, events: Sequence[Event]) -> bool:
        """Whether every event is safe; one that is not does not keep the others from being taken."""
        safe = True
        for event in events:
            if event.channel not in self._channels:
                continue
            try:
                if isinstance(event, Report):
                    await self._database.run(self._report, event)
                else:
                    await self._hear(event)
            except (StorageError, IntegrityError, asyncio.TimeoutError, BusyError) as error:
                log.error("webhook.not_stored", channel=event.channel, error=type(error).__name__)
                safe = False
                if isinstance(event, Heard) and not webhook.redelivers:
                    key = "busy" if isinstance(error, BusyError) else "not_stored"
                    self._unsaved.tell(event, key, self._language(event))
        return safe

    # -- one message ------------------------------------------------------------------------------------------------

    async def _hear(self, heard: Heard) -> None:
        """Raises what means "send it again": `StorageError`, `IntegrityError`, `TimeoutError`, `BusyError`."""
        if heard.at is not None and self._clock() - heard.at > STALE:
            log.warning("webhook.stale", channel=heard.channel)
            return
        clean = texts.clean(heard.text) if heard.text is not None else None
        danger = await self._intake.check(clean, self._language(heard))
        if danger is None and not await self._within_limits(heard):
            self._metrics.messages.labels(heard.channel, "limited").inc()
            return
        if danger is not None and clean is not None:
            clean = clean[: texts.LONGEST]  # never turned away for its length
        try:
            place = await self._find_place(heard, clean, danger)
        except (StorageError, IntegrityError, asyncio.TimeoutError):
            if danger is not None:
                self._unsaved.warn(heard, danger, self._language(heard), alert=True)
            raise
        if place.known:
            return
        if place.choices or place.text:
            await self._pass_on(heard, place, danger)
        elif place.room:
            self._hub.wake(place.room)
        if place.tell is not None:
            self._unsaved.tell(heard, place.tell, place.language)
        self._unsaved.acknowledge(heard)

    async def _find_place(self, heard: Heard, clean: str | None, danger: Danger | None) -> Place:
        seconds, language = DANGER_SECONDS if danger else STORE_SECONDS, self._language(heard)
        place = partial(self._placing.place, heard, clean, danger, language)
        try:
            return await asyncio.wait_for(self._database.run(place), seconds)
        except IntegrityError:  # the same person's first two messages at one moment: now the first is there
            return await asyncio.wait_for(self._database.run(place), seconds)

    async def _pass_on(self, heard: Heard, place: Place, danger: Danger | None) -> None:
        inbound = Inbound(heard.channel, heard.external_id, place.room, place.text, place.choices)
        try:
            receipt = await self._intake.receive(inbound, danger)
        except NotOfferedError:
            await self._database.run(self._placing.answer, heard, place.room, "old_choice")
            self._hub.wake(place.room)
        except ErasedError:
            raise StorageError("erased meanwhile") from None  # sent again, it begins a new conversation
        else:
            if receipt.seq is None and danger is not None:  # staff were told by the intake
                self._unsaved.warn(heard, danger, self._language(heard), alert=False)
                raise StorageError("not stored")

    async def _within_limits(self, heard: Heard) -> bool:
        key = self._database.keys.digest(heard.address, heard.channel)
        for rule in (SENDER, SENDER_LONG):
            if await self._limiter.hit(rule, key) > 0:
                if await self._limiter.hit(TOLD, key) == 0:
                    self._unsaved.tell(heard, "slow_down", self._language(heard))
                return False
        return True

    # -- transactions -----------------------------------------------------------------------------------------------

    def _report(self, report: Report) -> None:
        with self._database.write() as connection:
            told = (report.platform_id, report.state, report.fault)
            failed = deliveries.report(connection, *told, self._clock(), report.tag)
        if failed is not None:
            self._metrics.deliveries.labels(report.channel, "dead").inc()
            log.error("delivery.dead", channel=report.channel, conversation=failed, error=report.fault)

    # -- the call ---------------------------------------------------------------------------------------------------

    def _language(self, heard: Heard) -> str | None:
        short = (heard.language or "").lower().partition("-")[0]
        return short if short in self._languages else None

    def _address(self, request: Request) -> str:
        """The address that the platform called: the clinic's public one, or what a trusted proxy says it was."""
        url = request.url
        if self._public:
            query = f"?{url.query}" if url.query else ""
            return f"{self._public}{url.path}{query}"
        if request.client is not None and request.client.host in self._trusted:
            scheme = request.headers.get("x-forwarded-proto", url.scheme).partition(",")[0].strip()
            host = request.headers.get("x-forwarded-host", url.netloc).partition(",")[0].strip()
            url = url.replace(scheme=scheme, netloc=host)
        return str(url)
