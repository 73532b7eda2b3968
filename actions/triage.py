"""Danger: the fixed card, its choices, and the guided look at a worry after treatment."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import heard, house, in_thread, keep_language, language, say
from actions.loop import Loop
from bot.dialogue import State, Step, Turn
from bot.eligibility.dates import read_age
from bot.eligibility.reading import ADULT
from bot.envelope import Reply
from bot.safety.cards import MINOR, PRESSURE, alert, answer_choice, follow_up, tier_of
from bot.safety.findings import RANK, Finding
from bot.safety.triage import Triage
from bot.storage import assessments, conversations

Domain = dict[str, Any]
PHONED = ("emergency", "urgent", "self_harm")  # tiers whose card says whom to call
ANSWERED = "answered"  # value of the slot `alarm_asked` that ends the asking
FEW = 4  # words; in more, a "not" may be about anything: "you didn't answer my question"
SHORT = 8  # words; a longer message is no mere yes or no


class ActionAlert(Action):
    """The card of the danger sign just read, or the answer to a choice on it. Closes whatever dialogue was open."""

    def name(self) -> str:
        return "action_alert"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        message = heard(tracker)
        if message.choices:
            return await _answered(dispatcher, tracker, message.choices[0])
        reading = message.reading
        flag = str(reading["flag"])
        finding = Finding(reading["tier"], flag, (), reading["danger"])
        shown = str(message.metadata.get("alerted") or "")
        if shown and RANK[tier_of(shown)] >= RANK[finding.tier]:
            flag = shown  # one card is enough, and it was shown before this was read
        else:
            say(dispatcher, [alert(finding, house().clinic, language(tracker))])
        is_minor = flag == MINOR and not finding.ask_if_now
        if is_minor:
            await in_thread(_forget, tracker)
        # The questions wait, so that somebody who is safe can come back to them; nothing waits for a minor.
        over = ("booking", "aftercare", *(("questionnaire",) if is_minor else ()))
        closed: list[EventType] = [SlotSet(f"{loop}_state", None) for loop in over]
        asked = SlotSet("alarm_asked", "now" if finding.ask_if_now else None)
        about = [SlotSet("last_topic", message.topics[0][0])] if reading["tier"] in ("urgent", "expected") else []
        return [ActiveLoop(None), *closed, SlotSet("alarm", flag), *about, *keep_language(tracker), asked]


async def _answered(dispatcher: CollectingDispatcher, tracker: Tracker, choice: str) -> list[EventType]:
    flag = str(tracker.get_slot("alarm") or "E1")
    said = answer_choice(choice, flag, house().clinic, language(tracker))
    over = choice in ("alert:closed", "alert:not_now", "alert:adult")
    events: list[EventType] = [SlotSet("alarm_asked", ANSWERED), *([SlotSet("alarm", None)] if over else [])]
    waiting = tracker.get_slot("questionnaire_state")
    if choice == "alert:adult" and waiting and not waiting["finished"]:
        return [*events, FollowupAction("questionnaire")]  # its question says what comes next
    say(dispatcher, [said])
    if choice == "alert:minor":
        await in_thread(_forget, tracker)
        events.append(SlotSet("questionnaire_state", None))
    return events


async def answered_about_alarm(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """A typed "no, not now" or "I've called them" after a danger card is the choice that says so; None for all else."""
    flag, message = tracker.get_slot("alarm"), heard(tracker)
    if not flag or message.choices or len(message.text.split()) > SHORT:
        return None
    choice = _typed_choice(str(flag), message.text, tracker)
    return await _answered(dispatcher, tracker, choice) if choice else None


def asks_if_adult(tracker: Tracker) -> bool:
    """Is the question open whether the patient is of age?"""
    return (tracker.get_slot("alarm"), tracker.get_slot("alarm_asked")) == (MINOR, "now")


def _typed_choice(flag: str, text: str, tracker: Tracker) -> str | None:
    """The choice of the card that the words stand for."""
    mentions = Triage.load().mentions(text, language(tracker))
    said, asked = house().commands.answer(text), tracker.get_slot("alarm_asked")
    if flag == PRESSURE:
        return "alert:safe" if asked != ANSWERED and (said or mentions.denies) else None
    if flag == MINOR:
        return _of_age(text, said, heard(tracker).now.date()) if asks_if_adult(tracker) else None
    if tier_of(flag) not in PHONED:
        return None
    if mentions.has("called"):
        return "alert:called"
    if asked != ANSWERED and house().remarks.takes_back(text):
        return "alert:not_now"
    yes, no = ("alert:now", "alert:not_now") if asked == "now" else ("alert:called", "alert:not_called")
    denies = said == "no" or house().commands.lead(text) == "no" or (mentions.denies and len(text.split()) <= FEW)
    answer = no if denies else yes if said == "yes" else None
    return None if asked in (None, ANSWERED) else answer


def _of_age(text: str, said: str | None, today: date) -> str | None:
    age = read_age(text, today)
    if age is None and said not in ("yes", "no"):
        return None
    return "alert:adult" if (said == "yes" if age is None else age >= ADULT) else "alert:minor"


def ask_whether_called(tracker: Tracker) -> Reply | None:
    """ "Have you been able to call?": once after a danger card, with whatever else is said next."""
    flag = tracker.get_slot("alarm")
    if not flag or tier_of(flag) not in PHONED or tracker.get_slot("alarm_asked") in ("called", ANSWERED):
        return None
    return follow_up(flag, house().clinic, language(tracker))


def taken_up_again(tracker: Tracker) -> list[EventType]:
    """ "Go on" while the health questions wait, as they do after a danger card; nothing for all else."""
    waiting = tracker.get_slot("questionnaire_state")
    goes_on = waiting and not waiting["finished"] and house().commands.command(heard(tracker).text) == "continue"
    return [FollowupAction("questionnaire")] if goes_on else []


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

    async def events(self, step: Step, tracker: Tracker) -> list[EventType]:
        return [SlotSet("last_topic", "post_treatment_concern")]
