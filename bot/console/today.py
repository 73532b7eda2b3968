"""What needs somebody now: alerts, people who wait, reviews, new bookings, what failed, what expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from bot.booking.repository import Booking
from bot.console import content
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import alerts, appointments, casework, conversations, deliveries, jobs, requests, staff
from bot.storage.alerts import Alert
from bot.storage.booking_tables import bookings
from bot.storage.conversations import Conversation
from bot.storage.deliveries import DeadLetter

LATE = 300.0  # seconds without an acknowledgement; the gateway sends an alert again then


@dataclass(frozen=True)
class Waiter:
    """Someone who asked for a person. `summary` only for those who may see health data."""

    conversation: str
    reason: str
    missed: bool
    asked: datetime
    summary: dict[str, Any]


@dataclass(frozen=True)
class DeadJob:
    """Background work that was given up."""

    kind: str
    fault: str
    at: datetime


@dataclass(frozen=True)
class Today:
    """Everything on the page; what a role may not see is None."""

    alerts: list[tuple[Alert, bool]] | None
    waiting: list[Waiter] | None
    owned: list[Conversation] | None
    reviews: list[Any] | None
    bookings: list[Booking] | None
    letters: list[DeadLetter] | None
    dead: list[DeadJob] | None
    expired: list[str] | None
    names: dict[str, str]

    @property
    def urgent(self) -> int:
        return sum(1 for alert, _ in self.alerts or () if alert.acknowledged_at is None)


def pages() -> list[Page]:
    return [
        Page("/", start, "today", place="today"),
        Page("/today", again, "today", place="today", passive=True),
        Page("/urgent", urgent, "alerts", passive=True),
        Page("/alerts/{id}/acknowledge", acknowledge, "alerts", "POST"),
        Page("/alerts/{id}/close", close, "alerts", "POST"),
    ]


async def start(visit: Visit) -> Response:
    if visit.may("health"):
        await visit.run(_record, visit)
    return visit.render("today.html", today=await visit.run(_gather, visit), at=visit.ground.clock())


async def again(visit: Visit) -> Response:
    """The same without the page around it, for the page to renew itself."""
    return visit.render("_today.html", today=await visit.run(_gather, visit), at=visit.ground.clock())


async def urgent(visit: Visit) -> Response:
    """How many alerts nobody has acknowledged, for the corner of every page."""
    return visit.render("_urgent.html", n=await visit.run(_unacknowledged, visit))


async def acknowledge(visit: Visit) -> Response:
    done = await visit.run(_acknowledge, visit, visit.path("id"))
    return visit.go("/", "acknowledged" if done else "already")


async def close(visit: Visit) -> Response:
    done = await visit.run(_close, visit, visit.path("id"))
    return visit.go("/", "closed" if done else "already")


def _record(visit: Visit) -> None:
    with visit.ground.database.write() as connection:
        visit.record(connection, "view_today")


def _unacknowledged(visit: Visit) -> int:
    with visit.ground.database.read() as connection:
        return sum(1 for one in alerts.open_alerts(connection) if one.acknowledged_at is None)


def _acknowledge(visit: Visit, id: str) -> bool:
    with visit.ground.database.write() as connection:
        alert = _alert(connection, id)
        done = alerts.acknowledge(connection, id, visit.staff.id, visit.ground.clock())
        if done:
            visit.record(connection, "acknowledge_alert", alert.conversation, alert.flag)
        return done


def _close(visit: Visit, id: str) -> bool:
    at = visit.ground.clock()
    with visit.ground.database.write() as connection:
        alert = _alert(connection, id)
        alerts.acknowledge(connection, id, visit.staff.id, at)  # who closes it has seen it
        done = alerts.close(connection, id, visit.staff.id, at)
        if done:
            visit.record(connection, "close_alert", alert.conversation, alert.flag)
        return done


def _alert(connection: Any, id: str) -> Alert:
    found = alerts.find(connection, id)
    if found is None:
        raise RefusedError(404, "error.not_found")
    return found


def _gather(visit: Visit) -> Today:
    database, at = visit.ground.database, visit.ground.clock()
    with database.read() as connection:
        open_alerts = waiting = owned = reviews = new = letters = dead = expired = None
        if visit.may("alerts"):
            found = alerts.open_alerts(connection)
            found.sort(key=lambda one: (one.acknowledged_at is not None, one.raised_at))
            open_alerts = [
                (one, one.acknowledged_at is None and (at - one.raised_at).total_seconds() > LATE) for one in found
            ]
        if visit.may("talk"):
            waiting = [
                Waiter(
                    request.conversation,
                    request.reason,
                    request.state == "missed",
                    request.asked,
                    summary if visit.may("health") else {},
                )
                for request, summary in requests.waiting(database, connection)
            ]
            mine = select(conversations.c.id).where(conversations.c.owner == visit.staff.id)
            owned = [room for id in connection.scalars(mine) if (room := conversations.find(connection, id))]
        if visit.may("health"):
            reviews = casework.newest_assessments(database, connection, open_only=True)
        if visit.may("bookings"):
            pending = select(bookings).where(bookings.c.state == "pending", bookings.c.ends > at)
            rows = connection.execute(pending.order_by(bookings.c.starts).limit(50))
            new = [appointments.as_booking(database, row) for row in rows]
            letters = deliveries.dead_letters(connection, 20)
            given_up = select(jobs.j.kind, jobs.j.fault, jobs.j.run_at).where(jobs.j.state == "dead")
            rows = connection.execute(given_up.order_by(jobs.j.run_at.desc()).limit(20))
            dead = [DeadJob(row.kind, row.fault or "", row.run_at) for row in rows]
        if visit.may("content"):
            expired = content.expired(visit.ground, connection)
        return Today(open_alerts, waiting, owned, reviews, new, letters, dead, expired, staff.names(connection))
