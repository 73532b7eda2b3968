"""Names of medicines in a patient's words: brands, other languages, misspellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.safety.concepts import CACHE, FOLDER, WordLoader
from bot.safety.patterns import expand
from bot.safety.spelling import Spelling
from bot.safety.text import Word, clean, fold, split_words

HERE = Path(__file__).parent
FORM_DISTANCE = 3  # words between a name and "cream", "capsules", ...
TOPICAL = "topical"
SHORTEST_CORRECTED = 6  # letters; shorter names are too close to ordinary words
TWO_ERRORS_FROM = 9  # letters


@dataclass(frozen=True)
class MedicineHit:
    """A medicine named in a text. `name` is the generic name, `item` the linkId whose answer it touches, or None.

    Creams, drops and inhalers are hits of class "topical" without an item: known, but not a systemic medicine.
    """

    name: str
    drug_class: str
    item: str | None
    span: tuple[int, int]


@dataclass(frozen=True)
class _Entry:
    words: tuple[str, ...]  # a trailing * accepts any ending
    name: str
    drug_class: str


class Medicines:
    """The lexicon, ready to search. Build it once with `load()`; not changed afterwards, but for a cache of words."""

    def __init__(self, data: Mapping[str, Any], ordinary: Iterable[str] = ()) -> None:
        """`ordinary` are words of everyday language, folded: no misspelt medicines."""
        self._classes: Mapping[str, Mapping[str, Any]] = data["classes"]
        self._topical = _Forms([*data["topical_forms"]["en"], *data["topical_forms"]["other"]])
        self._supplement = _Forms(data["supplement_forms"])
        self._entries: dict[str, list[_Entry]] = {}
        self._stems: dict[str, list[_Entry]] = {}
        self._begun: dict[str, list[_Entry]] = {}  # for words met before
        names: set[str] = set()
        for drug_class, given in self._classes.items():
            for name, spelling in _spellings(given):
                for words in expand(spelling):
                    entry = _Entry(words, name, drug_class)
                    self._index(entry)
                    if len(words) == 1 and not words[0].endswith("*"):
                        names.add(words[0])
        exact = {fold(word) for word in data["exact_only"]}
        self._spelling = Spelling(
            (name for name in names - exact if len(name) >= SHORTEST_CORRECTED),
            never={*(fold(word) for word in data["never"]), *ordinary},
            two_errors_from=TWO_ERRORS_FROM,
        )

    @classmethod
    def load(cls, path: Path = HERE / "lexicon.yml") -> Medicines:
        """Read the lexicon from its file, and the ordinary words that the concepts know."""
        small = yaml.load((FOLDER / "small_words.yml").read_text(encoding="utf-8"), Loader=WordLoader)  # noqa: S506 - a SafeLoader
        english = (FOLDER / "ordinary.en.txt").read_text(encoding="utf-8").split()
        ordinary = {*english, *(word for words in small.values() for word in words)}
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")), ordinary)

    def find(self, text: str) -> tuple[MedicineHit, ...]:
        """Every medicine named in `text`, in the order of the text."""
        words = split_words(clean(text))
        hits: list[MedicineHit] = []
        at = 0
        while at < len(words):
            entry = self._longest(words, at)
            if entry is None:
                at += 1
                continue
            end = at + len(entry.words)
            hit = self._hit(entry, words, at, end)
            if hit is not None:
                hits.append(hit)
            at = end
        return tuple(hits)

    def knows(self, norm: str) -> bool:
        """True when a folded word is in the lexicon as written, or begins like a word that takes any ending."""
        return norm in self._entries or any(norm.startswith(stem) for stem in self._stems)

    def _hit(self, entry: _Entry, words: list[Word], at: int, end: int) -> MedicineHit | None:
        given = self._classes[entry.drug_class]
        drug_class, item = entry.drug_class, given["item"]
        if given.get("needs_form"):
            if not self._supplement.near(words, at, end):
                return None
            drug_class = "supplement"
        elif item is not None and not given.get("always_topical") and self._topical.near(words, at, end):
            drug_class, item = TOPICAL, None
        return MedicineHit(entry.name, drug_class, item, (words[at].start, words[end - 1].end))

    def _index(self, entry: _Entry) -> None:
        first = entry.words[0]
        if first.endswith("*"):
            self._stems.setdefault(first[:-1], []).append(entry)
        else:
            self._entries.setdefault(first, []).append(entry)

    def _longest(self, words: list[Word], at: int) -> _Entry | None:
        fits = [entry for entry in self._beginning_with(words[at].norm) if self._fits(entry, words, at)]
        return max(fits, key=lambda entry: len(entry.words), default=None)

    def _beginning_with(self, word: str) -> Sequence[_Entry]:
        cached = self._begun.get(word)
        if cached is not None:
            return cached
        candidates = list(self._entries.get(word, ()))
        for length in range(3, len(word) + 1):
            candidates += self._stems.get(word[:length], ())
        if not candidates:
            for spelled in self._spelling.correct(word):
                candidates += self._entries.get(spelled, ())
        if len(self._begun) < CACHE:
            self._begun[word] = candidates
        return candidates

    def _fits(self, entry: _Entry, words: list[Word], at: int) -> bool:
        if at + len(entry.words) > len(words):
            return False
        return all(
            given.norm.startswith(wanted[:-1]) if wanted.endswith("*") else given.norm == wanted
            for given, wanted in zip(words[at + 1 : at + len(entry.words)], entry.words[1:], strict=True)
        )


class _Forms:
    """Words such as "cream" or "capsules" beside a name."""

    def __init__(self, words: Iterable[str]) -> None:
        singles = [fold(word.split()[-1]) for word in words]
        self._exact = frozenset(word for word in singles if not word.endswith("*"))
        self._stems = tuple(word[:-1] for word in singles if word.endswith("*"))

    def near(self, words: list[Word], start: int, end: int) -> bool:
        """True when such a word follows, or stands right before, the words [start, end)."""
        for word in words[end : end + FORM_DISTANCE]:
            if word.norm in (",", ".", ";", "and", "or", "but"):
                break
            if word.norm in self._exact or word.norm.startswith(self._stems):
                return True
        return any(
            word.norm in self._exact or word.norm.startswith(self._stems) for word in words[max(0, start - 1) : start]
        )


def _spellings(given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name in given.get("generic", ()):
        yield name, name
    for name, brands in given.get("brand", {}).items():
        for brand in brands:
            yield name, str(brand)
    for phrases in given.get("lay", {}).values():
        for phrase in phrases:
            yield " ".join(expand(str(phrase))[0]).replace("*", ""), str(phrase)


@lru_cache(maxsize=1)
def load_medicines() -> Medicines:
    """The project's lexicon, read at the first call."""
    return Medicines.load()


def find(text: str) -> tuple[MedicineHit, ...]:
    """Every medicine named in `text`, looked up in the project's lexicon."""
    return load_medicines().find(text)
