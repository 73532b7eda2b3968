"""The list of conversations, one conversation, and the forms on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot.booking.repository import Booking
from bot.console import takeover, transcript
from bot.console.transcript import Line
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import appointments, assessments, casework, conversations, requests, staff
from bot.storage.assessments import StoredAssessment
from bot.storage.booking_tables import bookings
from bot.storage.casework import Note
from bot.storage.conversations import Conversation

SHOWN = 100
LOOKED_AT = 400  # newest conversations among which the filters that need decryption look
FILTERS = ("find", "channel", "language", "owner", "danger", "unsure", "topic", "verdict", "since", "test")


@dataclass(frozen=True)
class Row:
    """A conversation in the list. Topic and verdict only for those who may see health data."""

    room: Conversation
    owner: str
    waiting: bool
    topics: tuple[str, ...] = ()
    unsure: bool = False
    verdict: str = ""


@dataclass(frozen=True)
class Talk:
    """Everything on a conversation's page."""

    room: Conversation
    owner: str
    mine: bool
    waiting: dict[str, Any] | None
    lines: list[Line]
    hidden: bool  # earlier messages that this role may not read
    notes: list[Note]
    assessments: list[StoredAssessment]
    bookings: list[Booking]
    slots: dict[str, str]
    names: dict[str, str]

    @property
    def last(self) -> int:
        return self.room.last_seq


def pages() -> list[Page]:
    place = "conversations"
    return [
        Page("/conversations", listed, "talk", place=place),
        Page("/conversations/{id}", one, "talk", place=place),
        Page("/conversations/{id}/news", news, "talk", place=place, passive=True),
        Page("/conversations/{id}/take", take, "talk", "POST"),
        Page("/conversations/{id}/write", write, "talk", "POST"),
        Page("/conversations/{id}/back", back, "talk", "POST"),
        Page("/conversations/{id}/notes", note, "health", "POST"),
    ]


async def listed(visit: Visit) -> Response:
    wanted = {name: visit.query(name) for name in FILTERS}
    rows, choices = await visit.run(_list, visit, wanted)
    topics = visit.ground.topics
    return visit.render("conversations.html", rows=rows, wanted=wanted, choices=choices, topics=topics)


async def one(visit: Visit) -> Response:
    talk = await visit.run(_talk, visit, visit.path("id"))
    return visit.render("conversation.html", talk=talk, canned=_canned(visit, talk.room))


async def news(visit: Visit) -> Response:
    """Messages that came since the page was shown; the page asks every two seconds."""
    after = visit.query("after")
    if not after.isdigit() or len(after) > 9:
        raise RefusedError(400, "error.not_found")
    room, owner, found = await visit.run(_news, visit, visit.path("id"), int(after))
    known_owner = visit.query("owner")
    if known_owner != (room.owner or ""):  # the banner and the forms change too
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    if not found:
        return Response(status_code=204)
    return visit.render("_news.html", lines=found, room=room, owner=owner, last=room.last_seq)


async def take(visit: Visit) -> Response:
    id = visit.path("id")
    done = await visit.run(takeover.take, visit, id)
    return visit.go(f"/conversations/{id}", "" if done else "too_late")


async def write(visit: Visit) -> Response:
    id, text = visit.path("id"), await visit.text("text")
    if not text:
        return visit.go(f"/conversations/{id}", "empty")
    try:
        await visit.run(takeover.write, visit, id, text)
    except takeover.NotYoursError:
        return visit.go(f"/conversations/{id}", "not_owner")
    return visit.go(f"/conversations/{id}#write")


async def back(visit: Visit) -> Response:
    id, text = visit.path("id"), await visit.text("text")
    try:
        await visit.run(takeover.hand_back, visit, id, text)
    except takeover.NotYoursError:
        return visit.go(f"/conversations/{id}", "not_owner")
    return visit.go(f"/conversations/{id}", "handed_back")


async def note(visit: Visit) -> Response:
    id, text = visit.path("id"), await visit.text("text")
    if text:
        await visit.run(_note, visit, id, text)
    return visit.go(f"/conversations/{id}", "noted" if text else "empty")


def _canned(visit: Visit, room: Conversation) -> list[str]:
    """Replies to begin with, filled with the clinic's values."""
    return [
        visit.ground.clinic.fill(text, staff_name=visit.staff.name)
        for key, text in visit.ground.texts.all.items()
        if key.startswith("canned.")
    ]


def _note(visit: Visit, id: str, text: str) -> None:
    with visit.ground.database.write() as connection:
        room, _ = conversations.lock(connection, id)
        if room is None or room.erased_at is not None:
            raise RefusedError(404, "error.not_found")
        casework.write_note(visit.ground.database, connection, id, visit.staff.id, text, visit.ground.clock())
        visit.record(connection, "note", id)


def _room(connection: Connection, id: str) -> Conversation:
    room = conversations.find(connection, id)
    if room is None or room.erased_at is not None:
        raise RefusedError(404, "error.not_found")
    return room


def _readable(visit: Visit, connection: Connection, room: Conversation, found: list[Line]) -> list[Line]:
    """Who may not see health data reads only what is said while they speak themselves (docs/decisions/0901)."""
    if visit.may("health"):
        return found
    since = transcript.spoken_since(connection, room.id)
    if room.owner != visit.staff.id or since is None:
        return []
    return [Line(line.envelope, None) for line in found if line.at >= _floor(since)]


def _floor(moment: datetime) -> datetime:
    """Envelopes carry milliseconds only."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _talk(visit: Visit, id: str) -> Talk:
    database = visit.ground.database
    health = visit.may("health")
    with database.write() as connection:
        room = _room(connection, id)
        visit.record(connection, "view_conversation" if health else "open_conversation", id)
        every = transcript.lines(database, connection, id)
        shown = _readable(visit, connection, room, every)
        names = staff.names(connection)
        waits = [summary for ask, summary in requests.waiting(database, connection) if ask.conversation == id]
        return Talk(
            room=room,
            owner=names.get(room.owner or "", ""),
            mine=room.owner == visit.staff.id,
            waiting=(waits[0] if health else {"reason": waits[0]["reason"], "lines": []}) if waits else None,
            lines=shown,
            hidden=len(shown) < len(every),
            notes=casework.notes_of(database, connection, id) if health else [],
            assessments=assessments.history(database, connection, id) if health else [],
            bookings=_appointments(visit, connection, id) if visit.may("bookings") else [],
            slots=transcript.slots_of(database, connection, id) if health else {},
            names=names,
        )


def _appointments(visit: Visit, connection: Connection, conversation: str) -> list[Booking]:
    b = bookings.c
    query = select(bookings).where(b.conversation == conversation, b.state != "cancelled").order_by(b.starts)
    return [appointments.as_booking(visit.ground.database, row) for row in connection.execute(query)]


def _news(visit: Visit, id: str, after: int) -> tuple[Conversation, str, list[Line]]:
    database = visit.ground.database
    with database.read() as connection:
        room = _room(connection, id)
        owner = staff.names(connection).get(room.owner or "", "")
        if room.last_seq <= after:
            return room, owner, []
        found = _readable(visit, connection, room, transcript.lines(database, connection, id, after))
    if found:
        with database.write() as connection:
            visit.record(connection, "view_conversation", id, "live")
    return room, owner, found


def _list(visit: Visit, wanted: dict[str, str]) -> tuple[list[Row], dict[str, list[str]]]:
    database, health = visit.ground.database, visit.may("health")
    c = conversations.c
    with database.read() as connection:
        query = select(c.id).where(c.erased_at.is_(None), c.last_seq > 0).order_by(c.last_seen.desc())
        query = _narrowed(visit, connection, query, wanted)
        names = staff.names(connection)
        asked = {request.conversation for request, _ in requests.waiting(database, connection)}
        rooms = [
            room for id in connection.scalars(query.limit(LOOKED_AT)) if (room := conversations.find(connection, id))
        ]
        rows = []
        for room in rooms:
            row = Row(room, names.get(room.owner or "", ""), room.id in asked)
            if health:
                row = _with_health(visit, connection, row)
            if _suits(row, wanted, health):
                rows.append(row)
            if len(rows) == SHOWN:
                break
        choices = {
            name: sorted(value for value in connection.scalars(select(column).distinct()) if value)
            for name, column in (("channel", c.channel), ("language", c.language))
        }
    if health:
        with database.write() as connection:
            visit.record(connection, "view_list")
    return rows, choices


def _narrowed(visit: Visit, connection: Connection, query: Any, wanted: dict[str, str]) -> Any:
    c = conversations.c
    query = query.where(c.test.is_(wanted["test"] == "only"))
    for name, column in (("channel", c.channel), ("language", c.language)):
        if wanted[name]:
            query = query.where(column == wanted[name])
    if wanted["owner"] == "me":
        query = query.where(c.owner == visit.staff.id)
    elif wanted["owner"] == "staff":
        query = query.where(c.owner.is_not(None))
    elif wanted["owner"] == "bot":
        query = query.where(c.owner.is_(None))
    if wanted["danger"]:
        query = query.where(c.alarm.is_not(None))
    if wanted["since"] and (since := _date(wanted["since"])):
        query = query.where(c.last_seen >= datetime.combine(since, time(), visit.ground.clinic.time_zone))
    if wanted["find"]:
        code = wanted["find"].upper().strip()
        behind = connection.scalar(select(bookings.c.conversation).where(bookings.c.code == code))
        query = query.where(c.id == (behind or wanted["find"].strip().lower()))
    return query


def _with_health(visit: Visit, connection: Connection, row: Row) -> Row:
    database = visit.ground.database
    readings = transcript.readings_of(database, connection, row.room.id).values()
    topics = dict.fromkeys(one["topic"] for reading in readings for one in reading.topics)
    current = [one for one in assessments.history(database, connection, row.room.id) if one.superseded_at is None]
    verdict = str(current[-1].content["assessment"].get("verdict") or "") if current else ""
    unsure = any(reading.unsure for reading in readings)
    return Row(row.room, row.owner, row.waiting, tuple(topics), unsure, verdict)


def _suits(row: Row, wanted: dict[str, str], health: bool) -> bool:
    def parts() -> Iterator[bool]:
        yield not wanted["topic"] or wanted["topic"] in row.topics
        yield not wanted["verdict"] or wanted["verdict"] == row.verdict
        yield not wanted["unsure"] or row.unsure

    return not health or all(parts())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
