"""Messages that did not reach their patient: send one again, or put it away once the patient was reached otherwise."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visit import Page, Visit
from bot.storage import deliveries


def pages() -> list[Page]:
    return [
        Page("/letters/{id}/again", send_again, "bookings", "POST"),
        Page("/letters/{id}/done", put_away, "bookings", "POST"),
    ]


async def send_again(visit: Visit) -> Response:
    done = await visit.run(_send_again, visit, visit.path("id"))
    return visit.go("/", "sent_again" if done else "already")


async def put_away(visit: Visit) -> Response:
    done = await visit.run(_put_away, visit, visit.path("id"))
    return visit.go("/", "put_away" if done else "already")


def _send_again(visit: Visit, message: str) -> bool:
    with visit.ground.database.write() as connection:
        conversation = deliveries.send_again(connection, message, visit.ground.clock())
        if conversation is not None:
            visit.record(connection, "send_again", conversation)
    return conversation is not None


def _put_away(visit: Visit, message: str) -> bool:
    with visit.ground.database.write() as connection:
        conversation = deliveries.put_away(connection, message)
        if conversation is not None:
            visit.record(connection, "put_letter_away", conversation)
    return conversation is not None
