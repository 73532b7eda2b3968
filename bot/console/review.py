"""Messages that went wrong, without names and numbers: say what they were about, and let a colleague look.

What is said here is collected as corrections; `models.py` trains with them. A colleague has to agree where the present
model thought of something quite different.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import yaml
from sqlalchemy import Connection, select
from starlette.responses import Response

from bot.console import transcript
from bot.console.transcript import Reading
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import conversations, feedback, outbox, requests, retraining, staff, turns
from bot.storage.inbox import inbox
from bot.storage.retraining import Correction

SHOWN = 60
LOOKED_AT = 1500
LONGEST_WORDING = 500
EVERY_THIRD = 3  # of a topic's corrections is held out
FINALLY = ("asked", "two_failures", "complaint")  # requests for a person that the message before may have caused
ASKING = {"human_handoff", "complaint_refund"}  # understood as it was meant
MOMENT = timedelta(milliseconds=1)
MAIL = re.compile(r"\S+@\S+\.\w+")
NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
NAMED = re.compile(
    r"\b(my name is|i am called|i'm called|this is|call me)\s+([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?)", re.IGNORECASE
)
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Misread:
    """A message to be labelled. `why`: unsure, unhelpful (a patient said so), handed (a person was asked for next)."""

    inbox: str
    conversation: str
    text: str
    reading: Reading
    why: tuple[str, ...]


def pages() -> list[Page]:
    place = "review"
    return [
        Page("/review", listed, "review", place=place),
        Page("/review/messages/{inbox}", label, "review", "POST"),
        Page("/review/corrections", collected, "review", place=place),
        Page("/review/corrections/{id}/confirm", confirm, "review", "POST"),
        Page("/review/corrections/{id}/out", take_out, "review", "POST"),
        Page("/review/examples", examples, "review", place=place),
    ]


async def listed(visit: Visit) -> Response:
    found = await visit.run(_list, visit)
    return visit.render("review.html", found=found, topics=visit.ground.topics)


async def label(visit: Visit) -> Response:
    topic, wording = await visit.text("topic", 60), await visit.text("wording", LONGEST_WORDING)
    if topic not in visit.ground.topics:
        raise RefusedError(400, "error.not_found")
    if not wording:
        return visit.go("/review", "empty")
    await visit.run(_label, visit, visit.path("inbox"), topic, wording)
    return visit.go("/review", "labelled")


async def collected(visit: Visit) -> Response:
    corrections, names = await visit.run(_collected, visit)
    return visit.render(
        "corrections.html", corrections=corrections, held=held_out(corrections), names=names, topics=visit.ground.topics
    )


async def confirm(visit: Visit) -> Response:
    done = await visit.run(_confirm, visit, visit.path("id"))
    return visit.go("/review/corrections", "agreed" if done else "not_alone")


async def take_out(visit: Visit) -> Response:
    done = await visit.run(_take_out, visit, visit.path("id"))
    return visit.go("/review/corrections", "taken_out" if done else "already")


async def examples(visit: Visit) -> Response:
    """The corrections in the form of `data/nlu`."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for one in await visit.run(_exported, visit):
        by_topic[one.topic].append(one.wording)
    document = {
        "version": "3.1",
        "nlu": [
            {"intent": topic, "examples": "".join(f"- {' '.join(text.split())}\n" for text in texts)}
            for topic, texts in sorted(by_topic.items())
        ],
    }
    return Response(
        yaml.safe_dump(document, allow_unicode=True, sort_keys=False),
        media_type="application/yaml",
        headers={"Content-Disposition": 'attachment; filename="proposed.yml"'},
    )


def without_names(text: str) -> str:
    """The text without addresses, long numbers, links, and names that are given as such."""
    text = LINK.sub("[link]", MAIL.sub("[address]", text))
    return NAMED.sub(r"\1 [name]", NUMBER.sub("[number]", text))


def held_out(corrections: Iterable[Correction]) -> set[str]:
    """Those to be measured with: every third of a topic, never its only one."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for one in corrections:
        by_topic[one.topic].append(one.id)
    return {id for ids in by_topic.values() for at, id in enumerate(sorted(ids)) if at % EVERY_THIRD == 1}


def _list(visit: Visit) -> list[Misread]:
    database, table, c = visit.ground.database, turns.turns, conversations.c
    query = (
        select(table.c.inbox, table.c.reading, table.c.at, inbox.c.conversation, inbox.c.seq, inbox.c.received_at)
        .join(inbox, inbox.c.id == table.c.inbox)
        .join(conversations.conversations, c.id == inbox.c.conversation)
        .where(c.test.is_(False), c.erased_at.is_(None))
        .order_by(table.c.at.desc())
        .limit(LOOKED_AT)
    )
    found: list[Misread] = []
    with database.write() as connection:
        visit.record(connection, "view_review")
        known, unhelpful, handed = retraining.corrected(connection), feedback.unhelpful(connection), _handed(connection)
        for row in connection.execute(query).all():
            raw = database.unseal(table.c.reading, row.inbox, row.reading)
            if not raw or row.inbox in known:
                continue
            reading = transcript.as_reading({"inbox": row.inbox, "reading": raw, "at": row.at}, row.received_at)
            why = [
                name
                for name, holds in (
                    ("unsure", reading.unsure),
                    ("unhelpful", row.inbox in unhelpful),
                    ("handed", row.inbox in handed and not ASKING & {one["topic"] for one in reading.topics}),
                )
                if holds
            ]
            said = outbox.after(database, connection, row.conversation, row.seq - 1, 1) if why else []
            if said and said[0].reply.ref == "message":
                text = without_names(said[0].reply.text)
                found.append(Misread(row.inbox, row.conversation, text, reading, tuple(why)))
            if len(found) == SHOWN:
                break
    # What a patient complained of comes first.
    return sorted(found, key=lambda one: "unhelpful" not in one.why)


def _handed(connection: Connection) -> set[str]:
    """What was written last before each request for a person, and the request."""
    found = set[str]()
    asked = select(requests.r.conversation, requests.r.asked).where(requests.r.reason.in_(FINALLY))
    for row in connection.execute(asked.order_by(requests.r.asked.desc()).limit(LOOKED_AT)).all():
        # A request carries the time of its message, in milliseconds.
        until = inbox.c.received_at < row.asked + MOMENT
        before = select(inbox.c.id).where(inbox.c.conversation == row.conversation, until)
        found.update(connection.scalars(before.order_by(inbox.c.received_at.desc()).limit(2)))
    return found


def _label(visit: Visit, id: str, topic: str, wording: str) -> None:
    database = visit.ground.database
    with database.write() as connection:
        conversation = connection.scalar(select(inbox.c.conversation).where(inbox.c.id == id))
        if conversation is None:
            raise RefusedError(404, "error.not_found")
        # Once more, in case a name was typed back in.
        wording = without_names(wording)
        retraining.correct(database, connection, id, conversation, topic, wording, visit.staff.id, visit.ground.clock())
        visit.record(connection, "label", conversation, topic)


def _collected(visit: Visit) -> tuple[list[Correction], dict[str, str]]:
    with visit.ground.database.write() as connection:
        visit.record(connection, "view_corrections")
        return retraining.every_correction(visit.ground.database, connection), staff.names(connection)


def _exported(visit: Visit) -> list[Correction]:
    with visit.ground.database.write() as connection:
        visit.record(connection, "export_examples")
        return retraining.every_correction(visit.ground.database, connection)


def _confirm(visit: Visit, id: str) -> bool:
    with visit.ground.database.write() as connection:
        done = retraining.confirm(connection, id, visit.staff.id)
        if done:
            visit.record(connection, "confirm_label", why=id)
        return done


def _take_out(visit: Visit, id: str) -> bool:
    with visit.ground.database.write() as connection:
        done = retraining.take_out(connection, id)
        if done:
            visit.record(connection, "take_out_label", why=id)
        return done
