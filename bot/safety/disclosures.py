"""Facts that matter for eligibility, taken from any message.

Two sources, one reading of scope (`bot.safety.assertion`): the words of `facts/<language>.yml` and the names of
medicines of `lexicon.yml`. `facts/items.yml` says since when and until when a question's "yes" counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.safety.ages import is_counting
from bot.safety.assertion import Assertion, Assertions, Polarity
from bot.safety.cards import LANGUAGES
from bot.safety.clauses import PEOPLE, Subject
from bot.safety.concepts import FOLDER, Concepts, Hit
from bot.safety.elapsed import Elapsed
from bot.safety.items import FACTS, Items
from bot.safety.languages import KNOWN_SHARE, Languages
from bot.safety.medicines import TOPICAL, MedicineHit, Medicines
from bot.safety.names import NAMED, named_people
from bot.safety.places import covers, fact_of, gives_way, longest, touches, words_of
from bot.safety.sentences import Sentences
from bot.safety.text import Word
from bot.safety.together import ALLERGEN, DRUG, is_passing, together, triggers

ALLERGY = "allergy.any"
OTHER, NSAID = "other", "nsaid"  # an allergen that is no option; the option for ibuprofen and the like
ALLERGEN_REACH = 7  # words between "allergic" and the allergen
AGE = "gate.age18"
PREGNANCY = "preg.status"
PAST_CANCER = "cancer.status=past"
ARABIC_MARKS: Mapping[str, str] = {"،": ",", "؛": ";"}  # clauses end at them as at ours
VETO = "not "  # "not recent.ill": words in which that fact is not meant
DECIMAL = re.compile(r"\d+[.,]\d+")
DAY = 24  # hours
MONTHS = 60  # days: shorter windows cannot be told from the name of a month
AHEAD = 14  # days to come that a question asks about
MIRRORED: Mapping[Polarity, Polarity] = {"affirmed": "negated", "negated": "uncertain"}


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
        self,
        sentences: Sentences,
        languages: Languages,
        facts: Mapping[str, Concepts],
        medicines: Medicines,
        items: Items,
    ) -> None:
        self._sentences = sentences
        self._languages = languages
        self._facts = facts
        self._medicines = medicines
        self._items = items

    @classmethod
    def load(cls) -> Disclosures:
        """Read the facts of every language and the lexicon of medicines."""
        facts = {name: Concepts.load(name, (FOLDER, FACTS), sections=("scope", "facts")) for name in LANGUAGES}
        languages = Languages({name: read.small for name, read in facts.items()})
        return cls(Sentences(), languages, facts, Medicines.load(), Items.load())

    def read(self, text: str, language: str | None = None) -> tuple[Disclosure, ...]:
        """The facts in `text`, in its order, each once."""
        words, numbers = self._sentences.words(text)
        words = [word._replace(norm=ARABIC_MARKS[word.norm]) if word.norm in ARABIC_MARKS else word for word in words]
        found: dict[tuple[str, Subject], Disclosure] = {}
        medicines = self._medicines.find(text)
        names = self._languages.choose(words, self._facts, language, share=1.0)
        known = {name: sum(self._facts[name].knows(word.norm) for word in words) for name in names}
        # A medicine's name is in no language; whose it is only the message's own one can tell.
        best = max(names, key=lambda name: known[name], default="")
        chosen = [name for name in names if known[name] >= KNOWN_SHARE * known[best]]
        hits = {name: self._facts[name].find(words) for name in chosen}
        # A word of two languages is no fact where either says so ("lupus, in remission").
        vetoes = [
            hit for name in chosen if known[name] == known[best] for hit in hits[name] if hit.concept.startswith(VETO)
        ]
        for name in sorted(chosen, key=lambda name: known[name] < known[best]):
            named = tuple(hit for hit in medicines if name == best or hit.item is None)
            reader = _Reader(text, words, numbers, self._facts[name], [*hits[name], *vetoes], named, self._items)
            for disclosure in reader.disclosures():
                key = (disclosure.fact, disclosure.subject)
                if key not in found or (known[name] == known[best] and self._says_more(disclosure, found[key])):
                    found[key] = disclosure
        return tuple(sorted(found.values(), key=lambda disclosure: disclosure.span))

    def _says_more(self, new: Disclosure, old: Disclosure) -> bool:
        """What is affirmed outweighs what is asked or doubted elsewhere, what is taken now what was taken once.

        A "no" that one language knows outweighs the "yes" of another at the same words.
        """
        if (new.polarity, old.polarity, new.span) == ("negated", "affirmed", old.span):
            return True
        once = old.polarity == "negated" and old.time and new.fact in self._items.after_stopping
        return new.polarity == "affirmed" and (bool(once) or old.polarity in ("hypothetical", "uncertain", "planned"))


class _Reader:
    """One message in one language."""

    def __init__(
        self,
        text: str,
        words: Sequence[Word],
        numbers: list[int],
        concepts: Concepts,
        hits: Sequence[Hit],
        medicines: tuple[MedicineHit, ...],
        items: Items,
    ) -> None:
        self.text = text
        self.words = words
        self.items = items
        named = [(words_of(hit.span, words), hit) for hit in medicines]
        drugs = [Hit(f"{medicine.item}={medicine.name}", *place) for place, medicine in named if medicine.item]
        creams = [place for place, medicine in named if medicine.drug_class == TOPICAL]
        cues: dict[str, list[Hit]] = {}
        facts: list[Hit] = []
        for hit in hits:
            (facts if _names_a_fact(hit.concept) else cues.setdefault(hit.concept, [])).append(hit)
        drugs = [hit for hit in drugs if not _is_vetoed(hit, cues)]
        self.drugs = {(hit.start, hit.end) for hit in drugs}
        facts = [hit for hit in facts if not _is_vetoed(hit, cues) and not touches(hit, creams)]  # "steroid cream"
        self.allergens = [hit for hit in facts if hit.concept.startswith(ALLERGEN)]
        named_facts = longest([hit for hit in facts if hit not in self.allergens])
        denied = [hit for hit in named_facts if hit.concept.startswith("!")]
        cues |= triggers(self.allergens, drugs, cues, items.triggers)
        self.met = [met for met in together(items.together, cues, numbers) if not _is_vetoed(met.told, cues)]
        named_facts = longest([*named_facts, *(met.told for met in self.met)])
        self.facts = [hit for hit in named_facts if not gives_way(hit, named_facts, items.yields)]
        self.facts = [hit for hit in self.facts if not is_passing(hit, items.unless, items.lesser, cues, numbers)]
        self.facts = [hit for hit in self.facts if hit.concept != AGE or not is_counting(hit, words, concepts, cues)]
        drugs = [hit for hit in drugs if not any(met.takes(hit) for met in self.met)]
        self.facts += [hit for hit in drugs if not any(covers(no, hit) for no in denied)]
        taken = {at for hit in (*self.facts, *drugs) for at in range(hit.start, hit.end)}
        cues.setdefault(NAMED, []).extend(named_people(text, words, concepts, cues, taken))
        self.assertions = Assertions(words, numbers, cues, self.facts)
        self.is_past_cancer = any(hit.concept == PAST_CANCER for hit in self.facts)
        self.elapsed = Elapsed(concepts.times.find(words, concepts.number), self.assertions)

    def disclosures(self) -> Iterable[Disclosure]:
        """Every fact with its polarity, subject and time."""
        allergies = [hit for hit in self.facts if hit.concept == ALLERGY]
        reacted_to = [(met.thing.start, met.thing.end) for met in self.met if met.pair.one == DRUG]
        for hit in self.facts:
            if fact_of(hit) in self.items.triggers and touches(hit, reacted_to):
                continue
            is_drug = (hit.start, hit.end) in self.drugs
            fact, _, value = hit.concept.partition("=")
            assertion = self.assertions.of(
                hit,
                naming=is_drug,
                hedged=not fact.lstrip("!").startswith(self.items.certain),
                planned=is_drug or fact.startswith(self.items.planned),
                lately=fact in self.items.lately,
                product=is_drug or fact.startswith(self.items.products),
            )
            if assertion is None or (fact in self.items.beside and self.items.beside[fact] not in self.assertions.cues):
                continue
            allergy = self._nearest(hit, allergies) if is_drug else None
            if allergy is not None:
                yield from self._allergen(hit, allergy)
                continue
            if is_drug and self.assertions.says(hit, "reaction") and fact not in ("meds.topical", "la.problem"):
                continue  # "ibuprofen gives me a rash" takes none
            yield from self._told(hit, fact, value, assertion)
        for hit in self.allergens:
            allergy = self._nearest(hit, allergies)
            if allergy is not None:
                yield from self._allergen(hit, allergy)
        for met in self.met:
            if met.pair.fact == ALLERGY:
                yield from self._allergen(met.thing, met.told)

    def _told(self, hit: Hit, fact: str, value: str, assertion: Assertion) -> Iterable[Disclosure]:
        polarity = assertion.polarity if fact.startswith("!") else self._settled(hit, fact, assertion)
        if polarity is None:
            return
        if fact == AGE and any(DECIMAL.fullmatch(word.norm) for word in self.words[hit.start : hit.end]):
            return  # "I'm 35.1" is a temperature
        if (
            fact == AGE
            and polarity == "negated"
            and any(self.words[at].norm.isdigit() for at in range(hit.start, hit.end))
        ):
            polarity = "affirmed"  # "no illnesses, 53 years old": a list denies no number
        if fact.startswith("!"):
            fact, polarity = fact[1:], MIRRORED.get(polarity, polarity)
        if value in self.items.of_cancer and self.is_past_cancer and self.elapsed.since(hit) is None:
            polarity = "negated" if not self.assertions.follows(hit, "recently") else polarity
        if polarity == "affirmed" and assertion.polarity == "affirmed":
            for name, answers in (("uncontrolled", self.items.uncontrolled), ("controlled", self.items.controlled)):
                if self.assertions.follows(hit, name):
                    value = answers.get(fact, value)
                    polarity = "negated" if value == "N" else polarity
                    break
        if polarity == "affirmed" and (value == "146799005" or self._is_half_told(hit, fact)):
            polarity = "uncertain"  # "possibly pregnant" is an answer of its own
        both = fact in self.items.of_both and not value
        own = fact in self.items.own or (both and (assertion.subject == "partner" or self.assertions.names(hit)))
        subject = "self" if own else self._subject(hit, fact, assertion)
        time = self._time(assertion, polarity)
        if fact == "cancer.status" and time.startswith("past"):
            value = "past"
        told = Disclosure(fact, polarity, subject, time, self._span(hit), value or None)
        yield told
        if subject != "self" and polarity == "affirmed" and self.assertions.also_self(hit):
            yield Disclosure(fact, polarity, "self", time, told.span, told.value)
        if fact in self.items.implies and polarity == "affirmed":
            outgrown: Polarity = "uncertain" if self.assertions.has_gone(hit) else polarity
            yield Disclosure(self.items.implies[fact], outgrown, subject, time, told.span)
        yield from self._follow_up(hit, told)

    def _is_half_told(self, hit: Hit, fact: str) -> bool:
        """ "I have high blood pressure" does not say whether it is under control, which is the question."""
        return fact in self.items.only_uncontrolled and not self.assertions.says(hit, "uncontrolled")

    def _settled(self, hit: Hit, fact: str, assertion: Assertion) -> Polarity | None:
        """The polarity for what the question asks: what is over, or too long ago, is a No."""
        if fact in self.items.coming and assertion.polarity in ("affirmed", "planned"):
            return self._is_coming(hit, assertion)
        if assertion.polarity == "planned" and fact in self.items.ahead and self._is_soon(hit):
            return "affirmed"
        if assertion.polarity != "affirmed":
            return assertion.polarity
        gone = self.assertions.has_gone(hit) and fact in self.items.present | self.items.curable
        if gone or (fact in self.items.present and self.assertions.says(hit, "used_to")):
            return "uncertain"
        if assertion.over and fact in self.items.after_stopping:
            return self._since_it_ended(hit, fact)
        return "negated" if assertion.over and fact in self.items.now else self._within(hit, fact, assertion)

    def _is_coming(self, hit: Hit, assertion: Assertion) -> Polarity | None:
        """An event to come: whether within the time that the question asks about; None without a word on when."""
        if self._is_soon(hit):
            return "affirmed"
        return "negated" if self.elapsed.beside(hit) or assertion.past or assertion.polarity == "planned" else None

    def _is_soon(self, hit: Hit) -> bool:
        """ "Root canal on Thursday", "our wedding is nine days away"."""
        if self.assertions.follows(hit, "gone_by"):
            return False
        times = self.elapsed.beside(hit)
        if times and fact_of(hit) in self.items.coming:  # the nearest: "wedding in 3 weeks, 3 days awake"
            return times[min(times, key=lambda at: max(at - hit.end, hit.start - at))] <= AHEAD * DAY
        return any(hours <= AHEAD * DAY for hours in times.values()) or self.assertions.follows(hit, "soon")

    def _since_it_ended(self, hit: Hit, fact: str) -> Polarity:
        """What is over still counts for some time; without a word on when, it does not."""
        elapsed = self.elapsed.since(hit)
        if elapsed is not None:
            return "affirmed" if elapsed <= self.items.after_stopping[fact] * DAY else "negated"
        return "affirmed" if self.assertions.follows(hit, "recently") else "negated"

    def _within(self, hit: Hit, fact: str, assertion: Assertion) -> Polarity | None:
        """Whether what happened did so within the time that the question asks about; None when that cannot be told."""
        window = self._window(hit, fact, assertion)
        if window is None:
            return "negated" if fact in self.items.now and assertion.stopped else "affirmed"
        if window < MONTHS and self.assertions.says(hit, "month"):
            return None  # "in January" may be in or out
        elapsed = self.elapsed.since(hit)
        if elapsed is not None:
            return "affirmed" if elapsed <= window * DAY else "negated"
        lately = self.assertions.follows(hit, "recently")
        if assertion.stopped and window >= MONTHS and self.assertions.says(hit, "month") and not lately:
            return "uncertain"  # "ended in July"
        if (assertion.over or self.assertions.says(hit, "long_ago")) and not lately:
            return "negated"
        needs_date = (
            fact in self.items.dated
            or (fact in self.items.dated_when_over and bool(assertion.past) and not assertion.now)
            or (fact in self.items.after_stopping and not assertion.stopped)
            or (assertion.stopped and window < MONTHS)  # "I quit retinol"
        )
        undated = needs_date and not lately
        return "uncertain" if undated else "affirmed"

    def _window(self, hit: Hit, fact: str, assertion: Assertion) -> int | None:
        """Days within which it counts; None when time does not matter."""
        ended = assertion.stopped or self.assertions.before(hit, "ended")
        lasting = self.items.after_stopping.get(fact)
        ended |= lasting is not None and self.assertions.is_of_a_year(hit)  # "finished chemo in 2014"
        return self.items.windows.get(fact) if lasting is None else (lasting if ended else None)

    def _follow_up(self, hit: Hit, told: Disclosure) -> Iterable[Disclosure]:
        """ "A heart attack three months ago" answers two questions."""
        rule = self.items.recent.get(told.fact)
        if rule is None or told.polarity != "affirmed":
            return
        event = self._is_event(hit)
        elapsed = self.elapsed.around(hit) if event else self.elapsed.since(hit) if told.time else None
        if elapsed is not None:
            polarity: Polarity = "affirmed" if elapsed <= rule["days"] * DAY else "negated"
            yield Disclosure(rule["item"], polarity, told.subject, told.time, told.span)

    def _is_event(self, hit: Hit) -> bool:
        """What happens at one time, a heart attack or an operation, where the language knows them."""
        return touches(hit, [(cue.start, cue.end) for cue in self.assertions.cues.get("event", ())])

    def _allergen(self, hit: Hit, allergy: Hit) -> Iterable[Disclosure]:
        """What `allergy` is to: the code of an option where there is one, else the words or the medicine's name."""
        assertion = self.assertions.of(allergy)
        polarity = self._settled(allergy, ALLERGY, assertion) if assertion is not None else None
        if assertion is not None and polarity is not None and polarity != "negated":
            fact, _, code = hit.concept.partition("=")
            code = NSAID if fact == "meds.nsaid" else code
            if code == OTHER:
                code = self.text[slice(*self._span(hit))]
            start, end = min(hit.start, allergy.start), max(hit.end, allergy.end)
            span = self.words[start].start, self.words[end - 1].end
            subject = self._subject(allergy, ALLERGY, assertion)
            yield Disclosure("allergy.which", polarity, subject, "", span, code)

    def _nearest(self, hit: Hit, allergies: Sequence[Hit]) -> Hit | None:
        sentence = self.assertions.sentence
        near = [
            allergy
            for allergy in allergies
            if sentence[allergy.start] == sentence[hit.start]
            and -ALLERGEN_REACH <= hit.start - allergy.end <= ALLERGEN_REACH
            and not self._parted(hit, allergy)
        ]
        return min(near, key=lambda allergy: abs(allergy.start - hit.start), default=None)

    def _parted(self, hit: Hit, allergy: Hit) -> bool:
        """ "I have hay fever and take warfarin" is no allergy to warfarin."""
        between = range(min(hit.end, allergy.end), max(hit.start, allergy.start))
        return any(
            cue.start in between for name in ("own", "restart", "stop") for cue in self.assertions.cues.get(name, ())
        )

    def _subject(self, hit: Hit, fact: str, assertion: Assertion) -> Subject:
        if assertion.subject == "family" and fact in self.items.family_counts:
            return "self"
        if fact == AGE and assertion.subject == "self":  # "my 16 year old daughter"
            after = [cue for name in ("people_family", "people_other") for cue in self.assertions.cues.get(name, ())]
            if any(cue.start == hit.end for cue in after):
                return "family"
        named = any(self.assertions.cues.get(name) for name in PEOPLE)
        if fact in self.items.of_a_baby and assertion.subject == "other" and not named:
            return "self"  # "he's two and still on the boob"
        if fact in self.items.of_a_baby and assertion.subject == "family" and self.assertions.is_of_a_child(hit):
            return "self"  # "my boy's still latched on"
        if fact == PREGNANCY and assertion.subject == "self" and self.assertions.is_of_a_couple(hit):
            return "partner"
        asks_for_another = assertion.subject == "self" and fact not in self.items.own
        return self.assertions.asked_for(hit) if asks_for_another else assertion.subject

    def _time(self, assertion: Assertion, polarity: Polarity) -> str:
        if polarity in ("affirmed", "negated") and assertion.past and assertion.polarity == "affirmed":
            spans = (self._span(cue) for cue in sorted(assertion.past, key=lambda cue: cue.start))
            return "past: " + " ".join(dict.fromkeys(self.text[start:end] for start, end in spans))
        return "now" if assertion.now and polarity == "affirmed" else ""

    def _span(self, hit: Hit) -> tuple[int, int]:
        return self.words[hit.start].start, self.words[hit.end - 1].end


def _names_a_fact(concept: str) -> bool:
    return not concept.startswith(VETO) and ("." in concept or "=" in concept or concept.lstrip("!") == "diabetes")


def _is_vetoed(hit: Hit, cues: Mapping[str, Sequence[Hit]]) -> bool:
    """ "Cold sore" is no cold, "16 weeks" no age."""
    fact = hit.concept.lstrip("!").partition("=")[0]
    return touches(hit, [(veto.start, veto.end) for veto in cues.get(VETO + fact, ())])


@lru_cache(maxsize=1)
def load_disclosures() -> Disclosures:
    """The project's reader, built at the first call."""
    return Disclosures.load()


def disclosures(text: str, language: str | None = None) -> tuple[Disclosure, ...]:
    """The facts in `text`, in its order."""
    return load_disclosures().read(text, language)
