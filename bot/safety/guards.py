"""Never-say guards: finds promises and decisions that no text of ours may make (`never_say.yml`).

A guard judges claims, not words. "It melts fat" is a claim. A denial ("it does not melt fat"), an open question
("does it melt fat?") and a quoted or reported myth that is refuted ("'melts fat' is not true") are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
QUOTED = re.compile(r"\"[^\"\n]+\"|«[^»\n]+»|(?<![^\s(\[:;,])'(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w)")
SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bdr)(?<!\bno)[.!?…。؟]+[\"'»)]*(?=\s|$)|\n+")
STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "‚": "'", "‑": "-", "–": "-", "—": "-"})
NEAR = 80  # letters of the next sentence in which a refutation still belongs to this one
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True)
class Violation:
    """`found` are the words of the text that make the claim which guard `guard` forbids."""

    guard: str
    claim: str
    found: str

    def __str__(self) -> str:
        return f"{self.guard} ({self.claim}): {self.found!r}"


@dataclass(frozen=True)
class Guard:
    """A claim that must not be made. `patterns` and `excused_by` hold expressions by language."""

    id: str
    claim: str
    why: str
    say_instead: str
    patterns: Mapping[str, Sequence[re.Pattern[str]]]
    excused_by: Mapping[str, Sequence[re.Pattern[str]]]


class Denial:
    """How one language denies: see the comments in `never_say.yml`, section `denial`."""

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._breaks = _any(given["breaks"])
        self._comma_breaks = _any(given["comma_breaks"])
        self._verbal = _any(given["verbal"])
        self._subject = _any(given["subject"])
        self._conditional = _any(given["conditional"])
        self._outdone = _any(given["outdone"])
        self._after = _any(given["after"])
        self._question = _any(given["question"])
        self._masked = _any(given["masked"])
        self._rhetorical = _any(given["rhetorical"])
        self._agreed = _any(given["agreed"])
        self._reported = _any(given["reported"])
        self._refuted = _any(given["refuted"])

    def covers(self, claim: re.Match[str], sentence: str, following: str, text: str) -> bool:
        """Whether the words around `claim` (a match in `sentence`) take it back."""
        return (
            (self._denied(claim, sentence) and not self._invites(sentence))
            or self._asked(sentence, following)
            or self._refuted_report(claim, sentence, following, text)
        )

    def _denied(self, claim: re.Match[str], sentence: str) -> bool:
        gap = claim.groupdict().get("gap")
        if gap and self._verbal.search(gap):
            return True
        clause = _after_last(self._breaks, sentence[: claim.start()])
        rest = sentence[claim.end() :]
        if self._after.match(rest):
            return True
        if self._subject.search(clause):
            return not self._outdone.search(rest)
        if self._verbal.search(clause):
            # "It does not hurt and melts fat": a finite verb after "and" is a claim of its own.
            return not (re.search(r"\band\s+(\w+ly\s+)?$", clause) and re.match(r"\w+s\b", claim[0]))
        return bool(self._conditional.search(_after_last(self._comma_breaks, clause)))

    def _asked(self, sentence: str, following: str) -> bool:
        open_question = _is_question(sentence) and self._question.match(sentence)
        return bool(open_question and not self._invites(sentence) and not self._agreed.match(following))

    def _invites(self, sentence: str) -> bool:
        return _is_question(sentence) and bool(self._rhetorical.match(sentence))

    def _refuted_report(self, claim: re.Match[str], sentence: str, following: str, text: str) -> bool:
        told = self._masked.sub(" ", sentence[: claim.start()])
        quoted = any(
            quote.start() <= claim.start() and claim.end() <= quote.end() for quote in QUOTED.finditer(sentence)
        )
        if not quoted and not self._reported.search(told):
            return False
        here = told + " … " + self._masked.sub(" ", sentence[claim.end() :])
        if self._refuted.search(here) or self._refuted.search(following[:NEAR]):
            return True
        return quoted and bool(self._refuted.search(QUOTED.sub(" ", text)))  # the message disowns its quotes


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("\"' ").endswith("?")


class Guards:
    """All guards, loaded from data. Languages without expressions of their own are judged by the English ones."""

    def __init__(self, path: Path = HERE / "never_say.yml") -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._denials = {language: Denial(given) for language, given in raw["denial"].items()}
        self.guards = tuple(
            Guard(
                id=given["id"],
                claim=given["claim"],
                why=given["why"],
                say_instead=given["say_instead"],
                patterns=_compiled(given["guard"]),
                excused_by=_compiled(given.get("excused_by", {})),
            )
            for given in raw["never_say"]
        )

    def violations(self, text: str, language: str = "en") -> tuple[Violation, ...]:
        """Every forbidden claim in `text`; empty when it may be said."""
        plain = _plain(text)
        return tuple(dict.fromkeys(self._judged(plain, language)))

    def _judged(self, text: str, language: str) -> Iterator[Violation]:
        parts = _sentences(text)
        for at, sentence in enumerate(parts):
            following = parts[at + 1] if at + 1 < len(parts) else ""
            for spoken in dict.fromkeys(("en", language)):
                denial = self._denials.get(spoken, self._denials["en"])
                for guard in self.guards:
                    if any(excuse.search(sentence) for excuse in guard.excused_by.get(spoken, ())):
                        continue
                    for pattern in guard.patterns.get(spoken, ()):
                        for claim in pattern.finditer(sentence):
                            if not denial.covers(claim, sentence, following, text):
                                yield Violation(guard.id, guard.claim, claim[0])


def _plain(text: str) -> str:
    straight = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(STRAIGHT)
    return re.sub(r"[^\S\n]+", " ", straight).strip()


def _sentences(text: str) -> list[str]:
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    cuts = [0, *ends, len(text)]
    return [part for a, b in pairwise(cuts) if (part := text[a:b].strip())]


def _after_last(breaks: re.Pattern[str], text: str) -> str:
    last = 0
    for found in breaks.finditer(text):
        last = found.end()
    return text[last:]


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns) or r"(?!)", re.IGNORECASE)


def _compiled(given: Mapping[str, Any]) -> dict[str, tuple[re.Pattern[str], ...]]:
    return {language: tuple(re.compile(one, re.IGNORECASE) for one in found) for language, found in given.items()}
