"""The patient's own data: what is kept, and taking the answers back in any state (requirement CN-3)."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import heard, house, in_thread, language, say
from actions.eligibility import PURPOSE
from bot.envelope import Choice, Link, Reply
from bot.storage import assessments, consents
from bot.storage.consents import Consent

DELETE = "privacy:answers"


class ActionPrivacy(Action):
    """Says what is kept and offers to delete the answers; deletes them when that was picked."""

    def name(self) -> str:
        return "action_privacy"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        here, spoken = house(), language(tracker)
        page = Link(here.clinic.name, here.clinic.values["privacy_url"])
        if DELETE not in heard(tracker).choices:
            choice = Choice(DELETE, here.library.phrase("choice_delete_answers", spoken))
            text = here.library.phrase("privacy", spoken, clinic=here.clinic)
            say(dispatcher, [Reply("notice", "privacy", text, choices=(choice,), links=(page,))])
            return []
        await in_thread(_withdraw, tracker)
        text = here.library.phrase("privacy_deleted", spoken, clinic=here.clinic)
        say(dispatcher, [Reply("notice", "privacy_deleted", text, links=(page,))])
        return [
            ActiveLoop(None),
            *(SlotSet(f"{loop}_state", None) for loop in ("questionnaire", "booking", "aftercare")),
        ]


def _withdraw(tracker: Tracker) -> None:
    message, here = heard(tracker), house()
    channel, conversation = str(message.metadata.get("channel", "web")), tracker.sender_id
    with here.database.write() as connection:
        assessments.discard(connection, conversation)
        if consents.given(connection, conversation, PURPOSE):
            notice = here.questionnaire.questionnaire.notice
            consents.record(connection, conversation, Consent(PURPOSE, "withdrawn", notice, channel, message.now))
