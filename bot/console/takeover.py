"""Speaking in a conversation in person: take it over, write, hand it back.

Each is one transaction that locks the conversation's row, as the gateway does when it keeps a reply: whoever comes
second sees what the first one did. So nobody speaks over a colleague, and the bot never over a person.
"""

from __future__ import annotations

from sqlalchemy import Connection

from bot.console.visit import Visit
from bot.envelope import Reply
from bot.storage import conversations, outbox, requests
from bot.storage.conversations import Conversation


class NotYoursError(Exception):
    """Somebody else speaks there, or nobody does, or the conversation was erased."""


def take(visit: Visit, id: str) -> bool:
    """Speak from now on; the patient is told who it is. False when a colleague was first."""
    at = visit.ground.clock()
    with visit.ground.database.write() as connection:
        room, _ = conversations.lock(connection, id)
        if room is None or room.erased_at is not None:
            return False
        if room.owner == visit.staff.id:
            return True  # twice the same click
        if not conversations.take_over(connection, id, visit.staff.id, at):
            return False
        requests.taken(connection, id, visit.staff.id, at)
        _say(visit, connection, room, "human_joined", _phrase(visit, room, "human_joined"))
        visit.record(connection, "take_over", id)
        return True


def write(visit: Visit, id: str, text: str) -> None:
    """Say something. Raises `NotYoursError` when this person does not own the conversation now."""
    with visit.ground.database.write() as connection:
        _say(visit, connection, _mine(visit, connection, id), "staff", text)
        visit.record(connection, "write", id)


def hand_back(visit: Visit, id: str, text: str) -> None:
    """Let the bot speak again, with a last message if there is one. Raises `NotYoursError`."""
    at = visit.ground.clock()
    with visit.ground.database.write() as connection:
        room = _mine(visit, connection, id)
        if text:
            _say(visit, connection, room, "staff", text)
        left = Reply("notice", "human_left", _phrase(visit, room, "human_left"))
        outbox.append(visit.ground.database, connection, id, left, at, delivery=delivery_of(room))
        conversations.hand_back(connection, id, visit.staff.id)
        requests.close(connection, id, at)
        visit.record(connection, "hand_back", id)


def delivery_of(room: Conversation) -> str:
    """How a message leaves: read by an open stream, or sent to a platform by its channel."""
    return "stream" if room.channel == "web" else "pending"


def _mine(visit: Visit, connection: Connection, id: str) -> Conversation:
    room, _ = conversations.lock(connection, id)
    if room is None or room.erased_at is not None or room.owner != visit.staff.id:
        raise NotYoursError
    return room


def _say(visit: Visit, connection: Connection, room: Conversation, ref: str, text: str) -> None:
    outbox.append(
        visit.ground.database,
        connection,
        room.id,
        Reply("text" if ref == "staff" else "notice", ref, text),
        visit.ground.clock(),
        sender="staff",
        name=visit.staff.name,
        delivery=delivery_of(room),
    )


def _phrase(visit: Visit, room: Conversation, key: str) -> str:
    return visit.ground.library.phrase(
        key, room.language or "en", clinic=visit.ground.clinic, staff_name=visit.staff.name
    )
