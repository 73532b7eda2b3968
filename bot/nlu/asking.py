"""Where a question begins, with or without punctuation, and whether a thought asks or tells.

People write "does it hurt how many do I need and can I drive after" as often as three sentences with question marks.
What a question looks like in each language is data: `asking.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.knowledge import yaml_file

MIN_WORDS = 3  # a shorter thought that asks nothing says too little alone and goes with its neighbour
ENTRIES, SHORT = 3, 3  # least number of a bare list's entries, and their most words
LONG = 7  # words of a thought that may hold more than one question
FALLBACK = "en"
Span = tuple[int, int]

# Where one thought ends for certain: an end mark, a line break, a semicolon, the number of a list.
_ENDS = re.compile(
    r"(?<=[.!?…؟])[\s\"')\]]+(?=\S)|(?<=[!?؟])(?=\w)|\s*\n+\s*|\s*[;؛]\s+|[\s,:]+(?:\(?\d[).]|[a-e]\)|[-•*])\s+(?=\S)",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"\s*[,،/+&]\s*(?:and\s+)?")
_MARKS = "?؟"
_BLANKS = re.compile(r"\s{3,}")


class Language:
    """The patterns of one language of `asking.yml`."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        joins = rf"(?:(?:{_any(words['joins'])})[\s,]+)"
        opens = rf"(?:{_any(words['opens'])}{_helped(words)})(?!\w)"
        asks = rf"(?:{_any(words.get('asks', ()))})(?!\w)"
        ends = rf"(?:{_any(words.get('ends', ()))})(?!\w)"
        self._verb_last = "ends" in words
        bare = rf"|(?:{_any(words.get('begins', ()))})\s"  # "is hot yoga a bad idea": any subject
        self._opening = re.compile(rf"\W*{joins}*(?:{opens}{bare})", re.IGNORECASE)
        self._anywhere = re.compile(rf"(?<!\w)(?:{asks}|{ends}" + (rf"|{opens})" if self._verb_last else ")"), re.I)
        self._requests = re.compile(rf"(?<!\w)(?:{_any(words['requests'])})(?!\w)", re.IGNORECASE)
        self._separated = re.compile(
            rf"(?:\s*[,،]\s*|\s*[:–—-]\s+)(?={joins}*(?:{opens}{bare}))|\s+(?={joins}+{opens})", re.IGNORECASE
        )
        self._ended = re.compile(rf"(?<!\w){ends}[\s,]+(?=\S)|\s*,\s*(?=[^\W\d])", re.IGNORECASE)
        self._unseparated = re.compile(rf"\s+(?={asks})", re.IGNORECASE)
        self._inner = re.compile(rf"\s*[,،(]\s*(?:{joins})*|\s+{joins}+", re.IGNORECASE)
        self._short = re.compile(rf"(?<!\w)(?:{_any(words.get('short', ()))})\.\s*$", re.IGNORECASE)
        self._ordinals = re.compile(r"(?<!\w)\d{1,2}\.\s*$") if words.get("ordinals") else None
        self._held = re.compile(rf"(?:{_any(words.get('holds', ()))})(?!\w)", re.IGNORECASE)
        self._carries = frozenset(words.get("carries", ()))
        # A question word whose verb is still to come: "how many sessions | do I need" is one question.
        self._waiting = re.compile(rf"(?<!\w)(?:{_any(words.get('waits', ()))})((?:\W+\w+){{0,4}})$", re.IGNORECASE)

    def asks(self, thought: str) -> bool:
        """It has a question mark, begins or ends as a question does, or says that it wants to know."""
        return bool(
            any(mark in thought for mark in _MARKS)
            or self._opening.match(thought)
            or self._anywhere.search(thought)
            or self._requests.search(thought)
        )

    def ends(self, text: str) -> list[re.Match[str]]:
        """Gaps after which a new sentence begins for certain, in order."""
        return [found for found in _ENDS.finditer(text) if not self._goes_on(text, found)]

    def _goes_on(self, text: str, gap: re.Match[str]) -> bool:
        """The dot before the gap, or in it, is an abbreviation's or an ordinal's."""
        before = text[: gap.end()]
        if self._short.search(before):
            return True
        return bool(self._ordinals and self._ordinals.search(before) and not self._opening.match(text, gap.end()))

    def borders(self, sentence: str) -> Iterator[Span]:
        """Gaps inside a sentence before which one thought ends and after which the next begins, in order."""
        if self._verb_last:
            yield from self._verb_last_borders(sentence)
            return
        separated = {found.span() for found in self._separated.finditer(sentence)}
        unseparated = {found.span() for found in self._unseparated.finditer(sentence)}
        begun = 0
        for start, end in sorted(separated | unseparated):
            before = sentence[begun:start]
            if start < begun or ((start, end) not in separated and not self._is_new(before)):
                continue
            if before.strip():
                yield start, end
                begun = end

    def _verb_last_borders(self, sentence: str) -> Iterator[Span]:
        begun = 0
        for found in self._ended.finditer(sentence):
            is_comma = found[0].lstrip().startswith(",")
            if not is_comma and self._held.match(sentence, found.end()):
                continue
            start = found.start() if is_comma else found.end() - len(found[0]) + len(found[0].rstrip(" ,\t"))
            if not is_comma or self._anywhere.search(sentence[begun:start]) or self._anywhere.search(sentence[start:]):
                yield start, found.end()
                begun = found.end()

    def pieces(self, thought: str) -> list[Span]:
        """The thought cut at commas and joining words: "what it costs | and the parking". Two words each at least."""
        return [
            (start, end)
            for start, end in _between(self._inner.finditer(thought), len(thought))
            if len(thought[start:end].split()) > 1
        ]

    def _is_new(self, before: str) -> bool:
        """A question after `before`, which nothing separates from it, is a new one: `before` does not lead to it."""
        words = before.casefold().split()
        if len(words) < (MIN_WORDS - 1 if self.asks(before) else MIN_WORDS) or words[-1].strip(",.") in self._carries:
            return False
        waiting = self._waiting.search(before)
        return not waiting or bool(self._anywhere.search(waiting[1]))


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]?") for word in longest_first) or r"(?!)"


def _helped(words: Mapping[str, Any]) -> str:
    """ "|can I", "|does it": a helping verb with a subject after it; nothing where the language has no such list."""
    if "helpers" not in words:
        return ""
    return rf"|(?<!\w)(?:{_any(words['helpers'])})\s+(?:{_any(words['subjects'])})(?!\w)"


class Asking:
    """Splits messages into thoughts. Reads `asking.yml` once."""

    def __init__(self, path: Path = Path(__file__).parent / "asking.yml") -> None:
        given: dict[str, Any] = yaml_file.read(path)
        self._languages = {code: Language(words) for code, words in given.items()}

    def asks(self, thought: str, language: str | None) -> bool:
        """Whether the thought is a question or a wish rather than something told."""
        return self._of(language).asks(_shortened(thought)[0])

    def thoughts(self, text: str, language: str | None) -> list[Span]:
        """Spans of the thoughts, in order; one span when it is a single thought. Never empty spans."""
        short, places = _shortened(text)
        return [(places[start], places[end]) for start, end in self._thoughts(short, self._of(language))]

    def _thoughts(self, text: str, spoken: Language) -> list[Span]:
        if listed := self.entries(text):
            return listed
        spans: list[Span] = []
        for start, end in _between(spoken.ends(text), len(text)):
            gaps = list(spoken.borders(text[start:end]))
            begins = [start, *(start + gap[1] for gap in gaps)]
            stops = [*(start + gap[0] for gap in gaps), end]
            spans += [(a, b) for a, b in zip(begins, stops, strict=True) if text[a:b].strip()]
        return self._joined(text, spans, spoken)

    def entries(self, text: str) -> list[Span]:
        """Spans of "price, pain, how many sessions": short entries between commas and nothing else. Each asks."""
        spans = list(_between(_COMMAS.finditer(text), len(text)))
        is_list = len(spans) >= ENTRIES and all(1 <= len(re.findall(r"\w+", text[a:b])) <= SHORT for a, b in spans)
        return spans if is_list else []

    def pieces(self, thought: str, language: str | None) -> list[Span]:
        """Spans of what may be a question of its own inside a thought that asks; nothing where it holds but one."""
        short, places = _shortened(thought)
        found = self._of(language).pieces(short) if len(short.split()) >= LONG else []
        return [(places[start], places[end]) for start, end in found] if len(found) > 1 else []

    def _joined(self, text: str, spans: list[Span], spoken: Language) -> list[Span]:
        """Thoughts that are too short to stand alone go with the one before, the first with the one after."""
        kept: list[Span] = []
        for start, end in spans:
            if kept and self._is_short(text[start:end], spoken):
                kept[-1] = (kept[-1][0], end)
            elif kept and len(kept) == 1 and self._is_short(text[slice(*kept[0])], spoken):
                kept[0] = (kept[0][0], end)
            else:
                kept.append((start, end))
        return kept

    def _is_short(self, thought: str, spoken: Language) -> bool:
        words = len(re.findall(r"\w+", thought))
        return words < 2 or (words < MIN_WORDS and not spoken.asks(thought))

    def _of(self, language: str | None) -> Language:
        return self._languages.get(language or FALLBACK, self._languages[FALLBACK])


def _shortened(text: str) -> tuple[str, list[int]]:
    """`text` with one blank for many, over which patterns take long; and where each of its letters, and its end, is
    in `text`."""
    places: list[int] = []
    begun = 0
    for run in _BLANKS.finditer(text):
        places += range(begun, run.start() + 1)
        begun = run.end()
    places += range(begun, len(text) + 1)
    return _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", text), places


def _between(found: Iterable[re.Match[str]], length: int) -> Iterator[Span]:
    begun = 0
    for one in found:
        yield begun, one.start()
        begun = one.end()
    yield begun, length
