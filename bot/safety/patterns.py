"""The pattern notation of the safety data files.

    cant breathe            these words, in this order
    swell*                  any ending
    (my|her) lips           one of several words or phrases
    (ال)دم, anti(-)         letters or words that may be missing: an alternative group with one member
    cant .. breathe         up to three words in between

`expand` turns one pattern into plain tuples of words; `..` stays a word of its own.
"""

from __future__ import annotations

import re

from bot.safety.text import fold, split_words

GROUP = re.compile(r"\(([^()]*)\)")
GAP = ".."


def expand(pattern: str) -> list[tuple[str, ...]]:
    """All plain word sequences of `pattern`, folded as messages are."""
    return list(dict.fromkeys(_plain(text) for text in _alternatives(pattern)))


def _alternatives(pattern: str) -> list[str]:
    found = GROUP.search(pattern)
    if found is None:
        return [pattern]
    options = found[1].split("|")
    if len(options) == 1:
        options.append("")  # (x) alone: x may be missing
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [text for option in options for text in _alternatives(before + option + after)]


def _plain(text: str) -> tuple[str, ...]:
    words: list[str] = []
    for piece in text.split():
        if piece == GAP or piece.startswith("#"):
            words.append(piece)
        elif piece.endswith("*") and len(piece) > 1:
            stem = split_words(piece[:-1])
            words += [word.norm for word in stem[:-1]] + [stem[-1].norm + "*"]
        elif piece != "*":
            words += [word.norm for word in split_words(piece)]
    return tuple(fold(word) if word != GAP and not word.startswith("#") else word for word in words)
