"""What "the second one", "yes", "both", "ok" or "let me think about it" mean after what was just said.

By themselves these say nothing, so no classifier can know: they are read against the last reply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clinic import Clinic
from bot.envelope import Choice, Reply
from bot.knowledge import yaml_file
from bot.knowledge.library import ASKED_MOST, Library
from bot.knowledge.matching import Words, normalise

ASKS = ("question", "verdict")  # kinds of reply that wait for one of their choices
PICKABLE = (*ASKS, "text")
ANYTHING_ELSE = "anything_else"
WHICH = "which_one"
HUMAN = "human"
NOTICES = ("take_time", "take_care", "ask_other")
CALLED = "alert:called"  # "ok" after "have you been able to call?" does not say so
SHORT = 7  # words
DENIED = 4  # words that a "not" reaches over
Answers = Callable[[str], str | None]  # text -> "yes", "no", "stop", another short answer, or None


@dataclass(frozen=True)
class Offer:
    """The last reply that could be picked from."""

    kind: str
    ref: str
    choices: tuple[Choice, ...]

    @classmethod
    def of(cls, replies: Sequence[Reply]) -> Offer | None:
        """What is on offer after these replies; several may be picked from no offer."""
        last = next((reply for reply in reversed(replies) if reply.choices), None)
        return Offer(last.kind, last.ref, last.choices) if last and not last.multiple else None

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any] | None) -> Offer | None:
        """The reverse of `as_dict`."""
        return cls(kept["kind"], kept["ref"], tuple(Choice(*one) for one in kept["choices"])) if kept else None

    def as_dict(self) -> dict[str, Any]:
        """As a slot keeps it."""
        return {"kind": self.kind, "ref": self.ref, "choices": [[one.id, one.title] for one in self.choices]}

    @property
    def topics(self) -> tuple[Choice, ...]:
        """The choices without the one that is always there, a person."""
        return tuple(one for one in self.choices if not one.id.startswith(HUMAN))


class Remarks:
    """Reads remarks. `answers` knows yes and no in every language."""

    def __init__(self, library: Library, answers: Answers, path: Path = Path(__file__).parent / "remarks.yml") -> None:
        raw = yaml_file.read(path)
        self._library = library
        self._answers = answers
        self._filler = _words(raw["filler"])
        self._places = [_words(one) for one in raw["places"]]
        self._last = _words(raw["last"])
        self._both, self._acknowledged, self._later = (_words(raw[key]) for key in ("both", "acknowledged", "later"))
        self._hello = tuple(_words(raw["hello"]))
        self._taken_back = Words(("taken_back", word, False) for word in raw["taken_back"])
        self._recovered = Words(("recovered", word, False) for word in raw["recovered"])
        after_card = ("unreached", "looked_after", "what_now")
        self._after_card = {kind: Words((kind, word, False) for word in raw[kind]) for kind in after_card}
        self._not_yet = _words(raw["not_yet"])
        self._signs = frozenset(raw["signs"])

    def greets(self, text: str) -> bool:
        """Does it begin with a greeting?"""
        return normalise(text).startswith(self._hello)

    def takes_back(self, text: str) -> bool:
        """ "That was last year", "I was just asking": what was said is not happening."""
        return bool(self._taken_back.hits(text))

    def recovers(self, text: str) -> bool:
        """ "I feel better", "all good": whoever was unwell is not any more."""
        return bool(self._recovered.hits(text))

    def is_unreached(self, text: str) -> bool:
        """ "Nobody answers", "voicemail": they called, but told nobody."""
        return bool(self._after_card["unreached"].hits(text))

    def is_looked_after(self, text: str) -> bool:
        """ "I'm in A&E", "the doctor saw it": somebody has it in hand; not "I haven't seen a doctor"."""
        words = normalise(text).split()
        starts = [hit.start for hit in self._after_card["looked_after"].hits(text)]
        return any(self._not_yet.isdisjoint(words[max(0, at - DENIED) : at]) for at in starts)

    def denies(self, text: str) -> bool:
        """Is there a "not" or a "no" in it, in whatever language?"""
        return not self._not_yet.isdisjoint(normalise(text).split())

    def speaks_of_help(self, text: str) -> bool:
        """Is it about being looked after at all, had or not?"""
        return bool(self._after_card["looked_after"].hits(text))

    def asks_what_now(self, text: str) -> bool:
        """ "What do I do?", "is it serious?", "do I still have to go?"."""
        return bool(self._after_card["what_now"].hits(text))

    def may_pick(self, text: str) -> bool:
        """Could these words be a pick at all? Cheaper than to look for what was offered."""
        is_short = len(text.split()) <= SHORT
        return is_short and (
            self.is_both(text) or self._place(text) is not None or self._answers(text) in ("yes", "no")
        )

    def picked(self, offer: Offer | None, text: str) -> tuple[str, ...]:
        """Ids of the choices that a few typed words stand for; () when they are no pick."""
        if offer is None or offer.kind not in PICKABLE or not self.may_pick(text):
            return ()
        choices = offer.topics
        if self.is_both(text):
            two = [one.id for one in choices if one.id.startswith("topic:")]
            return tuple(two) if len(two) == 2 and offer.kind == "question" else ()
        place = self._place(text)
        if place is not None:
            shown = choices if place < 0 else offer.choices
            return (shown[place].id,) if -len(shown) <= place < len(shown) else ()
        said = self._answers(text)
        if said not in ("yes", "no") or offer.kind not in ASKS:
            return ()
        named = next((one.id for one in choices if self._answers(one.title) == said), None)
        if named:
            return () if named == CALLED and self._acknowledges(text) else (named,)
        is_only = len(choices) == 1 and offer.ref != ANYTHING_ELSE
        return (choices[0].id,) if said == "yes" and choices and (is_only or offer.kind == "verdict") else ()

    def is_both(self, text: str) -> bool:
        """ "Both", "and for both?" """
        return self._bare(text) in self._both

    def reply(
        self, offer: Offer | None, text: str, *, topic: str | None, told: Collection[str], language: str, clinic: Clinic
    ) -> Reply | None:
        """The answer to a remark that is no pick. None when it is none, or when nothing was said before it.

        `topic` is the one last answered, `told` what was answered so far: it is not offered again.
        """
        if len(text.split()) > SHORT or (offer is None and topic is None):
            return None
        key = self._meant(offer, text)
        if key is None:
            return None
        choices = self._next(topic, told, language)
        if key in NOTICES:
            choices = choices[-1:]
        elif offer and offer.topics and key != ANYTHING_ELSE and (key == WHICH or offer.kind in ASKS):
            choices = offer.choices
        text = self._library.phrase(key, language, clinic=clinic)
        return Reply("notice" if key in NOTICES else "question", key, text, choices=choices)

    def _meant(self, offer: Offer | None, text: str) -> str | None:
        """The phrase that answers the remark."""
        asked = offer.ref if offer and offer.kind in ASKS else None
        said = self._answers(text)
        if normalise(text) in self._later:
            return "take_time"
        if not (asked and said) and self._acknowledges(text):
            return ANYTHING_ELSE
        if offer and (self._place(text) is not None or self.is_both(text)):
            return WHICH
        if said == "yes":
            return "ask_what" if offer is None or not offer.topics or asked in (None, ANYTHING_ELSE, WHICH) else WHICH
        if said in ("no", "stop"):
            return "ask_other" if said == "no" and asked not in (None, ANYTHING_ELSE) else "take_care"
        return None

    def _acknowledges(self, text: str) -> bool:
        said = normalise(text)
        return said in self._acknowledged if said else any(sign in text for sign in self._signs)

    def _place(self, text: str) -> int | None:
        said = self._bare(text)
        if said in self._last:
            return -1
        return next((place for place, words in enumerate(self._places) if said in words), None)

    def _bare(self, text: str) -> str:
        """The words without filler."""
        return " ".join(word for word in normalise(text).split() if word not in self._filler)

    def _next(self, topic: str | None, told: Collection[str], language: str) -> tuple[Choice, ...]:
        library = self._library
        follow = library.card(topic).follow_ups if topic in library.topics else ()
        fresh = [one for one in follow if one not in told] or [one for one in ASKED_MOST if one not in told]
        titles = [Choice(f"topic:{one}", library.topic_title(one, language)) for one in fresh]
        return (*titles, Choice(HUMAN, library.phrase("choice_human", language)))


def _words(given: Iterable[Any]) -> frozenset[str]:
    return frozenset(normalise(str(word)) for word in given)
