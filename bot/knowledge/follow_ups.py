"""What "tell me more", "why?", "and on the scalp?" or "how long does that last?" mean after an answer."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.envelope import Choice, Reply
from bot.knowledge.library import Library

DURATION_OTHERWISE = "results_duration"
AFTERWARDS_OTHERWISE = "aftercare_general"
KINDS = ("duration", "afterwards", "simpler", "why")
SHORT = 10  # words; a longer message stands by itself


class FollowUps:
    """Picks the reply to a message or choice that refers back to the topic last answered."""

    def __init__(self, library: Library, path: Path = Path(__file__).parent / "follow_ups.yml") -> None:
        self._library = library
        self._cues: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))

    def refers_back(self, last_topic: str | None, text: str) -> bool:
        """True when a short message that says little by itself is about `last_topic`.

        It names something that the topic speaks of ("and with ramipril?"), goes on to another area ("y en el cuello?"),
        or asks for reasons, plainer words or how long ("are you sure?").
        """
        if last_topic not in self._library.topics or len(text.split()) > SHORT:
            return False
        asks = any(self._asks(kind, text) for kind in KINDS)
        return self._library.speaks_of(str(last_topic), text) or self._goes_on(text) or asks or bool(self._meant(text))

    def goes_on(self, last_topic: str | None, text: str) -> bool:
        """True for "what about my neck": another area of which `last_topic` speaks, and nothing else."""
        if last_topic not in self._library.topics or len(text.split()) > SHORT or not self._goes_on(text):
            return False
        return any(area in self._library.card(str(last_topic)).areas for area in self._library.areas_in(text))

    def reply(
        self,
        last_topic: str | None,
        *,
        text: str,
        choice: str | None,
        language: str,
        clinic: Clinic,
        today: date,
        told: Collection[str] = (),
    ) -> Reply:
        """Raises nothing: without a last topic, or for a choice that no longer fits, it asks what is meant.

        `told` holds `detail:` with a topic for what was said at length already; it is not said twice.
        """
        library = self._library
        if choice:
            kind, _, rest = choice.partition(":")
            topic, _, area = rest.partition(":")
            if kind == "clinics" and rest in library.facts.conflicts:
                return library.clinics_say(rest, language=language, clinic=clinic, today=today)
            if topic in library.topics and kind == "detail":
                return library.more(topic, language=language, clinic=clinic, today=today)
            if topic in library.topics and kind == "area":
                return library.answer(topic, area=area, language=language, clinic=clinic, today=today)
        elif last_topic in library.topics:
            return self._about(str(last_topic), text, language, clinic, today, told)
        return self._ask("ask_what", language, clinic)

    def _about(self, topic: str, text: str, language: str, clinic: Clinic, today: date, told: Collection[str]) -> Reply:
        library = self._library
        areas = library.areas_in(text)
        if areas or (library.speaks_of(topic, text) and not self._meant(text)):
            area = areas[0] if areas else None
            return library.answer(topic, text=text, area=area, language=language, clinic=clinic, today=today)
        if meant := self._next(topic, text):
            return library.answer(meant, text=text, language=language, clinic=clinic, today=today)
        if self._asks("simpler", text):
            return library.simpler(topic, language=language, clinic=clinic, today=today)
        if self._asks("why", text):
            return library.why(topic, language=language, clinic=clinic, today=today)
        if f"detail:{topic}" in told:
            return self._ask("no_more", language, clinic)
        return library.more(topic, language=language, clinic=clinic, today=today)

    def _meant(self, text: str) -> str | None:
        """The topic that "no, I meant before" corrects the last one to."""
        words = set(re.findall(r"\w+", text.casefold()))
        if not self._asks("meant", text):
            return None
        return next((str(one["topic"]) for one in self._cues["other_time"] if words & set(one["words"])), None)

    def _next(self, topic: str, text: str) -> str | None:
        """The topic that "no, I meant after", "how long does that last?" or "and then?" goes on to."""
        if meant := self._meant(text):
            return meant
        if self._asks("duration", text):
            return str(self._cues["duration_of"].get(topic, {}).get("topic", DURATION_OTHERWISE))
        if self._asks("afterwards", text):
            return str(self._cues["afterwards_of"].get(topic, AFTERWARDS_OTHERWISE))
        return None

    def _ask(self, phrase: str, language: str, clinic: Clinic) -> Reply:
        human = Choice("human", self._library.phrase("choice_human", language))
        text = self._library.phrase(phrase, language, clinic=clinic)
        return Reply("question", "unclear_fragment", text, choices=(human,))

    def _goes_on(self, text: str) -> bool:
        begins = tuple(f"{cue} " for cue in self._cues["goes_on"])
        is_more = text.casefold().lstrip(" ¿¡").startswith(begins) or self._asks("meant", text)
        return is_more and bool(self._library.areas_in(text))

    def _asks(self, kind: str, text: str) -> bool:
        spoken = text.casefold()
        return any(cue in spoken for cue in self._cues[kind])
