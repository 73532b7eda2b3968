"""Sentences by spaCy, without TensorFlow.

spaCy's numeric library, thinc 8.1, imports TensorFlow when it is installed, which costs seconds and hundreds of
megabytes; the gateway never needs it. thinc treats it as optional (`thinc/compat.py`: `except ImportError`), so spaCy
is imported while TensorFlow counts as missing: `None` in `sys.modules` is Python's documented way to say that a module
cannot be imported (https://docs.python.org/3/reference/import.html#the-module-cache). Afterwards the entry is gone and
Rasa can import TensorFlow as usual. thinc 9 no longer imports it by itself; then this can go.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from bot.safety.text import Word, clean, split_words

HEAVY = ("tensorflow", "torch", "mxnet", "cupy")
STRETCH, STEP = 10, 5  # words that are read by themselves where nobody set a full stop, and how far the next begin
SHORTEST = 3  # words that can say something by themselves
MOST_MARKS = 40  # one after the other: spaCy takes them off one by one, each time from the whole rest
MARKS = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")
ONE = re.compile(r"[^.!?…؟。;\n]*[.!?…؟]*\s*")  # no mark within: one sentence, without asking spaCy


@dataclass(frozen=True)
class Sentence:
    """The words of one sentence; `question` when it ends in a question mark."""

    words: tuple[Word, ...]
    question: bool


class Sentences:
    """Splits messages into sentences of words, for every language. Safe to share between threads."""

    def __init__(self) -> None:
        _pipeline()

    def split(self, text: str) -> tuple[Sentence, ...]:
        """The sentences of `text`; spans of the words point into `text`."""
        return _sentences(text)

    def words(self, text: str) -> tuple[list[Word], list[int]]:
        """The words of `text` and the number of the sentence that each stands in."""
        words: list[Word] = []
        numbers: list[int] = []
        for number, sentence in enumerate(self.split(text)):
            words += sentence.words
            numbers += [number] * len(sentence.words)
        return words, numbers

    def parts(self, text: str) -> Iterator[str]:
        """The sentences of a message of several, and stretches of one that runs on; nothing of a short one."""
        sentences = [one.words for one in self.split(text)]
        for words in sentences:
            runs_on = len(words) > STRETCH + STEP
            stretches = range(0, len(words) - STEP, STEP) if runs_on else (0,) if len(sentences) > 1 else ()
            for start in stretches:
                piece = words[start : start + STRETCH] if runs_on else words
                if len(piece) >= SHORTEST:
                    yield text[piece[0].start : piece[-1].end]


@lru_cache(maxsize=4)  # danger and disclosures read the same message one after the other
def _sentences(text: str) -> tuple[Sentence, ...]:
    text = MARKS.sub(lambda found: found[0][:MOST_MARKS].ljust(len(found[0])), clean(text))
    return tuple(
        Sentence(tuple(words), text[start:end].rstrip().endswith(("?", "؟")))
        for start, end in _spans(text)
        if (words := split_words(text[start:end], start))
    )


def _spans(text: str) -> Iterator[tuple[int, int]]:
    if ONE.fullmatch(text):
        yield 0, len(text)
        return
    for sentence in _pipeline()(text).sents:
        start = sentence.start_char
        for line in text[start : sentence.end_char].split("\n"):
            yield start, start + len(line)
            start += len(line) + 1


@cache
def _pipeline() -> Any:
    """Loaded once for all who split."""
    with _pretending_absent(HEAVY):
        import spacy
    nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", "…", "؟", "。", "!?", "?!", ";", "\n"]})
    return nlp


@contextmanager
def _pretending_absent(names: tuple[str, ...]) -> Iterator[None]:
    """Let `import name` fail for names that are not loaded yet, and leave `sys.modules` as it was."""
    blocked = [name for name in names if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            sys.modules.pop(name, None)
