"""Danger: the fixed card, its choices, and the guided look at a worry after treatment."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.nlu.topics import FRAGMENT, REFERS
from bot.safety.cards import (
    MINOR,
    PRESSURE,
    alert,
    answer_choice,
    better,
    first_again,
    follow_up,
    is_known,
    seen_first,
    tier_of,
)
from bot.safety.findings import RANK, Finding
from bot.safety.triage import Mentions, Triage
from bot.storage import alerts, assessments, conversations

Domain = dict[str, Any]
AGE = "gate.age18"
PHONED = ("emergency", "urgent", "self_harm")  # tiers whose card says whom to call
BODILY = ("emergency", "urgent")  # tiers whose sign a clinician has to look at
ANSWERED, CALLED = "answered", "has_called"  # values of the slot `alarm_asked` that end the asking
BETTER = "better"  # said in words only
FEW = 4  # words; in more, a "not" may be about anything: "you didn't answer my question"
LEANS_ON = (FRAGMENT, REFERS)  # what "is that normal?" is read as
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
        shown = _known(message.metadata.get("alerted"))
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
        minor = [SlotSet("under_age", True)] if is_minor and not _is_of_someone_else(tracker) else []
        about = [SlotSet("last_topic", message.topics[0][0])] if reading["tier"] in ("urgent", "expected") else []
        return [ActiveLoop(None), *closed, SlotSet("alarm", flag), *about, *minor, *keep_language(tracker), asked]


async def _answered(dispatcher: CollectingDispatcher, tracker: Tracker, choice: str) -> list[EventType]:
    flag = open_alarm(tracker) or _told(tracker) or "E1"
    if choice == BETTER:
        say(dispatcher, [better(flag, house().clinic, language(tracker))])
        return [SlotSet("alarm_asked", _settled(tracker) or ANSWERED)]
    said = answer_choice(choice, flag, house().clinic, language(tracker))
    over = choice in ("alert:closed", "alert:not_now", "alert:adult")
    asked = CALLED if choice == "alert:called" else ANSWERED
    events: list[EventType] = [SlotSet("alarm_asked", asked), *([SlotSet("alarm", None)] if over else [])]
    if over and not heard(tracker).choices:
        await in_thread(_settle, tracker)
    waiting = tracker.get_slot("questionnaire_state")
    if choice == "alert:adult" and waiting and not waiting["finished"]:
        return [*events, FollowupAction("questionnaire")]  # its question says what comes next
    say(dispatcher, [said])
    if choice == "alert:minor":
        await in_thread(_forget, tracker)
        events += [SlotSet("questionnaire_state", None), SlotSet("under_age", True)]
    return events


def _is_of_someone_else(tracker: Tracker) -> bool:
    """ "My daughter is 15, can she have it?": the parent is no minor."""
    message = heard(tracker)
    told = [one for one in message.reading.get("disclosures", ()) if one["fact"] == AGE]
    if any(one["subject"] == "self" and one["polarity"] == "negated" for one in told):
        return False
    names_one = Triage.load().mentions(message.text, language(tracker)).has("other_person")
    return names_one or (bool(told) and all(one["subject"] != "self" for one in told))


def open_alarm(tracker: Tracker) -> str | None:
    """The flag that is not closed: the gateway knows of an earlier conversation's, and what staff have closed."""
    known = heard(tracker).metadata
    return _known(known["alarm"]) if "alarm" in known else _told(tracker)


def _told(tracker: Tracker) -> str | None:
    """The flag of this conversation, closed by staff or not."""
    return _known(tracker.get_slot("alarm"))


def _known(flag: str | None) -> str | None:
    """A flag that only another release knew is none."""
    return flag if flag and is_known(flag) else None


async def answered_about_alarm(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """A typed "no, not now" or "I've called them" after a danger card is the choice that says so; None for all else."""
    flag, message = open_alarm(tracker) or _told(tracker), heard(tracker)
    if not flag or message.choices or len(message.text.split()) > SHORT:
        return None
    choice = _typed_choice(flag, message.text, tracker)
    return await _answered(dispatcher, tracker, choice) if choice else None


def asks_if_adult(tracker: Tracker) -> bool:
    """Is the question open whether the patient is of age?"""
    return (tracker.get_slot("alarm"), tracker.get_slot("alarm_asked")) == (MINOR, "now")


def _typed_choice(flag: str, text: str, tracker: Tracker) -> str | None:
    """The choice of the card that the words stand for."""
    mentions, said = Triage.load().mentions(text, language(tracker)), house().commands.answer(text)
    if flag == PRESSURE:
        return "alert:safe" if not _settled(tracker) and (said or mentions.denies) else None
    if flag == MINOR:
        said = None if house().commands.only_agrees(text) else said
        return _of_age(text, said, heard(tracker).now.date()) if asks_if_adult(tracker) else None
    if tier_of(flag) not in PHONED:
        return None
    if mentions.has("called"):
        return "alert:called"
    return _whether_it_is_so(text, said, mentions, tracker)


def _whether_it_is_so(text: str, said: str | None, mentions: Mentions, tracker: Tracker) -> str | None:
    """The choice that "that was last year", "I'm fine now", yes or no stand for."""
    asked, settled = tracker.get_slot("alarm_asked"), _settled(tracker)
    if not settled and house().remarks.takes_back(text):
        return "alert:not_now"
    if asked != "now" and says_better(tracker):
        return BETTER
    yes, no = ("alert:now", "alert:not_now") if asked == "now" else ("alert:called", "alert:not_called")
    denies = said == "no" or house().commands.lead(text) == "no" or (mentions.denies and len(text.split()) <= FEW)
    answer = no if denies else yes if said == "yes" else None
    return answer if asked and not settled else None


def says_better(tracker: Tracker) -> bool:
    """ "I'm fine now", "it's gone, all good"; not "it hasn't gone down" nor "is it gone by tomorrow?"."""
    text, flag = heard(tracker).text, open_alarm(tracker)
    if not flag or tier_of(flag) not in PHONED or len(text.split()) > SHORT or house().commands.is_question(text):
        return False
    mentions = Triage.load().mentions(text, language(tracker))
    return not mentions.denies and (mentions.resolved or house().remarks.recovers(text))


def _settled(tracker: Tracker) -> str | None:
    """How the asking about the danger sign ended; None while it goes on."""
    asked: str | None = tracker.get_slot("alarm_asked")
    return asked if asked in (ANSWERED, CALLED) else None


def seen_before_usual(tracker: Tracker, replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """While a sign that has to be seen is not over, that is said instead of what usually holds after treatment.

    Right after its card, "is that normal?" is about the sign as well, whatever was spoken of before.
    """
    flag, library = open_alarm(tracker), house().library
    if not flag or tier_of(flag) not in BODILY:
        return tuple(replies)
    about_sign = _is_about_sign(tracker)
    usual = [one for one in replies if about_sign or (one.ref in library.topics and library.card(one.ref).usual_course)]
    if not usual:
        return tuple(replies)
    called = tracker.get_slot("alarm_asked") == CALLED
    first = seen_first(flag, house().clinic, language(tracker), called=called)
    return (first, *(one for one in replies if one not in usual))


def advice_again(tracker: Tracker) -> tuple[Reply, ...]:
    """What to do now, for whoever goes on talking after a danger card and is not understood."""
    flag = open_alarm(tracker)
    if not flag or tier_of(flag) not in BODILY or tracker.get_slot("alarm_asked") == CALLED:
        return ()
    return (first_again(flag, house().clinic, language(tracker)),)


def _is_about_sign(tracker: Tracker) -> bool:
    """Typed words that ask but say little by themselves, while nothing else was spoken of since the card."""
    intent = str((tracker.latest_message or {}).get("intent", {}).get("name"))
    nothing_else = tracker.get_slot("alarm_asked") is None or not tracker.get_slot("last_topic")
    message = heard(tracker)
    asks = not message.choices and house().commands.answer(message.text) is None
    return intent in LEANS_ON and nothing_else and asks


def _of_age(text: str, said: str | None, today: date) -> str | None:
    age = read_age(text, today)
    if age is None and said not in ("yes", "no"):
        return None
    return "alert:adult" if (said == "yes" if age is None else age >= ADULT) else "alert:minor"


def ask_whether_called(tracker: Tracker) -> Reply | None:
    """ "Have you been able to call?": once after a danger card, with whatever else is said next."""
    flag = _told(tracker)
    if not flag or tier_of(flag) not in PHONED or tracker.get_slot("alarm_asked") == "called" or _settled(tracker):
        return None
    return follow_up(flag, house().clinic, language(tracker))


def taken_up_again(tracker: Tracker) -> list[EventType]:
    """ "Go on" while the health questions wait, as they do after a danger card; nothing for all else."""
    waiting = tracker.get_slot("questionnaire_state")
    goes_on = waiting and not waiting["finished"] and house().commands.command(heard(tracker).text) == "continue"
    return [FollowupAction("questionnaire")] if goes_on else []


def _settle(tracker: Tracker) -> None:
    """It is not repeated in the person's next conversation; what was picked, the gateway has settled already."""
    with house().database.write() as connection:
        alerts.settle(connection, tracker.sender_id, heard(tracker).now)


def _forget(tracker: Tracker) -> None:
    """Nothing is kept of a minor's answers (requirement CN-5)."""
    with house().database.write() as connection:
        assessments.discard(connection, tracker.sender_id)
        conversations.keep_as(connection, tracker.sender_id, "refused")


class Aftercare(Loop):
    """A few questions about a worry after treatment, danger first."""

    dialogue = "aftercare"
    opened_by = "post_treatment_concern"

    def start(self, turn: Turn, tracker: Tracker) -> Step:
        return house().aftercare.start(turn)

    def advance(self, state: State, turn: Turn, tracker: Tracker) -> Step:
        return house().aftercare.take(turn, state)

    def resume(self, state: State, spoken: str) -> tuple[Reply, ...]:
        return house().aftercare.resume(state, spoken).replies

    async def events(self, step: Step, tracker: Tracker) -> list[EventType]:
        found = dict(step.events).get("alert")
        alarm = [SlotSet("alarm", found["flag"]), SlotSet("alarm_asked", None)] if found else []
        return [SlotSet("last_topic", "post_treatment_concern"), *alarm]
