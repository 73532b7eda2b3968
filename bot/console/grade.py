"""How hard a text is to read: Flesch-Kincaid, with a syllable count that needs no download (docs/decisions/0105)."""

from __future__ import annotations

import re

from bot.clinic import PLACEHOLDER

SENTENCE = re.compile(r"[.!?]+(?=\s|$)|\n+")
SILENT = re.compile(r"(?<![aeiouy])(?:(?<=[^td])ed|(?<=[^sxzcgh])es|(?<!l)e)$")
WORD = re.compile(r"[A-Za-z][A-Za-z']*")
HIGHEST = 8.0


def grade(text: str) -> float:
    """The school grade (US) needed to read an English text; a placeholder counts as one short word."""
    text = PLACEHOLDER.sub("it", text)
    words = WORD.findall(text.lower())
    sentences = sum(1 for part in SENTENCE.split(text) if WORD.search(part))
    if not words:
        return 0.0
    return 0.39 * len(words) / max(1, sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouy]+", SILENT.sub("", word))))
