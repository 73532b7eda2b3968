"""A second opinion on whether a message speaks of danger, learned from examples.

A linear model over the words of a message and their pairs: it knows what people say around danger where no rule has
the word. It may only raise a finding, never lower one: the rules alone decide what is denied, asked or long past, and
where they have read the signs so, the model must be surer. What it raises is "unclear": card first, then one question.
Learned by `python -m bot.safety.learn`; plain numbers in `opinion.json`, a few microseconds a word to read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bot.safety.text import Word

MODEL = Path(__file__).parent / "opinion.json"
SURE = 0.995  # of danger, where the rules saw nothing
SURER = 0.999  # where the rules read the signs as denied, asked or past
LETTERS = 6  # of a word: enough to know it, few enough to forgive its ending


@dataclass(frozen=True)
class Opinion:
    """How likely a message is to speak of danger, the likeliest flag, and the words that weighed most."""

    danger: float
    flag: str
    words: tuple[str, ...]


class SecondOpinion:
    """The learned model. Build it once with `load()`."""

    def __init__(self, bias: float, danger: Mapping[str, float], flags: Mapping[str, Mapping[str, float]]) -> None:
        self._bias = bias
        self._danger = danger
        self._flags = flags  # flag -> feature -> weight; the feature "" is the flag's bias

    @classmethod
    def load(cls, path: Path = MODEL) -> SecondOpinion:
        """Read the weights."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(data["bias"], data["danger"], data["flags"])

    def of(self, text: str, words: Sequence[Word], spell: Callable[[str], str]) -> Opinion:
        """The opinion on `words`; `spell` gives the usual spelling of a word."""
        seen = features([spell(word.norm) for word in words])
        weight = self._bias + sum(self._danger.get(feature, 0.0) for feature in seen)
        flag = max(
            self._flags,
            key=lambda name: sum(self._flags[name].get(feature, 0.0) for feature in (*seen, "")),
        )
        telling = sorted(words, key=lambda word: -self._danger.get(_short(spell(word.norm)), 0.0))[:3]
        said = tuple(text[word.start : word.end] for word in sorted(telling, key=lambda word: word.start))
        return Opinion(1 / (1 + math.exp(-max(min(weight, 30.0), -30.0))), flag, said)


def features(norms: Sequence[str]) -> set[str]:
    """Words and pairs of neighbours, shortened; numbers are all the same."""
    short = [_short(norm) for norm in norms if norm[0].isalnum() or norm == "?"]
    return {*short, *(f"{one} {other}" for one, other in pairwise(short))}


def _short(norm: str) -> str:
    return "#" if norm[0].isdigit() else norm[:LETTERS]
