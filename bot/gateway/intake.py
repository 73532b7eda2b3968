"""Takes a message in, the same way for every channel: danger first, then stored, then answered by `turns`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.envelope import Reply
from bot.gateway.alerts import Alerts
from bot.gateway.danger import Danger, UncheckedError, Watch
from bot.gateway.ground import Ground, delivery_of
from bot.gateway.logs import log
from bot.gateway.turns import Turns
from bot.gateway.worker import Worker
from bot.storage import alerts as stored_alerts
from bot.storage import conversations, inbox, outbox
from bot.storage.conversations import Conversation
from bot.storage.database import StorageError
from bot.storage.tables import iso, new_id

STORE_SECONDS = 5.0
DANGER_STORE_SECONDS = 2.0  # a card does not wait for a slow database
MOST_WAITING = 500  # unanswered messages; beyond that, new ones are turned away with the phone number
CONVERSATION_PAUSE = timedelta(hours=24)  # on a messaging channel a new conversation begins after such a silence
# By picking one of these the patient ends an alarm (bot/safety/cards.py).
SETTLED = {"alert:closed", "alert:not_now", "alert:adult"}


class NotOfferedError(Exception):
    """A choice that no message of the conversation offered."""


class BusyError(Exception):
    """Too many messages wait for an answer."""


@dataclass(frozen=True)
class Inbound:
    """What a patient did: `text` is clean (bot.gateway.text), or `choices` holds ids."""

    channel: str
    external_id: str
    conversation: str
    text: str | None = None
    choices: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Receipt:
    """`seq` of the stored message; None when it could not be stored, and `unsaved` is all that the patient gets."""

    seq: int | None
    unsaved: tuple[dict[str, object], ...] = field(default=())


class Intake:
    """One per gateway."""

    def __init__(self, ground: Ground, watch: Watch, alerts: Alerts, turns: Turns, worker: Worker) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._watch = watch
        self._alerts = alerts
        self._turns = turns
        self._worker = worker
        self._background: set[asyncio.Task[None]] = set()

    async def check(self, text: str | None, language: str | None) -> Danger | None:
        """What the message says of danger. A check that fails becomes a notice with the numbers to call."""
        try:
            danger = await self._watch.check(text or "", language)
        except UncheckedError:
            return Danger("unchecked", "unchecked", self._wording.notice("unchecked", language, "emergency"), "")
        if danger is not None:
            self._metrics.alerts.labels(danger.tier).inc()
        return danger

    async def receive(self, inbound: Inbound, danger: Danger | None) -> Receipt:
        """Store and answer. Raises `NotOfferedError`, `BusyError`, `conversations.ErasedError` and `StorageError`.

        With danger it never raises `StorageError`: the card is returned unsaved, and goes to open streams.
        """
        card_id = new_id()
        seconds = DANGER_STORE_SECONDS if danger else STORE_SECONDS
        try:
            seq = await asyncio.wait_for(self._database.run(self._store, inbound, danger, card_id), seconds)
        except (StorageError, asyncio.TimeoutError) as error:
            log.error("inbox.not_stored", conversation=inbound.conversation, channel=inbound.channel, error=str(error))
            self._metrics.messages.labels(inbound.channel, "not_stored").inc()
            if danger is None:
                raise StorageError("not stored") from None
            return self._show_unsaved(inbound.conversation, danger, card_id)
        self._metrics.messages.labels(inbound.channel, "accepted").inc()
        self._hub.wake(inbound.conversation)
        self._turns.nudge(inbound.conversation)
        if danger is not None:
            self._worker.nudge()
        return Receipt(seq)

    async def warn(self, conversation: str, channel: str, danger: Danger) -> Receipt:
        """Show the card for a message that is not taken (too long)."""
        card_id = new_id()
        try:
            storing = self._database.run(self._store_card, conversation, channel, danger, card_id)
            await asyncio.wait_for(storing, DANGER_STORE_SECONDS)
        except (StorageError, asyncio.TimeoutError, conversations.ErasedError):
            return self._show_unsaved(conversation, danger, card_id)
        self._hub.wake(conversation)
        self._worker.nudge()
        return Receipt(None, (_unsaved(danger.card, card_id, self._clock()),))

    async def close(self) -> None:
        """Let deliveries that only memory knows of end."""
        if self._background:
            await asyncio.wait(self._background, timeout=5)

    def begin(
        self,
        connection: Connection,
        id: str,
        channel: str,
        person: str | None,
        language: str | None,
        *,
        greet: bool = True,
    ) -> None:
        """Make the conversation and its first messages, an alarm that still sticks among them, unless it exists.

        Whoever begins with words of their own needs no greeting besides: the answer to them follows (`greet` False).
        """
        at = self._clock()
        made = conversations.ensure(connection, id, channel, at, language=language, person=person or new_id())
        if not made:
            return
        disclosure, greeting = self._wording.opening(language)
        first = [disclosure, *([greeting] if greet else [])]
        sticking = stored_alerts.sticking_flag(connection, person)
        reminder = self._watch.reminder(sticking, language) if sticking else None
        if reminder is not None:
            conversations.set_alarm(connection, id, reminder.ref)
            first.insert(1, reminder)
        for reply in first:
            outbox.append(self._database, connection, id, reply, at, delivery=delivery_of(channel))

    def _store(self, inbound: Inbound, danger: Danger | None, card_id: str) -> int:
        at = self._clock()
        with self._database.write() as connection:
            self.begin(connection, inbound.conversation, inbound.channel, None, inbound.language)
            # Locked before looking for the external id: of two equal deliveries the second waits, then finds it.
            room, _ = conversations.lock(connection, inbound.conversation)
            if room is None or room.erased_at is not None:
                raise conversations.ErasedError(inbound.conversation)
            known = inbox.find_external(self._database, connection, inbound.channel, inbound.external_id)
            if known is not None:
                return known.seq
            if danger is None and self._turns.waiting > MOST_WAITING:
                raise BusyError
            said = self._said(connection, inbound)
            envelope = outbox.append(self._database, connection, room.id, said, at, sender="patient")
            id = inbox.accept(
                self._database,
                connection,
                room.id,
                channel=inbound.channel,
                external_id=inbound.external_id,
                seq=envelope.seq,
                at=at,
                text=inbound.text,
                choices=inbound.choices,
                language=inbound.language or room.language,
                alerted=danger.flag if danger and danger.tier != "unchecked" else None,
                done=room.owner is not None,  # a person answers: the bot stays silent
            )
            if SETTLED & set(inbound.choices):
                stored_alerts.settle(connection, room.id, at)
            if danger is not None:
                self._show(connection, room, danger, card_id, id)
            return envelope.seq

    def _said(self, connection: Connection, inbound: Inbound) -> Reply:
        if inbound.text is not None:
            return Reply("text", "message", inbound.text)
        titles = outbox.offered(self._database, connection, inbound.conversation, inbound.choices)
        if set(titles) != set(inbound.choices):
            raise NotOfferedError
        return Reply("text", "choice", ", ".join(titles[choice] for choice in inbound.choices))

    def _store_card(self, conversation: str, channel: str, danger: Danger, card_id: str) -> None:
        with self._database.write() as connection:
            self.begin(connection, conversation, channel, None, None)
            room, _ = conversations.lock(connection, conversation)
            if room is None or room.erased_at is not None:
                raise conversations.ErasedError(conversation)
            self._show(connection, room, danger, card_id, None)

    def _show(
        self, connection: Connection, room: Conversation, danger: Danger, card_id: str, inbox_id: str | None
    ) -> None:
        at, delivery = self._clock(), delivery_of(room.channel)
        outbox.append(
            self._database, connection, room.id, danger.card, at, inbox=inbox_id, delivery=delivery, id=card_id
        )
        if danger.tier != "unchecked":
            self._alerts.raise_alert(connection, room.id, danger, at, inbox_id)

    def _show_unsaved(self, conversation: str, danger: Danger, card_id: str) -> Receipt:
        envelope = _unsaved(danger.card, card_id, self._clock())
        self._hub.push(conversation, envelope)
        if danger.tier != "unchecked":
            task = asyncio.create_task(self._alert_unsaved(conversation, danger))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        return Receipt(None, (envelope,))

    async def _alert_unsaved(self, conversation: str, danger: Danger) -> None:
        if not await self._alerts.send_unstored(conversation, danger):
            notice = self._wording.notice("alert_undelivered")
            self._hub.push(conversation, _unsaved(notice, new_id(), self._clock()))


def _unsaved(reply: Reply, id: str, at: datetime) -> dict[str, object]:
    """An envelope without a number: it is not part of the stored conversation (yet)."""
    return {"v": 1, "seq": None, "id": id, "from": "bot", **reply.as_dict(), "at": iso(at)}
