"""What a patient writes about medicines: the names we know, and whether something is left that we do not know.

The words around the names (`medicines.yml`) are those of all languages at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.eligibility.folding import fold, plain
from bot.safety.medicines import MedicineHit, find
from bot.safety.text import clean

WORDS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "medicines.yml").read_text(encoding="utf-8")
)
HIT = "\0"


def _any_of(name: str) -> str:
    """A pattern of the words of that name in all languages, the longest first; "word*" takes any ending."""
    words = {fold(plain(word)) for words in WORDS[name].values() for word in words}
    return "|".join(
        re.escape(word).replace(r"\*", r"\w*") for word in sorted(words, key=lambda word: (-len(word), word))
    )


PIECES = re.compile(rf"[,،;\n/+&]|\.\s|\b(?:{_any_of('between')})\b")
NOTHING = re.compile(rf"(?:{_any_of('nothing')}|-+)")
NOISE = re.compile(rf"\b\d+([.,]\d+)?\s*(mg|mcg|µg|ug|g|ml|iu|units?|%|x)?\b|\b(?:{_any_of('small_talk')})\b")
TOPICAL = re.compile(rf"\b(?:{_any_of('topical')})\b")
DENIED = re.compile(rf"\b(?:{_any_of('denying')})(?:\s+(?:{_any_of('taking')}))*\s*$")


DENIED_AFTER = re.compile(rf"\s*(?:{_any_of('denying_after')})\b")


@dataclass(frozen=True)
class MedicineReading:
    """`hits` in the order of the text; `unknown` are pieces that look like names but are not in the lexicon."""

    hits: tuple[MedicineHit, ...]
    unknown: tuple[str, ...]


def read_medicines(text: str) -> MedicineReading:
    """Read a list of medicines. Every piece is a hit, nothing, or unknown; none is ignored."""
    found = find(text)
    masked = list(clean(text))
    for hit in found:
        masked[hit.span[0] : hit.span[1]] = HIT * (hit.span[1] - hit.span[0])
    whole = "".join(masked)
    hits = tuple(hit for hit in found if not _is_denied(whole[: hit.span[0]], whole[hit.span[1] :]))
    pieces = list(_pieces(whole))
    unknown = [piece for piece in pieces if HIT not in piece and _is_a_name(piece)]
    none = any(piece.strip() and _says_nothing(piece) for piece in pieces)
    if not found and not unknown and text.strip() and not none:
        unknown = [text]
    return MedicineReading(hits, tuple(" ".join(piece.split()) for piece in unknown))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for mark in PIECES.finditer(fold(text)):  # of the same length
        yield text[start : mark.start()]
        start = mark.end()
    yield text[start:]


def _is_denied(before: str, after: str) -> bool:
    """ "I don't take any X": only words right beside the name count; "I can't stop taking X" is no denial."""
    *_, last = _pieces(before)
    return bool(DENIED.search(fold(last)) or DENIED_AFTER.match(fold(after)))


def _is_a_name(piece: str) -> bool:
    return not _says_nothing(piece) and bool(re.search(r"\w{2,}", NOISE.sub(" ", fold(piece))))


def _says_nothing(piece: str) -> bool:
    bare = fold(plain(piece)).strip(" .!?:()\"'")
    return not bare or bool(NOTHING.fullmatch(" ".join(bare.split())) or TOPICAL.search(bare))
