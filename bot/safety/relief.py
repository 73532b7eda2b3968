"""Messages that tell relief and nothing else: "I think it's easing off"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from bot.safety.text import Word

WORDS = Path(__file__).parent / "relief.yml"
MOST = 10  # words; who tells more tells a story


class Relief:
    """Knows the words of relief.yml. Safe to share between threads."""

    def __init__(self, path: Path = WORDS) -> None:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        phrases = (tuple(str(phrase).split()) for phrase in given["better"])
        self._better = frozenset(phrases)
        self._longest = max(len(phrase) for phrase in self._better)
        self._beside = frozenset(str(word) for word in given["beside"])

    def is_all(self, words: Sequence[Word]) -> bool:
        """Do the words say that something gets better, and nothing besides? Never where one of them is unknown."""
        said = [word.norm for word in words if not word.is_mark]
        asks = any(word.norm in ("?", "؟") for word in words)
        if asks or not 0 < len(said) <= MOST:
            return False
        found, at = False, 0
        while at < len(said):
            length = self._better_at(said, at)
            if not length and said[at] not in self._beside:
                return False
            found, at = found or bool(length), at + max(length, 1)
        return found

    def _better_at(self, said: Sequence[str], at: int) -> int:
        """How many words of relief begin there; 0 for none."""
        longest_first = range(min(self._longest, len(said) - at), 0, -1)
        return next((length for length in longest_first if tuple(said[at : at + length]) in self._better), 0)
