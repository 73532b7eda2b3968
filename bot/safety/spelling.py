"""Tolerance for typing errors: the words of a lexicon that an unknown word may have meant.

Bounded edit distance with a deletion index (the idea of SymSpell): every lexicon word is stored under itself with up to
two letters removed, so that a look-up costs a few dictionary reads however large the lexicon is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

SHORTEST = 5  # shorter words are too close to each other
TWO_ERRORS_FROM = 8  # letters
SOUND_ALIKE = {frozenset("ck"), frozenset("xz"), frozenset("vw"), frozenset("sz"), frozenset("pf"), frozenset("xs")}


class Spelling:
    """`correct` finds lexicon words near a word. `never` are real words that must not be taken for errors."""

    def __init__(
        self, lexicon: Iterable[str], never: Iterable[str] = (), two_errors_from: int = TWO_ERRORS_FROM
    ) -> None:
        self._lexicon = tuple(word for word in dict.fromkeys(lexicon) if len(word) >= SHORTEST and word.isalpha())
        self._never = frozenset(never)
        self._two_errors_from = two_errors_from

    @cached_property
    def _by_deletion(self) -> Mapping[str, tuple[str, ...]]:
        """Made when the first unknown word is met: of eleven languages most are seldom spoken."""
        found: dict[str, tuple[str, ...]] = {}
        for word in self._lexicon:
            alone = (word,)  # most shapes have one word: they share it
            for shape in _deletions(word, self._allowed(word)):
                found[shape] = (*found[shape], word) if shape in found else alone
        return found

    def correct(self, word: str) -> tuple[str, ...]:
        """Lexicon words within the allowed distance of `word`, nearest first; none for a word in `never`."""
        if len(word) < SHORTEST - 1 or word in self._never or not word.isalpha():
            return ()
        near: dict[str, int] = {}
        for shape in _deletions(word, self._allowed(word)):
            for candidate in self._by_deletion.get(shape, ()):
                if candidate not in near and _same_start(word, candidate):
                    distance = edit_distance(word, candidate)
                    if distance <= min(self._allowed(candidate), self._allowed(word)):
                        near[candidate] = distance
        return tuple(sorted(near, key=lambda candidate: (near[candidate], candidate)))

    def _allowed(self, word: str) -> int:
        return 2 if len(word) >= self._two_errors_from else 1


def edit_distance(one: str, other: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): a swap of neighbours counts as one error."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i, *([0] * len(other))]
        for j, b in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]


def _same_start(word: str, candidate: str) -> bool:
    """People seldom miss the first letter, except by its sound (zarelto) or by a swap."""
    first, other = word[0], candidate[0]
    return first == other or frozenset((first, other)) in SOUND_ALIKE or word[:2] == candidate[1::-1]


def _deletions(word: str, errors: int) -> set[str]:
    shapes = {word}
    layer = {word}
    for _ in range(errors):
        layer = {shape[:i] + shape[i + 1 :] for shape in layer for i in range(len(shape))}
        shapes |= layer
    return shapes
