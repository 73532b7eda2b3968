"""Messages that the bot did not understand, without names and numbers: say what they were about.

Labels are collected and can be downloaded as training examples. Training with them, and the check that nothing gets
worse, is done with `mesobot train` and `mesobot evaluate --floors`, not here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import yaml
from sqlalchemy import select
from starlette.responses import Response

from bot.console import transcript
from bot.console.transcript import Reading
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import casework, conversations, outbox, turns
from bot.storage.inbox import inbox

SHOWN = 60
LOOKED_AT = 1500
MAIL = re.compile(r"\S+@\S+\.\w+")
NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
NAMED = re.compile(
    r"\b(my name is|i am called|i'm called|this is|call me)\s+([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?)", re.IGNORECASE
)
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Misread:
    """A message to be labelled."""

    inbox: str
    conversation: str
    text: str
    reading: Reading
    label: str


def pages() -> list[Page]:
    return [
        Page("/review", listed, "review", place="review"),
        Page("/review/examples", examples, "review", place="review"),
        Page("/review/{inbox}", label, "review", "POST"),
    ]


async def listed(visit: Visit) -> Response:
    found = await visit.run(_list, visit, False)
    return visit.render("review.html", found=found, topics=visit.ground.topics)


async def label(visit: Visit) -> Response:
    topic = await visit.text("topic", 60)
    if topic not in visit.ground.topics:
        raise RefusedError(400, "error.not_found")
    await visit.run(_label, visit, visit.path("inbox"), topic)
    return visit.go("/review", "labelled")


async def examples(visit: Visit) -> Response:
    """The labelled messages in the form of `data/nlu`."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for one in await visit.run(_list, visit, True):
        by_topic[one.label].append(one.text)
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


def _list(visit: Visit, labelled: bool) -> list[Misread]:
    database, table, c = visit.ground.database, turns.turns, conversations.c
    query = (
        select(table.c.inbox, table.c.reading, table.c.at, inbox.c.conversation, inbox.c.seq)
        .join(inbox, inbox.c.id == table.c.inbox)
        .join(conversations.conversations, c.id == inbox.c.conversation)
        .where(c.test.is_(False), c.erased_at.is_(None))
        .order_by(table.c.at.desc())
        .limit(LOOKED_AT)
    )
    found: list[Misread] = []
    with database.write() as connection:
        visit.record(connection, "export_examples" if labelled else "view_review")
        labels = casework.labels_of(connection)
        for row in connection.execute(query).all():
            raw = database.unseal(table.c.reading, row.inbox, row.reading)
            if not raw:
                continue
            reading = transcript.as_reading({"inbox": row.inbox, "reading": raw, "at": row.at}, row.at)
            known = labels.get(row.inbox, "")
            if (not known) if labelled else (bool(known) or not reading.unsure):
                continue
            said = outbox.after(database, connection, row.conversation, row.seq - 1, 1)
            if said and said[0].reply.ref == "message":
                text = without_names(said[0].reply.text)
                found.append(Misread(row.inbox, row.conversation, text, reading, known))
            if len(found) == SHOWN and not labelled:
                break
    return found


def _label(visit: Visit, id: str, topic: str) -> None:
    with visit.ground.database.write() as connection:
        conversation = connection.scalar(select(inbox.c.conversation).where(inbox.c.id == id))
        if conversation is None:
            raise RefusedError(404, "error.not_found")
        casework.label(connection, id, conversation, topic, visit.staff.id, visit.ground.clock())
        visit.record(connection, "label", conversation)
