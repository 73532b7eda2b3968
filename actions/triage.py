"""Danger: the fixed card, its choices, and the guided look at a worry after treatment."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import heard, house, language, say
from bot.safety.cards import alert, answer_choice
from bot.safety.findings import Finding

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
        # Without an alarm the classifier alone saw danger: it may raise the tier, never lower it (design 3).
        flag = (
            str(reading.get("flag") or "U6")
            if reading.get("tier") in ("urgent", "emergency", "self_harm", "safeguarding")
            else "U6"
        )
        unclear = reading.get("certainty_of_danger") == "unclear" or not reading.get("flag")
        finding = Finding(reading.get("tier") or "urgent", flag, (), "unclear" if unclear else "sure")
        if message.metadata.get("alerted") != flag:
            say(dispatcher, [alert(finding, clinic, spoken)])
        closed: list[EventType] = [SlotSet(f"{loop}_state", None) for loop in ("questionnaire", "booking", "aftercare")]
        return [ActiveLoop(None), *closed, SlotSet("alarm", flag)]
