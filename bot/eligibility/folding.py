"""One spelling for what is compared: lower case, no accents, one kind of quote. Places in the text stay true.

`bot.safety.text.fold` goes further (stretched words, "ß" is "ss") and changes lengths: here spans are cut out of texts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that carry no accent that could be taken off, and Arabic letters that people write interchangeably.
LETTERS = {
    "ı": "i", "ł": "l", "ø": "o", "đ": "d", "’": "'", "ʼ": "'", "`": "'", "´": "'", "‘": "'",
    "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه",
}  # fmt: skip
MARKS = re.compile(r"[^\w\s'/-]", re.UNICODE)


@lru_cache(maxsize=4000)
def _letter(char: str) -> str:
    bare = unicodedata.normalize("NFKD", LETTERS.get(char, char))[0].lower()[:1]
    return LETTERS.get(bare, bare) or char


def plain(text: str) -> str:
    """The text composed, without loose accents: every letter is one character."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if not unicodedata.combining(char))


def fold(text: str) -> str:
    """`plain` text as it is compared; the same length."""
    return "".join(_letter(char) for char in text)


def normal(text: str) -> str:
    """Folded, without punctuation, single spaces: for whole messages."""
    return " ".join(MARKS.sub(" ", fold(plain(text))).split())
