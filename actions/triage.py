"""Danger: the fixed card, its choices, and the guided look at a worry after treatment."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import heard, house, in_thread, keep_language, language, say
from actions.alarm import (
    ANSWERED,
    BODILY,
    CALLED,
    PHONED,
    SHORT,
    advice_again,
    ask_whether_called,
    asked_about_alarm,
    asks_if_adult,
    called_or_not,
    has_called,
    known_flag,
    looked_at_first,
    open_alarm,
    says_better,
    settled,
    tells_of_sign,
    told_flag,
)
from actions.loop import Loop
from bot.dialogue import State, Step, Turn
from bot.eligibility.dates import read_age
from bot.eligibility.reading import ADULT
from bot.envelope import Reply
from bot.safety.cards import MINOR, PRESSURE, alert, answer_choice, better, graver, stays_closed, tier_of
from bot.safety.findings import RANK, Finding
from bot.safety.triage import Mentions, Triage
from bot.storage import alerts, assessments, conversations

Domain = dict[str, Any]
AGE = "gate.age18"
BETTER = "better"  # said in words only
FEW = 4  # words; in more, a "not" may be about anything: "you didn't answer my question"


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
        shown = known_flag(message.metadata.get("alerted"))
        if shown and RANK[tier_of(shown)] >= RANK[finding.tier]:
            flag = shown  # one card is enough, and it was shown before this was read
        stays = flag if has_called(tracker) else graver(told_flag(tracker), flag)
        if stays != flag:
            flag, finding = stays, Finding(tier_of(stays), stays, (), "sure")
            say(dispatcher, [_alert(finding, tracker)])  # "my smile is crooked" after "my face droops"
        elif shown != flag:
            say(dispatcher, [_alert(finding, tracker)])
        is_minor = flag == MINOR and not finding.ask_if_now
        if is_minor:
            await in_thread(_forget, tracker)
        # The questions wait, so that somebody who is safe can come back to them; nothing waits for a minor.
        over = ("booking", "aftercare", *(("questionnaire",) if is_minor else ()))
        closed: list[EventType] = [SlotSet(f"{loop}_state", None) for loop in over]
        asks_now = finding.ask_if_now and not _is_known_minor(finding, tracker)
        asked = SlotSet("alarm_asked", "now" if asks_now else None)
        minor = [SlotSet("under_age", True)] if is_minor and not _is_of_someone_else(tracker) else []
        may_be_asked = reading["tier"] in ("urgent", "expected") or flag == MINOR
        about = [SlotSet("last_topic", message.topics[0][0])] if may_be_asked else []
        return [ActiveLoop(None), *closed, SlotSet("alarm", flag), *about, *minor, *keep_language(tracker), asked]


def _alert(finding: Finding, tracker: Tracker) -> Reply:
    """The card. Who has said to be a minor is not asked for their age again."""
    here, spoken = house(), language(tracker)
    if finding.ask_if_now and _is_known_minor(finding, tracker):
        return stays_closed(here.clinic, spoken)
    return alert(finding, here.clinic, spoken)


def _is_known_minor(finding: Finding, tracker: Tracker) -> bool:
    return finding.flag == MINOR and bool(tracker.get_slot("under_age"))


async def _answered(dispatcher: CollectingDispatcher, tracker: Tracker, choice: str) -> list[EventType]:
    flag = open_alarm(tracker) or told_flag(tracker) or "E1"
    if choice == BETTER:
        say(dispatcher, [better(flag, house().clinic, language(tracker))])
        return [SlotSet("alarm_asked", settled(tracker) or ANSWERED)]
    said = answer_choice(choice, flag, house().clinic, language(tracker))
    picked = bool(heard(tracker).choices)
    over = choice in ("alert:closed", "alert:not_now", "alert:adult") and (picked or tier_of(flag) != "self_harm")
    asked = CALLED if choice == "alert:called" else ANSWERED
    events: list[EventType] = [SlotSet("alarm_asked", asked), *([SlotSet("alarm", None)] if over else [])]
    if over and not picked:
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


async def answered_about_alarm(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """What is said or asked about the danger card just shown; None for all else.

    A typed "no, not now" or "I've called them" is the choice that says so, "what do I do?" gets the card again.
    """
    flag, message = open_alarm(tracker) or told_flag(tracker), heard(tracker)
    if not flag or message.choices:
        return None
    if reply := asked_about_alarm(tracker):
        say(dispatcher, [reply])
        return [SlotSet("misses", 0)]
    if len(message.text.split()) > SHORT:
        return None
    if choice := _typed_choice(flag, message.text, tracker):
        return await _answered(dispatcher, tracker, choice)
    if said := _said_once_more(flag, tracker):
        say(dispatcher, said)
        return [SlotSet("misses", 0), SlotSet("alarm_asked", settled(tracker) or ANSWERED)]
    return None


def _said_once_more(flag: str, tracker: Tracker) -> tuple[Reply, ...]:
    """For "ok" after the question about the call, not asked a third time, and for a sign that is denied later."""
    asked = tracker.get_slot("alarm_asked")
    if asked == "called" and house().commands.only_agrees(heard(tracker).text):
        return advice_again(tracker)
    later = asked in ("called", ANSWERED, CALLED) and open_alarm(tracker) and tier_of(flag) in BODILY
    return (looked_at_first(flag, tracker),) if later and tells_of_sign(tracker) else ()


def _typed_choice(flag: str, text: str, tracker: Tracker) -> str | None:
    """The choice of the card that the words stand for."""
    mentions, said = Triage.load().mentions(text, language(tracker)), house().commands.answer(text)
    if flag == PRESSURE:
        said = said or house().commands.lead(text)
        return "alert:safe" if not settled(tracker) and (said or mentions.denies) else None
    if flag == MINOR:
        said = None if house().commands.only_agrees(text) else said
        return _of_age(text, said, heard(tracker).now.date()) if asks_if_adult(tracker) else None
    if tier_of(flag) not in PHONED:
        return None
    return called_or_not(text, mentions) or _whether_it_is_so(text, said, mentions, tracker)


def _whether_it_is_so(text: str, said: str | None, mentions: Mentions, tracker: Tracker) -> str | None:
    """The choice that "that was last year", "I'm fine now", yes or no stand for."""
    asked, is_settled = tracker.get_slot("alarm_asked"), settled(tracker)
    if not is_settled and house().remarks.takes_back(text):
        return "alert:not_now"
    if asked != "now" and says_better(tracker):
        return BETTER
    yes, no = ("alert:now", "alert:not_now") if asked == "now" else ("alert:called", "alert:not_called")
    denies = house().commands.lead(text) == "no" or (mentions.denies and len(text.split()) <= FEW)
    # "It doesn't hurt" does not answer whether it is happening now.
    denies = said == "no" or (denies and not (asked == "now" and tells_of_sign(tracker)))
    says_yes = said == "yes" and (asked == "now" or not house().commands.only_agrees(text))
    answer = no if denies else yes if says_yes else None
    return answer if asked and not is_settled else None


def _of_age(text: str, said: str | None, today: date) -> str | None:
    age = read_age(text, today)
    if age is None and said not in ("yes", "no"):
        return None
    return "alert:adult" if (said == "yes" if age is None else age >= ADULT) else "alert:minor"


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

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        """Few words on a sign that has to be looked at anyway ("no fever", "ambulance is coming") open nothing."""
        flag, message = open_alarm(tracker), heard(tracker)
        is_open = (tracker.active_loop or {}).get("name") == self.dialogue
        if is_open or message.choices or not flag or tier_of(flag) not in BODILY:
            return await super().run(dispatcher, tracker, domain)
        if (events := await answered_about_alarm(dispatcher, tracker)) is None:
            if len(message.text.split()) > SHORT:
                return await super().run(dispatcher, tracker, domain)
            called = ask_whether_called(tracker)
            say(dispatcher, [called or looked_at_first(flag, tracker)])
            events = [SlotSet("alarm_asked", "called")] if called else []
        return [ActiveLoop(None), *events]

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
