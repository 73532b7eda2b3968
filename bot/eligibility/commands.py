"""Short words that mean the same at every question: yes, no, none, skip, why, stop ... in every language we know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
MARKS = re.compile(r"[^\w\s'/-]", re.UNICODE)
POLITE = re.compile(
    r"^(please|ok|okay|well|um|uh|hmm|hm|oh|so|and) | (please|thanks|thank you|then|sorry|though|really)$"
)
# Where a "not" stops working. "Not A or B" and "no A, B or C" deny all of them; "not A and I take B" only the first.
CLAUSES = re.compile(
    r"[;.!?\n]|\bbut\b|\b(?:though|however|plus|except)\b"
    r"|(?:\band\b|,)\s*(?=(?:i|i'm|i've|my|we|have|had|am|take|taking|use|also|yes|just|only)\b)"
    r"|^\s*(?:no|nope|none|nothing)\s*,",
    re.IGNORECASE,
)
COMMA = re.compile(r",")
LIST = re.compile(r"^[^;.!?\n]*\b(?:or|nor)\b", re.IGNORECASE)
LONG = 4  # a question mark after this many words makes a question, even without a question word


def normal(text: str) -> str:
    """Lower case, straight quotes, no marks, single spaces."""
    straight = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("`", "'")
    return " ".join(MARKS.sub(" ", straight).split())


class Commands:
    """commands.yml, ready to ask. All languages are tried at once: patients mix them."""

    def __init__(self, path: Path = HERE / "commands.yml") -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._commands = {name: _all(given) for name, given in raw["commands"].items()}
        self._answers = {name: _all(given) for name, given in raw["answers"].items()}
        self._lead = {name: _starts(given) for name, given in raw["lead"].items()}
        self._asking = _starts(raw["asking"])
        self._except = _anywhere(raw["except"])
        self._negation = _anywhere(raw["negation"])
        self._uncertain = _anywhere(raw["uncertain"])
        self._others = _anywhere(raw["others"])
        self._closing = _anywhere(raw["closing"])
        self._correcting = _anywhere(raw["correcting"])
        self._renaming = _anywhere(raw["renaming"])

    def command(self, text: str) -> str | None:
        """withdraw, stop, pause, continue, why, decline, back, review or change; None when it is something else."""
        return _lookup(self._commands, text)

    def answer(self, text: str) -> str | None:
        """yes, no, none, unchanged or unsure, when the message is nothing but that. A bare "none" counts as none."""
        return _lookup({name: self._answers[name] for name in ("none", "unchanged", "unsure", "no", "yes")}, text)

    def lead(self, text: str) -> str | None:
        """yes, no, none or unsure, when the message begins with it and goes on."""
        said = normal(text)
        return next((name for name in ("unsure", "none", "no", "yes") if self._lead[name].match(said)), None)

    def exception(self, text: str) -> str | None:
        """What stands after "none except ..."."""
        found = self._except.search(text)
        return text[found.end() :] if found else None

    def is_question(self, text: str) -> bool:
        """Is it a question to us? "why?" alone is a command and comes first."""
        said = normal(text)
        asks = "?" in text or "؟" in text
        return bool(self._asking.match(said)) or (asks and len(said.split()) > LONG)

    def negated(self, before: str, after: str = "") -> bool:
        """Do the words around a name turn it around? A comma ends a "not", unless it stands in an "A, B or C"."""
        return bool(self._negation.search(_clause(before, after)))

    def uncertain(self, before: str, after: str = "") -> bool:
        """Do the words around a name leave it open?"""
        return bool(self._uncertain.search(_clause(before, after)))

    def about_others(self, before: str) -> bool:
        """Is the clause about somebody else?"""
        return bool(self._others.search(CLAUSES.split(before)[-1]))

    def closes(self, text: str) -> bool:
        """ "No diabetes or anything": a denial that speaks about the rest, too."""
        return bool(self._closing.search(text))

    def is_correction(self, text: str) -> bool:
        """Does the patient say that an earlier answer was wrong?"""
        return bool(self._correcting.search(text.casefold()))

    def is_renaming(self, text: str) -> bool:
        """Does the patient only name an answer to change, without giving the new one?"""
        return bool(self._renaming.search(normal(text)))


def _clause(before: str, after: str) -> str:
    clause = CLAUSES.split(before)[-1]
    return clause if LIST.match(after) or LIST.match(clause) else COMMA.split(clause)[-1]


def _all(by_language: Mapping[str, Iterable[Any]]) -> frozenset[str]:
    return frozenset(normal(str(word)) for words in by_language.values() for word in words)


def _lookup(sets: Mapping[str, frozenset[str]], text: str) -> str | None:
    said = normal(text)
    for _ in range(3):
        found = next((name for name, words in sets.items() if said in words), None)
        if found:
            return found
        said = POLITE.sub("", said)
    return None


def _starts(words: Iterable[Any]) -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(re.escape(normal(str(word))) for word in words)})(?!\w)")


def _anywhere(words: Iterable[Any]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)({'|'.join(re.escape(str(word)) for word in words)})(?!\w)", re.IGNORECASE)
