"""Times that nobody can book, and the secret address by which a calendar program follows the appointments."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import icalendar
from starlette.responses import Response

from bot.booking.availability import to_utc
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import appointments, casework, staff
from bot.storage.bookings import StoredBookings

LONGEST = timedelta(days=62)
BACK = timedelta(days=14)  # appointments that a feed still shows
PRODUCT = "-//Mesobot//Diary//EN"


def pages() -> list[Page]:
    return [
        Page("/bookings/blocks", block, "bookings", "POST"),
        Page("/bookings/blocks/{id}/free", free, "bookings", "POST"),
        Page("/bookings/feed", feed_page, "bookings", place="bookings"),
        Page("/bookings/feed", new_feed, "bookings", "POST", place="bookings"),
        Page("/bookings/feed/end", end_feed, "bookings", "POST"),
        Page("/calendar/{token}.ics", calendar, "bookings", own_check=True),
    ]


async def block(visit: Visit) -> Response:
    """Take what is free of a span; appointments in it stay, and their patients hear nothing."""
    starts, ends = _moment(visit, await visit.text("starts", 20)), _moment(visit, await visit.text("ends", 20))
    who = await visit.text("practitioner", 40)
    known = [person.id for person in visit.ground.clinic.practitioners]
    wanted = [one for one in known if who in ("", one)]
    if starts is None or ends is None or not starts < ends <= starts + LONGEST or not wanted:
        return visit.go("/bookings", "span_wrong")
    await visit.run(_block, visit, wanted, starts, ends)
    day = starts.astimezone(visit.ground.clinic.time_zone).date()
    return visit.go(f"/bookings?day={day}", "blocked")


async def free(visit: Visit) -> Response:
    done = await visit.run(_free, visit, visit.path("id"))
    return visit.go("/bookings", "freed" if done else "already")


async def feed_page(visit: Visit) -> Response:
    return visit.render("feed.html", feed=await visit.run(_feed, visit), link="")


async def new_feed(visit: Visit) -> Response:
    """A new address, shown once; the one before is void."""
    who = await visit.text("practitioner", 40)
    if who not in ("", *(person.id for person in visit.ground.clinic.practitioners)):
        raise RefusedError(400, "error.not_found")
    token = secrets.token_urlsafe(32)
    await visit.run(_new_feed, visit, token, who)
    host = visit.request.headers.get("host", "")
    link = f"{'https' if visit.ground.production else 'http'}://{host}/calendar/{token}.ics"
    return visit.render("feed.html", feed=await visit.run(_feed, visit), link=link)


async def end_feed(visit: Visit) -> Response:
    await visit.run(_end_feed, visit)
    return visit.go("/bookings/feed", "feed_ended")


async def calendar(visit: Visit) -> Response:
    """For whoever holds the address. Calendars lie on phones: times and reference codes, no name, no reason."""
    content = await visit.run(_calendar, visit, visit.path("token"))
    return Response(content, media_type="text/calendar; charset=utf-8")


def _moment(visit: Visit, text: str) -> datetime | None:
    """A wall-clock time of the clinic."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return to_utc(wall.date(), wall.time().replace(tzinfo=None), visit.ground.clinic.time_zone)


def _block(visit: Visit, practitioners: list[str], starts: datetime, ends: datetime) -> None:
    database, at = visit.ground.database, visit.ground.clock()
    for one in practitioners:
        id = StoredBookings(database).block(one, starts, ends, at=at)
        with database.write() as connection:
            casework.note_block(connection, id, one, starts, ends, visit.staff.id, at)
            visit.record(connection, "block_time", why=f"{one} {starts:%Y-%m-%dT%H:%MZ}")


def _free(visit: Visit, id: str) -> bool:
    database = visit.ground.database
    with database.write() as connection:
        done = casework.forget_block(connection, id)
        if done:
            visit.record(connection, "free_time", why=id)
    if done:
        StoredBookings(database).unblock(id)
    return done


def _feed(visit: Visit) -> casework.Feed | None:
    with visit.ground.database.read() as connection:
        return casework.feed(connection, staff=visit.staff.id)


def _new_feed(visit: Visit, token: str, practitioner: str) -> None:
    with visit.ground.database.write() as connection:
        at = visit.ground.clock()
        casework.new_feed(connection, staff.hashed(token), visit.staff.id, practitioner, at)
        visit.record(connection, "new_calendar_feed", why=practitioner)


def _end_feed(visit: Visit) -> None:
    with visit.ground.database.write() as connection:
        casework.drop_feed(connection, visit.staff.id)
        visit.record(connection, "end_calendar_feed")


def _calendar(visit: Visit, token: str) -> bytes:
    ground, at = visit.ground, visit.ground.clock()
    with ground.database.read() as connection:
        feed = casework.feed(connection, token=staff.hashed(token[:100]))
        member = staff.find(ground.database, connection, feed.staff) if feed else None
        if feed is None or member is None or member.disabled_at is not None:
            raise RefusedError(403, "error.not_yours")
        until = at + timedelta(days=int(ground.clinic.booking.get("horizon_days", 60)) + 1)
        found = appointments.upcoming(ground.database, connection, at - BACK, until)
    services, people = ground.clinic.services, {one.id: one.name for one in ground.clinic.practitioners}
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("x-wr-calname", ground.clinic.name)
    made.add("x-published-ttl", "PT15M")
    for one in found:
        if feed.practitioner not in ("", one.slot.practitioner):
            continue
        service = services.get(one.slot.service)
        event = icalendar.Event()
        event.add("uid", f"{one.calendar}@mesobot.invalid")
        event.add("sequence", one.sequence)
        event.add("dtstamp", one.changed)
        event.add("dtstart", one.slot.start)
        event.add("dtend", one.slot.end)
        event.add("summary", f"{one.code} · {service.title if service else one.slot.service}")
        event.add("description", people.get(one.slot.practitioner, one.slot.practitioner))
        event.add("status", "CONFIRMED" if one.state == "confirmed" else "TENTATIVE")
        event.add("class", "PRIVATE")
        made.add_component(event)
    content: bytes = made.to_ical()
    return content
