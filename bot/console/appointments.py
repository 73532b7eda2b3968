"""Appointments: a day or a week as a calendar and as a list; confirm, move, cancel, "did not come"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot.booking import fhir
from bot.booking.availability import Slot, free_slots, openings, slot_at, to_utc
from bot.booking.repository import Booking, HoldGoneError, NotFoundError, SlotTakenError
from bot.console import calendar
from bot.console.calendar import Day, Entry
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import appointments, casework, conversations
from bot.storage.booking_tables import bookings
from bot.storage.bookings import StoredBookings

HOLD = timedelta(minutes=2)
VIEWS = ("week", "day", "list")
DAYS_OFFERED = 8  # days with free times, when an appointment is moved


def pages() -> list[Page]:
    place = "bookings"
    return [
        Page("/bookings", listed, "bookings", place=place),
        Page("/bookings/{id}", one, "bookings", place=place),
        Page("/bookings/{id}/fhir", exported, "bookings", place=place),
        Page("/bookings/{id}/confirm", confirm, "bookings", "POST"),
        Page("/bookings/{id}/cancel", cancel, "bookings", "POST"),
        Page("/bookings/{id}/no-show", no_show, "bookings", "POST"),
        Page("/bookings/{id}/move", move, "bookings", "POST"),
    ]


async def listed(visit: Visit) -> Response:
    day = _day(visit.query("day")) or visit.ground.today()
    show = visit.query("show") if visit.query("show") in VIEWS else VIEWS[0]
    span = 1 if show == "day" else 7
    first = day if show == "day" else day - timedelta(days=day.weekday())
    days = await visit.run(_days, visit, first, span)
    step = timedelta(days=span)
    return visit.render(
        "bookings.html",
        days=days,
        blocks=list({block.id: block for one in days for block in one.blocks}.values()),
        rows=calendar.rows(days, visit.ground.clinic) if show != "list" else [],
        views=VIEWS,
        show=show,
        day=day,
        now=visit.ground.today(),
        before=first - step,
        after=first + step,
    )


async def one(visit: Visit) -> Response:
    entry, days = await visit.run(_one, visit, visit.path("id"))
    return visit.render("booking.html", entry=entry, days=days, at=visit.ground.clock())


async def exported(visit: Visit) -> Response:
    """A FHIR R4 Bundle for the clinic's record system: Appointment with its Patient, Slot, Schedule."""
    booking, bundle = await visit.run(_bundle, visit, visit.path("id"))
    return Response(
        json.dumps(bundle, ensure_ascii=False, indent=2),
        media_type="application/fhir+json",
        headers={"Content-Disposition": f'attachment; filename="appointment-{booking.code}.json"'},
    )


async def confirm(visit: Visit) -> Response:
    id = visit.path("id")
    done = await visit.run(_confirm, visit, id)
    return visit.go(f"/bookings/{id}", "confirmed" if done else "already")


async def cancel(visit: Visit) -> Response:
    id = visit.path("id")
    done = await visit.run(_cancel, visit, id)
    return visit.go(f"/bookings/{id}", "cancelled" if done else "already")


async def no_show(visit: Visit) -> Response:
    id = visit.path("id")
    done = await visit.run(_no_show, visit, id)
    return visit.go(f"/bookings/{id}", "no_show" if done else "too_early")


async def move(visit: Visit) -> Response:
    """To a free time, taken as patients take one: who comes second hears so."""
    id, wanted = visit.path("id"), await visit.text("slot", 100)
    told = await visit.run(_move, visit, id, wanted)
    return visit.go(f"/bookings/{id}", told)


def _days(visit: Visit, first: date, span: int) -> list[Day]:
    ground, days = visit.ground, [first + timedelta(days=n) for n in range(span)]
    start, end = (to_utc(day, time(), ground.clinic.time_zone) for day in (first, first + timedelta(days=span)))
    b = bookings.c
    query = select(bookings).where(b.starts >= start, b.starts < end).order_by(b.starts)
    with ground.database.write() as connection:
        visit.record(connection, "view_bookings")
        found = [appointments.as_booking(ground.database, row) for row in connection.execute(query)]
        entries = list(_entries(visit, connection, found))
        blocks = casework.blocks_between(connection, start, end)
    zone = ground.clinic.time_zone
    return [
        Day(
            day,
            not openings(ground.clinic, day),
            [entry for entry in entries if entry.booking.slot.start.astimezone(zone).date() == day],
            [one for one in blocks if one.starts.astimezone(zone).date() <= day <= one.ends.astimezone(zone).date()],
        )
        for day in days
    ]


def _entries(visit: Visit, connection: Connection, found: list[Booking]) -> Iterator[Entry]:
    clinic = visit.ground.clinic
    people = {person.id: person.name for person in clinic.practitioners}
    missed = casework.no_shows(connection, [booking.id for booking in found])
    for booking in found:
        room = conversations.find(connection, booking.conversation)
        service = clinic.services.get(booking.slot.service)
        yield Entry(
            booking,
            appointments.contact_of(visit.ground.database, connection, booking.id),
            service.title if service else booking.slot.service,
            people.get(booking.slot.practitioner, booking.slot.practitioner),
            booking.id in missed,
            bool(room and room.test),
        )


def _find(visit: Visit, connection: Connection, id: str) -> Booking:
    found = appointments.by_id(visit.ground.database, connection, id)
    if found is None:
        raise RefusedError(404, "error.not_found")
    return found


def _one(visit: Visit, id: str) -> tuple[Entry, list[tuple[date, list[Slot]]]]:
    with visit.ground.database.write() as connection:
        booking = _find(visit, connection, id)
        visit.record(connection, "view_booking", booking.conversation)
        entry = next(_entries(visit, connection, [booking]))
    zone = visit.ground.clinic.time_zone
    free = _free(visit, booking) if booking.state != "cancelled" else []
    by_day = [(day, list(slots)) for day, slots in groupby(free, lambda slot: slot.start.astimezone(zone).date())]
    return entry, by_day[:DAYS_OFFERED]


def _bundle(visit: Visit, id: str) -> tuple[Booking, dict[str, Any]]:
    clinic, database = visit.ground.clinic, visit.ground.database
    with database.write() as connection:
        booking = _find(visit, connection, id)
        visit.record(connection, "export_fhir", booking.conversation)
        contact = appointments.contact_of(database, connection, id)
    person = next(one for one in clinic.practitioners if one.id == booking.slot.practitioner)
    free = booking.state == "cancelled"
    resources = [
        fhir.appointment(clinic, booking, contact),
        fhir.slot(clinic, booking.slot, free=free),
        fhir.schedule(clinic, person),
    ]
    return booking, fhir.bundle(resources)


def _free(visit: Visit, booking: Booking) -> list[Slot]:
    """Times that the booking's verdict allows; a day that it forbids is not offered to staff either."""
    clinic, now = visit.ground.clinic, visit.ground.clock()
    service = clinic.services.get(booking.slot.service)
    if service is None:
        return []
    earliest = booking.claims.get("earliest")
    end = now + timedelta(days=int(clinic.booking["horizon_days"]) + 1)
    busy = StoredBookings(visit.ground.database).busy(now, end, now)
    not_before = date.fromisoformat(earliest) if earliest and service.may_treat else None
    return list(free_slots(clinic, service, now=now, busy=busy, not_before=not_before))


def _confirm(visit: Visit, id: str) -> bool:
    database = visit.ground.database
    with database.read() as connection:
        booking = _find(visit, connection, id)
    done = StoredBookings(database).approve(id, at=visit.ground.clock())
    if done:
        with database.write() as connection:
            visit.record(connection, "confirm_booking", booking.conversation)
    return done


def _cancel(visit: Visit, id: str) -> bool:
    """False for one that is cancelled or over: a patient who came is not told otherwise."""
    database, at = visit.ground.database, visit.ground.clock()
    with database.write() as connection:
        booking = _find(visit, connection, id)
        if booking.state == "cancelled" or booking.slot.start <= at:
            return False
        visit.record(connection, "cancel_booking", booking.conversation)
    StoredBookings(database).cancel(id, at=at, by_clinic=True)
    return True


def _no_show(visit: Visit, id: str) -> bool:
    at = visit.ground.clock()
    with visit.ground.database.write() as connection:
        booking = _find(visit, connection, id)
        if booking.slot.start > at or booking.state == "cancelled":
            return False
        casework.no_show(connection, id, booking.conversation, visit.staff.id, at)
        visit.record(connection, "no_show", booking.conversation)
        return True


def _move(visit: Visit, id: str, wanted: str) -> str:
    database, at = visit.ground.database, visit.ground.clock()
    with database.read() as connection:
        booking = _find(visit, connection, id)
    if booking.slot.start <= at:
        return "already"
    start, _, practitioner = wanted.partition("|")
    offered = [slot for slot in _free(visit, booking) if slot.start.isoformat() == start]
    slot = next((one for one in offered if one.practitioner == practitioner), None)
    if slot is None:
        return "slot_gone"
    store = StoredBookings(database)
    service = visit.ground.clinic.services[booking.slot.service]
    try:
        held = store.hold(booking.conversation, slot_at(service, slot.practitioner, slot.start), at=at, until=at + HOLD)
        store.move(id, held.id, at=at, by_clinic=True)
    except (SlotTakenError, HoldGoneError):
        return "slot_gone"
    except NotFoundError:
        return "already"
    with database.write() as connection:
        visit.record(connection, "move_booking", booking.conversation)
    return "moved"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
