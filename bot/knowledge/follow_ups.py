"""What "tell me more", "why?", "and on the scalp?" or "how long does that last?" mean after an answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.envelope import Choice, Reply
from bot.knowledge.library import ASKED_MOST, Library

DURATION_OTHERWISE = "results_duration"
AFTERWARDS_OTHERWISE = "aftercare_general"
KINDS = ("duration", "afterwards", "simpler", "why", "both")
SHORT = 10  # words; a longer message stands by itself


class FollowUps:
    """Picks the reply to a message or choice that refers back to the topic last answered."""

    def __init__(self, library: Library, path: Path = Path(__file__).parent / "follow_ups.yml") -> None:
        self._library = library
        self._cues: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))

    def refers_back(self, last_topic: str | None, text: str, likeliest: str | None = None) -> bool:
        """True when a short message that says little by itself is about `last_topic`.

        It names something that the topic speaks of ("and with ramipril?"), goes on to another area ("y en el cuello?"),
        or asks for reasons, plainer words or how long ("are you sure?"). `likeliest` is the topic that it looks most
        like: "how many sessions for the hair" after the answer on pain names an area, but asks something else.
        """
        if last_topic not in self._library.topics or len(text.split()) > SHORT:
            return False
        if any(self._asks(kind, text) for kind in KINDS) or self._goes_on(text) or self._meant(text):
            return True
        asks_else = likeliest is not None and likeliest not in (last_topic, *self._cues["of_areas"])
        speaks = self._library.names_aspect if asks_else else self._library.speaks_of
        return speaks(str(last_topic), text)

    def goes_on(self, last_topic: str | None, text: str) -> bool:
        """True for "what about my neck": another area of which `last_topic` speaks, and nothing else."""
        if last_topic not in self._library.topics or len(text.split()) > SHORT or not self._goes_on(text):
            return False
        return any(area in self._library.card(str(last_topic)).areas for area in self._library.areas_in(text))

    def goes_away(self, last_topic: str | None, text: str) -> bool:
        """True for "when will it go away" after a mark or a worry: it is not about how long results last."""
        is_short = len(text.split()) <= SHORT
        of_mark = last_topic in self._cues["marks"] and self._asks("duration", text) and not self._asks("results", text)
        return is_short and last_topic in self._cues["duration_of"] and (of_mark or self._asks("goes_away", text))

    def waits(self, last_topic: str | None, text: str) -> str | None:
        """The aspect of `last_topic` that says what has to be over first, for "when can I come then?"; else None."""
        asks = len(text.split()) <= SHORT and self._asks("when_then", text)
        aspect: str | None = self._cues["waits"].get(last_topic) if asks else None
        return aspect

    def is_elsewhere(self, reply: str, topics: Sequence[str], text: str) -> bool:
        """True for "how much is that" after the `reply` to what is not ours: a short question that names nothing."""
        names_ours = self._asks("ours", text) or bool(self._library.areas_in(text))
        goes_on = len(topics) == 1 and topics[0] in self._cues["elsewhere"].get(reply, ())
        return goes_on and len(text.split()) <= SHORT and not names_ours

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
        areas: Sequence[str] = (),
    ) -> tuple[Reply, tuple[str, ...]]:
        """The reply and what it adds to `told`. Raises nothing: without a last topic, or for a choice that no longer
        fits, it asks what is meant.

        `told` holds `detail:`, `why:` or `simpler:` with a topic for what was said already; it is not said twice.
        `areas` are the last two that were spoken of, for "and for both?".
        """
        library = self._library
        if choice:
            kind, _, rest = choice.partition(":")
            topic, _, area = rest.partition(":")
            if kind == "clinics" and rest in library.facts.conflicts:
                return library.clinics_say(rest, language=language, clinic=clinic, today=today), ()
            if topic in library.topics and kind == "detail":
                return library.more(topic, language=language, clinic=clinic, today=today), (f"detail:{topic}",)
            if topic in library.topics and kind == "area":
                return library.answer(topic, area=area, language=language, clinic=clinic, today=today), (topic,)
        elif last_topic in library.topics:
            named = library.areas_in(text) or (list(areas) if self._asks("both", text) else [])
            return self._about(str(last_topic), text, named, language, clinic, today, told)
        what = self._ask("ask_what", language, clinic)
        most = tuple(Choice(f"topic:{one}", library.topic_title(one, language)) for one in ASKED_MOST)
        return replace(what, choices=(*most, *what.choices)), ()

    def _about(
        self,
        topic: str,
        text: str,
        areas: Sequence[str],
        language: str,
        clinic: Clinic,
        today: date,
        told: Collection[str],
    ) -> tuple[Reply, tuple[str, ...]]:
        library = self._library
        if areas or (library.speaks_of(topic, text) and not self._meant(text)):
            answers = [
                library.answer(topic, text=text, area=area, language=language, clinic=clinic, today=today)
                for area in areas[:2] or (None,)
            ]
            words = dict.fromkeys(answer.text for answer in answers)
            return replace(answers[0], text="\n\n".join(words)), (topic,)
        if meant := self._next(topic, text):
            to, detail = meant
            return library.answer(to, text=text, language=language, clinic=clinic, today=today, detail=detail), (to,)
        kind = next((one for one in ("simpler", "why") if self._asks(one, text)), "detail")
        said = f"{kind}:{topic}"
        if said in told:
            return self._nothing_new(topic, kind, told, language, clinic)
        part = {"simpler": library.simpler, "why": library.why, "detail": library.more}[kind]
        return part(topic, language=language, clinic=clinic, today=today), (said,)

    def _nothing_new(
        self, topic: str, kind: str, told: Collection[str], language: str, clinic: Clinic
    ) -> tuple[Reply, tuple[str, ...]]:
        """Asked for the same again: the way on is another question or a person, never the same words."""
        said = f"no_{kind}:{topic}"
        again = "no_simpler" if kind == "simpler" else "no_more_twice"
        key = again if kind == "simpler" or said in told else "no_more"
        reply = self._ask(key, language, clinic)
        following = self._library.card(topic).follow_ups
        next_ones = tuple(Choice(f"topic:{one}", self._library.topic_title(one, language)) for one in following)
        links = (clinic.call("clinic"),) if key == again else ()
        return replace(reply, choices=(*next_ones, *reply.choices), links=links), (said,)

    def _meant(self, text: str) -> str | None:
        """The topic that "no, I meant before" corrects the last one to."""
        words = set(re.findall(r"\w+", text.casefold()))
        if not self._asks("meant", text):
            return None
        return next((str(one["topic"]) for one in self._cues["other_time"] if words & set(one["words"])), None)

    def _next(self, topic: str, text: str) -> tuple[str, str | None] | None:
        """The topic, and its aspect, that "no, I meant after", "how long does that last?" or "and then?" goes on to."""
        if meant := self._meant(text):
            return meant, None
        if self._asks("duration", text) or self.goes_away(topic, text):
            found = self._cues["duration_of"].get(topic, {"topic": DURATION_OTHERWISE})
            return str(found["topic"]), found.get("detail")
        if self._asks("afterwards", text):
            return str(self._cues["afterwards_of"].get(topic, AFTERWARDS_OTHERWISE)), None
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
