"""Text as the safety rules see it: words folded to one spelling, each with its place in the message."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

WORD = re.compile(r"\d+(?:[.,:]\d+)+|\d+|[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*|[^\w\s]", re.UNICODE)
LONGEST = 60  # letters of a word that count: who looks for errors in a word tries all its letters
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
ELISION = re.compile(r"^(l|d|j|m|n|s|t|c|qu|un|dell|nell|all|dall|sull|quest|dov|lorsqu|jusqu|puisqu)'(?=\w)")
# Short forms that would read as another word without their apostrophe.
CONTRACTED = {"we're": "weare", "i'll": "iwill", "we'll": "wewill", "she'd": "shewould", "we'd": "wewould"}
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all of Unicode's but the end of a line
REPEATED = re.compile(r"(.)\1{2,}")
LETTERS = str.maketrans(
    {
        "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th",
        "’": "'", "ʼ": "'", "`": "'", "´": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".",
        # Arabic letters that people write interchangeably, and the stretching sign
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None,
        **{chr(0x660 + digit): str(digit) for digit in range(10)},
    }
)  # fmt: skip


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Lower case, no accents, no stretching ("swolleeeen"), one kind of quote, Arabic letters unified."""
    decomposed = unicodedata.normalize("NFKD", word).casefold().translate(LETTERS)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return REPEATED.sub(r"\1", bare) if not bare.isdigit() else bare


class Word(NamedTuple):
    """One word or mark. `norm` is what patterns are compared with; `start` and `end` point into the message."""

    norm: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        """Punctuation or an emoji rather than a word or number."""
        return not self.norm[:1].isalnum()


def clean(text: str) -> str:
    """The message with invisible signs and control characters blanked; the same length, so that spans stay true."""
    return CONTROL.sub(" ", INVISIBLE.sub(" ", text))


def split_words(text: str, offset: int = 0) -> list[Word]:
    """The words and marks of `text`; apostrophes inside words are dropped ("can't" is "cant"), elisions split."""
    words: list[Word] = []
    for found in WORD.finditer(text):
        norm, start, end = fold(found[0])[:LONGEST], found.start() + offset, found.end() + offset
        elided = ELISION.match(norm)
        if elided and norm not in ("d'accord", "aujourd'hui"):
            cut = elided.end()
            words.append(Word(norm[: cut - 1], start, start + cut - 1))
            norm, start = norm[cut:], start + cut
        if norm:  # a lone accent or stretching sign folds to nothing
            words.append(Word(CONTRACTED.get(norm) or norm.replace("'", "") or norm, start, end))
    return words
