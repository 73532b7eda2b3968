"""Triage of every message: what danger it speaks of, and whether that is happening."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from bot.safety.ages import minor_hits
from bot.safety.cards import LANGUAGES, tier_of
from bot.safety.concepts import Concepts, Hit
from bot.safety.findings import NOTHING, RANK, Certainty, Finding
from bot.safety.languages import Languages
from bot.safety.rules import Match, Reading, Rule, load_rules
from bot.safety.scope import Status, read_scope
from bot.safety.sentences import Sentences
from bot.safety.text import Word

SHORT = 3  # words; a sign alone in a message is a cry, not a topic
CERTAINTY: Mapping[Status, Certainty] = {
    Status.PRESENT: "sure",
    Status.UNCLEAR: "unclear",
    Status.HABIT: "past",
    Status.PAST: "past",
    Status.HYPOTHETICAL: "hypothetical",
    Status.NEGATED: "negated",
}


@dataclass(frozen=True)
class Mentions:
    """What a message speaks of as present, whether dangerous or not: concepts, and hours since treatment."""

    concepts: frozenset[str]
    hours: tuple[float, ...]
    resolved: bool  # "it has gone down"
    denies: bool  # a mere "no"

    def has(self, *concepts: str) -> bool:
        """True when one of `concepts` is mentioned."""
        return not self.concepts.isdisjoint(concepts)


# "I'm 41" tells an age, not a temperature.
_GROWN = re.compile(
    r"\b((?:i[’' ]?a?m|s?he[’' ]?i?s|aged?|turn(?:ed|ing)|tengo|ho|mam|ich bin|ik ben|j[’']ai)\s+)(3[89]|4[0-2])\b"
    r"(?!\s*(?:°|deg|c\b|fever|temp))",
    re.IGNORECASE,
)


def _as_words(found: re.Match[str]) -> str:
    return found[1] + "_" * len(found[2])  # the same length: spans still point into the text


class Triage:
    """Reads messages for danger. Build it once with `load()`; it may be shared between threads."""

    def __init__(
        self, sentences: Sentences, languages: Languages, concepts: Mapping[str, Concepts], rules: tuple[Rule, ...]
    ) -> None:
        self._sentences = sentences
        self._languages = languages
        self._concepts = concepts
        self._rules = rules

    @classmethod
    @cache
    def load(cls) -> Triage:
        """Read the concepts of every language and the rules; once per process, everybody shares the result."""
        sentences = Sentences()
        folder = Path(__file__).parent / "concepts"
        concepts = {name: Concepts.load(name) for name in LANGUAGES if (folder / f"{name}.yml").exists()}
        return cls(sentences, Languages({name: read.small for name, read in concepts.items()}), concepts, load_rules())

    def read(self, text: str, language: str | None = None, today: date | None = None) -> Finding:
        """The most serious danger in `text`.

        `language` is a hint; other languages are recognised by themselves. `today` serves to tell ages from years.
        """
        words, numbers = self._sentences.words(_GROWN.sub(_as_words, text))
        best, worst = NOTHING, -1
        for name in self._languages.choose(words, self._concepts, language):
            for match in self._matches(words, numbers, self._concepts[name], today):
                weight = _weight(match)
                if weight > worst:
                    best, worst = _finding(match, text, words), weight
        return best

    def mentions(self, text: str, language: str | None = None) -> Mentions:
        """The concepts that `text` affirms, for dialogues that ask on."""
        words, numbers = self._sentences.words(text)
        concepts: set[str] = set()
        hours: set[float] = set()
        resolved = denies = False
        for name in self._languages.choose(words, self._concepts, language)[:1]:
            hits = self._concepts[name].find(words)
            scope = read_scope(words, numbers, hits)
            concepts |= {hit.concept for hit in hits if scope.of(hit.start, hit.end) <= Status.PAST}
            hours |= set(_hours(words, hits, self._concepts[name]))
            resolved |= bool(scope.cues.get("resolved"))
            denies |= bool(scope.cues.get("negation"))
        return Mentions(frozenset(concepts), tuple(sorted(hours)), resolved, denies)

    def _matches(self, words: list[Word], numbers: list[int], concepts: Concepts, today: date | None) -> list[Match]:
        hits = concepts.find(words)
        if not hits:
            return []
        hits += minor_hits(words, hits, concepts, today)
        if sum(not word.is_mark for word in words) <= SHORT:
            hits.append(Hit("short_message", 0, 1))
        reading = Reading(hits, read_scope(words, numbers, hits), _hours(words, hits, concepts))
        return [match for rule in self._rules if (match := reading.apply(rule)) is not None]


def _hours(words: list[Word], hits: list[Hit], concepts: Concepts) -> list[float]:
    past = {at for hit in hits if hit.concept == "past" for at in range(hit.start, hit.end)}
    return [hours for hours, at in concepts.times.find(words, concepts.number) if at not in past]


def _weight(match: Match) -> int:
    """Order of findings: what is happening by tier, then what is only talked about."""
    if match.status >= Status.FIGURE:
        return -1
    rank = RANK[tier_of(match.rule.flag)]
    if match.status <= Status.UNCLEAR:
        return 100 + 10 * rank + (match.status == Status.PRESENT and not match.rule.ask) * 5 + min(len(match.hits), 4)
    return rank


def _finding(match: Match, text: str, words: list[Word]) -> Finding:
    flag = match.rule.flag
    said = tuple(dict.fromkeys(text[words[hit.start].start : words[hit.end - 1].end] for hit in match.hits))
    certainty = CERTAINTY[match.status]
    if match.status > Status.UNCLEAR:
        return Finding("none", None, said, certainty, flag)
    if certainty == "sure" and match.rule.ask:
        certainty = "unclear"
    return Finding(tier_of(flag), flag, said, certainty)
