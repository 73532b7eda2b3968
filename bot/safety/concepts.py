"""The concept lexicon of one language, and where its concepts occur in a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml

from bot.safety.patterns import GAP_ELEMENTS, Element, compile_pattern, spell_out
from bot.safety.spelling import Spelling
from bot.safety.text import Word, fold
from bot.safety.times import Times

FOLDER = Path(__file__).parent / "concepts"
SKIPPED = 3  # filler words allowed between two words of a pattern
ENDS = frozenset(".!?;")  # no pattern goes on after these
CACHE = 10_000  # words of a language that are remembered
FREQUENT = 4  # a stem is met as often as so many words
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WordLoader(Loader):  # type: ignore[misc]
    """YAML whose plain values are all words: "no" is Portuguese here, not False."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


DIGITS_ONLY = ("#fever", "#highfever", "#year")  # "forty minutes" is no temperature
NUMBER_CLASSES: Mapping[str, Callable[[float], bool]] = {
    "#n": lambda value: True,
    "#few": lambda value: value <= 60,
    "#fever": lambda value: 37.8 <= value < 43 or 100 <= value <= 107,  # Celsius or Fahrenheit
    "#highfever": lambda value: 38.9 <= value < 43 or 102 <= value <= 107,
    "#severe": lambda value: 7 <= value <= 10,  # "8 out of 10"
    "#lots": lambda value: 16 <= value < 500,  # tablets: a whole pack, more than anybody takes at once for pain
    "#minor": lambda value: 7 <= value < 18,
    "#adult": lambda value: 18 <= value < 110,
    "#year": lambda value: 1950 <= value <= 2050,
}


class Hit(NamedTuple):
    """A concept at words [start, end) of the message."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True)
class _Pattern:
    elements: tuple[_Compiled, ...]
    concept: str
    initial: bool  # only where a clause may open
    needed: tuple[_Compiled, ...]  # elements after the first that only certain words can be


class _Compiled:
    """One element of a pattern, split by how it is compared."""

    __slots__ = ("classes", "digits_only", "exact", "gap", "numbers", "open", "stems", "tokens")

    def __init__(self, element: Element) -> None:
        self.gap = GAP_ELEMENTS.get(element, 0)
        self.exact = frozenset(word for word in element if word[0] not in "#@" and not word.endswith("*"))
        self.stems = tuple(word[:-1] for word in element if word.endswith("*"))
        self.tokens = self.exact.union(stem + "*" for stem in self.stems)
        self.numbers = tuple(NUMBER_CLASSES[word] for word in element if word.startswith("#"))
        self.digits_only = any(word in DIGITS_ONLY for word in element)
        self.classes = tuple(word[1:] for word in element if word.startswith("@"))
        self.open = bool(self.gap or self.numbers or self.classes)


class _Filed:
    """Patterns that begin with one word or stem, filed under words of another element that a message must hold too."""

    __slots__ = ("always", "by_word")

    def __init__(self) -> None:
        self.always: list[_Pattern] = []
        self.by_word: dict[str, list[_Pattern]] = {}

    def add(self, pattern: _Pattern) -> None:
        if not pattern.needed:
            self.always.append(pattern)
            return
        rarest = min(pattern.needed, key=lambda element: len(element.exact) + FREQUENT * len(element.stems))
        for word in rarest.tokens:
            self.by_word.setdefault(word, []).append(pattern)

    def __iter__(self) -> Iterator[_Pattern]:
        """All of them, each once."""
        return iter(dict.fromkeys([*self.always, *chain.from_iterable(self.by_word.values())]))

    def holding(self, tokens: AbstractSet[str]) -> list[_Pattern]:
        """Those that a message of these words, and of these beginnings with a star, may hold."""
        found = self.always
        if self.by_word:
            found = found.copy()
            for word in self.by_word.keys() & tokens:
                found += self.by_word[word]
        return found


class _Known(NamedTuple):
    """What there is to know about a word, whatever message it stands in."""

    ways: tuple[str, ...]  # to read it: as written, its long form, or what a misspelling may have meant
    tokens: frozenset[str]  # those, and all their beginnings with a star
    filed: tuple[_Filed, ...]  # patterns that may begin with it
    open: tuple[_Pattern, ...]  # patterns that begin with a number or another concept, which it may be


@cache
def _compiled(element: Element) -> _Compiled:
    """Made once for all patterns and languages: of 114,000 elements 25,000 differ."""
    return _Compiled(element)


class Concepts:
    """One language's concepts, ready to search. Not changed after it is built, but for a cache of words."""

    def __init__(self, data: Mapping[str, Any], sections: Sequence[str], ordinary: Iterable[str] = ()) -> None:
        self.language: str = data["language"]
        self.small: tuple[str, ...] = tuple(data.get("small", ()))
        self.times = Times(data.get("times", {}))
        self._fillers = frozenset(fold(word) for word in data.get("fillers", ()))
        self._prefixes = tuple(fold(word) for word in data.get("prefixes", ()))
        self._openers = frozenset(fold(word) for word in data.get("openers", ()))
        self._numbers = {fold(str(word)): float(value) for word, value in data.get("numbers", {}).items()}
        self._same = {fold(str(word)): fold(str(meant)) for word, meant in data.get("same", {}).items()}
        self._words: dict[str, _Filed] = {}
        self._stems: dict[str, _Filed] = {}
        self._numeric: list[_Pattern] = []
        self._classes: dict[str, list[_Pattern]] = {}
        self._members: dict[str, set[str]] = {}
        named = data.get("words", {})
        known: set[str] = set()
        for section in sections:
            for concept, patterns in (data.get(section) or {}).items():
                for pattern in patterns:
                    initial = str(pattern).startswith("^")
                    for elements in compile_pattern(spell_out(str(pattern).lstrip("^"), named)):
                        compiled = tuple(map(_compiled, elements))
                        needed = tuple(element for element in compiled[1:] if not element.open)
                        self._add(_Pattern(compiled, concept, initial, needed))
                        known.update(word for element in elements for word in element if word.isalpha())
        known.update(fold(word) for word in data.get("spelling", ()))
        self._ordinary = frozenset(map(fold, ordinary))
        self._known = frozenset(known | self._fillers | set(self._numbers) | set(self._same))
        strict = int(data.get("two_errors_from", 8))
        self._spelling = Spelling(
            (word for word in known if len(word) >= int(data.get("shortest_corrected", 5))),
            never=self._known | self._ordinary,
            two_errors_from=strict,
        )
        self._met: dict[str, _Known] = {}

    @classmethod
    def load(
        cls, language: str, folders: Sequence[Path] = (FOLDER,), sections: Sequence[str] = ("cues", "concepts")
    ) -> Concepts:
        """Read `sections` of `<language>.yml` from each folder into one lexicon."""
        merged: dict[str, Any] = {}
        for folder in folders:
            data = yaml.load((folder / f"{language}.yml").read_text(encoding="utf-8"), Loader=WordLoader)  # noqa: S506 - a SafeLoader
            for key, value in data.items():
                if isinstance(value, dict) and isinstance(merged.get(key), dict):
                    for name, more in value.items():
                        old = merged[key].get(name)
                        merged[key][name] = [*old, *more] if isinstance(old, list) else more
                elif isinstance(value, list) and isinstance(merged.get(key), list):
                    merged[key] = [*merged[key], *value]
                else:
                    merged[key] = value
        ordinary = (folder / f"ordinary.{language}.txt" for folder in folders)
        return cls(
            merged, sections, [word for file in ordinary if file.exists() for word in file.read_text("utf-8").split()]
        )

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every concept in `words`, overlaps included."""
        met = [self._meet(word.norm) for word in words]
        tokens = frozenset().union(*(known.tokens for known in met))
        readings = [known.ways for known in met]
        hits: dict[tuple[str, int], int] = {}
        for at, known in enumerate(met):
            opens = at == 0 or words[at - 1].is_mark or words[at - 1].norm in self._openers
            for pattern in chain(known.open, *(filed.holding(tokens) for filed in known.filed)):
                if pattern.initial and not opens:
                    continue
                # Inline, since it is asked some hundred times a message: can the message hold the pattern at all?
                for element in pattern.needed:
                    if element.tokens.isdisjoint(tokens):
                        break
                else:
                    end = self._match(pattern.elements, 0, readings, at)
                    if end and end > hits.get((pattern.concept, at), 0):
                        hits[pattern.concept, at] = end
        return [Hit(concept, start, end) for (concept, start), end in sorted(hits.items())]

    def number(self, norm: str) -> float | None:
        """The value of a number written in digits or words."""
        if norm[:1].isdigit():
            try:
                return float(norm.replace(",", ".").replace(":", "."))
            except ValueError:
                return None
        return self._numbers.get(norm)

    def spell(self, norm: str) -> str:
        """The usual spelling of a word: its long form, or what a misspelling most likely meant."""
        ways = self._meet(norm).ways
        return ways[1] if len(ways) > 1 else norm

    def knows(self, norm: str) -> bool:
        """True when the word, or the start of it, is in the lexicon as written."""
        return norm in self._known or any(norm[:length] in self._stems for length in range(3, len(norm) + 1))

    def is_ordinary(self, norm: str) -> bool:
        """True for a word of everyday language, in languages that have a list of them."""
        return norm in self._ordinary

    def _add(self, pattern: _Pattern) -> None:
        first = pattern.elements[0]
        for word in first.exact:
            self._words.setdefault(word, _Filed()).add(pattern)
        for stem in first.stems:
            self._stems.setdefault(stem, _Filed()).add(pattern)
        if first.numbers:
            self._numeric.append(pattern)
        for concept in first.classes:
            self._classes.setdefault(concept, []).append(pattern)
        if len(pattern.elements) == 1:
            self._members.setdefault(pattern.concept, set()).update(first.exact, (stem + "*" for stem in first.stems))

    def _meet(self, norm: str) -> _Known:
        """What there is to know about a word; remembered, since messages share most of their words."""
        known = self._met.get(norm)
        if known is not None:
            return known
        ways = self._read(norm)
        stems = {way[:length] for way in ways for length in range(2, len(way) + 1)}
        tokens = frozenset((*ways, *(stem + "*" for stem in stems)))
        filed = (*map(self._words.get, ways), *map(self._stems.get, stems))
        starting = self._numeric if self.number(norm) is not None else []
        of_classes = (patterns for concept, patterns in self._classes.items() if self._belongs(concept, ways))
        known = _Known(ways, tokens, tuple(filter(None, filed)), (*starting, *chain.from_iterable(of_classes)))
        if len(self._met) < CACHE:
            self._met[norm] = known
        return known

    def _read(self, norm: str) -> tuple[str, ...]:
        meant = self._same.get(norm)
        if meant is not None:
            return (norm, *meant.split())
        if self.knows(norm):
            return (norm,)
        bare = (norm[len(prefix) :] for prefix in self._prefixes if norm.startswith(prefix))
        within = [word for word in bare if len(word) > 1 and self.knows(word)]
        return (norm, *(within or self._spelling.correct(norm)[:3]))

    def _match(self, wanted: tuple[_Compiled, ...], at_word: int, readings: list[tuple[str, ...]], at: int) -> int:
        """The end of the match of `wanted[at_word:]` at word `at`, or 0."""
        if at_word == len(wanted):
            return at
        gap = wanted[at_word].gap
        if gap:
            at_word += 1
        left, fillers_left = gap, (SKIPPED if at_word else 0)
        while at < len(readings):
            spelled = readings[at]
            if self._is(wanted[at_word], spelled):
                end = self._match(wanted, at_word + 1, readings, at + 1)
                if end:
                    return end
            if spelled[0] in ENDS or spelled[0] in self._members.get("negation", ()):
                return 0  # "the skin isnt white" is no case of "skin .. white"
            if spelled[0] in self._fillers and fillers_left:
                fillers_left -= 1
            elif left:
                left -= 1
            else:
                return 0
            at += 1
        return 0

    def _is(self, wanted: _Compiled, spelled: tuple[str, ...]) -> bool:
        for word in spelled:
            if word in wanted.exact or (wanted.stems and word.startswith(wanted.stems)):
                return True
        if wanted.numbers:
            value = self.number(spelled[0])
            written = spelled[0][0].isdigit() or not wanted.digits_only
            if written and value is not None and any(fits(value) for fits in wanted.numbers):
                return True
        return any(self._belongs(concept, spelled) for concept in wanted.classes)

    def _belongs(self, concept: str, spelled: tuple[str, ...]) -> bool:
        members = self._members.get(concept, ())
        return any(
            word in members or any(word[:length] + "*" in members for length in range(2, len(word) + 1))
            for word in spelled
        )
