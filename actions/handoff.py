"""A person, please: the request is kept for staff, and the patient hears when somebody is there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import get_args

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.adapter import heard, house, in_thread, language, say
from actions.alarm import advice_again
from actions.refusals import refusal
from actions.triage import answered_about_alarm
from bot.booking import people
from bot.booking.wording import Wording
from bot.envelope import Link, Reply
from bot.storage import assessments
from bot.storage.bookings import StoredBookings
from bot.storage.requests import StoredRequests

# What led here -> the reason that staff read.
REASONS: dict[str, people.Reason] = {"complaint_refund": "complaint", "emergency_red_flag": "danger"}


class ActionHandoff(Action):
    """Asks for a person in any state; no dialogue is closed by it."""

    def name(self) -> str:
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        if events := await answered_about_alarm(dispatcher, tracker):
            return events
        here, spoken, now = house(), language(tracker), heard(tracker).now
        kept = await kept_for_team(tracker)
        await in_thread(ask_for_person, tracker, _reason(tracker))
        opens = people.opens(here.clinic, _wording(), now, spoken)
        if kept and opens:  # "ok, leave a message": they know that nobody is there
            say(dispatcher, [kept])
            return []
        key = "human_open" if opens is None else "human_closed"
        text = here.library.phrase(key, spoken, clinic=here.clinic, next_open=opens or "")
        mail = Link(here.clinic.values["email"], f"mailto:{here.clinic.values['email']}")
        refused = refusal(tracker)  # "can the doctor look at my photos?"
        first = [*advice_again(tracker), *([replace(refused, choices=())] if refused else ())]
        say(dispatcher, [*first, Reply("notice", key, text, links=(here.clinic.call("clinic"), mail))])
        return []


async def kept_for_team(tracker: Tracker) -> Reply | None:
    """The reply to what is written while somebody was asked for and has not come; None otherwise, and to a choice."""
    here = house()
    if heard(tracker).choices or not await in_thread(StoredRequests(here.database).is_open, tracker.sender_id):
        return None
    text = here.library.phrase("message_kept", language(tracker), clinic=here.clinic)
    return Reply("notice", "message_kept", text, links=(here.clinic.call("clinic"),))


def ask_for_person(tracker: Tracker, reason: people.Reason) -> None:
    """Put the conversation on the staff's list; it stays there once, however often it asks."""
    here, now = house(), heard(tracker).now
    with here.database.read() as connection:
        kept = assessments.live(here.database, connection, tracker.sender_id, now)
    verdict = str(kept.content["claims"]["verdict"]) if kept else ""
    if reason == "asked" and verdict in people.FOR_REVIEW:
        reason = "review"
    summary = people.summary(
        _wording(),
        reason,
        topic=str(tracker.get_slot("last_topic") or ""),
        verdict=verdict,
        bookings=StoredBookings(here.database).coming(tracker.sender_id, now),
        doing=str((tracker.active_loop or {}).get("name") or ""),
    )
    # Whoever asked for somebody is told when nobody comes; what we asked for ourselves stays on the list.
    give_up = None if reason == "withdrawn" else people.give_up_at(here.clinic, now)
    StoredRequests(here.database).ask(tracker.sender_id, summary, at=now, give_up=give_up)


def _reason(tracker: Tracker) -> people.Reason:
    """Why: what the choice says that was picked, else a danger sign, else what the message was about."""
    picked = next((choice.partition(":")[2] for choice in heard(tracker).choices if choice.startswith("human:")), "")
    if picked in get_args(people.Reason):
        return picked  # type: ignore[return-value]
    if tracker.get_slot("alarm"):
        return "danger"
    return REASONS.get(str((tracker.latest_message or {}).get("intent", {}).get("name")), "asked")


@cache
def _wording() -> Wording:
    return Wording(house().clinic)
