"""Reading the content folder: cards, translations, conflicts, phrases, keywords, areas. Finds every problem at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.knowledge import yaml_file
from bot.knowledge.cards import Card, Edition, Revision, out_of_step, read_card, read_translation
from bot.knowledge.facts import load_facts
from bot.knowledge.matching import Words


@dataclass(frozen=True)
class ConflictWords:
    """A conflict in one language: `(number of the clinic, what it writes)`, and our answer."""

    says: tuple[tuple[int, str], ...]
    answer: str


@dataclass(frozen=True)
class ToldConflict:
    """A conflict as patients are told it, in every language there is."""

    words: Mapping[str, ConflictWords]
    reviewed_on: date
    review_by: date

    def in_language(self, language: str) -> ConflictWords:
        return self.words.get(language, self.words["en"])


class Shelf:
    """All content of a folder, and what a clinic has published instead. `problems` is empty when it can be used."""

    def __init__(self, folder: Path, revisions: Iterable[Revision] = ()) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.facts = load_facts(folder / "facts.yml")
        self.cards = self._read_cards()
        self._translated = self._read_translations()
        self._until: dict[tuple[str, str], date] = {}
        self._revisions: dict[tuple[str, str], Revision] = {}
        self._editions: dict[tuple[str, str], Edition] = {}
        for revision in revisions:
            self._revise(revision)
        catalogues = {path.stem: _flat(yaml_file.read(path)) for path in sorted((folder / "phrases").glob("*.yml"))}
        self.phrases: Mapping[str, str] = catalogues.pop("en")
        self._phrases = catalogues
        self.languages = frozenset({"en", *catalogues})
        self.language_notices: Mapping[str, str] = yaml_file.read(folder / "languages.yml")
        for language, texts in catalogues.items():
            texts.pop("translation", None)
            self.problems += out_of_step(f"phrases/{language}.yml", self.phrases, texts)
        self.conflicts = self._read_conflicts()
        self.aspects = self._aspect_words()
        areas = yaml_file.read(folder / "areas.yml")
        self.areas = Words(
            (area, word, language != "en")
            for area, given in areas.items()
            for language in given
            for word in given[language]
        )
        self._check_references(areas.keys())

    def text(self, topic: str, place: str, language: str) -> str:
        """A card's text; English where the language has none. `KeyError` for an aspect or area that does not exist."""
        english = dict(self.cards[topic].texts())
        found = self._translated.get(language, {}).get(topic, {}).get(place) or english.get(place)
        if found is None and "." in place:
            raise KeyError(place)
        return found or ""

    def review_by(self, topic: str, language: str) -> date:
        """The last day on which a card may be shown in a language."""
        return min(self.cards[topic].review_by, self._until.get((topic, language), date.max))

    def edition(self, topic: str, language: str) -> Edition:
        """Which words `text` gives for a card in a language."""
        known = self._editions.get((topic, language))
        if known is None:
            places = dict(self.cards[topic].texts())
            words = "\0".join(f"{place}\0{self.text(topic, place, language)}" for place in places)
            revision = self._revisions.get((topic, language))
            reviewed = revision.reviewed_on if revision else self.cards[topic].reviewed_on
            digest = hashlib.sha256(words.encode()).hexdigest()[:12]
            known = Edition(topic, language, revision.number if revision else None, digest, reviewed.isoformat())
            self._editions[topic, language] = known
        return known

    def phrase(self, key: str, language: str) -> str:
        return self._phrases.get(language, {}).get(key) or self.phrases[key]

    def conflict_dates(self) -> dict[str, date]:
        return {name: told.review_by for name, told in self.conflicts.items()}

    def all_texts(self, language: str) -> Iterator[tuple[str, str]]:
        for topic, card in self.cards.items():
            for place, text in (
                card.texts() if language == "en" else self._translated.get(language, {}).get(topic, {}).items()
            ):
                yield f"{topic}.{place}", text
        phrases = self.phrases if language == "en" else self._phrases.get(language, {})
        yield from ((f"phrase.{key}", text) for key, text in phrases.items())
        for name, told in self.conflicts.items():
            if language in told.words:
                yield f"{name}.answer", told.words[language].answer

    def untranslated(self, language: str) -> list[str]:
        have = {place for place, _ in self.all_texts(language)}
        return sorted(place for place, _ in self.all_texts("en") if place not in have)

    def _read_cards(self) -> dict[str, Card]:
        cards = {}
        for path in sorted((self.folder / "cards" / "en").glob("*.yml")):
            card, problems = read_card(path)
            self.problems += problems
            if card:
                cards[card.topic] = card
        return cards

    def _read_translations(self) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = {}
        for path in sorted((self.folder / "cards").glob("*/*.yml")):
            language = path.parent.name
            if language == "en":
                continue
            if path.stem not in self.cards:
                self.problems.append(f"cards/{language}/{path.name}: no such topic")
                continue
            texts, problems = read_translation(path, self.cards[path.stem])
            self.problems += problems
            found.setdefault(language, {})[path.stem] = texts
        return found

    def _revise(self, revision: Revision) -> None:
        card = self.cards.get(revision.topic)
        if card is None:  # signed for a topic that the project has given up
            return
        self._revisions[revision.topic, revision.language] = revision
        if revision.language == "en":
            self.cards[revision.topic] = card.revised(revision)
        else:
            known = dict(card.texts())
            texts = {place: text for place, text in revision.texts.items() if place in known and text}
            self._translated.setdefault(revision.language, {}).setdefault(revision.topic, {}).update(texts)
            self._until[revision.topic, revision.language] = revision.review_by

    def _read_conflicts(self) -> dict[str, ToldConflict]:
        files = {path.stem: yaml_file.read(path) for path in sorted((self.folder / "conflicts").glob("*.yml"))}
        english = files["en"]
        told = {}
        for name, given in english["conflicts"].items():
            words = {
                language: ConflictWords(
                    tuple((int(text[1:]) + 1, said) for text, said in content["conflicts"][name]["says"].items()),
                    " ".join(content["conflicts"][name]["answer"].split()),
                )
                for language, content in files.items()
                if name in content["conflicts"]
            }
            for language, content in files.items():
                if name in content["conflicts"] and content["conflicts"][name]["says"].keys() != given["says"].keys():
                    self.problems.append(f"conflicts/{language}.yml: {name} quotes other clinics than in English")
            told[name] = ToldConflict(words, english["reviewed_on"], english["review_by"])
        return told

    def _aspect_words(self) -> dict[str, Words]:
        foreign = {path.stem: yaml_file.read(path) for path in sorted((self.folder / "keywords").glob("*.yml"))}
        words = {}
        for topic, card in self.cards.items():
            known = {aspect.id for aspect in card.aspects}
            entries = [(one.id, word, False) for one in card.aspects for word in (*one.keywords, *one.names)]
            for language, topics in foreign.items():
                for aspect, given in (topics.get(topic) or {}).items():
                    if aspect not in known:
                        self.problems.append(f"keywords/{language}.yml: {topic} has no aspect {aspect!r}")
                    entries += [(aspect, word, True) for word in given]
            words[topic] = Words(entries)
        for language, topics in foreign.items():
            self.problems += [f"keywords/{language}.yml: no topic {one!r}" for one in topics.keys() - self.cards.keys()]
        return words

    def _check_references(self, areas: Any) -> None:
        known = self.facts
        for card in self.cards.values():
            for kind, ids, there in (
                ("fact", card.facts, known.facts),
                ("conflict", card.conflicts, self.conflicts),
                ("source", card.sources, known.plain),
                ("follow-up", card.follow_ups, self.cards),
                ("area", card.areas, areas),
            ):
                self.problems += [f"cards/en/{card.topic}.yml: no {kind} {one!r}" for one in ids if one not in there]
            if f"topic.{card.topic}" not in self.phrases:
                self.problems.append(f"phrases/en.yml: no title for topic.{card.topic}")


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested groups to dotted keys: `topic: {pain_numbing: ...}` is `topic.pain_numbing`."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}.")
        else:
            flat[name] = "\n".join(" ".join(line.split()) for line in str(value).strip().split("\n"))
    return flat
