"""What "tell me more", "why?", "and on the scalp?" or "how long does that last?" mean after an answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.envelope import Choice, Reply
from bot.knowledge.library import Library

DURATION_OTHERWISE = "results_duration"
SHORT = 10  # words; a longer message stands by itself


class FollowUps:
    """Picks the reply to a message or choice that refers back to the topic last answered."""

    def __init__(self, library: Library, path: Path = Path(__file__).parent / "follow_ups.yml") -> None:
        self._library = library
        self._cues: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))

    def refers_back(self, last_topic: str | None, text: str) -> bool:
        """True when a short message that says little by itself is about `last_topic`.

        It names something that the topic speaks of ("and with ramipril?"), or goes on to another area ("y en el
        cuello?").
        """
        if last_topic not in self._library.topics or len(text.split()) > SHORT:
            return False
        goes_on = text.casefold().lstrip(" ¿¡").startswith(tuple(f"{cue} " for cue in self._cues["goes_on"]))
        return self._library.speaks_of(str(last_topic), text) or (goes_on and bool(self._library.areas_in(text)))

    def reply(
        self,
        last_topic: str | None,
        *,
        text: str,
        choice: str | None,
        language: str,
        clinic: Clinic,
        today: date,
    ) -> Reply:
        """Raises nothing: without a last topic, or for a choice that no longer fits, it asks what is meant."""
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
            return self._about(str(last_topic), text, language, clinic, today)
        return Reply(
            "question",
            "unclear_fragment",
            library.phrase("ask_what", language, clinic=clinic),
            choices=(Choice("human", library.phrase("choice_human", language)),),
        )

    def _about(self, topic: str, text: str, language: str, clinic: Clinic, today: date) -> Reply:
        library = self._library
        areas = library.areas_in(text)
        if areas or library.speaks_of(topic, text):
            area = areas[0] if areas else None
            return library.answer(topic, text=text, area=area, language=language, clinic=clinic, today=today)
        if self._asks("duration", text):
            meant = self._cues["duration_of"].get(topic, {}).get("topic", DURATION_OTHERWISE)
            return library.answer(meant, text=text, language=language, clinic=clinic, today=today)
        if self._asks("simpler", text):
            return library.simpler(topic, language=language, clinic=clinic, today=today)
        if self._asks("why", text):
            return library.why(topic, language=language, clinic=clinic, today=today)
        return library.more(topic, language=language, clinic=clinic, today=today)

    def _asks(self, kind: str, text: str) -> bool:
        spoken = text.casefold()
        return any(cue in spoken for cue in self._cues[kind])
