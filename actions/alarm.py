"""What an open alarm means for what is said and answered: reads the conversation, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk import Tracker

from actions.adapter import heard, house, language
from actions.loop import DANGER
from bot.envelope import Choice, Reply
from bot.nlu.topics import FRAGMENT, REFERS
from bot.safety.cards import (
    MINOR,
    PRESSURE,
    card,
    first_again,
    follow_up,
    is_known,
    safety_net,
    seen_first,
    tier_of,
    visit_waits,
)
from bot.safety.findings import Finding
from bot.safety.triage import Mentions, Triage

PHONED = ("emergency", "urgent", "self_harm")  # tiers whose card says whom to call
BODILY = ("emergency", "urgent")  # tiers whose sign a clinician has to look at
ANSWERED, CALLED = "answered", "has_called"  # values of the slot `alarm_asked` that end the asking
LEANS_ON = (FRAGMENT, REFERS)  # what "is that normal?" is read as
SHORT = 8  # words; a longer message is no mere yes or no
ASKED = 12  # words of "should I still come to my appointment on Friday?"
VISITS = ("reschedule_cancel", "book_appointment", "sessions_interval")
SIGNS = (
    "pain_numbing",
    "bruising_swelling",
    "side_effects_risks",
    "skin_conditions",
    "post_treatment_concern",
    DANGER,
)
# Asked with a sign that nobody has looked at, these answers are no way around the call.
MEDICAL = (
    "blood_thinners_painkillers",
    "medicines_other",
    "allergies",
    "skin_conditions",
    "medical_conditions",
    "out_of_scope_medical",
)
NETTED = ("emergency", "self_harm")  # for the other tiers the topic's card says when to call


def open_alarm(tracker: Tracker) -> str | None:
    """The flag that is not closed: the gateway knows of an earlier conversation's, and what staff have closed."""
    known = heard(tracker).metadata
    return known_flag(known["alarm"]) if "alarm" in known else told_flag(tracker)


def told_flag(tracker: Tracker) -> str | None:
    """The flag of this conversation, closed by staff or not."""
    return known_flag(tracker.get_slot("alarm"))


def known_flag(flag: str | None) -> str | None:
    """A flag that only another release knew is none."""
    return flag if flag and is_known(flag) else None


def has_called(tracker: Tracker) -> bool:
    """Did they say that they called, or that somebody looks after them?"""
    return bool(tracker.get_slot("alarm_asked") == CALLED)


def settled(tracker: Tracker) -> str | None:
    """How the asking about the danger sign ended; None while it goes on."""
    asked: str | None = tracker.get_slot("alarm_asked")
    return asked if asked in (ANSWERED, CALLED) else None


def asks_if_adult(tracker: Tracker) -> bool:
    """Is the question open whether the patient is of age?"""
    return (tracker.get_slot("alarm"), tracker.get_slot("alarm_asked")) == (MINOR, "now")


def speaks_of_alarm(tracker: Tracker) -> bool:
    """Few typed words that are about the danger card just shown, whatever topic they look like.

    "It's getting better", "nobody answers", "what do I do?", "no, it's not painful"; "yes, it's safe" after the one on
    pressure by others.
    """
    flag, message, here = open_alarm(tracker), heard(tracker), house()
    if not flag or flag == MINOR or message.choices or len(message.text.split()) > ASKED:
        return False
    if here.remarks.asks_what_now(message.text):
        return True
    if len(message.text.split()) > SHORT:
        return False
    if flag == PRESSURE:
        answers = here.commands.lead(message.text) in ("yes", "no") and not _asks(tracker)
        return answers and not settled(tracker)
    if tells_of_sign(tracker):
        return True
    of_call = called_or_not(message.text, Triage.load().mentions(message.text, language(tracker)))
    of_help = bool(of_call) or here.remarks.speaks_of_help(message.text)
    return not _asks(tracker) and (of_help or says_better(tracker))


def says_better(tracker: Tracker) -> bool:
    """ "I'm fine now", "it's gone, all good"; not "it hasn't gone down" nor "is it gone by tomorrow?"."""
    text, flag = heard(tracker).text, open_alarm(tracker)
    if not flag or tier_of(flag) not in PHONED or len(text.split()) > SHORT or house().commands.is_question(text):
        return False
    mentions = Triage.load().mentions(text, language(tracker))
    return not mentions.denies and (mentions.resolved or house().remarks.recovers(text))


def called_or_not(text: str, mentions: Mentions) -> str | None:
    """The choice that "nobody answers", "I called them" or "I'm in A&E" stand for."""
    remarks = house().remarks
    if remarks.is_unreached(text):
        return "alert:not_called"
    looked_after = remarks.is_looked_after(text) and not house().commands.is_question(text)
    return "alert:called" if looked_after or mentions.has("called") else None


def tells_of_sign(tracker: Tracker) -> bool:
    """ "No, it's not painful", "yes, I can feel it": not told of the treatment in general."""
    message, here = heard(tracker), house()
    lead = here.commands.lead(message.text)
    asks = here.commands.is_question(message.text) or (lead is None and _asks(tracker))
    if asks or {topic for topic, _ in message.topics}.isdisjoint(SIGNS):
        return False
    denies = Triage.load().mentions(message.text, language(tracker)).denies or here.remarks.denies(message.text)
    return denies or lead in ("yes", "no")


def _asks(tracker: Tracker) -> bool:
    message = heard(tracker)
    return bool(message.reading.get("asks")) or house().commands.is_question(message.text)


def asked_about_alarm(tracker: Tracker) -> Reply | None:
    """The answer to "what do I do?", "is it serious?" and "should I still come?" while an alarm is open."""
    flag, message, here = open_alarm(tracker), heard(tracker), house()
    if not flag or flag == MINOR or len(message.text.split()) > ASKED:
        return None
    topics = [topic for topic, _ in message.topics]
    wonders = here.remarks.asks_what_now(message.text)
    is_unsure = message.reading.get("certainty") == "unsure" and message.reading.get("asks")
    of_visit = is_unsure and not set(VISITS).isdisjoint(topics[:1] if wonders else topics)
    if of_visit and (waits := visit_after_sign(tracker)):
        return waits
    return card(flag, here.clinic, language(tracker)) if wonders else None


def visit_after_sign(tracker: Tracker) -> Reply | None:
    """Why no appointment is made or kept just now; None where nothing has to be looked at.

    While somebody may be under pressure it is the card that says so (redflags.yml, M2).
    """
    flag = open_alarm(tracker)
    if flag == PRESSURE and not settled(tracker):
        return card(flag, house().clinic, language(tracker))
    if not flag or tier_of(flag) not in BODILY:
        return None
    return visit_waits(flag, house().clinic, language(tracker), called=has_called(tracker))


def ask_whether_called(tracker: Tracker) -> Reply | None:
    """ "Have you been able to call?": once after a danger card, with whatever else is said next."""
    flag = told_flag(tracker)
    if not flag or tier_of(flag) not in PHONED or tracker.get_slot("alarm_asked") == "called" or settled(tracker):
        return None
    return follow_up(flag, house().clinic, language(tracker))


def advice_again(tracker: Tracker) -> tuple[Reply, ...]:
    """What to do now, for whoever goes on talking after a danger card and is not understood, or asks for a person."""
    flag = open_alarm(tracker)
    if not flag or tier_of(flag) not in PHONED or has_called(tracker):
        return ()
    return (first_again(flag, house().clinic, language(tracker)),)


def told_under_alarm(tracker: Tracker) -> Reply | None:
    """The answer to what is told after a danger card and not understood; None for a question, and once they called.

    "Is it about one of these?" would offer our topics to somebody who speaks of a sign, or of despair.
    """
    flag, here, spoken = open_alarm(tracker), house(), language(tracker)
    if not flag or tier_of(flag) not in PHONED or has_called(tracker) or _asks(tracker):
        return None
    if tier_of(flag) in BODILY:
        return looked_at_first(flag, tracker)
    human = Choice("human", here.library.phrase("choice_human", spoken))
    return replace(first_again(flag, here.clinic, spoken), choices=(human,))


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
        about_health = any(one.ref in MEDICAL for one in replies)
        return (*(advice_again(tracker) if about_health else ()), *replies)
    return (looked_at_first(flag, tracker), *(one for one in replies if one not in usual))


def _is_about_sign(tracker: Tracker) -> bool:
    """Typed words that ask but say little by themselves, while nothing else was spoken of since the card."""
    intent = str((tracker.latest_message or {}).get("intent", {}).get("name"))
    nothing_else = tracker.get_slot("alarm_asked") is None or not tracker.get_slot("last_topic")
    message = heard(tracker)
    asks = not message.choices and house().commands.answer(message.text) is None
    return intent in LEANS_ON and nothing_else and asks


def looked_at_first(flag: str, tracker: Tracker) -> Reply:
    return seen_first(flag, house().clinic, language(tracker), called=has_called(tracker))


def sells_nothing(tracker: Tracker) -> bool:
    """After a mention of self-harm (requirement SA-8), and while an emergency is not over."""
    flag = open_alarm(tracker)
    return bool(flag and tier_of(flag) == "emergency") or str(tracker.get_slot("alarm") or "").startswith("SH")


def what_if(tracker: Tracker) -> Reply | None:
    """ "What if I can't breathe afterwards?": whom to call in such a case, whatever else the question looks like."""
    message, here = heard(tracker), house()
    supposed = message.reading.get("danger") == "hypothetical" and message.reading.get("asks")
    if not supposed or tier_of(message.reading["about"]) != "emergency":
        return None
    return here.library.answer(DANGER, language=language(tracker), clinic=here.clinic, today=message.now.date())


def net(tracker: Tracker) -> list[Reply]:
    """One line after an answer in which danger was only talked about (ruling 13)."""
    reading = heard(tracker).reading
    about = reading.get("about")
    if reading.get("tier") != "none" or about is None or tier_of(about) not in NETTED:
        return []
    line = safety_net(Finding(certainty=reading["danger"], about=about), language(tracker))
    return [Reply("notice", "safety_net", house().clinic.fill(line))] if line else []
