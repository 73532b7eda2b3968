"""A person, please: the request is kept for staff, and the patient hears when somebody is there."""

from __future__ import annotations

from functools import cache

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.adapter import heard, house, in_thread, language, say
from bot.booking import people
from bot.booking.wording import Wording
from bot.envelope import Link, Reply
from bot.storage.requests import StoredRequests

# What led here -> the reason that staff read.
REASONS: dict[str, people.Reason] = {"complaint_refund": "complaint", "emergency_red_flag": "danger"}


class ActionHandoff(Action):
    """Asks for a person in any state; no dialogue is closed by it."""

    def name(self) -> str:
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        here, spoken, now = house(), language(tracker), heard(tracker).now
        intent = str((tracker.latest_message or {}).get("intent", {}).get("name"))
        await in_thread(ask_for_person, tracker, REASONS.get(intent, "asked"))
        opens = people.opens(here.clinic, _wording(), now, spoken)
        key = "human_open" if opens is None else "human_closed"
        text = here.library.phrase(key, spoken, clinic=here.clinic, next_open=opens or "")
        mail = Link(here.clinic.values["email"], f"mailto:{here.clinic.values['email']}")
        say(dispatcher, [Reply("notice", key, text, links=(here.clinic.call("clinic"), mail))])
        return []


def ask_for_person(tracker: Tracker, reason: people.Reason) -> None:
    """Put the conversation on the staff's list; it stays there once, however often it asks."""
    here, now = house(), heard(tracker).now
    summary = people.Summary(reason, topic=str(tracker.get_slot("last_topic") or ""))
    give_up = people.give_up_at(here.clinic, now)
    StoredRequests(here.database).ask(tracker.sender_id, summary, at=now, give_up=give_up)


@cache
def _wording() -> Wording:
    return Wording(house().clinic)
