"""The patient's own data: what is kept, and taking the answers back in any state (requirement CN-3)."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import DELETE_CHAT, WITH_MENU, heard, house, in_thread, language, say
from actions.eligibility import PURPOSE
from bot.dialogue import ERASE
from bot.envelope import Choice, Link, Reply
from bot.storage import assessments, consents
from bot.storage.consents import Consent

DELETE, KEEP = "privacy:answers", "privacy:keep"


class ActionPrivacy(Action):
    """Says what is kept and offers to delete the answers; deletes them when that was picked.

    On a messaging channel the whole chat can be picked too. This asks once more; the gateway does it (`ERASE`).
    """

    def name(self) -> str:
        return "action_privacy"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        picked, menu = heard(tracker).choices, _has_menu(tracker)
        if DELETE_CHAT in picked:
            say(dispatcher, [_notice(tracker, "privacy_sure", "privacy_sure", erase=ERASE, keep_chat=KEEP)])
            return []
        if KEEP in picked:
            say(dispatcher, [_notice(tracker, "privacy_kept", "privacy_kept")])
            return []
        if DELETE not in picked and not await in_thread(_withdrawn_in_words, tracker):
            say(dispatcher, [privacy_notice(tracker)])
            return []
        await in_thread(_withdraw, tracker)
        if menu:
            say(dispatcher, [_notice(tracker, "privacy_deleted", "privacy_deleted")])
        else:
            say(dispatcher, [_notice(tracker, "privacy_deleted", "privacy_deleted_channel", delete_chat=DELETE_CHAT)])
        return [
            ActiveLoop(None),
            *(SlotSet(f"{loop}_state", None) for loop in ("questionnaire", "booking", "aftercare")),
        ]


def _withdrawn_in_words(tracker: Tracker) -> bool:
    """ "I take my consent back", where one was given: done, not offered."""
    message, here = heard(tracker), house()
    if message.choices or house().commands.command(message.text) != "withdraw":
        return False
    with here.database.read() as connection:
        return consents.given(connection, tracker.sender_id, PURPOSE)


def privacy_notice(tracker: Tracker) -> Reply:
    """What is kept, with the offers to delete; where the channel has no menu, the whole chat too."""
    if _has_menu(tracker):
        return _notice(tracker, "privacy", "privacy", delete_answers=DELETE)
    return _notice(tracker, "privacy", "privacy_channel", delete_answers=DELETE, delete_chat=DELETE_CHAT)


def _has_menu(tracker: Tracker) -> bool:
    return heard(tracker).metadata.get("channel", "web") in WITH_MENU


def _notice(tracker: Tracker, ref: str, key: str, **choices: str) -> Reply:
    here, spoken = house(), language(tracker)
    page = Link(here.clinic.name, here.clinic.values["privacy_url"])
    text = here.library.phrase(key, spoken, clinic=here.clinic)
    offered = tuple(Choice(id, here.library.phrase(f"choice_{name}", spoken)) for name, id in choices.items())
    return Reply("notice", ref, text, choices=offered, links=(page,))


def _withdraw(tracker: Tracker) -> None:
    message, here = heard(tracker), house()
    channel, conversation = str(message.metadata.get("channel", "web")), tracker.sender_id
    with here.database.write() as connection:
        assessments.discard(connection, conversation)
        if consents.given(connection, conversation, PURPOSE):
            notice = here.questionnaire.questionnaire.notice
            consents.record(connection, conversation, Consent(PURPOSE, "withdrawn", notice, channel, message.now))
