"""Between Rasa's tracker and the domain's values; what every action here shares."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cache
from typing import Any, ParamSpec, TypeVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.clinic import Clinic, load_clinic
from bot.dialogue import Turn
from bot.eligibility.commands import Commands
from bot.eligibility.dialogue import Dialogue, load_dialogue
from bot.envelope import Choice, Reply
from bot.knowledge.follow_ups import FollowUps
from bot.knowledge.library import Library
from bot.knowledge.remarks import Remarks
from bot.nlu.topics import NOT_OURS
from bot.safety.aftercare import Aftercare
from bot.safety.triage import Triage
from bot.settings import Settings, from_environment
from bot.storage import content
from bot.storage.database import Database, open_database
from bot.storage.previews import Preview
from bot.storage.tables import moment

DOUBTFUL = 0.25  # least probability of a question that is offered beside an answer
WORDS_TO_TELL = 3  # in fewer words of Latin letters a language is a guess
WORDS_TO_CHANGE = 5  # and in fewer of these a conversation does not change its language
LATIN = 256  # letters below it are shared by western European languages
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """What actions need, built once by the process that runs them."""

    settings: Settings
    clinic: Clinic
    library: Library
    commands: Commands
    follow_ups: FollowUps
    remarks: Remarks
    questionnaire: Dialogue
    aftercare: Aftercare
    database: Database


_previewed: ContextVar[House | None] = ContextVar("previewed", default=None)


def house() -> House:
    """What holds in this turn: `built_house`, in a turn of the preview with the words that are not published yet."""
    return _previewed.get() or built_house()


@cache
def built_house() -> House:
    """Built on the first call. Raises what the loaders raise: the engine calls it at start, so that it fails early."""
    settings, library = from_environment(), Library()
    clinic, database = load_clinic(settings.clinic), open_database(settings, durable=False)
    show_published(library, database)
    commands = Commands()
    return House(
        settings=settings,
        clinic=clinic,
        library=library,
        commands=commands,
        follow_ups=FollowUps(library),
        remarks=_remarks(library, commands),
        questionnaire=load_dialogue(clinic),
        aftercare=Aftercare(Triage.load(), clinic),
        database=database,
    )


def _remarks(library: Library, commands: Commands) -> Remarks:
    def short(text: str) -> str | None:
        return commands.answer(text) or ("stop" if commands.command(text) == "stop" else None)

    return Remarks(library, short)


def show_published(library: Library, database: Database) -> None:
    """Let the library say what the clinic has signed and published instead of the project's own cards."""
    with database.read() as connection:
        library.publish(content.published(database, connection))


@contextmanager
def previewed(preview: Preview | None) -> Iterator[None]:
    """Within the block (this task and what it starts) `house` shows the preview's draft."""
    if preview is None or preview.version is None:
        yield
        return
    here = built_house()
    with here.database.read() as connection:
        version = content.find(here.database, connection, preview.version)
        published = content.published(here.database, connection)
    drafts = [] if version is None else [version.as_draft(datetime.now(here.clinic.time_zone).date())]
    library = Library()
    library.publish([*published, *drafts])
    shown = replace(here, library=library, follow_ups=FollowUps(library), remarks=_remarks(library, here.commands))
    token = _previewed.set(shown)
    try:
        yield
    finally:
        _previewed.reset(token)


def nothing_said(language: str = "en") -> Reply:
    """What the patient hears when a turn would otherwise end in silence."""
    here = house()
    text = here.library.phrase("nothing_said", language, clinic=here.clinic)
    return Reply("notice", "nothing_said", text, links=(here.clinic.call("clinic"),))


async def in_thread(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run what blocks (the database) beside the event loop."""
    return await asyncio.to_thread(function, *arguments, **named)


@dataclass(frozen=True)
class Heard:
    """The latest message as the reader understood it, with what the gateway knew about it."""

    reading: dict[str, Any]
    metadata: dict[str, Any]
    text: str

    @property
    def topics(self) -> tuple[tuple[str, str], ...]:
        """(topic, words) pairs in the order asked; words that name what is not meant are left out of them."""
        return tuple((_of_us(t["topic"], self.text), _words(self.text, t)) for t in self.reading.get("topics", ()))

    @property
    def perhaps(self) -> tuple[str, ...]:
        """Topics that may have been asked about as well, beside those that surely were."""
        sure = self.reading.get("certainty") == "sure"
        nearest = self.reading.get("nearest", ()) if sure else ()
        return tuple(one["topic"] for one in nearest if one["confidence"] >= DOUBTFUL)

    @property
    def choices(self) -> tuple[str, ...]:
        """Ids of what the patient picked; empty for typed text."""
        return tuple(self.reading.get("choices") or ())

    @property
    def now(self) -> datetime:
        """When the message arrived, in the clinic's zone."""
        at = self.metadata.get("at")
        arrived = moment(str(at)) if at else datetime.now(timezone.utc)
        return arrived.astimezone(house().clinic.time_zone)


def _of_us(topic: str, text: str) -> str:
    """A model knows no names: "who is Dr Marsh" looks like somebody who has nothing to do with us."""
    return "who_performs" if topic == NOT_OURS and house().clinic.names_practitioner(text) else topic


def _words(text: str, topic: Mapping[str, Any]) -> str:
    letters = list(text)
    for start, end in topic.get("without", ()):
        letters[start:end] = " " * (end - start)
    return "".join(letters[slice(*topic["span"])])


def heard(tracker: Tracker) -> Heard:
    """The latest message. Works without the gateway too (`rasa shell`), where there is no metadata."""
    latest = tracker.latest_message or {}
    events = [e for e in tracker.events if e.get("event") == "user"]
    metadata = dict((events[-1].get("metadata") or {}) if events else {})
    return Heard(dict(latest.get("reading") or {}), metadata, str(latest.get("text") or ""))


def language(tracker: Tracker) -> str:
    """Language to answer in. A pick, a name, "9:30" or "and ramadan?" says nothing about it: then it stays what it was
    so far, or what the page or the channel speaks.
    """
    message, kept = heard(tracker), tracker.get_slot("language") or _of_the_loop(tracker)
    said = str(message.reading.get("language") or "") if not message.choices else ""
    if said and not is_guess(message.text) and not (kept and _is_brief(message)):
        return said
    if kept:
        return str(kept)
    if said and message.reading.get("tier") != "none":  # "im 15": sure of the danger, not of the language
        return Triage.load().spoken(message.text, str(message.metadata.get("language") or "en"))
    ours = said if said in house().clinic.languages else "en"
    if ours != "en" and message.reading.get("certainty") == "sure":
        return ours
    return str(message.metadata.get("language") or ours)


def _of_the_loop(tracker: Tracker) -> str | None:
    """What the open dialogue was answered in: a "sim" or an address in it is not Turkish."""
    loop = (tracker.active_loop or {}).get("name")
    state = tracker.get_slot(f"{loop}_state") if loop else None
    return state.get("language") if state else None


def _is_brief(message: Heard) -> bool:
    """Too short to change the language of a conversation: a few words without a letter that only some languages have.
    Of danger we speak in the language that it was told in.
    """
    few = len(message.text.split()) < WORDS_TO_CHANGE
    return few and message.reading.get("tier") == "none" and all(ord(letter) < LATIN for letter in message.text)


def is_guess(text: str) -> bool:
    """The text is too short to say what language it is in: a word or two, in letters that many languages share."""
    return len(text.split()) < WORDS_TO_TELL and bool(re.search("[a-z]", text, re.IGNORECASE)) and text.isascii()


def keep_language(tracker: Tracker) -> list[EventType]:
    """Remembers the language answered in, unless nothing has told it yet."""
    message = heard(tracker)
    if not tracker.get_slot("language") and (message.choices or is_guess(message.text)):
        return []
    return [SlotSet("language", language(tracker))]


def as_turn(tracker: Tracker) -> Turn:
    """The latest message as a guided dialogue sees it."""
    message = heard(tracker)
    return Turn(
        now=message.now,
        text="" if message.choices else message.text,
        choices=message.choices,
        # Something told while a dialogue asks is an answer, never a question of its own.
        topics=tuple(topic for topic, _ in message.topics if topic != "told_something"),
        certainty=str(message.reading.get("certainty", "unknown")),
        language=language(tracker),
    )


SELLING = ("booking:", "questionnaire:", "topic:price_payment", "topic:book_appointment", "topic:start_eligibility")


def without_selling(reply: Reply) -> Reply:
    """After a mention of self-harm nothing is offered for sale (requirement SA-8)."""
    return replace(reply, choices=tuple(choice for choice in reply.choices if not choice.id.startswith(SELLING)))


WITH_MENU = ("web", "terminal")  # where the whole chat is erased in another way than by asking for it
DELETE_CHAT = "privacy:chat"


def delete_chat(tracker: Tracker) -> tuple[Choice, ...]:
    """The offer to delete the whole chat, on channels that have no menu for it."""
    if heard(tracker).metadata.get("channel", "web") in WITH_MENU:
        return ()
    return (Choice(DELETE_CHAT, house().library.phrase("choice_delete_chat", language(tracker))),)


def say(dispatcher: CollectingDispatcher, replies: Iterable[Reply]) -> None:
    """Hand replies to the channel: as envelopes for ours, as text and buttons for Rasa's own shell."""
    for reply in replies:
        dispatcher.utter_message(
            text=reply.text,
            buttons=[{"title": choice.title, "payload": choice.id} for choice in reply.choices],
            json_message=reply.as_dict(),
        )
