"""Triage of every message: what danger it speaks of, and whether that is happening."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain

from bot.safety import evidence
from bot.safety.ages import load_dates, minor_hits
from bot.safety.cards import LANGUAGES, UNNAMED, tier_of
from bot.safety.concepts import Concepts, Hit
from bot.safety.findings import NOTHING, OPINION, RANK, Certainty, Finding
from bot.safety.languages import Languages
from bot.safety.opinion import BARS, MODEL, PARTLY, TOGETHER, Bars, Opinion, Passage, SecondOpinion, together
from bot.safety.relief import Relief
from bot.safety.rules import Match, Reading, Rule, load_rules
from bot.safety.scope import Status, read_scope
from bot.safety.sentences import Sentences
from bot.safety.text import Word

BARE_NUMBERS = ("fever_number", "high_number")
COUNTED = frozenset(
    ("years", "sessions", "percent", "pounds", "euros", "kg", "ml", "people", "injections", "%", "£", "€", "$")
)
LATE_LUMPS, WEEK = "U2", 168.0  # from when on it may be that (redflags.yml), in hours
PRESENT = 100  # the weight of a finding that is happening, or may be
TELLING = 3  # words that show what the second opinion saw
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


@dataclass(frozen=True)
class _Seen:
    """What reading a message brought up."""

    words: list[Word]
    spelled: list[str]
    matches: list[Match]
    evidence: frozenset[str]
    hours: tuple[float, ...] = ()  # since treatment


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
        self._dates = load_dates()
        self._relief = Relief()
        self._last: tuple[tuple[str, str | None, date | None], _Seen] | None = None

    @classmethod
    @cache
    def load(cls) -> Triage:
        """Read the concepts of every language, the rules and the second opinion; once per process, then shared."""
        sentences = Sentences()
        concepts = {name: Concepts.load(name) for name in LANGUAGES}
        languages = Languages({name: read.small for name, read in concepts.items()})
        return cls(sentences, languages, concepts, load_rules(), SecondOpinion.load() if MODEL.exists() else None)

    def read(
        self,
        text: str,
        language: str | None = None,
        today: date | None = None,
        sense: Opinion | None = None,
        parts: Sequence[Passage] = (),
    ) -> Finding:
        """The most serious danger in `text`.

        `language` is a hint; other languages are recognised by themselves. `today` serves to tell ages from years.
        `sense` is what the sentence encoder thinks of the text, where there is one: it may raise what is found without
        it, and lower what is doubtful. `parts` are what it thinks of the parts of the text.
        """
        seen = self._see(text, language, today)
        return _of_its_time(self._read(text, language, today, sense, parts, seen), seen.hours)

    def _read(
        self,
        text: str,
        language: str | None,
        today: date | None,
        sense: Opinion | None,
        parts: Sequence[Passage],
        seen: _Seen,
    ) -> Finding:
        best, sure = _gravest(seen, text)
        if self._opinion is None or not seen.words:
            return best
        if not best.alarms and (self._relief.is_all(seen.words) or self._dates.is_all(text)):
            return self._calm(best, text, seen)  # no word in it can be a sign, whatever it was learned beside
        found = self._whole(self._opinion.of(seen.evidence), best, sure, text, seen, sense)
        if RANK[found.tier] == max(RANK.values()):
            return found
        least = (BARS if sense is None else TOGETHER).part
        looked: dict[str, _Seen] = {}  # a sentence is often a part for both

        def look(part: str) -> _Seen:
            if part not in looked:
                looked[part] = self._look(part, language, today)
            return looked[part]

        alone = (self._in_words(self._opinion, part, look, least) for part in self._sentences.parts(text))
        with_sense = (self._in_part(self._opinion, part, look) for part in parts)
        return max(chain((found,), alone, with_sense), key=lambda one: RANK[one.tier])

    def _in_words(self, second: SecondOpinion, part: str, look: Callable[[str], _Seen], least: float) -> Finding:
        """The danger that words alone find in a part read by itself, where that is beyond doubt: by `least`."""
        seen = look(part)
        words = second.of(seen.evidence)
        found = self._weighed(*_gravest(seen, part), words, BARS, part, seen)
        return found if found.alarms and words.flags.get(found.flag or "", 0.0) >= least else NOTHING

    def _in_part(self, second: SecondOpinion, part: Passage, look: Callable[[str], _Seen]) -> Finding:
        """The danger in a part that both opinions see, unless what stands around it explains it.

        "How much is it? Do you have parking? My lip is getting thicker": beside harmless questions the opinion on the
        whole message hardly sees the sign. "My lip is getting thicker. It's the new pencil, I love it."
        """
        seen = look(part.text)
        both = together(second.of(seen.evidence), part.sense)
        found = self._weighed(*_gravest(seen, part.text), both, PARTLY, part.text, seen)
        if not found.alarms or both.of_tier(found.tier) < PARTLY.of(found.tier):
            return NOTHING
        if part.around is not None:
            around, sense = part.around
            if together(second.of(look(around).evidence), sense).danger < PARTLY.around:
                return NOTHING
        return found

    def _whole(
        self, words: Opinion, best: Finding, sure: Finding, text: str, seen: _Seen, sense: Opinion | None
    ) -> Finding:
        found = self._weighed(best, sure, words, BARS, text, seen)
        if RANK[found.tier] > RANK[sure.tier] and found.alarms and words.danger < BARS.certain:
            found = replace(found, doubtful=True)
        if sense is None:
            return found
        better = self._weighed(best, sure, together(words, sense), TOGETHER, text, seen)
        return better if found.doubtful or RANK[better.tier] > RANK[found.tier] else found

    def spoken(self, text: str, hint: str) -> str:
        """The language of `text`, for the card to be shown in; `hint` where nothing tells."""
        words, _ = self._sentences.words(text)
        return self._languages.spoken(words, self._concepts, hint)

    def evidence(self, text: str) -> frozenset[str]:
        """What the second opinion sees of `text`."""
        return self._see(text, None, None).evidence

    def _see(self, text: str, language: str | None, today: date | None) -> _Seen:
        """Remembers the last text only: the reader asks for the finding and for the opinion on the same one."""
        asked, last = (text, language, today), self._last
        if last is None or last[0] != asked:
            last = self._last = (asked, self._look(text, language, today))
        return last[1]

    def _look(self, text: str, language: str | None, today: date | None) -> _Seen:
        words, numbers = self._sentences.words(self._dates.blanked(_GROWN.sub(_as_words, text)))
        names = self._languages.choose(words, self._concepts, language)
        spelled = [self._concepts[names[0]].spell(word.norm) if names else word.norm for word in words]
        features = evidence.of_words(spelled)
        matches: list[Match] = []
        hours: set[float] = set()
        for name in names:
            reading = self._reading(words, numbers, self._concepts[name], today)
            if reading is not None:
                hours |= set(reading.hours)
                features |= evidence.of_reading(reading)
                matches += self._matches(reading)
        return _Seen(words, spelled, matches, frozenset(features | evidence.of_matches(matches)), tuple(hours))

    def _matches(self, reading: Reading) -> list[Match]:
        likely = {place for concept in reading.by_concept for place in self._by_sign.get(concept, ())}
        return [match for place in sorted(likely) if (match := reading.apply(self._rules[place])) is not None]

    def _weighed(self, best: Finding, sure: Finding, opinion: Opinion, bars: Bars, text: str, seen: _Seen) -> Finding:
        """The gravest of what a sure rule found, what a rule found and the opinion supports, and what only it sees."""
        tier = opinion.tier(bars)
        found = sure
        if tier is not None and RANK[tier] > RANK[found.tier]:
            found = Finding(tier, opinion.flag(tier), (), "unclear", rule=OPINION)
        # a minor's symptom comes before their age
        supported = opinion.flags.get(best.flag or "", 0.0) >= bars.support or tier == "safeguarding"
        if best.alarms and supported and RANK[best.tier] >= RANK[found.tier]:
            found = best
        if not found.alarms:
            return self._calm(best, text, seen)
        return found if found.words else replace(found, words=self._telling(found.flag or "", text, seen))

    def _calm(self, best: Finding, text: str, seen: _Seen) -> Finding:
        """What is left when nothing alarms: an expected effect, or what was only talked about."""
        if not best.alarms:
            return best
        expected = [match for match in seen.matches if match.rule.flag.startswith("X") and _weight(match) >= PRESENT]
        if expected:
            return _finding(max(expected, key=_weight), text, seen.words)
        return Finding("none", None, best.words, "hypothetical", best.flag, best.rule)

    def _telling(self, flag: str, text: str, seen: _Seen) -> tuple[str, ...]:
        """The patient's own words that weighed most in the opinion."""
        assert self._opinion is not None  # noqa: S101 - the caller has looked
        names = [f"w:{evidence.short_word(norm)}" for norm in seen.spelled]
        weights = self._opinion.telling(seen.evidence, flag, names)
        order = sorted(range(len(names)), key=lambda place: -weights[place])[:TELLING]
        return tuple(dict.fromkeys(text[seen.words[at].start : seen.words[at].end] for at in sorted(order)))

    def mentions(self, text: str, language: str | None = None) -> Mentions:
        """The concepts that `text` affirms, for dialogues that ask on."""
        words, numbers = self._sentences.words(text)
        concepts: set[str] = set()
        hours: set[float] = set()
        resolved, denies = self._relief.is_all(words), False
        for name in self._languages.choose(words, self._concepts, language)[:1]:
            hits = self._concepts[name].find(words)
            scope = read_scope(words, numbers, hits)
            concepts |= {hit.concept for hit in hits if scope.of(hit.start, hit.end) <= Status.PAST}
            hours |= set(_hours(words, hits, self._concepts[name]))
            resolved |= bool(scope.cues.get("resolved"))
            denies |= bool(scope.cues.get("negation"))
        return Mentions(frozenset(concepts), tuple(sorted(hours)), resolved, denies)

    def _reading(self, words: list[Word], numbers: list[int], concepts: Concepts, today: date | None) -> Reading | None:
        hits = concepts.find(words)
        if not hits:
            return None
        hits = [hit for hit in hits if not _counts_something(hit, words, concepts)]
        hits += minor_hits(words, hits, concepts, today)
        if sum(not word.is_mark for word in words) <= SHORT:
            hits.append(Hit("short_message", 0, 1))
        return Reading(hits, read_scope(words, numbers, hits), _hours(words, hits, concepts))


def _counts_something(hit: Hit, words: list[Word], concepts: Concepts) -> bool:
    """ "40" of "40 hours" or "17 sessions" is neither a temperature nor an age."""
    if hit.concept not in BARE_NUMBERS or hit.end >= len(words):
        return False
    return concepts.times.is_unit(words[hit.end].norm) or words[hit.end].norm in COUNTED


def _hours(words: list[Word], hits: list[Hit], concepts: Concepts) -> list[float]:
    past = {at for hit in hits if hit.concept == "past" for at in range(hit.start, hit.end)}
    return [hours for hours, at in concepts.times.find(words, concepts.number) if at not in past]


def _of_its_time(found: Finding, hours: Sequence[float]) -> Finding:
    """The card on lumps speaks of weeks after the injections: in the first week it is one without a name."""
    is_early = found.flag == LATE_LUMPS and hours and max(hours) < WEEK
    return replace(found, flag=UNNAMED) if is_early else found


def _gravest(seen: _Seen, text: str) -> tuple[Finding, Finding]:
    """What the rules found: the weightiest, and the gravest of those that are sure."""
    best, worst, sure = NOTHING, -1, NOTHING
    for match in seen.matches:
        weight = _weight(match)
        if weight > worst:
            best, worst = _finding(match, text, seen.words), weight
        if match.rule.sure and weight >= PRESENT and RANK[tier_of(match.rule.flag)] > RANK[sure.tier]:
            sure = _finding(match, text, seen.words)
    return best, sure


def _weight(match: Match) -> int:
    """Order of findings: what is happening by tier, then what is only talked about."""
    if match.status >= Status.FIGURE:
        return -1
    rank = RANK[tier_of(match.rule.flag)]
    if match.status <= Status.UNCLEAR:
        return (
            PRESENT + 10 * rank + (match.status == Status.PRESENT and not match.rule.ask) * 5 + min(len(match.hits), 4)
        )
    return rank


def _finding(match: Match, text: str, words: list[Word]) -> Finding:
    flag = match.rule.flag
    said = tuple(dict.fromkeys(text[words[hit.start].start : words[hit.end - 1].end] for hit in match.hits))
    certainty = CERTAINTY[match.status]
    if match.status > Status.UNCLEAR:
        return Finding("none", None, said, certainty, flag, match.rule.name)
    if certainty == "sure" and match.rule.ask:
        certainty = "unclear"
    return Finding(tier_of(flag), flag, said, certainty, rule=match.rule.name)
