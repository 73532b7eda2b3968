"""Where hits stand in a message, and which of those that overlap count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.safety.concepts import Hit
from bot.safety.text import Word


def fact_of(hit: Hit) -> str:
    """The linkId that a hit is about, without its answer."""
    return hit.concept.partition("=")[0]


def touches(hit: Hit, places: Iterable[tuple[int, int]]) -> bool:
    """Whether `hit` shares a word with one of the places (start, end)."""
    return any(start < hit.end and hit.start < end for start, end in places)


def words_of(span: tuple[int, int], words: Sequence[Word]) -> tuple[int, int]:
    """The words [start, end) that a span of the text holds."""
    inside = [at for at, word in enumerate(words) if word.start < span[1] and word.end > span[0]]
    return (inside[0], inside[-1] + 1) if inside else (0, 1)


def longest(hits: Sequence[Hit]) -> list[Hit]:
    """Of hits of one fact that overlap, the longest; values of the same fact compete too."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, not hit.concept.startswith("!"), hit.start)):
        fact = hit.concept.lstrip("!").partition("=")[0]
        if not any(
            other.concept.lstrip("!").partition("=")[0] == fact and other.start < hit.end and hit.start < other.end
            for other in kept
        ):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)
