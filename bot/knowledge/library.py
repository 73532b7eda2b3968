"""The library: loads every card, fact and fixed sentence once, and picks the words that answer a patient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.clinic import PLACEHOLDER, Clinic
from bot.envelope import Choice, Reply, Source
from bot.knowledge import KnowledgeError
from bot.knowledge.cards import Aspect, Card, Edition, Revision
from bot.knowledge.opening import spelled
from bot.knowledge.shelf import Shelf
from bot.knowledge.totals import Totals, faults
from bot.safety.guards import Guards

HERE = Path(__file__).parent
ANSWERED_AT_ONCE = 3  # questions of one message that are answered; the rest become choices
STARTS = ("book_appointment", "reschedule_cancel", "start_eligibility")  # picked, these begin a guided dialogue
ASKED_MOST = ("what_is_mesotherapy", "start_eligibility", "price_payment")  # offered where nothing is nearer
PRICES = "price_payment"
SUMMED = ("single", "course", "cheapest")  # aspects of it that a sum says better
SAID_AT_ONCE = 2  # specific answers of one topic
SAME = re.compile("address|controller|email|name|privacy_url|.*_(?:line|number|phone)")  # in every language
COMPUTED = {"opening_hours", "practitioners"}
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=\}\})\s+(?=[A-Z{])")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Library:
    """Everything the bot can say. Raises `KnowledgeError`, listing all problems, if the content is unusable."""

    def __init__(self, folder: Path = HERE) -> None:
        shelf = Shelf(folder)
        if shelf.problems:
            raise KnowledgeError("\n".join(shelf.problems))
        self._folder = folder
        self._shelf = shelf
        self.facts = shelf.facts
        self._totals = Totals(self.phrase)
        self.topics = tuple(sorted(shelf.cards))

    def publish(self, revisions: Iterable[Revision]) -> None:
        """Show these words of the clinic instead of the files', and of all others the files'. Safe while answering."""
        self._shelf = Shelf(self._folder, revisions)

    # -- what a conversation asks for ----------------------------------------------------------------------------

    def answer(
        self,
        topic: str,
        *,
        text: str = "",
        area: str | None = None,
        language: str = "en",
        clinic: Clinic,
        today: date,
        detail: str | None = None,
    ) -> Reply:
        """The answer to a topic: the specific one that `text` (or `detail`, an aspect's id) asks for, or the short one.

        `area` (or an area named in `text`) picks the variant for it. An expired card says that we are checking it.
        Raises `KeyError` for a topic that has no card.
        """
        card = self._shelf.cards[topic]
        if today > self._shelf.review_by(topic, language):
            return self._expired(card, language, clinic)
        said = [self._text(card, f"aspects.{detail}", language)] if detail else self._asked(card, text, language)
        if topic == PRICES and (total := self._totals.say(text, self.areas_in(text), area, language, clinic)):
            prices = {self._text(card, f"aspects.{aspect}", language) for aspect in SUMMED}
            said = [total, *(words for words in said if words not in prices)]
        where = area or next(iter(self.areas_in(text)), None)
        if where in card.areas:
            said.append(self._text(card, f"areas.{where}", language))
        words = "\n\n".join(said[:SAID_AT_ONCE]) or self._text(card, "short", language)
        return self._reply(card, words, language, clinic, self._choices(card, language))

    def speaks_of(self, topic: str, text: str) -> bool:
        """True when `text` names an aspect or an area for which the topic has words of its own."""
        card = self._shelf.cards[topic]
        return self.names_aspect(topic, text) or any(area in card.areas for area in self.areas_in(text))

    def names_aspect(self, topic: str, text: str) -> bool:
        """True when `text` names an aspect of the topic, not only an area."""
        return bool(self._shelf.aspects[topic].hits(text))

    def names(self, topic: str, aspect: str, text: str) -> bool:
        """True when `text` names this aspect of the topic."""
        return any(hit.key == aspect for hit in self._shelf.aspects[topic].hits(text))

    def names_another_treatment(self, topic: str, text: str) -> bool:
        """True when `text`, read as being about `topic`, asks for something else than ours: "do you do botox?".

        What such a card has no words for ("do you do threads?") is not ours either.
        """
        found = {hit.key for hit in self._shelf.aspects[topic].hits(text)}
        return any(one.elsewhere and (not found or one.id in found) for one in self._shelf.cards[topic].aspects)

    def more(self, topic: str, *, language: str = "en", clinic: Clinic, today: date) -> Reply:
        """The longer answer, behind "Tell me more"."""
        return self._part(topic, "more", language, clinic, today)

    def simpler(self, topic: str, *, language: str = "en", clinic: Clinic, today: date) -> Reply:
        """The same answer in even plainer words."""
        return self._part(topic, "simpler", language, clinic, today)

    def why(self, topic: str, *, language: str = "en", clinic: Clinic, today: date) -> Reply:
        """The reasons behind the answer."""
        return self._part(topic, "reasons", language, clinic, today)

    def clinics_say(self, conflict: str, *, language: str = "en", clinic: Clinic, today: date) -> Reply:
        """What different clinics write about it, quoted as such, and our own answer. Raises `KeyError` if unknown."""
        told = self._shelf.conflicts[conflict]
        if today > told.review_by:
            return self._notice("expired", conflict, language, clinic)
        words = told.in_language(language)
        quoted = "\n".join(f"{self.phrase('clinics_one', language, n=str(n), says=says)}" for n, says in words.says)
        text = self.phrase("clinics_say", language, quotes=quoted, answer=words.answer)
        return Reply(
            kind="answer",
            ref=conflict,
            text=self._filled(text, language, clinic),
            choices=(Choice("human", self.phrase("choice_human", language)),),
            sources=self._sources(("clinics", *self.facts.conflicts[conflict].refs), told.reviewed_on),
        )

    def answers(
        self,
        topics: Sequence[tuple[str, str]],
        *,
        area: str | None = None,
        language: str = "en",
        clinic: Clinic,
        today: date,
        perhaps: Iterable[str] = (),
    ) -> tuple[Reply, ...]:
        """One reply a question, in the order asked, for up to three `(topic, words that ask it)`; the rest as choices.

        `perhaps` are topics that may have been asked as well; they are offered too. Two questions on one topic are one.
        Only the last reply carries choices, so that the patient picks once.
        """
        spans: dict[str, str] = {}
        for topic, span in topics:
            spans[topic] = f"{spans[topic]}\n{span}" if topic in spans else span
        now, later = list(spans)[:ANSWERED_AT_ONCE], list(spans)[ANSWERED_AT_ONCE:]
        later += [topic for topic in perhaps if topic in self._shelf.cards and topic not in spans]
        replies = [
            self.answer(topic, text=spans[topic], area=area, language=language, clinic=clinic, today=today)
            for topic in now
        ]
        if len(replies) < 2:
            return tuple(self._also(reply, later, language) for reply in replies)
        started = [topic for topic in now if topic in STARTS]
        waiting = tuple(Choice(f"topic:{topic}", self.topic_title(topic, language)) for topic in (*started, *later))
        offered = tuple(choice for choice in replies[-1].choices if choice.id not in {f"topic:{one}" for one in spans})
        return (
            *(replace(reply, choices=()) for reply in replies[:-1]),
            replace(replies[-1], choices=waiting + offered),
        )

    # -- words -----------------------------------------------------------------------------------------------------

    def topic_title(self, topic: str, language: str = "en") -> str:
        """The topic as a patient would name it, short enough for a button."""
        return self.phrase(f"topic.{topic}", language)

    def phrase(self, key: str, language: str = "en", *, clinic: Clinic | None = None, **values: str) -> str:
        """A fixed sentence, filled with `values` and, if given, the clinic's. Raises `KeyError` for an unknown key."""
        text = self._shelf.phrases[key] if language == "en" else self._shelf.phrase(key, language)
        if clinic:
            return self._filled(text, language, clinic, values)
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    def language_notice(self, language: str, clinic: Clinic) -> Reply | None:
        """One sentence in the patient's language, when we understand it but answer in English; else None."""
        if language in self._shelf.languages or language not in self._shelf.language_notices:
            return None
        return Reply("notice", "language_notice", clinic.fill(self._shelf.language_notices[language]))

    def areas_in(self, text: str) -> list[str]:
        """The treatment areas that a text names, in its order: `face`, `undereye`, `scalp` ..."""
        return list(dict.fromkeys(hit.key for hit in self._shelf.areas.hits(text)))

    # -- what staff and start-up ask for ---------------------------------------------------------------------------

    def expired(self, today: date) -> list[str]:
        """Topics and conflicts whose review date has passed; patients are not shown them."""
        dated = {**{c.topic: c.review_by for c in self._shelf.cards.values()}, **self._shelf.conflict_dates()}
        return sorted(name for name, until in dated.items() if today > until)

    @property
    def computed(self) -> frozenset[str]:
        """Placeholders that the library fills itself."""
        return frozenset(COMPUTED)

    def card(self, topic: str) -> Card:
        """The English card, for staff pages and tests."""
        return self._shelf.cards[topic]

    def edition(self, topic: str, language: str = "en") -> Edition:
        """Which words of a card are being said, for the record. Raises `KeyError` for a topic that has no card."""
        return self._shelf.edition(topic, language)

    def untranslated(self, language: str) -> list[str]:
        """Texts for which a language still falls back to English."""
        return self._shelf.untranslated(language)

    def all_texts(self, language: str = "en") -> Iterable[tuple[str, str]]:
        """Every patient text with its place, unfilled."""
        return self._shelf.all_texts(language)

    def check_clinic(self, clinic: Clinic, guards: Guards) -> list[str]:
        """What a clinic's own values break: placeholders without a value or without one in a language of the clinic,
        prices that cannot be added up, wording that must never be said.
        """
        problems = []
        for language in clinic.languages:
            problems += [f"{language}: clinic.yml does not translate {one}" for one in self._untold(clinic, language)]
            problems += [f"{language}: clinic.yml: {one}" for one in faults(clinic.speaking(language))]
            for place, text in self.all_texts(language):
                callers = PLACEHOLDER.findall(text) if place.startswith("phrase.") else []
                given = {name: "…" for name in callers if name not in clinic.values}
                filled = self._filled(text, language, clinic, given)
                missing = set(PLACEHOLDER.findall(text)) - given.keys() - clinic.values.keys() - COMPUTED
                problems += [f"{language} {place}: clinic.yml has no {name}" for name in sorted(missing)]
                problems += [f"{language} {place}: {one}" for one in guards.violations(filled, language)]
        return problems

    def _untold(self, clinic: Clinic, language: str) -> list[str]:
        """Values in words that the texts of `language` need and that clinic.yml has in English only."""
        if language == "en":
            return []
        wanted = {name for _, text in self.all_texts(language) for name in PLACEHOLDER.findall(text)}
        ours, theirs = clinic.values, clinic.speaking(language).values
        in_words = (one for one in wanted & ours.keys() if re.search("[a-z]{3}", ours[one]))
        return sorted(one for one in in_words if ours[one] == theirs[one] and not SAME.fullmatch(one))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _also(self, reply: Reply, topics: Sequence[str], language: str) -> Reply:
        offered = {choice.id for choice in reply.choices}
        ids = {f"topic:{topic}": topic for topic in topics if f"topic:{topic}" not in offered}
        more = tuple(Choice(id, self.topic_title(topic, language)) for id, topic in ids.items())
        return replace(reply, choices=(*more, *reply.choices))

    def _asked(self, card: Card, text: str, language: str) -> list[str]:
        if not text or not card.aspects:
            return []
        found = {hit.key: hit for hit in reversed(self._shelf.aspects[card.topic].hits(text))}
        aspects = [aspect for aspect in card.aspects if aspect.id in found]
        silenced = {other for aspect in aspects for other in aspect.instead_of}
        spoken = [aspect for aspect in aspects if aspect.id not in silenced]
        if not all(aspect.alone for aspect in spoken):
            spoken = [aspect for aspect in spoken if not aspect.alone]
        spoken.sort(key=lambda aspect: found[aspect.id].start)
        return [self._aspect_text(card, aspect, found[aspect.id].word, language) for aspect in spoken]

    def _aspect_text(self, card: Card, aspect: Aspect, word: str, language: str) -> str:
        words = self._text(card, f"aspects.{aspect.id}", language)
        return f"{self.phrase('mentioned', language, name=word)} {words}" if word in aspect.names else words

    def _part(self, topic: str, part: str, language: str, clinic: Clinic, today: date) -> Reply:
        card = self._shelf.cards[topic]
        if today > self._shelf.review_by(topic, language):
            return self._expired(card, language, clinic)
        choices = tuple(choice for choice in self._choices(card, language) if not choice.id.startswith("detail:"))
        words = self._text(card, part, language) or self.phrase("no_more", language)
        return self._reply(card, words, language, clinic, choices)

    def _text(self, card: Card, place: str, language: str) -> str:
        return self._shelf.text(card.topic, place, language)

    def _reply(self, card: Card, words: str, language: str, clinic: Clinic, choices: tuple[Choice, ...]) -> Reply:
        return Reply(
            kind="answer",
            ref=card.topic,
            text=self._filled(words, language, clinic),
            choices=choices,
            sources=self._sources(card.sources, card.reviewed_on),
            links=tuple(clinic.call(number) for number in card.links),
        )

    def _choices(self, card: Card, language: str) -> tuple[Choice, ...]:
        more = [Choice(f"detail:{card.topic}", self.phrase("choice_more", language))] if card.more else []
        clinics = [Choice(f"clinics:{one}", self.phrase("choice_clinics", language)) for one in card.conflicts[:1]]
        follow = [Choice(f"topic:{one}", self.topic_title(one, language)) for one in card.follow_ups]
        human = [Choice("human", self.phrase("choice_human", language))] if card.human else []
        return (*more, *clinics, *follow, *human)

    def _sources(self, ids: Iterable[str], reviewed: date) -> tuple[Source, ...]:
        names = dict.fromkeys(self.facts.plain[one] for one in ids if one in self.facts.plain)
        return tuple(Source(name, reviewed.isoformat()) for name in names)

    def _expired(self, card: Card, language: str, clinic: Clinic) -> Reply:
        return self._notice("expired", card.topic, language, clinic)

    def _notice(self, key: str, ref: str, language: str, clinic: Clinic) -> Reply:
        return Reply(
            kind="notice",
            ref=ref,
            text=self.phrase(key, language, clinic=clinic),
            choices=(Choice("human", self.phrase("choice_human", language)),),
            links=(clinic.call("clinic"),),
        )

    def _filled(self, text: str, language: str, clinic: Clinic, given: Mapping[str, str] | None = None) -> str:
        """A clinic's values filled in. A sentence whose value is missing is left out; `check_clinic` reports it."""
        clinic, values = clinic.speaking(language), dict(given or {})
        wanted = set(PLACEHOLDER.findall(text))
        if "opening_hours" in wanted:
            days = [self.phrase(f"day.{day}", language) for day in WEEKDAYS]
            until, and_ = (f" {self.phrase(f'day.{word}', language)} " for word in ("until", "and"))
            values["opening_hours"] = spelled(clinic, days, until, and_)
        if "practitioners" in wanted:
            people = [f"{one.name} ({one.title}, {one.register})" for one in clinic.practitioners]
            values["practitioners"] = "; ".join(people)
        known = values.keys() | clinic.values.keys()
        if wanted <= known:
            return re.sub(r" +", " ", clinic.fill(text, **values))
        kept = [part for part in SENTENCE.split(text) if set(PLACEHOLDER.findall(part)) <= known]
        return clinic.fill(" ".join(kept) or self.phrase("nothing_said", language), **values)
