"""Answers from the cards, questions about the last answer, and honesty about what was not understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.adapter import WITH_MENU, Heard, heard, house, is_guess, keep_language, language, say, without_selling
from actions.alarm import (
    advice_again,
    ask_whether_called,
    asks_if_adult,
    net,
    seen_before_usual,
    sells_nothing,
    speaks_of_alarm,
    told_under_alarm,
    what_if,
)
from actions.booking import opened_by_wish
from actions.disclosures import told
from actions.handoff import kept_for_team
from actions.privacy import privacy_notice
from actions.refusals import refusal
from actions.triage import answered_about_alarm, taken_up_again
from bot.envelope import Choice, Reply
from bot.knowledge.library import ASKED_MOST, PRICES, STARTS
from bot.knowledge.remarks import ANYTHING_ELSE, Offer
from bot.nlu.topics import BESIDE, FRAGMENT, NOT_OURS

PATIENCE = 2  # misunderstood messages in a row after which a person is offered (requirement TR-4)
ABOUT_AREAS = ("concerns_and_areas", "hair_loss", "fat_cellulite_body")
DIALOGUES = ("questionnaire", "booking", "aftercare")
ABOUT_MEDICINES = ("blood_thinners_painkillers", "medicines_other")
LOOK_ELSEWHERE = ("pre_care", "out_of_scope_medical")  # what "it" looks like when it is the medicine just spoken of
BRIEF = 8  # words of "no, I don't have epilepsy"
NUMBER = re.compile(r"\d{1,3}(?:\s+[^\W\d]+)?[.!]?")
FEW = 5  # words that lean on what was said before
REMEMBERED = 40  # answers that are not offered again
AFTERWARDS = ("bruising_swelling", "post_treatment_concern", "aftercare_general", "downtime_events")
SMALLTALK = "greeting_smalltalk"
SAYS_LITTLE = (FRAGMENT, SMALLTALK)
ABOUT_NOTHING_OF_OURS = ("out_of_scope_other", "age_limits", "reschedule_cancel")  # like "I'm 34", "false alarm"
Domain = dict[str, Any]


class ActionAnswer(Action):
    """The card of each topic asked about, in the order asked."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        message = heard(tracker)
        library, clinic = house().library, house().clinic
        intent = str((tracker.latest_message or {}).get("intent", {}).get("name"))
        topics = [pair for pair in message.topics if pair[0] in library.topics] or [(intent, message.text)]
        about_card = asks_if_adult(tracker) or (tracker.get_slot("alarm") and house().remarks.takes_back(message.text))
        says_little = intent in SAYS_LITTLE or (about_card and intent in ABOUT_NOTHING_OF_OURS)
        says_little = says_little or speaks_of_alarm(tracker)
        if says_little and (settled := await _settled(dispatcher, tracker)):
            return settled
        if _only_denies(tracker):
            # "I don't have epilepsy" is not answered as if it were there; an open dialogue asks on by itself.
            is_open = (tracker.active_loop or {}).get("name")
            return [] if is_open else await ActionAskBack().run(dispatcher, tracker, domain)
        elsewhere = _is_of_another_treatment(tracker, topics)
        if instead := _only_ours(tracker, topics[0][0]) if elsewhere else refusal(tracker):
            say(dispatcher, [*advice_again(tracker), instead])
            return [SlotSet("misses", 0), *keep_language(tracker)]
        if _refers_back(tracker) if intent == FRAGMENT else _goes_on(tracker, intent):
            return _follow_up(dispatcher, tracker)
        if intent == FRAGMENT and (last := await _instead_of_guessing(tracker)):
            say(dispatcher, [last])
            return [SlotSet("misses", 0), *keep_language(tracker)]
        spoken = language(tracker)
        areas = [area for _, words in topics for area in library.areas_in(words)]
        area = areas[0] if areas else tracker.get_slot("area")
        replies = library.answers(
            topics,
            area=area,
            language=spoken,
            clinic=clinic,
            today=message.now.date(),
            perhaps=message.perhaps,
        )
        replies = tuple(_of_the_family(tracker, reply) for reply in replies)
        if sells_nothing(tracker):
            replies = tuple(without_selling(reply) for reply in replies)
        if any(topic == "privacy_request" for topic, _ in message.topics):
            replies = (*replies, privacy_notice(tracker))
        heard_before = _answered(tracker, *(topic for topic, _ in topics))
        replies = tuple(_offering_new(_greeted(tracker, reply), heard_before) for reply in replies)
        replies = seen_before_usual(tracker, replies)
        say(dispatcher, [*_language_notice(tracker, spoken), *replies, *net(tracker)])
        called = ask_whether_called(tracker)
        say(dispatcher, [called] if called else [])
        events: list[EventType] = [SlotSet("misses", _misses(tracker) + 1 if intent == FRAGMENT else 0)]
        # What says little leaves open what is being talked about.
        events += [SlotSet("last_topic", topic) for topic, _ in topics[-1:] if topic not in BESIDE]
        events += [SlotSet("alarm_asked", "called")] if called else []
        events.append(SlotSet("elsewhere", _asks_for_another(topics[-1][0], message) or None))
        events += [*keep_language(tracker), *_areas(tracker, areas), SlotSet("answered", heard_before)]
        # A dialogue that is over handed this on: Rasa has no rule for what comes then.
        handed_on = tracker.latest_action_name in DIALOGUES and not (tracker.active_loop or {}).get("name")
        return [*events, *([FollowupAction("action_listen")] if handed_on else [])]


def _only_denies(tracker: Tracker) -> bool:
    """Does the message only say that something is not so: "I'm not pregnant"? What has ended is another thing."""
    message, commands = heard(tracker), house().commands
    facts = told(message.reading)
    is_brief = len(message.text.split()) <= BRIEF and not message.choices and len(message.topics) == 1
    return (
        is_brief
        and bool(facts)
        and all(one["polarity"] == "negated" and not one["time"] for one in facts)
        and not (message.reading.get("asks") or commands.is_question(message.text))
        and not commands.is_over("", message.text)
    )


def _asks_for_another(topic: str, message: Heard) -> bool:
    """ "Do you do botox?", "do you sell perfume?": what is asked for is not ours."""
    is_sure = message.reading.get("certainty") == "sure"
    return (topic == NOT_OURS and is_sure) or house().library.names_another_treatment(topic, message.text)


def _is_of_another_treatment(tracker: Tracker, topics: Sequence[tuple[str, str]]) -> bool:
    """ "How much is that?" right after it."""
    message, offer = heard(tracker), Offer.from_dict(tracker.get_slot("offered"))
    if not tracker.get_slot("elsewhere") or message.choices or offer is None:
        return False
    return house().follow_ups.is_elsewhere(offer.ref, [topic for topic, _ in topics], message.text)


def _only_ours(tracker: Tracker, topic: str) -> Reply:
    """What that costs we cannot say, and our own price would mislead."""
    here, spoken = house(), language(tracker)
    text = here.library.phrase("other_treatment", spoken, clinic=here.clinic)
    ours = Choice(f"topic:{topic}", here.library.topic_title(topic, spoken))
    human = Choice("human", here.library.phrase("choice_human", spoken))
    return Reply("question", "other_treatment", text, choices=(ours, human), links=(here.clinic.call("clinic"),))


def _of_the_family(tracker: Tracker, reply: Reply) -> Reply:
    """What a card says of a condition is no answer to somebody whose mother has it."""
    if reply.ref not in heard(tracker).reading.get("of_family", ()):
        return reply
    return replace(reply, text=house().library.phrase("family_history", language(tracker), clinic=house().clinic))


def _areas(tracker: Tracker, named: list[str]) -> list[EventType]:
    """The area last spoken of, and the last two for "and for both?"."""
    if not named:
        return []
    before = [one for one in tracker.get_slot("areas") or () if one not in named]
    return [SlotSet("area", named[0]), SlotSet("areas", [*before, *reversed(named)][-2:])]


def _greeted(tracker: Tracker, reply: Reply) -> Reply:
    """Who is talking was said when the conversation began: a "hello" is not answered by saying it all again."""
    message, library = heard(tracker), house().library
    if reply.ref == FRAGMENT:
        return replace(reply, choices=tuple(one for one in reply.choices if not one.id.startswith("detail:")))
    channel = str(message.metadata.get("channel", "terminal"))
    begun = tracker.get_slot("answered") or tracker.get_slot("last_topic")
    greets = house().remarks.greets(message.text)
    only_hello = greets and not begun and len(message.text.split()) == 1  # "ciao" is a hello before it is a goodbye
    if reply.ref != SMALLTALK or message.choices or (channel == "terminal" and not begun):
        return reply
    if library.speaks_of(reply.ref, message.text) and not only_hello:
        return reply
    key = "hello" if begun or channel in WITH_MENU else "greeting"  # an app is not greeted before it is written to
    if begun and not greets:
        key = ANYTHING_ELSE
    return replace(reply, text=library.phrase(key, language(tracker), clinic=house().clinic))


def _answered(tracker: Tracker, *now: str) -> list[str]:
    """What this conversation has answered so far, the latest last: topics, and `detail:` with the topic."""
    before = [str(one) for one in tracker.get_slot("answered") or ()]
    said = [one for one in now if one not in STARTS]  # what starts a dialogue stays on offer
    return [*(one for one in before if one not in said), *said][-REMEMBERED:]


def _offering_new(reply: Reply, answered: list[str]) -> Reply:
    """Follow-up choices never lead back to what was just answered."""
    left = tuple(choice for choice in reply.choices if choice.id.removeprefix("topic:") not in answered)
    return replace(reply, choices=left)


async def _settled(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """What says little is taken as about the danger card just shown, or as the wish to go on with what waits."""
    if (events := await answered_about_alarm(dispatcher, tracker)) is not None:
        return events
    if called := ask_whether_called(tracker):
        say(dispatcher, [called])
        return [SlotSet("alarm_asked", "called")]
    taken_up = taken_up_again(tracker) or opened_by_wish(tracker)
    return taken_up or _numbered(dispatcher, tracker) or _remarked(dispatcher, tracker)


def _numbered(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """ "6" after the prices means sessions; "17 weeks" after anything else was told, and asks nothing."""
    message, offer = heard(tracker), Offer.from_dict(tracker.get_slot("offered"))
    text = message.text.strip()
    if not NUMBER.fullmatch(text) or (tracker.active_loop or {}).get("name"):
        return None
    if offer and text.isdigit() and int(text) <= len(offer.choices):
        return None  # one of the choices
    if tracker.get_slot("last_topic") == PRICES:
        here, today, area = house(), message.now.date(), tracker.get_slot("area")
        spoken = language(tracker)
        sums = here.library.answer(PRICES, text=text, area=area, language=spoken, clinic=here.clinic, today=today)
        say(dispatcher, [_offering_new(sums, _answered(tracker))])
    else:
        say(dispatcher, [_ask_back(tracker, ())])
    return [SlotSet("misses", 0)]


def _remarked(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """ "Ok", "no", "the second one": what such a remark means after the last reply."""
    here, message = house(), heard(tracker)
    loop = (tracker.active_loop or {}).get("name")
    if message.choices or (loop and not (tracker.get_slot(f"{loop}_state") or {}).get("finished")):
        return None  # an open dialogue waits for its own answer
    reply = here.remarks.reply(
        Offer.from_dict(tracker.get_slot("offered")),
        message.text,
        topic=tracker.get_slot("last_topic"),
        told=tracker.get_slot("answered") or (),
        language=language(tracker),
        clinic=here.clinic,
    )
    if reply is None:
        return None
    say(dispatcher, [reply])
    return [SlotSet("misses", 0)]


def _language_notice(tracker: Tracker, spoken: str) -> list[Reply]:
    """Once per change of language."""
    if tracker.get_slot("language") == spoken or is_guess(heard(tracker).text):
        return []
    notice = house().library.language_notice(spoken, house().clinic)
    return [notice] if notice else []


class ActionFollowUp(Action):
    """ "Tell me more", "why?", "say that simpler", "and on the scalp?": about the topic last answered."""

    def name(self) -> str:
        return "action_follow_up"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        about_alarm = await _settled(dispatcher, tracker) if speaks_of_alarm(tracker) else None
        if events := about_alarm or taken_up_again(tracker) or _numbered(dispatcher, tracker):
            return events
        # "I see" and "I'll think about it" look like asking on.
        remarked = None if _refers_back(tracker) else _remarked(dispatcher, tracker)
        return remarked or _follow_up(dispatcher, tracker)


def _follow_up(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    message = heard(tracker)
    topic = str(tracker.get_slot("last_topic") or "")
    reply, heard_of = house().follow_ups.reply(
        topic,
        text=message.text,
        choice=message.choices[0] if message.choices else None,
        language=language(tracker),
        clinic=house().clinic,
        today=message.now.date(),
        told=tracker.get_slot("answered") or (),
        areas=tracker.get_slot("areas") or (),
    )
    heard_before = _answered(tracker, *heard_of)
    say(dispatcher, seen_before_usual(tracker, [_offering_new(reply, heard_before)]))
    events: list[EventType] = [SlotSet("misses", 0), SlotSet("answered", heard_before)]
    if reply.kind == "answer" and reply.ref in house().library.topics:
        events.append(SlotSet("last_topic", reply.ref))
    return [*events, *_areas(tracker, house().library.areas_in(message.text))]


def _refers_back(tracker: Tracker) -> bool:
    message = heard(tracker)
    likeliest = next((one["topic"] for one in message.reading.get("nearest", ())), None)
    return house().follow_ups.refers_back(tracker.get_slot("last_topic"), message.text, likeliest)


def _is_still_about_it(tracker: Tracker) -> bool:
    """ "Two glasses?" after the answer on alcohol: few words, which may mean what was just spoken of."""
    message = heard(tracker)
    nearest = [one["topic"] for one in message.reading.get("nearest", ())]
    return tracker.get_slot("last_topic") in nearest and len(message.text.split()) <= FEW


def _goes_on(tracker: Tracker, intent: str) -> bool:
    """ "What about my neck" or "when will it go away" after an answer: they look like questions of their own."""
    topic, message, follow_ups = tracker.get_slot("last_topic"), heard(tracker), house().follow_ups
    if len(message.topics) > 1:
        return False
    if intent == "results_duration":
        return follow_ups.goes_away(topic, message.text)
    if intent in LOOK_ELSEWHERE and topic in ABOUT_MEDICINES:
        return follow_ups.refers_back(topic, message.text)  # "should I stop it before?"
    return intent in ABOUT_AREAS and follow_ups.goes_on(topic, message.text)


class ActionAskBack(Action):
    """A story without a question: says thank you and asks what it is about, with the nearest topics as choices."""

    def name(self) -> str:
        return "action_ask_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        if settled := await _settled(dispatcher, tracker):
            return settled
        nearest = [one["topic"] for one in heard(tracker).reading.get("nearest", ())]
        kept = await kept_for_team(tracker)
        asked = kept or refusal(tracker) or told_under_alarm(tracker) or _ask_back(tracker, nearest)
        say(dispatcher, [*_language_notice(tracker, language(tracker)), asked])
        return [SlotSet("misses", 0), *keep_language(tracker)]


def _ask_back(tracker: Tracker, nearest: Sequence[str]) -> Reply:
    """ "Thank you for telling me. What would you like to know?" """
    here, spoken = house(), language(tracker)
    after = any(topic in AFTERWARDS for topic in nearest)
    key = "ask_story" if after else "ask_told"
    yes = (Choice("topic:bruising_swelling", here.library.phrase("ask_story_yes", spoken)),) if after else ()
    titles = tuple(
        Choice(f"topic:{topic}", here.library.topic_title(topic, spoken))
        for topic in nearest or ASKED_MOST
        if topic in here.library.topics and topic not in ("bruising_swelling", "human_handoff")
    )
    human = Choice("human", here.library.phrase("choice_human", spoken))
    text = here.library.phrase(key, spoken, clinic=here.clinic)
    return Reply("question", "ask_back", text, choices=(*yes, *titles, human))


class ActionUnsure(Action):
    """Not sure: the nearest topics as choices; after two of these in a row, a person."""

    def name(self) -> str:
        return "action_unsure"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[EventType]:
        if tracker.latest_action_name == self.name():
            # Rasa's policy falls back once more where no rule leads on, and would do so until its circuit breaker.
            return [FollowupAction("action_listen")]
        if events := await _settled(dispatcher, tracker):
            return events
        if _refers_back(tracker) or _is_still_about_it(tracker):
            return _follow_up(dispatcher, tracker)
        library, spoken = house().library, language(tracker)
        notice = _language_notice(tracker, spoken)
        if reply := what_if(tracker) or refusal(tracker) or told_under_alarm(tracker):
            say(dispatcher, [*notice, reply])
            return [SlotSet("misses", 0), *keep_language(tracker)]
        if last := await _instead_of_guessing(tracker):
            say(dispatcher, [*notice, last])
            return [SlotSet("misses", 0), *keep_language(tracker)]
        nearest = heard(tracker).reading.get("nearest", ())
        topics = [one["topic"] for one in nearest if one["topic"] != "human_handoff"]  # a person is offered anyway
        choices = [Choice(f"topic:{topic}", library.topic_title(topic, spoken)) for topic in topics or ASKED_MOST]
        choices.append(Choice("human", library.phrase("choice_human", spoken)))
        text = library.phrase("unsure", spoken, clinic=house().clinic)
        asked = Reply("question", "unsure", text, choices=tuple(choices))
        say(dispatcher, [*notice, *advice_again(tracker), asked, *net(tracker)])
        return [SlotSet("misses", _misses(tracker) + 1), *keep_language(tracker)]


def _misses(tracker: Tracker) -> int:
    return int(tracker.get_slot("misses") or 0)


async def _instead_of_guessing(tracker: Tracker) -> Reply | None:
    """What is not understood was meant for the team, if it was asked for; once patience is over, it is offered."""
    if kept := await kept_for_team(tracker):
        return kept
    if _misses(tracker) + 1 < PATIENCE:
        return None
    library, clinic, spoken = house().library, house().clinic, language(tracker)
    return Reply(
        "notice",
        "human_offer",
        library.phrase("fallback_twice", spoken, clinic=clinic),
        choices=(Choice("human:two_failures", library.phrase("choice_human", spoken)),),
        links=(clinic.call("clinic"),),
    )
