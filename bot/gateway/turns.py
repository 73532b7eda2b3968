"""Turn-taking: one message of a conversation at a time, in order, answered once, whatever the number of gateways.

A gateway claims a conversation for a few seconds and renews the claim while the engine works. A claim that is not
renewed lapses, and another gateway asks again; the engine answers the same message with the same turn. The answer is
written and the message closed in one transaction, and only while the claim still holds.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.envelope import Reply
from bot.gateway.alerts import Alerts
from bot.gateway.danger import Danger
from bot.gateway.engines import Answer, EngineAwayError, EngineFaultError, Engines
from bot.gateway.ground import Ground, delivery_of
from bot.gateway.logs import log
from bot.gateway.text import escape_command
from bot.storage import conversations, inbox, outbox
from bot.storage.conversations import Conversation
from bot.storage.database import StorageError
from bot.storage.inbox import Message
from bot.storage.tables import iso, new_id

AT_ONCE = 16  # turns computed at the same time by one gateway
LEASE = timedelta(seconds=6)
RENEW_EVERY = 2.0
LOOK_EVERY = 0.5
NOTICE_AFTER = 3.5  # seconds without an answer, then the patient hears the designed sentence (promised within 5)
NOTICE_MOMENT = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
FAULTS = 5  # answers that are no turn, then the message is given up
TOPIC = re.compile(r"[a-z_]{1,40}")  # a label, never words
GIVE_UP_AFTER = timedelta(hours=24)


class Turns:
    """Answers what is in the inbox, as long as `run` runs."""

    def __init__(self, ground: Ground, engines: Engines, alerts: Alerts, tier_of: Callable[[str], str]) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._engines = engines
        self._alerts = alerts
        self._tier_of = tier_of
        self._name = new_id()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._stopping = False
        self.waiting = 0  # messages not answered yet, as of the last look
        self.on_alert: Callable[[], None] = lambda: None

    def nudge(self, conversation: str) -> None:
        """A message of this conversation was stored."""
        if self._stopping:
            return
        if conversation in self._running:
            self._again.add(conversation)
        elif len(self._running) < AT_ONCE:
            task = asyncio.create_task(self._serve(conversation))
            self._running[conversation] = task
            task.add_done_callback(lambda _: self._ended(conversation))

    async def run(self) -> None:
        """Look for messages that nobody nudged: due again, of another gateway, or left by one that died."""
        while True:
            try:
                self.waiting, due = await self._database.run(self._look)
                self._metrics.waiting.set(self.waiting)
                for conversation in due:
                    if conversation not in self._running:
                        self.nudge(conversation)
            except StorageError as error:
                log.warning("turns.database_away", error=str(error))
            await asyncio.sleep(LOOK_EVERY)

    async def stop(self, grace: float = 8.0) -> None:
        """Begin nothing new, let running turns end, then give the rest back at once."""
        self._stopping = True
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, conversation: str) -> None:
        self._running.pop(conversation, None)
        if conversation in self._again:
            self._again.discard(conversation)
            self.nudge(conversation)

    def _look(self) -> tuple[int, list[str]]:
        with self._database.read() as connection:
            return inbox.waiting(connection), inbox.due(connection, self._clock(), AT_ONCE * 2)

    # -- one conversation -------------------------------------------------------------------------------------------

    async def _serve(self, conversation: str) -> None:
        try:
            message = await self._database.run(self._claim, conversation)
            while message is not None and not self._stopping:
                message = await self._answer(message)
        except (StorageError, conversations.ErasedError) as error:
            # The message stays open and the claim lapses: it will be looked at again.
            log.warning("turn.not_kept", conversation=conversation, error=error)
        except Exception as error:
            log.error("turn.failed", conversation=conversation, error=error)
        finally:
            if self._stopping:  # another gateway may go on at once
                with suppress(StorageError):
                    await self._database.run(self._release, conversation)

    async def _answer(self, message: Message) -> Message | None:
        """Ask the engine and keep what it says; the next message of the conversation, if it may be answered now."""
        started = time.perf_counter()
        asked = asyncio.create_task(self._engines.turn(_request(message)))
        try:
            answer = await self._attend(asked, message)
        except EngineAwayError:
            self._metrics.retries.labels("away").inc()
            await self._put_off(message, faulty=False)
            return None
        except EngineFaultError as error:
            log.warning("turn.fault", inbox=message.id, conversation=message.conversation, error=str(error))
            self._metrics.retries.labels("fault").inc()
            await self._put_off(message, faulty=True)
            return None
        finally:
            asked.cancel()
        self._metrics.stage.labels("engine").observe(time.perf_counter() - started)
        stored = time.perf_counter()
        following = await self._database.run(self._keep, message, answer)
        self._metrics.stage.labels("keep").observe(time.perf_counter() - stored)
        waited = (self._clock() - message.received_at).total_seconds()
        self._metrics.stage.labels("whole").observe(max(0.0, waited))
        self._hub.wake(message.conversation)
        self.on_alert()
        return following

    async def _attend(self, asked: asyncio.Task[Answer], message: Message) -> Answer:
        """Wait for the engine; meanwhile renew the claim, and tell the patient when it takes long."""
        # A message that waited behind others gets a moment before the patient is told.
        notice: float | None = max(NOTICE_MOMENT, self._until_notice(message))
        renew = RENEW_EVERY
        while True:
            pause = min(renew, max(notice, 0.0)) if notice is not None else renew
            started = time.monotonic()
            await asyncio.wait({asked}, timeout=pause)
            if asked.done():
                return asked.result()
            passed = time.monotonic() - started
            renew -= passed
            if notice is not None:
                notice -= passed
                if notice <= 0:
                    notice = None
                    await self._database.run(self._tell_late, message.conversation)
                    self._hub.wake(message.conversation)
            if renew <= 0:
                renew = RENEW_EVERY
                await self._database.run(self._renew, message.conversation)

    def _until_notice(self, message: Message) -> float:
        return NOTICE_AFTER - (self._clock() - message.received_at).total_seconds()

    async def _put_off(self, message: Message, *, faulty: bool) -> None:
        attempts = message.attempts + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10)) * random.uniform(0.7, 1.0)  # noqa: S311
        if self._until_notice(message) > 0:
            pause = min(pause, self._until_notice(message) + 0.1)
        old = self._clock() - message.received_at > GIVE_UP_AFTER
        if old or (faulty and attempts >= FAULTS):
            await self._database.run(self._give_up, message)
        else:
            await self._database.run(self._retry, message, self._clock() + timedelta(seconds=pause))
        self._hub.wake(message.conversation)

    # -- transactions -----------------------------------------------------------------------------------------------

    def _claim(self, conversation: str) -> Message | None:
        at = self._clock()
        with self._database.write() as connection:
            if not conversations.claim(connection, conversation, self._name, at, LEASE):
                return None
            return self._next(connection, conversation, at)

    def _next(self, connection: Connection, conversation: str, at: datetime) -> Message | None:
        """Take the oldest open message, or release the claim when there is none to answer now."""
        room = conversations.find(connection, conversation)
        message = inbox.head(self._database, connection, conversation)
        if room is not None and room.owner is not None:
            while message is not None:  # a person answers these
                inbox.finish(connection, message.id, at)
                message = inbox.head(self._database, connection, conversation)
        if message is None or message.next_try > at or room is None or room.erased_at is not None:
            conversations.release(connection, conversation, self._name)
            return None
        inbox.take(connection, message.id)
        return replace(message, alarm=room.alarm)

    def _keep(self, message: Message, answer: Answer) -> Message | None:
        at = self._clock()
        with self._database.write() as connection:
            room, holder = conversations.lock(connection, message.conversation)
            if room is None or room.erased_at is not None or holder != self._name:
                return None  # erased, or our claim lapsed and someone else answers
            if not inbox.finish(connection, message.id, at):
                return None
            if room.owner is None:  # a person may have taken over while the engine was thinking
                for reply in answer.replies:
                    self._say(connection, room, reply, at, message)
            if room.outage_told is not None:
                conversations.mark_outage(connection, room.id, None)
            self._note_language(connection, room, answer)
            conversations.claim(connection, room.id, self._name, at, LEASE)
            following = self._next(connection, room.id, at)
        topic = str(answer.reading.get("topic"))
        self._metrics.topics.labels(topic if TOPIC.fullmatch(topic) else "none").inc()
        return following

    @staticmethod
    def _note_language(connection: Connection, room: Conversation, answer: Answer) -> None:
        """The conversation is held in the language that the patient wrote, whatever the page or the platform speaks."""
        spoken = answer.reading.get("slots", {}).get("language")
        if spoken and spoken != room.language:
            conversations.set_language(connection, room.id, spoken)

    def _say(self, connection: Connection, room: Conversation, reply: Reply, at: datetime, message: Message) -> None:
        delivery = delivery_of(room.channel)
        outbox.append(self._database, connection, room.id, reply, at, inbox=message.id, delivery=delivery)
        if reply.kind == "alert" and reply.ref != message.alerted:
            danger = Danger(reply.ref, self._tier_of(reply.ref), reply, "")
            self._alerts.raise_alert(connection, room.id, danger, at, message.id)

    def _retry(self, message: Message, next_try: datetime) -> None:
        with self._database.write() as connection:
            room, holder = conversations.lock(connection, message.conversation)
            if room is None or holder != self._name:
                return
            inbox.retry(connection, message.id, next_try)
            if self._until_notice(message) <= 0:  # a short pause passes unnoticed
                self._tell(connection, room)
            conversations.release(connection, room.id, self._name)

    def _give_up(self, message: Message) -> None:
        at = self._clock()
        with self._database.write() as connection:
            room, holder = conversations.lock(connection, message.conversation)
            if room is None or holder != self._name or not inbox.finish(connection, message.id, at, "failed"):
                return
            if room.owner is None and room.erased_at is None:
                notice = self._wording.notice("turn_failed", room.language)
                self._say(connection, room, notice, at, message)
            conversations.release(connection, room.id, self._name)
        log.error("turn.given_up", inbox=message.id, conversation=message.conversation, attempts=message.attempts)

    def _tell_late(self, conversation: str) -> None:
        with self._database.write() as connection:
            room, holder = conversations.lock(connection, conversation)
            if room is not None and holder == self._name:
                self._tell(connection, room)

    def _tell(self, connection: Connection, room: Conversation) -> None:
        """Say once per outage and conversation that the answer is late."""
        if room.outage_told is None and room.owner is None and room.erased_at is None:
            at, delivery = self._clock(), delivery_of(room.channel)
            notice = self._wording.notice("engine_down", room.language)
            outbox.append(self._database, connection, room.id, notice, at, delivery=delivery)
            conversations.mark_outage(connection, room.id, at)

    def _renew(self, conversation: str) -> None:
        with self._database.write() as connection:
            room, holder = conversations.lock(connection, conversation)
            if room is not None and holder == self._name:
                conversations.claim(connection, conversation, self._name, self._clock(), LEASE)

    def _release(self, conversation: str) -> None:
        with self._database.write() as connection:
            conversations.release(connection, conversation, self._name)


def _request(message: Message) -> dict[str, Any]:
    """The engine's `POST /turn` (docs/architecture.md)."""
    return {
        "id": message.id,
        "conversation": message.conversation,
        "text": None if message.text is None else escape_command(message.text),
        "choices": list(message.choices),
        "language": message.language,
        "channel": message.channel,
        "alerted": message.alerted,
        "alarm": message.alarm,
        "at": iso(message.received_at),
    }
