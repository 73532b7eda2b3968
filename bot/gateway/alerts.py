"""Tells staff of danger, checks that it arrived, asks again until someone acknowledges, and tells the patient if not.

Three jobs per alert: `alert.deliver` (one for each outlet), `alert.check` (did any outlet take it?) and
`alert.escalate` (did anyone acknowledge it?). The patient is never told that someone reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.booking.outlets import OutletError
from bot.gateway.danger import Danger
from bot.gateway.ground import Ground, delivery_of
from bot.gateway.logs import log
from bot.gateway.outlets import Note, Outlet
from bot.storage import alerts, conversations, jobs, outbox
from bot.storage.jobs import Job
from bot.storage.tables import iso, new_id

CHECK_AFTER = timedelta(seconds=30)
ACKNOWLEDGE_WITHIN = timedelta(minutes=5)
ESCALATIONS = 3


class Alerts:
    """Raising and following up. `handlers` are for the job worker."""

    def __init__(self, ground: Ground, outlets: Sequence[Outlet]) -> None:
        self._database = ground.database
        self._hub = ground.hub
        self._wording = ground.wording
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._outlets = {outlet.name: outlet for outlet in outlets}
        self.handlers = {
            "alert.deliver": self._deliver,
            "alert.check": self._check,
            "alert.escalate": self._escalate,
        }

    def raise_alert(
        self, connection: Connection, conversation: str, danger: Danger, at: datetime, inbox: str | None
    ) -> str | None:
        """Keep an alert and its jobs in the caller's transaction; None when staff already have it."""
        id = alerts.raise_alert(
            self._database,
            connection,
            conversation,
            flag=danger.flag,
            tier=danger.tier,
            at=at,
            card=danger.card,
            words=danger.words,
            inbox=inbox,
        )
        if id is None:
            return None
        self._send_to_all(connection, id, at, 0)
        check = at + CHECK_AFTER if self._outlets else at
        self._add(connection, "alert.check", {"alert": id}, check, f"alert.check:{id}")
        escalate = {"alert": id, "escalation": 1}
        self._add(connection, "alert.escalate", escalate, at + ACKNOWLEDGE_WITHIN, f"alert.escalate:{id}:1")
        return id

    async def send_unstored(self, conversation: str, danger: Danger) -> bool:
        """The database is away: hand the alert to the outlets right now. False when none took it."""
        note = Note(new_id(), conversation, danger.flag, danger.tier, iso(self._clock()))
        results = await asyncio.gather(*(self._send(outlet, note) for outlet in self._outlets.values()))
        return any(results)

    async def _send(self, outlet: Outlet, note: Note) -> bool:
        try:
            await outlet.send(note)
        except OutletError as error:
            log.warning("alert.not_delivered", alert=note.alert, outlet=outlet.name, error=str(error))
            self._metrics.deliveries.labels(outlet.name, "failed").inc()
            return False
        self._metrics.deliveries.labels(outlet.name, "sent").inc()
        return True

    async def _deliver(self, job: Job) -> None:
        alert = await self._database.run(self._find, job.payload["alert"])
        outlet = self._outlets.get(job.payload["outlet"])
        if alert is None or outlet is None or alert.closed_at is not None:
            return
        note = Note(
            alert.id, alert.conversation, alert.flag, alert.tier, iso(alert.raised_at), job.payload["escalation"]
        )
        if not await self._send(outlet, note):
            raise OutletError(outlet.name)
        await self._database.run(self._mark_delivered, alert.id)

    async def _check(self, job: Job) -> None:
        conversation = await self._database.run(self._tell_patient, job.payload["alert"])
        if conversation is not None:
            self._hub.wake(conversation)

    async def _escalate(self, job: Job) -> None:
        await self._database.run(self._send_again, job.payload["alert"], job.payload["escalation"])

    def _find(self, id: str) -> alerts.Alert | None:
        with self._database.read() as connection:
            return alerts.find(connection, id)

    def _mark_delivered(self, id: str) -> None:
        with self._database.write() as connection:
            alerts.delivered(connection, id, self._clock())

    def _tell_patient(self, id: str) -> str | None:
        """Say once that staff could not be reached; the conversation, or None when nothing had to be said."""
        at = self._clock()
        with self._database.write() as connection:
            alert = alerts.find(connection, id)
            if alert is None or alert.delivered_at is not None or not alerts.undelivered(connection, id, at):
                return None
            room = conversations.find(connection, alert.conversation)
            if room is None or room.erased_at is not None:
                return None
            notice = self._wording.notice("alert_undelivered", room.language)
            outbox.append(self._database, connection, room.id, notice, at, delivery=delivery_of(room.channel))
        log.error("alert.undelivered", alert=id, conversation=room.id)
        return room.id

    def _send_again(self, id: str, escalation: int) -> None:
        at = self._clock()
        with self._database.write() as connection:
            if not alerts.escalate(connection, id, at):
                return
            self._send_to_all(connection, id, at, escalation)
            if escalation < ESCALATIONS:
                payload = {"alert": id, "escalation": escalation + 1}
                key = f"alert.escalate:{id}:{escalation + 1}"
                self._add(connection, "alert.escalate", payload, at + ACKNOWLEDGE_WITHIN, key)
        log.warning("alert.escalated", alert=id, count=escalation)

    def _send_to_all(self, connection: Connection, id: str, at: datetime, escalation: int) -> None:
        for name in self._outlets:
            payload = {"alert": id, "outlet": name, "escalation": escalation}
            self._add(connection, "alert.deliver", payload, at, f"alert.deliver:{id}:{name}:{escalation}")

    def _add(self, connection: Connection, kind: str, payload: dict[str, object], at: datetime, key: str) -> None:
        # Not tied to the conversation: staff hear of danger also when the patient erases it at once.
        jobs.add(self._database, connection, kind, payload, at, unique_key=key)
