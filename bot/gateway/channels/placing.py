"""Which conversation an event of a platform belongs to, and what is said to events that no engine answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, select

from bot.dialogue import ERASE
from bot.envelope import Envelope, Reply
from bot.gateway import text as texts
from bot.gateway.channels import picking
from bot.gateway.channels.contract import Channel, Heard
from bot.gateway.danger import Danger
from bot.gateway.ground import Ground
from bot.gateway.intake import CONVERSATION_PAUSE, Intake
from bot.safety.languages import Languages
from bot.safety.text import fold, split_words
from bot.storage import conversations, deliveries, erasure, inbox, outbox, people
from bot.storage.tables import iso, new_id

RECENT = 60  # messages in which a button or a number is looked for
LONGEST_PICK = 200  # characters of a text that may stand for choices
CARD_FIRST = timedelta(seconds=2)
ALBUM = timedelta(minutes=1)  # photos that come together are answered once


@dataclass(frozen=True)
class Place:
    """Where an event belongs. `known`: it was taken before. `text` or `choices`: what an engine is to answer.

    `tell`: the key of a sentence that goes straight to the sender, because it must not or cannot be stored.
    """

    room: str = ""
    known: bool = False
    text: str | None = None
    choices: tuple[str, ...] = ()
    tell: str | None = None
    language: str | None = None


class Placing:
    """One per gateway. Each public method is one transaction."""

    def __init__(
        self, ground: Ground, intake: Intake, channels: Mapping[str, Channel], languages: Collection[str]
    ) -> None:
        self._database = ground.database
        self._wording = ground.wording
        self._clock = ground.clock
        self._intake = intake
        self._channels = channels
        self._languages = frozenset(languages)
        self._guessing = Languages({})
        # Of all languages: the prompt was in the conversation's, the answer is in the patient's.
        self._none_words = self._words("channel_none_words", languages)
        self._joining_words = self._words("channel_joining_words", languages)

    def place(self, heard: Heard, clean: str | None, danger: Danger | None, language: str | None) -> Place:
        """Find the conversation, or begin one; say what a message needs that no engine answers."""
        at = self._clock()
        with self._database.write() as connection:
            known = inbox.find_external(self._database, connection, heard.channel, heard.external_id)
            if known is not None:
                return Place(known.conversation, known=True)
            if inbox.spent(connection, heard.channel, heard.external_id):
                return Place(known=True)
            person = people.person_of(self._database, connection, heard.channel, heard.address, at)
            # Two first messages at the same moment must find one conversation: the second waits here.
            theirs = (people.t.person == person, people.t.channel == heard.channel)
            connection.execute(select(people.t.id).where(*theirs).with_for_update())
            deliveries.release(connection, person, heard.channel, at)
            room = conversations.latest_of(connection, person, heard.channel, at - CONVERSATION_PAUSE)
            if heard.keyword == "stop":
                people.stop(connection, person, heard.channel, at)
                deliveries.withdraw_from(connection, person, heard.channel)
                # The engine hears of it too: "stop" ends questions and discards their answers.
                tell = None if heard.answered else "sms_stopped"
                spoken = self._stored_language(connection, room) if room else language
                return Place(room or "", text=clean if room else None, tell=tell, language=spoken)
            fresh = room is None
            if heard.keyword == "start":
                again = people.stop(connection, person, heard.channel, None)
                # Somebody who had not stopped means the word as it is: "start" the questions, "yes".
                started = again or (fresh and heard.started)
                heard, clean = replace(heard, started=started), None if started else clean
            if room is None:
                room, language = new_id(), self._guess(clean) or language  # what is written counts more than the phone
                wordless = clean is None or heard.started
                self._intake.begin(connection, room, heard.channel, person, language, greet=wordless)
                self._add(connection, room, Reply("notice", "privacy", self._wording.say("channel_privacy", language)))
            return self._placed(connection, heard, room, clean, danger, fresh)

    def answer(self, heard: Heard, room: str, key: str) -> None:
        """Answer without an engine; raises what storing raises."""
        with self._database.write() as connection:
            self._note(connection, heard, room, key)

    def _placed(
        self, connection: Connection, heard: Heard, room: str, clean: str | None, danger: Danger | None, fresh: bool
    ) -> Place:
        if danger is not None:  # its card is stored next, and nothing may be sent before it, not even the greeting
            deliveries.hold_back(connection, room, self._clock() + CARD_FIRST)
            return Place(room, text=clean)
        if heard.pick is not None:
            choice = picking.pressed(heard.pick, self._recent(connection, room))
            if choice is not None:
                return self._picked(connection, heard, room, (choice,))
            self._note(connection, heard, room, "old_choice")
            return Place(room)
        if heard.keyword == "help":
            self._note(connection, heard, room, None if heard.answered else "sms_help")
            return Place(room)
        if heard.media is not None:
            # A caption is stored under the event's id, else the event itself is.
            self._note(connection, heard, room, "no_photos" if heard.media == "photo" else "text_only", mark=not clean)
        elif heard.started:
            back = "sms_started" if heard.keyword else "welcome_back"
            self._note(connection, heard, room, None if fresh else back)
        elif not clean:
            self._note(connection, heard, room, "empty")
        if clean and len(clean) > texts.LONGEST:
            self._note(connection, heard, room, "message_too_long")
            return Place(room)
        choices = self._written(connection, heard, room, clean)
        return self._picked(connection, heard, room, choices) if choices else Place(room, text=clean)

    def _guess(self, clean: str | None) -> str | None:
        """The language of a first message where only one is likely; most platforms name none."""
        likely = self._guessing.guess(split_words(clean or ""))
        return likely[0] if len(likely) == 1 and likely[0] in self._languages else None

    def _picked(self, connection: Connection, heard: Heard, room: str, choices: tuple[str, ...]) -> Place:
        if ERASE not in choices:
            return Place(room, choices=choices)
        language = self._stored_language(connection, room)
        self._note(connection, heard, room, None)  # its id is remembered with the others, in case it comes again
        erasure.erase_within(connection, room, at=self._clock(), who="patient", why="asked in the chat")
        return Place(room, tell="channel_erased", language=language)

    def _written(self, connection: Connection, heard: Heard, room: str, clean: str | None) -> tuple[str, ...]:
        """The choices that a short text stands for."""
        if not clean or len(clean) > LONGEST_PICK:
            return ()
        run = picking.latest_run(self._recent(connection, room))
        manner = self._channels[heard.channel].manner
        return picking.written(clean, run, manner, none_words=self._none_words, joining_words=self._joining_words)

    def _note(self, connection: Connection, heard: Heard, room: str, key: str | None, *, mark: bool = True) -> None:
        """Answer without an engine; `mark` the event as taken."""
        language, told = self._stored_language(connection, room), heard.media and self._told(connection, room, key)
        if mark:
            attachment = Reply("text", "attachment", self._wording.say("channel_attachment", language))
            shown = attachment if heard.media else Reply("text", "message", "")
            at = self._clock()
            seq = outbox.append(self._database, connection, room, shown, at, sender="patient").seq
            inbox.accept(
                self._database,
                connection,
                room,
                channel=heard.channel,
                external_id=heard.external_id,
                seq=seq,
                at=at,
                done=True,
            )
        if key is not None and not told:
            self._add(connection, room, self._wording.notice(key, language))

    def _told(self, connection: Connection, room: str, key: str | None) -> bool:
        """Whether this was the last thing that was said, just now."""
        said = [one for one in self._recent(connection, room) if one.sender != "patient"]
        return bool(said) and said[-1].reply.ref == key and said[-1].at > iso(self._clock() - ALBUM)

    def _add(self, connection: Connection, room: str, reply: Reply) -> None:
        outbox.append(self._database, connection, room, reply, self._clock(), delivery="pending")

    def _recent(self, connection: Connection, room: str) -> list[Envelope]:
        last = outbox.last_seq(connection, room)
        return outbox.after(self._database, connection, room, max(0, last - RECENT))

    @staticmethod
    def _stored_language(connection: Connection, room: str) -> str | None:
        found = conversations.find(connection, room)
        return found.language if found else None

    def _words(self, key: str, languages: Iterable[str]) -> frozenset[str]:
        texts = (self._wording.say(key, language) for language in ("en", *languages))
        return frozenset(fold(word.strip()) for text in texts for word in text.split(",") if word.strip())
