"""Danger: the fixed card, its choices, and the guided look at a worry after treatment."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import heard, house, in_thread, language, say
from actions.loop import Loop
from bot.dialogue import State, Step, Turn
from bot.envelope import Reply
from bot.safety.cards import alert, answer_choice
from bot.safety.findings import Finding
from bot.storage import assessments, conversations

Domain = dict[str, Any]


class ActionAlert(Action):
    """The card of the danger sign just read, or the answer to a choice on it. Closes whatever dialogue was open."""

    def name(self) -> str:
        return "action_alert"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        message, clinic, spoken = heard(tracker), house().clinic, language(tracker)
        if message.choices:
            choice, flag = message.choices[0], str(tracker.get_slot("alarm") or "E1")
            say(dispatcher, [answer_choice(choice, flag, clinic, spoken)])
            return [SlotSet("alarm", None)] if choice in ("alert:closed", "alert:not_now") else []
        reading = message.reading
        flag = str(reading["flag"])
        if message.metadata.get("alerted") != flag:
            say(dispatcher, [alert(Finding(reading["tier"], flag, (), reading["danger"]), clinic, spoken)])
        if flag == "M1":
            await in_thread(_forget, tracker)
        closed: list[EventType] = [SlotSet(f"{loop}_state", None) for loop in ("questionnaire", "booking", "aftercare")]
        return [ActiveLoop(None), *closed, SlotSet("alarm", flag)]


def _forget(tracker: Tracker) -> None:
    """Nothing is kept of a minor's answers (requirement CN-5)."""
    with house().database.write() as connection:
        assessments.discard(connection, tracker.sender_id)
        conversations.keep_as(connection, tracker.sender_id, "refused")


class Aftercare(Loop):
    """A few questions about a worry after treatment, danger first."""

    dialogue = "aftercare"

    def start(self, turn: Turn, tracker: Tracker) -> Step:
        return house().aftercare.start(turn)

    def advance(self, state: State, turn: Turn, tracker: Tracker) -> Step:
        return house().aftercare.take(turn, state)

    def resume(self, state: State, spoken: str) -> tuple[Reply, ...]:
        return house().aftercare.resume(state, spoken).replies
