"""A conversation as staff read it: each message with how it was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.envelope import Envelope
from bot.storage import conversations, feedback, outbox, turns
from bot.storage.database import Database
from bot.storage.inbox import i as inbox
from bot.storage.tables import moment

UNSURE = 0.6  # below it a topic counts as a guess, in the list's filter
MOST = 2000


@dataclass(frozen=True)
class Known:
    """What the turn knew, as `bot.engine.record` kept it then; nothing of it is looked up later."""

    rule: str  # of the danger check; "opinion": only what was learned from examples saw it
    actions: list[str]
    cards: list[dict[str, Any]]  # fields of `bot.knowledge.cards.Edition`; a danger card has no number
    slots: dict[str, str]


@dataclass(frozen=True)
class Reading:
    """How a patient's message was understood."""

    inbox: str
    topics: list[dict[str, Any]]
    nearest: list[dict[str, Any]]
    certainty: str
    tier: str
    flag: str
    words: list[str]
    disclosures: list[dict[str, Any]]
    language: str
    seconds: float | None
    known: Known | None  # None: an older engine did not record it

    @property
    def thoughts(self) -> list[dict[str, Any]]:
        """What was taken for the topic, then what was near."""
        taken = {one["topic"] for one in self.topics}
        return [*self.topics, *(one for one in self.nearest if one["topic"] not in taken)]

    @property
    def unsure(self) -> bool:
        return self.certainty == "unsure" or any(one.get("confidence", 1) < UNSURE for one in self.topics)


@dataclass(frozen=True)
class Line:
    """A message; `reading` for those of patients that the engine has read."""

    envelope: Envelope
    reading: Reading | None
    helped: bool | None = None  # what the patient said of an answer

    @property
    def at(self) -> datetime:
        return moment(self.envelope.at)

    @property
    def said(self) -> str:
        return self.envelope.reply.text


def lines(database: Database, connection: Connection, conversation: str, after: int = 0) -> list[Line]:
    """Messages above a number, in order."""
    found = outbox.after(database, connection, conversation, after, MOST)
    if not any(one.sender == "patient" for one in found):
        return [Line(one, None) for one in found]
    readings, helped = readings_of(database, connection, conversation), feedback.of(connection, conversation)
    return [Line(one, readings.get(one.seq) if one.sender == "patient" else None, helped.get(one.seq)) for one in found]


def readings_of(database: Database, connection: Connection, conversation: str) -> dict[int, Reading]:
    """Readings by the number of their message."""
    received = connection.execute(
        select(inbox.id, inbox.seq, inbox.received_at).where(inbox.conversation == conversation)
    ).all()
    known = {row.id: row for row in received}
    return {
        known[turn["inbox"]].seq: as_reading(turn, known[turn["inbox"]].received_at)
        for turn in turns.export_turns(database, connection, conversation)
        if turn["inbox"] in known and turn["reading"]
    }


def picks_of(database: Database, connection: Connection, conversation: str) -> dict[int, list[str]]:
    """Titles of the choices that were picked, by the number of the message that picked them."""
    rows = connection.execute(select(inbox.id, inbox.seq, inbox.content).where(inbox.conversation == conversation))
    found = {}
    for row in rows:
        choices = database.unseal(inbox.content, row.id, row.content).get("choices") or ()
        titles = outbox.offered(database, connection, conversation, choices) if choices else {}
        if titles:
            found[row.seq] = [titles[choice] for choice in choices if choice in titles]
    return found


def as_reading(turn: Mapping[str, Any], received: datetime | None) -> Reading:
    """A stored turn as a value; fields that an older engine did not write are empty."""
    raw = turn["reading"]
    return Reading(
        inbox=str(turn["inbox"]),
        topics=list(raw.get("topics") or ()),
        nearest=list(raw.get("nearest") or ()),
        certainty=str(raw.get("certainty") or ""),
        tier=str(raw.get("tier") or "none"),
        flag=str(raw.get("flag") or ""),
        words=[str(word) for word in raw.get("words") or ()],
        disclosures=list(raw.get("disclosures") or ()),
        language=str(raw.get("language") or ""),
        seconds=None if received is None else max(0.0, (turn["at"] - received).total_seconds()),
        known=_known(raw),
    )


def _known(raw: Mapping[str, Any]) -> Known | None:
    if "cards" not in raw:
        return None
    return Known(str(raw.get("rule") or ""), list(raw["actions"]), list(raw["cards"]), dict(raw["slots"]))


def spoken_since(connection: Connection, conversation: str) -> datetime | None:
    """Since when a person speaks there."""
    c = conversations.c
    since: datetime | None = connection.scalar(select(c.owned_since).where(c.id == conversation))
    return since


def slots_of(database: Database, connection: Connection, conversation: str) -> dict[str, str]:
    """What the bot remembers, short; the questionnaire's own state is on its page."""
    state = turns.export_tracker(database, connection, conversation)
    slots = state.get("slots", {}) if isinstance(state, dict) else {}
    return {
        name: value if isinstance(value, str) else str(value)
        for name, value in sorted(slots.items())
        if isinstance(value, (str, int, float, bool)) and len(str(value)) <= 60
    }
