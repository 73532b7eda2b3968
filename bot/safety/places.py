"""Where hits stand in a message, and which of those that overlap count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    """Of hits of one fact that overlap, the longest, with the words that hits of the same answer add to it."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, not hit.concept.startswith("!"), hit.start)):
        fact = fact_of(hit).lstrip("!")
        met = [one for one in kept if fact_of(one).lstrip("!") == fact and touches(hit, [(one.start, one.end)])]
        if not met:
            kept.append(hit)
        elif len(met) == 1 and met[0].concept == hit.concept:
            kept[kept.index(met[0])] = Hit(hit.concept, min(hit.start, met[0].start), max(hit.end, met[0].end))
    return sorted(kept, key=lambda hit: hit.start)


def gives_way(hit: Hit, facts: Sequence[Hit], yields: Mapping[str, Sequence[str]]) -> bool:
    """Whether `hit` is named only inside the words of a fact that its own yields to (`yields` in `facts/items.yml`)."""
    stronger = yields.get(fact_of(hit), ())
    return touches(hit, [(other.start, other.end) for other in facts if other.concept in stronger])


def covers(no: Hit, hit: Hit) -> bool:
    """Whether `hit` is named inside words that say its No: "my last aspirin was in May"."""
    return no.concept[1:] == fact_of(hit) and no.start <= hit.start and hit.end <= no.end
