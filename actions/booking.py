"""Booking in a Rasa loop."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

from actions.adapter import as_turn, heard, house, in_thread
from actions.alarm import has_called, visit_after_sign
from actions.disclosures import disputed, told_before
from actions.handoff import ask_for_person
from actions.loop import Loop
from bot.booking.desk import Visitor
from bot.booking.dialogue import Dialogue, load_dialogue
from bot.booking.token import Tokens
from bot.dialogue import State, Step, Turn
from bot.envelope import Reply
from bot.storage import assessments
from bot.storage.bookings import StoredBookings

DISPUTED = Step(None, (), events=(("disputed", {}),))  # an answer is in doubt: nothing is booked on it
KEPT = "booking_state"  # while no time is being arranged: when somebody would like to come, told too early


@cache
def _dialogue() -> Dialogue:
    here = house()
    rules = here.questionnaire.questionnaire.rules
    return load_dialogue(here.clinic, StoredBookings(here.database), here.settings.secret_key, rules)


class Booking(Loop):
    """From a verdict to an appointment, and what becomes of it. The dialogue decides and keeps."""

    dialogue = "booking"

    def start(self, turn: Turn, tracker: Tracker) -> Step:
        if disputed(turn, tracker):
            return DISPUTED
        if later := _after_what_is_over(turn, tracker):
            return Step(None, (later,))
        waits = visit_after_sign(tracker)
        if waits is None or (has_called(tracker) and not house().commands.is_question(turn.text)):
            return _dialogue().start(turn, _visitor(tracker), tracker.get_slot(KEPT))
        if _wants_change(turn, tracker):
            step = _dialogue().start(turn, _visitor(tracker), tracker.get_slot(KEPT))
            return replace(step, replies=(waits, *step.replies))
        return Step(None, (waits,))  # "can you book me in?", "should I still come?": a form would hold them up

    def advance(self, state: State, turn: Turn, tracker: Tracker) -> Step:
        if disputed(turn, tracker):
            return DISPUTED
        return _dialogue().advance(state, turn, _visitor(tracker))

    def resume(self, state: State, spoken: str) -> tuple[Reply, ...]:
        return _dialogue().resume(state, spoken)

    def said(self, step: Step, tracker: Tracker) -> tuple[Reply, ...]:
        """Of a minor no health questions are announced: the questionnaire says why there are none."""
        closed = tracker.get_slot("under_age") and "needs_questionnaire" in dict(step.events)
        return () if closed else step.replies

    async def events(self, step: Step, tracker: Tracker) -> list[EventType]:
        found: list[EventType] = []
        for name, payload in step.events:
            if name == "needs_questionnaire":
                found += [FollowupAction("questionnaire"), *([SlotSet(KEPT, payload)] if payload else [])]
            elif name == "disputed":
                # The loop of the finished form is opened anew: an open one would only repeat its question.
                found += [ActiveLoop(None), FollowupAction("questionnaire")]
            elif name == "asks_policy":
                found.append(FollowupAction("action_answer"))
            elif name == "needs_person":
                await in_thread(ask_for_person, tracker, payload["reason"])
                found.append(FollowupAction("action_handoff"))
        return found


def _after_what_is_over(turn: Turn, tracker: Tracker) -> Reply | None:
    """What has to be over first, for "when can I come then?" right after "not while you are breastfeeding"."""
    here, topic = house(), tracker.get_slot("last_topic")
    aspect = None if turn.choices else here.follow_ups.waits(topic, turn.text)
    if aspect is None:
        return None
    facts = [one for one in told_before(tracker) if one["fact"].startswith("preg")]
    if facts and all(one["polarity"] == "negated" for one in facts):
        return None
    spoken, today = turn.language, turn.now.date()
    return here.library.answer(str(topic), language=spoken, clinic=here.clinic, today=today, detail=aspect)


def _wants_change(turn: Turn, tracker: Tracker) -> bool:
    """ "Cancel my appointment"; not "should I cancel it?"."""
    intent = (tracker.latest_message or {}).get("intent", {}).get("name")
    return intent == "reschedule_cancel" and not house().commands.is_question(turn.text)


def opened_by_wish(tracker: Tracker) -> list[EventType]:
    """ "Mornings please" right after the verdict means an appointment, "anything on Tuesday?" always.
    "Bring it forward" means the one that is booked. Nothing for all else.
    """
    form, turn, early = tracker.get_slot("questionnaire_state"), as_turn(tracker), _dialogue().early
    is_ready = bool(form and form["finished"] and not form["asked"])
    likely = tuple(one["topic"] for one in heard(tracker).reading.get("nearest", ())[:3])
    meant = (early.is_wish, early.is_for_new, early.wants_reminder)
    wished = (is_ready and any(means(turn) for means in meant)) or early.asks_for_time(replace(turn, topics=likely))
    wished = wished or early.is_about_theirs(turn, Visitor(tracker.sender_id))
    return [FollowupAction("booking")] if wished else []


def wish_told_early(turn: Turn, tracker: Tracker) -> tuple[State, Reply] | None:
    """ "Tuesday" in the middle of the health questions: to keep until a time can be arranged, and the answer."""
    return _dialogue().early.wished(turn, tracker.get_slot(KEPT))


def after_new_answers(tracker: Tracker, claims: dict[str, Any]) -> None:
    """Appointments that a new verdict rules out are withdrawn, and staff are told. {}: nothing is allowed any more."""
    if _dialogue().desk.withdraw_ruled_out(tracker.sender_id, claims, heard(tracker).now):
        ask_for_person(tracker, "withdrawn")


def _visitor(tracker: Tracker) -> Visitor:
    """The conversation with the token of its live verdict: none once an answer is being changed."""
    here = house()
    with here.database.read() as connection:
        found = assessments.live(here.database, connection, tracker.sender_id, heard(tracker).now)
    if found is None:
        return Visitor(tracker.sender_id)
    token = Tokens(here.settings.secret_key).sign(found.content["claims"])
    return Visitor(tracker.sender_id, token, found.answers_hash)
