"""The eligibility questionnaire in a Rasa loop, and the records it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.adapter import delete_chat, heard, house, in_thread
from actions.booking import KEPT, after_new_answers, wish_told_early
from actions.disclosures import as_facts, disputed, told, told_before
from actions.loop import Loop
from bot.dialogue import State, Step, Turn
from bot.eligibility.dialogue import RECHECK
from bot.envelope import Reply
from bot.safety.cards import stays_closed
from bot.storage import assessments, bookings, consents, conversations
from bot.storage.consents import Consent, Decision

PURPOSE = "health_questions"
DECISIONS: dict[str, Decision] = {
    "consent_given": "given",
    "consent_refused": "refused",
    "consent_withdrawn": "withdrawn",
}
# How long the conversation is kept from then on (requirement RT-1).
RETENTION = {"consent_given": "form_open", "consent_refused": "refused", "consent_withdrawn": "chat"}
BEFORE_AND_AFTER = ("consent.health", "gate.age18", "gate", "request.area", "final.confirm")  # questions of no illness
GONE = ("minor", "refused")
NOT_THIS_PERSON = ("minor", "someone_else")


class Questionnaire(Loop):
    """Health questions before a consultation. The dialogue decides; this stores what it says to store."""

    dialogue = "questionnaire"
    opened_by = "start_eligibility"

    def start(self, turn: Turn, tracker: Tracker) -> Step:
        if tracker.get_slot("under_age"):
            return Step(None, (stays_closed(house().clinic, turn.language),))
        waiting = tracker.get_slot("questionnaire_state")
        open_question = house().questionnaire.resume(waiting, turn.language) if waiting else ()
        if open_question and not waiting["finished"]:
            return Step(waiting, open_question)
        if waiting and (step := disputed(turn, tracker)):
            return step
        if turn.choices[:1] == (RECHECK,) and (kept := _finished_before(tracker)):
            return house().questionnaire.advance(kept, turn)
        return house().questionnaire.start(turn, prefill=as_facts(told_before(tracker)))

    def advance(self, state: State, turn: Turn, tracker: Tracker) -> Step:
        step = house().questionnaire.advance(state, turn, disclosed=as_facts(told(heard(tracker).reading)))
        wish = None
        if _made_nothing_of_it(step, state) and not self._asks_about_health(state):
            wish = wish_told_early(turn, tracker)
        if wish is None:
            return step
        kept, noted = wish
        return Step(state, (noted, *self.resume(state, turn.language)), events=(("wished", kept),))

    def _asks_about_health(self, state: State) -> bool:
        """There "last week, Tuesday" is an answer that was not understood."""
        opened = self.resume(state, state["language"])
        return not opened or opened[0].ref not in BEFORE_AND_AFTER

    def resume(self, state: State, spoken: str) -> tuple[Reply, ...]:
        return house().questionnaire.resume(state, spoken)

    def said(self, step: Step, tracker: Tracker) -> tuple[Reply, ...]:
        """Whose permission is withdrawn may want the whole chat gone too."""
        if not step.replies or "consent_withdrawn" not in dict(step.events):
            return step.replies
        last = step.replies[-1]
        return (*step.replies[:-1], replace(last, choices=(*last.choices, *delete_chat(tracker))))

    def left(self, step: Step) -> State | None:
        """A finished form stays open for corrections: "actually I do take aspirin"."""
        finished = [payload["state"] for name, payload in step.events if name == "finished"]
        return finished[-1] if finished else step.state

    async def events(self, step: Step, tracker: Tracker) -> list[EventType]:
        found = dict(step.events)
        if "wished" in found:
            return [SlotSet(KEPT, found["wished"])]
        if step.events:
            await in_thread(_store, step.events, tracker)
        if found.get("discard", {}).get("reason") == "minor":
            return [SlotSet("under_age", True)]
        # "Is that a no?" after the verdict is about it.
        return [SlotSet("last_topic", "start_eligibility")] if "finished" in found else []


def _made_nothing_of_it(step: Step, before: State) -> bool:
    """Was the message no answer to an open question, or not understood?"""
    missed = step.state is not None and step.state.get("misses", 0) > before.get("misses", 0)
    return not before["finished"] and (missed or (not step.taken and step.state == before))


def _finished_before(tracker: Tracker) -> State | None:
    """The finished form of this conversation, when its loop has been closed since."""
    database = house().database
    with database.read() as connection:
        kept = assessments.live(database, connection, tracker.sender_id, heard(tracker).now)
    return kept.content.get("state") if kept else None


def _store(events: tuple[tuple[str, dict[str, Any]], ...], tracker: Tracker) -> None:
    message, database = heard(tracker), house().database
    conversation, inbox = tracker.sender_id, str(message.metadata.get("inbox", ""))
    channel, now = str(message.metadata.get("channel", "web")), message.now
    with database.write() as connection:
        for name, payload in events:
            if name in DECISIONS:
                at = datetime.fromisoformat(payload["at"])
                decided = Consent(PURPOSE, DECISIONS[name], payload["version"], channel, at)
                consents.record(connection, conversation, decided)
                conversations.keep_as(connection, conversation, RETENTION[name])
            elif name == "finished":
                assessments.keep(database, connection, conversation, inbox, payload, now)
                conversations.keep_as(connection, conversation, "form_done")
            elif name == "rechecked":
                assessments.rechecked(database, connection, conversation, payload)
            elif name == "reopened":
                assessments.supersede(connection, conversation, now)
                bookings.withdraw(connection, conversation)
            elif name == "discard":
                assessments.discard(connection, conversation)
                conversations.keep_as(connection, conversation, "refused" if payload["reason"] in GONE else "chat")
                bookings.withdraw(connection, conversation)
    # After the commit: a turn that is taken again finds the same answers and withdraws the same appointments.
    for name, payload in events:
        if name == "finished":
            after_new_answers(tracker, payload["claims"])
        elif name == "discard" and payload["reason"] in NOT_THIS_PERSON:
            after_new_answers(tracker, {})
