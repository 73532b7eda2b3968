"""What a message tells of the patient's health, as facts of the questionnaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Tracker

from actions.adapter import heard, house
from bot.dialogue import Step, Turn
from bot.eligibility.record import Fact
from bot.storage.turns import export_turns


def told(reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a message says of the patient themselves: nothing else may become an answer."""
    found = reading.get("disclosures", ())
    return [one for one in found if one["subject"] == "self" and one["polarity"] in ("affirmed", "negated")]


def told_before(tracker: Tracker) -> list[dict[str, Any]]:
    """Facts of this conversation's messages. No slot holds them: before consent nothing is collected."""
    database = house().database
    with database.read() as connection:
        readings = [turn["reading"] for turn in export_turns(database, connection, tracker.sender_id)]
    newest = {one["fact"]: one for reading in (*readings, heard(tracker).reading) for one in told(reading)}
    return list(newest.values())


def as_facts(told: Iterable[Mapping[str, Any]]) -> list[Fact]:
    """The value says what was affirmed; what was denied is a No, whatever the words for it name."""
    return [
        Fact(one["fact"], (one.get("value") or "Y") if one["polarity"] == "affirmed" else "N", one.get("words", ""))
        for one in told
    ]


def disputed(turn: Turn, tracker: Tracker) -> Step | None:
    """The step of a finished form that the message tells something against, whatever was being talked about; or None.

    "I started aspirin yesterday" is no wish for another time.
    """
    form, facts = tracker.get_slot("questionnaire_state"), as_facts(told(heard(tracker).reading))
    if not form or not form["finished"] or not facts or turn.choices:
        return None
    step = house().questionnaire.advance(form, turn, disclosed=facts)
    return step if step.state != form else None
