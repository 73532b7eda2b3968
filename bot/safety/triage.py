"""Triage of every message: what danger it speaks of, and whether that is happening."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from bot.safety.ages import minor_hits
from bot.safety.cards import LANGUAGES, tier_of
from bot.safety.concepts import Concepts, Hit
from bot.safety.findings import NOTHING, RANK, Certainty, Finding
from bot.safety.languages import Languages
from bot.safety.opinion import MODEL, SURE, SURER, SecondOpinion
from bot.safety.rules import Match, Reading, Rule, load_rules
from bot.safety.scope import Status, read_scope
from bot.safety.sentences import Sentences
from bot.safety.text import Word

BARE_NUMBERS = ("fever_number", "high_number")
COUNTED = frozenset(
    ("years", "sessions", "percent", "pounds", "euros", "kg", "ml", "people", "injections", "%", "£", "€", "$")
)
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
        self,
        sentences: Sentences,
        languages: Languages,
        concepts: Mapping[str, Concepts],
        rules: tuple[Rule, ...],
        opinion: SecondOpinion | None = None,
    ) -> None:
        self._sentences = sentences
        self._languages = languages
        self._concepts = concepts
        self._rules = rules
        self._by_sign: dict[str, list[int]] = {}  # concept -> places of the rules whose first sign it may be
        for place, rule in enumerate(rules):
            for concept in rule.signs[0]:
                self._by_sign.setdefault(concept, []).append(place)
        self._opinion = opinion

    @classmethod
    @cache
    def load(cls) -> Triage:
        """Read the concepts of every language, the rules and the second opinion; once per process, then shared."""
        sentences = Sentences()
        concepts = {name: Concepts.load(name) for name in LANGUAGES}
        languages = Languages({name: read.small for name, read in concepts.items()})
        return cls(sentences, languages, concepts, load_rules(), SecondOpinion.load() if MODEL.exists() else None)

    def read(self, text: str, language: str | None = None, today: date | None = None) -> Finding:
        """The most serious danger in `text`.

        `language` is a hint; other languages are recognised by themselves. `today` serves to tell ages from years.
        """
        words, numbers = self._sentences.words(_GROWN.sub(_as_words, text))
        best, worst = NOTHING, -1
        names = self._languages.choose(words, self._concepts, language)
        for name in names:
            for match in self._matches(words, numbers, self._concepts[name], today):
                weight = _weight(match)
                if weight > worst:
                    best, worst = _finding(match, text, words), weight
        return self._raised(best, text, words, names)

    def spelled(self, text: str) -> list[str]:
        """The words of `text` in their usual spelling, as the second opinion sees them."""
        words, _ = self._sentences.words(text)
        names = self._languages.choose(words, self._concepts, None)
        return [self._concepts[names[0]].spell(word.norm) if names else word.norm for word in words]

    def _raised(self, finding: Finding, text: str, words: list[Word], names: list[str]) -> Finding:
        """The finding, or an unclear alarm where the rules saw none and the second opinion is sure of one."""
        if self._opinion is None or finding.alarms or not words or not names:
            return finding
        opinion = self._opinion.of(text, words, self._concepts[names[0]].spell)
        if opinion.danger < (SURE if finding.about is None else SURER):
            return finding
        return Finding(tier_of(opinion.flag), opinion.flag, opinion.words, "unclear")

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
        hits = [hit for hit in hits if not _counts_something(hit, words, concepts)]
        hits += minor_hits(words, hits, concepts, today)
        if sum(not word.is_mark for word in words) <= SHORT:
            hits.append(Hit("short_message", 0, 1))
        reading = Reading(hits, read_scope(words, numbers, hits), _hours(words, hits, concepts))
        likely = {place for concept in reading.by_concept for place in self._by_sign.get(concept, ())}
        return [match for place in sorted(likely) if (match := reading.apply(self._rules[place])) is not None]


def _counts_something(hit: Hit, words: list[Word], concepts: Concepts) -> bool:
    """ "40" of "40 hours" or "17 sessions" is neither a temperature nor an age."""
    if hit.concept not in BARE_NUMBERS or hit.end >= len(words):
        return False
    return concepts.times.is_unit(words[hit.end].norm) or words[hit.end].norm in COUNTED


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
