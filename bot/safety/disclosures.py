"""Facts that matter for eligibility, taken from any message.

Two sources, one reading of scope: the words of `facts/<language>.yml` and the names of medicines of `lexicon.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.safety.cards import LANGUAGES
from bot.safety.concepts import FOLDER, Concepts, Hit
from bot.safety.languages import Languages
from bot.safety.medicines import TOPICAL, MedicineHit, Medicines
from bot.safety.scope import Scope, Status, read_scope
from bot.safety.sentences import Sentences
from bot.safety.text import Word

Polarity = Literal["affirmed", "negated", "hypothetical", "uncertain", "planned"]
Subject = Literal["self", "family", "partner", "other"]

FACTS = Path(__file__).parent / "facts"
AGO_REACH = 2
CUE_REACH = 7  # words between "might be" or "planning" and the fact
PEOPLE: Mapping[str, Subject] = {"people_family": "family", "people_partner": "partner", "people_other": "other"}
# A fact asked of the family too: theirs counts as the person's own.
FAMILY_COUNTS = frozenset({"skin.keloid"})
# Facts about the writer, whoever else is named.
OWN = frozenset({"gate.self", "mind.pressure", "request.event"})
# Words that name an allergy, however harmless the allergen is otherwise.
ALLERGENS: Mapping[str, str] = {
    "aspirin_nsaid": "nsaid",
    "antiplatelet": "nsaid",
}


@dataclass(frozen=True)
class Disclosure:
    """One fact. `fact` is a linkId of the questionnaire and `polarity` that of the question's own "Yes".

    `time` is "now", "past: ..." or "" when nothing was said; `span` points into the message; `value` is the answer code
    or the name that the words point to, where there is one (a medicine's name, "current" for cancer).
    """

    fact: str
    polarity: Polarity
    subject: Subject
    time: str
    span: tuple[int, int]
    value: str | None = None


class Disclosures:
    """Reads messages for facts. Build it once with `load()`; it may be shared between threads."""

    def __init__(
        self, sentences: Sentences, languages: Languages, facts: Mapping[str, Concepts], medicines: Medicines
    ) -> None:
        self._sentences = sentences
        self._languages = languages
        self._facts = facts
        self._medicines = medicines

    @classmethod
    def load(cls) -> Disclosures:
        """Read the facts of every language and the lexicon of medicines."""
        facts = {
            name: Concepts.load(name, (FOLDER, FACTS), sections=("cues", "facts"))
            for name in LANGUAGES
            if (FACTS / f"{name}.yml").exists()
        }
        languages = Languages({name: read.small for name, read in facts.items()})
        return cls(Sentences(), languages, facts, Medicines.load())

    def read(self, text: str, language: str | None = None) -> tuple[Disclosure, ...]:
        """The facts in `text`, in its order, each once."""
        words, numbers = self._sentences.words(text)
        found: dict[tuple[str, Subject], Disclosure] = {}
        medicines = self._medicines.find(text)
        for name in self._languages.choose(words, self._facts, language, share=1.0):
            reader = _Reader(text, words, numbers, self._facts[name], medicines)
            for disclosure in reader.disclosures():
                key = (disclosure.fact, disclosure.subject)
                if key not in found or _says_more(disclosure, found[key]):
                    found[key] = disclosure
        return tuple(sorted(found.values(), key=lambda disclosure: disclosure.span))


class _Reader:
    """One message in one language."""

    def __init__(
        self,
        text: str,
        words: Sequence[Word],
        numbers: list[int],
        facts: Concepts,
        medicines: tuple[MedicineHit, ...],
    ) -> None:
        self.text = text
        self.words = words
        hits = facts.find(words)
        named = [(_words_of(hit.span, words), hit) for hit in medicines]
        drugs = [Hit(f"{medicine.item}={medicine.name}", *place) for place, medicine in named if medicine.item]
        self.drugs = {(hit.start, hit.end) for hit in drugs}
        self.creams = [place for place, medicine in named if medicine.drug_class == TOPICAL]
        self.by_cue: dict[str, list[Hit]] = {}
        self.facts: list[Hit] = []
        for hit in hits:
            (self.facts if "." in hit.concept or hit.concept == "diabetes" or "=" in hit.concept else
             self.by_cue.setdefault(hit.concept, [])).append(hit)  # fmt: skip
        self.facts = _longest(self.facts) + drugs
        self.by_cue["figure"] = [  # "blood pressure" is a figure only when nobody has it
            figure
            for figure in self.by_cue.get("figure", ())
            if not any(fact.start <= figure.start and figure.end <= fact.end for fact in self.facts)
        ]
        cues = [hit for found in self.by_cue.values() for hit in found]
        self.scope: Scope = read_scope(words, numbers, [*self.facts, *cues])

    def disclosures(self) -> Iterable[Disclosure]:
        """Every fact with its polarity, subject and time."""
        allergies = [hit for hit in self.facts if hit.concept == "allergy.any"]
        for hit in self.facts:
            if self._cream(hit) or self._is_age_of_something(hit):
                continue
            fact, _, value = hit.concept.partition("=")
            polarity = self._polarity(hit)
            if polarity is None:
                continue
            if (hit.start, hit.end) in self.drugs and self._allergen(hit, allergies):
                fact, value = "allergy.which", self._allergen_code(hit)
            if fact.startswith("!"):
                fact = fact[1:]
                polarity = {"affirmed": "negated", "negated": "affirmed"}.get(polarity, polarity)  # type: ignore[assignment]
            subject = "self" if fact in OWN else self._subject(hit)
            if subject == "family" and fact in FAMILY_COUNTS:
                subject = "self"
            time = self._time(hit, polarity)
            if fact == "cancer.status" and time.startswith("past"):
                value = "past"
            yield Disclosure(fact, polarity, subject, time, self._span(hit), value or None)

    def _polarity(self, hit: Hit) -> Polarity | None:
        status = self.scope.of(hit.start, hit.end)
        if status == Status.FIGURE:
            return None
        if status == Status.NEGATED:
            return "negated"
        if status == Status.HYPOTHETICAL:
            taking = (hit.start, hit.end) in self.drugs and self._cue_before(hit, "stopping")
            return "affirmed" if taking else "hypothetical"
        if status == Status.UNCLEAR or self._cue_before(hit, "uncertain") or hit.concept.endswith("=146799005"):
            return "uncertain"
        if hit.concept != "request.event" and not self._cue_before(hit, "past_verb"):
            planned = self._cue_before(hit, "planned") or self._cue_after(hit, "planned_after")
            return "planned" if planned else "affirmed"
        return "affirmed"

    def _subject(self, hit: Hit) -> Subject:
        """Whose fact it is: the nearest person named before it, else the one the sentence goes on about."""
        sentence = self.scope.sentence[hit.start]
        persons = [
            (found.start, name)
            for name in (*PEOPLE, "myself", "pronoun")
            for found in self.by_cue.get(name, ())
            if found.start < hit.start or (found.start < hit.end and name != "myself")
        ]
        before = [(at, name) for at, name in persons if self.scope.sentence[at] == sentence]
        after = self.by_cue.get("in_family", ())
        if any(
            self.scope.sentence[found.start] == sentence and 0 <= found.start - hit.end < CUE_REACH for found in after
        ):
            return "family"
        if not before:
            return "self"
        at, name = max(before)
        if name == "pronoun":
            earlier = [(place, who) for place, who in persons if place < at and who in PEOPLE]
            return PEOPLE[max(earlier)[1]] if earlier else "other"
        return PEOPLE.get(name, "self")

    def _time(self, hit: Hit, polarity: Polarity) -> str:
        clause = self.scope.clause[hit.start]
        sentence = self.scope.sentence[hit.start]
        cues = [
            found
            for name in ("past", "past_verb", "resolved")
            for found in self.by_cue.get(name, ())
            if self.scope.clause[found.start] == clause
            or (name == "past" and self.scope.sentence[found.start] == sentence)
        ]
        if polarity == "affirmed" and cues:
            return "past: " + " ".join(self.text[start:end] for start, end in self._merged(cues))
        now = [found for found in self.by_cue.get("now", ()) if self.scope.clause[found.start] == clause]
        return "now" if now and polarity == "affirmed" else ""

    def _merged(self, cues: Sequence[Hit]) -> list[tuple[int, int]]:
        """The spans of `cues` without overlaps; a bare "ago" takes the two words before it along."""
        merged: list[tuple[int, int]] = []
        for cue in sorted(cues, key=lambda cue: cue.start):
            first = max(cue.start - AGO_REACH, 0) if self.words[cue.start].norm == "ago" else cue.start
            start, end = self.words[first].start, self.words[cue.end - 1].end
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _cue_before(self, hit: Hit, name: str) -> bool:
        return any(
            self.scope.sentence[found.start] == self.scope.sentence[hit.start]
            and found.start < hit.end
            and hit.start - found.end <= CUE_REACH
            and not any(mark.norm in ",;.:" for mark in self.words[found.end : hit.start])
            for found in self.by_cue.get(name, ())
        )

    def _cue_after(self, hit: Hit, name: str) -> bool:
        return any(
            self.scope.sentence[found.start] == self.scope.sentence[hit.start]
            and 0 <= found.start - hit.end <= CUE_REACH
            for found in self.by_cue.get(name, ())
        )

    def _allergen(self, hit: Hit, allergies: Sequence[Hit]) -> bool:
        return any(
            self.scope.sentence[allergy.start] == self.scope.sentence[hit.start]
            and -CUE_REACH <= hit.start - allergy.end <= CUE_REACH
            for allergy in allergies
        )

    def _allergen_code(self, hit: Hit) -> str:
        item = hit.concept.partition("=")[0]
        return "nsaid" if item == "meds.nsaid" else hit.concept.partition("=")[2]

    def _cream(self, hit: Hit) -> bool:
        """A fact read out of the name of a cream ("steroid cream") is none."""
        return any(start <= hit.start < end for start, end in self.creams)

    def _is_age_of_something(self, hit: Hit) -> bool:
        """ "I'm 16 weeks pregnant" gives no age."""
        if "age18" not in hit.concept:
            return False
        return any(found.start < hit.end + 1 and found.end > hit.start for found in self.by_cue.get("not_an_age", ()))

    def _span(self, hit: Hit) -> tuple[int, int]:
        return self.words[hit.start].start, self.words[hit.end - 1].end


def _words_of(span: tuple[int, int], words: Sequence[Word]) -> tuple[int, int]:
    inside = [at for at, word in enumerate(words) if word.start < span[1] and word.end > span[0]]
    return (inside[0], inside[-1] + 1) if inside else (0, 1)


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Of hits of one fact that overlap, the longest; values of the same fact compete too."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
        fact = hit.concept.lstrip("!").partition("=")[0]
        if not any(
            other.concept.lstrip("!").partition("=")[0] == fact and other.start < hit.end and hit.start < other.end
            for other in kept
        ):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _says_more(new: Disclosure, old: Disclosure) -> bool:
    """What is affirmed outweighs what is asked or denied elsewhere in the message."""
    return new.polarity == "affirmed" and old.polarity in ("hypothetical", "uncertain", "planned")


@lru_cache(maxsize=1)
def load_disclosures() -> Disclosures:
    """The project's reader, built at the first call."""
    return Disclosures.load()


def disclosures(text: str, language: str | None = None) -> tuple[Disclosure, ...]:
    """The facts in `text`, in its order."""
    return load_disclosures().read(text, language)
