"""Finding words of a list in what a patient wrote: several languages, plurals, endings, one typing slip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ё": "е"})
CONTRACTED = re.compile(r"(?<=\w)['’](?=(?:t|s|ll|re|ve|m|d)\b)")
ARABIC_START = re.compile(r"^(?:[وفبكل]?(?:ال|لل)|[وفبكل])(?=\w{3})")
SHORTEST_STEM = 4  # shorter words take no endings: "gel" must not find "gelato"
SHORTEST_SLIP = 6  # one slip in a shorter word makes another word: "tan", "ten"


def normalise(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKD", CONTRACTED.sub("", text)).casefold()
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(LETTERS)
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


@dataclass(frozen=True)
class Hit:
    """`key` was found: `word` as the list spells it, at `start` (counted in words of the text)."""

    key: str
    word: str
    start: int
    length: int


@dataclass(frozen=True)
class _Entry:
    key: str
    word: str
    parts: tuple[tuple[str, bool], ...]  # (part, any ending allowed)


class Words:
    """A list of words and phrases, each with the key it stands for.

    An entry is `(key, phrase, inflected)`: `inflected` lets every part of four letters or more take any ending
    (languages with rich endings); otherwise only "-s" and "-es", or any ending where a part is written with `*`.
    """

    def __init__(self, entries: Iterable[tuple[str, str, bool]]) -> None:
        self._by_start: dict[str, list[_Entry]] = {}
        for key, phrase, inflected in entries:
            parts = _parts(phrase, inflected)
            if parts:
                entry, first = _Entry(key, phrase.replace("*", ""), parts), parts[0][0]
                for start in {first[:1], first[:2]}:
                    self._by_start.setdefault(start, []).append(entry)

    def hits(self, text: str) -> list[Hit]:
        """What was found, in the order of the text; of overlapping finds the longest phrase."""
        tokens = normalise(text).split()
        found = [hit for start, entry in self._near(tokens, 2) if (hit := _exact(entry, tokens, start))]
        if not found:
            found = [hit for start, entry in self._near(tokens, 1) if (hit := _slipped(entry, tokens[start], start))]
        found.sort(key=lambda hit: (-hit.length, -len(hit.word)))
        kept: list[Hit] = []
        for hit in found:
            if all(hit.start >= other.start + other.length or other.start >= hit.start + hit.length for other in kept):
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.start)

    def _near(self, tokens: list[str], letters: int) -> Iterable[tuple[int, _Entry]]:
        """Every word of the text with the entries that begin with the same letters (in Arabic: after the article)."""
        for start, token in enumerate(tokens):
            for beginning in {token[:letters], _bare(token)[:letters]}:
                for entry in self._by_start.get(beginning, ()):
                    yield start, entry


def _parts(phrase: str, free: bool) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (part, written.endswith("*") or (free and len(part) >= SHORTEST_STEM))
        for written in phrase.split()
        for part in normalise(written.rstrip("*")).split()
    )


def _exact(entry: _Entry, tokens: list[str], start: int) -> Hit | None:
    size = len(entry.parts)
    if start + size <= len(tokens) and all(_same(tokens[start + at], *part) for at, part in enumerate(entry.parts)):
        return Hit(entry.key, entry.word, start, size)
    return None


def _same(token: str, part: str, free: bool) -> bool:
    if token == part or (free and token.startswith(part)):
        return True
    if token in (part + "s", part + "es"):
        return len(part) > 2
    bare = _bare(token)
    return bare != token and (bare == part or (free and bare.startswith(part)))


def _bare(token: str) -> str:
    return ARABIC_START.sub("", token) if token[0] > "\u0600" else token


def _slipped(entry: _Entry, token: str, start: int) -> Hit | None:
    """A single word with one letter wrong, missing, doubled or swapped; asked when nothing was found as spelled."""
    part = entry.parts[0][0]
    if len(entry.parts) == 1 and len(part) >= SHORTEST_SLIP and _one_slip(token, part):
        return Hit(entry.key, entry.word, start, 1)
    return None


def _one_slip(left: str, right: str) -> bool:
    if abs(len(left) - len(right)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    swapped = left[at : at + 2] == right[at : at + 2][::-1] and left[at + 2 :] == right[at + 2 :]
    return swapped or any(left[at + a :] == right[at + b :] for a, b in ((1, 1), (1, 0), (0, 1)))
