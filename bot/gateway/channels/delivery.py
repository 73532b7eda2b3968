"""Sends what is stored for messaging channels: in order, alerts first, again after a failure, and not for ever.

A part is noted as begun before the platform is called, and as sent right after. A gateway that was killed in between
leaves a part of which nobody knows; it is looked for among the platform's reports and asked for before it is sent again
(docs/decisions/0702-at-least-once.md).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.gateway.channels.contract import OPTED_OUT, WINDOW_CLOSED, Channel, Part, SendError
from bot.gateway.channels.inviting import Inviting
from bot.gateway.channels.picking import run_before
from bot.gateway.channels.rendering import Renderer, numbered_run
from bot.gateway.ground import Ground
from bot.gateway.limits import Limiter
from bot.gateway.logs import log
from bot.storage import deliveries, handovers, outbox, people
from bot.storage.database import StorageError
from bot.storage.deliveries import Begun, Outgoing

AT_ONCE = 16
LOOK_EVERY = 1.0
LEASE = timedelta(seconds=30)  # for one part: the next renews it
ALERT_LEASE = timedelta(seconds=20)  # a card must not wait for a gateway that was killed
SEND_SECONDS = 15.0  # less than a lease, for one part
SKEW = timedelta(minutes=1)  # between the platform's clock and ours
NOTE_PAUSES = (0.05, 0.2, 1.0, 3.0)  # what was sent must be noted, also by a database that is busy
PATIENCE = 2.0  # a wait for the pace that is not longer happens right here
ATTEMPTS = 10  # with the pauses below: about half an hour
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 600.0
RUN = 40  # messages that are read to find a run of the bot's
HEALTH = ("questionnaire:", "aftercare:")
URGENT = ("alert", "notice")  # sent although a person has taken over


class Delivery:
    """One per gateway; several gateways share the work through the database."""

    def __init__(
        self,
        ground: Ground,
        channels: Mapping[str, Channel],
        renderer: Renderer,
        inviting: Inviting,
        limiter: Limiter,
        public: str,
    ) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._channels = channels
        self._renderer = renderer
        self._inviting = inviting
        self._limiter = limiter
        self._public = public.rstrip("/")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._news = asyncio.Event()
        self._stopping = False

    def nudge(self, conversation: str) -> None:
        """Something was written in this conversation, whatever its channel."""
        if conversation in self._running:
            self._again.add(conversation)
        self._news.set()

    async def run(self) -> None:
        """Send for ever."""
        while self._channels:
            try:
                for conversation in await self._database.run(self._look):
                    self._begin(conversation)
            except StorageError as error:
                log.warning("delivery.database_away", error=str(error))
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY)
            except asyncio.TimeoutError:
                continue

    async def stop(self, grace: float = 5.0) -> None:
        """Let the parts that are on their way end; the rest waits in the database."""
        self._stopping = True
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, conversation: str) -> None:
        if conversation not in self._running and len(self._running) < AT_ONCE and not self._stopping:
            task = asyncio.create_task(self._serve(conversation))
            self._running[conversation] = task
            task.add_done_callback(lambda _: self._ended(conversation))

    def _ended(self, conversation: str) -> None:
        self._running.pop(conversation, None)
        if conversation in self._again:
            self._again.discard(conversation)
            self._news.set()

    def _look(self) -> list[str]:
        with self._database.read() as connection:
            return deliveries.due(connection, self._channels, self._clock(), AT_ONCE * 2)

    async def _serve(self, conversation: str) -> None:
        try:
            while not self._stopping:
                outgoing = await self._database.run(self._take, conversation)
                if outgoing is None or not await self._deliver(outgoing):
                    return
        except StorageError as error:
            # The message stays leased until the lease runs out, then someone tries again.
            log.warning("delivery.not_kept", conversation=conversation, error=str(error))
        except Exception as error:
            log.error("delivery.crashed", conversation=conversation, error=error)

    # -- one message ------------------------------------------------------------------------------------------------

    async def _deliver(self, outgoing: Outgoing) -> bool:
        """Send the message; True when the next one of the conversation may be tried."""
        channel, message = self._channels[outgoing.channel], outgoing.envelope.id
        if outgoing.owner is not None and outgoing.envelope.sender == "bot" and _kind(outgoing) not in URGENT:
            await self._database.run(self._finish, message, "withdrawn")
            return True
        address, stopped = await self._database.run(self._address, outgoing)
        if address is None:
            await self._give_up(outgoing, "no_address")
            return True
        if stopped and _kind(outgoing) != "alert":  # after STOP only danger is answered, if the platform takes it
            if outgoing.envelope.sender == "staff":
                await self._give_up(outgoing, OPTED_OUT)
            else:
                await self._database.run(self._finish, message, "withdrawn")
            return True
        try:
            if channel.manner.window and not await self._database.run(self._in_window, outgoing, channel):
                raise SendError(WINDOW_CLOSED, permanent=True)
            await self._warn(outgoing, channel, address)
            await self._send_parts(outgoing, channel, address)
        except _PaceError as pace:
            await self._database.run(self._put_off, outgoing, pace.seconds, False)
            return pace.seconds == 0
        except SendError as error:
            return await self._failed(outgoing, channel, address, error)
        self._metrics.deliveries.labels(channel.name, "sent").inc()
        return True

    async def _send_parts(self, outgoing: Outgoing, channel: Channel, address: str) -> None:
        first = await self._database.run(self._first_number, outgoing, channel)
        parts = self._renderer.parts(outgoing.envelope, channel.manner, outgoing.language, first)
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            if number in outgoing.sent:
                continue
            if not await self._taken_before(outgoing, channel, address, number, part, last):
                await self._send(outgoing, channel, address, number, part, last)
            if not last and outgoing.conversation in self._again:  # it may be an alert
                self._again.discard(outgoing.conversation)
                raise _PaceError(0.0)
        if len(parts) - 1 in outgoing.sent:  # else it was finished with its last part
            await self._database.run(self._finish, outgoing.envelope.id, "sent")

    async def _send(
        self, outgoing: Outgoing, channel: Channel, address: str, number: int, part: Part, last: bool
    ) -> None:
        await self._pace(channel, outgoing)
        begun = await self._database.run(self._begin_part, outgoing, number)
        if begun is None:
            raise _PaceError(0.0)  # look what became of it
        try:
            id = await asyncio.wait_for(channel.send(address, part, begun.tag), SEND_SECONDS)
        except asyncio.TimeoutError:
            raise SendError("timeout", unclear=True) from None
        except SendError as error:
            if not error.unclear and number not in outgoing.unclear:
                await self._database.run(self._refused, outgoing, number)
            raise
        await self._note(outgoing, number, id, last)

    async def _note(self, outgoing: Outgoing, number: int, id: str, last: bool) -> None:
        for pause in NOTE_PAUSES:
            try:
                return await self._database.run(self._part_sent, outgoing, number, id, last)
            except StorageError:
                await asyncio.sleep(pause)
        await self._database.run(self._part_sent, outgoing, number, id, last)

    async def _taken_before(
        self, outgoing: Outgoing, channel: Channel, address: str, number: int, part: Part | None, last: bool
    ) -> bool:
        """Whether the platform took a part of an earlier try; that is then on record. None: cannot be recognised."""
        begun = outgoing.unclear.get(number)
        if begun is None:
            return False
        alert = _kind(outgoing) == "alert"
        try:
            found = [] if part is None else await channel.find(address, part, begun.since - SKEW)
        except SendError as error:
            if not (alert or error.permanent):  # rather a card twice than late
                raise
            found = []
        if taken := await self._database.run(self._unknown, found):
            await self._note(outgoing, number, taken[0], last)
            return True
        left = (begun.since + channel.manner.settles - self._clock()).total_seconds()
        if left > 0 and not alert:
            raise _PaceError(left)  # the platform may yet tell
        return False

    async def _pace(self, channel: Channel, outgoing: Outgoing) -> None:
        for rule, key in ((channel.manner.overall, channel.name), (channel.manner.chat, outgoing.conversation)):
            while (wait := await self._limiter.hit(rule, key)) > 0:
                if wait > PATIENCE:
                    raise _PaceError(wait)
                await asyncio.sleep(wait)

    async def _warn(self, outgoing: Outgoing, channel: Channel, address: str) -> None:
        """Before the first health question on an insecure channel: say so, and offer the web chat once."""
        if not channel.manner.insecure or not _asks_health(outgoing):
            return
        if await self._database.run(self._warned, outgoing):
            return
        # Its link holds a token that is nowhere on record, so the text cannot be asked for.
        await self._taken_before(outgoing, channel, address, deliveries.WARNING, None, False)
        text = await self._database.run(self._warning, outgoing)
        (part,) = self._renderer.notice(text, channel.manner)
        await self._send(outgoing, channel, address, deliveries.WARNING, part, False)

    async def _failed(self, outgoing: Outgoing, channel: Channel, address: str, error: SendError) -> bool:
        """True when the next message may be tried."""
        if error.code == WINDOW_CLOSED and await self._inviting.ask(outgoing, channel, address):
            await self._database.run(self._finish, outgoing.envelope.id, "held")
            self._metrics.deliveries.labels(channel.name, "held").inc()
            return True
        if error.permanent or outgoing.attempts >= ATTEMPTS:
            await self._give_up(outgoing, error.code)
            return True
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (outgoing.attempts - 1)) * random.uniform(0.5, 1.0)  # noqa: S311
        await self._database.run(self._put_off, outgoing, max(pause, error.retry_after or 0.0), True)
        self._metrics.deliveries.labels(channel.name, "retry").inc()
        log.info("delivery.retry", channel=channel.name, conversation=outgoing.conversation, error=error.code)
        return False

    async def _give_up(self, outgoing: Outgoing, fault: str) -> None:
        await self._database.run(self._bury, outgoing, fault)
        self._metrics.deliveries.labels(outgoing.channel, "dead").inc()
        log.error("delivery.dead", channel=outgoing.channel, conversation=outgoing.conversation, error=fault)

    # -- transactions -----------------------------------------------------------------------------------------------

    def _take(self, conversation: str) -> Outgoing | None:
        with self._database.write() as connection:
            return deliveries.take(self._database, connection, conversation, self._clock(), LEASE, ALERT_LEASE)

    def _address(self, outgoing: Outgoing) -> tuple[str | None, bool]:
        """Where the person is reached, and whether they said STOP."""
        if outgoing.person is None:
            return None, False
        with self._database.read() as connection:
            address = people.address_of(self._database, connection, outgoing.person, outgoing.channel)
            return address, people.stopped(connection, outgoing.person, outgoing.channel)

    def _in_window(self, outgoing: Outgoing, channel: Channel) -> bool:
        if channel.manner.window is None or outgoing.person is None:
            return True
        with self._database.read() as connection:
            heard = deliveries.last_heard(connection, outgoing.person, channel.name)
        return heard is None or heard > self._clock() - channel.manner.window

    def _first_number(self, outgoing: Outgoing, channel: Channel) -> int:
        """Numbers go on through all that was said since the patient wrote, so that each means one thing."""
        if not outgoing.envelope.reply.choices:
            return 1
        seq = outgoing.envelope.seq
        with self._database.read() as connection:
            recent = outbox.after(self._database, connection, outgoing.conversation, max(0, seq - RUN))
        groups = numbered_run(run_before(recent, seq), channel.manner)
        return 1 if not groups else groups[-1][1] + len(groups[-1][0].reply.choices)

    def _warned(self, outgoing: Outgoing) -> bool:
        with self._database.read() as connection:
            return deliveries.noted(connection, outgoing.conversation, deliveries.WARNING)

    def _warning(self, outgoing: Outgoing) -> str:
        if not self._public:
            return self._wording.say("sms_health_warning_no_link", outgoing.language)
        with self._database.write() as connection:
            token = handovers.offer(connection, outgoing.conversation, self._clock())
        # After "#", the token is in no server's log and in no Referer header.
        return self._wording.say("sms_health_warning", outgoing.language, link=f"{self._public}/continue#{token}")

    def _begin_part(self, outgoing: Outgoing, number: int) -> Begun | None:
        lease = ALERT_LEASE if _kind(outgoing) == "alert" else LEASE
        with self._database.write() as connection:
            return deliveries.begin_part(connection, outgoing, number, self._clock(), lease)

    def _refused(self, outgoing: Outgoing, number: int) -> None:
        with self._database.write() as connection:
            deliveries.part_refused(connection, outgoing.envelope.id, number)

    def _unknown(self, found: Sequence[str]) -> list[str]:
        if not found:
            return []
        with self._database.read() as connection:
            return deliveries.unknown(connection, found)

    def _part_sent(self, outgoing: Outgoing, number: int, id: str, last: bool) -> None:
        # Urgent: until this is through, a kill leaves the part unclear.
        with self._database.write(urgent=True) as connection:
            at, message = self._clock(), outgoing.envelope.id
            deliveries.part_sent(connection, outgoing.conversation, message, number, id, at, last=last)

    def _finish(self, message: str, state: str) -> None:
        with self._database.write() as connection:
            deliveries.finish(connection, message, state)

    def _put_off(self, outgoing: Outgoing, seconds: float, counts: bool) -> None:
        at = self._clock() + timedelta(seconds=seconds)
        with self._database.write() as connection:
            deliveries.put_off(connection, outgoing, at, counts=counts)

    def _bury(self, outgoing: Outgoing, fault: str) -> None:
        at: datetime = self._clock()
        with self._database.write() as connection:
            deliveries.give_up(connection, outgoing.conversation, outgoing.envelope.id, fault, at)


class _PaceError(Exception):
    """The platform's pace asks for a wait that is too long to sit out; 0: look what is next, and go on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _kind(outgoing: Outgoing) -> str:
    return outgoing.envelope.reply.kind


def _asks_health(outgoing: Outgoing) -> bool:
    reply = outgoing.envelope.reply
    return reply.kind == "question" and any(choice.id.startswith(HEALTH) for choice in reply.choices)
