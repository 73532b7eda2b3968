"""Triage of every message: what danger it speaks of, and whether that is happening."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.safety.findings import Finding
from bot.safety.text import clean, split_words

HERE = Path(__file__).parent


class Triage:
    """Reads messages for danger. Build it once with `load()`; it may be shared between threads."""

    def __init__(self, phrases: dict[tuple[str, ...], Finding]) -> None:
        self._phrases = phrases

    @classmethod
    def load(cls) -> Triage:
        """Read the safety data."""
        data = yaml.safe_load((HERE / "redflags.yml").read_text(encoding="utf-8"))
        phrases = {}
        for flag in data["flags"]:
            for phrase in flag["phrases"]:
                finding = Finding(flag["tier"], flag["id"], (phrase,), "sure")
                phrases[tuple(word.norm for word in split_words(phrase))] = finding
        return cls(phrases)

    def read(self, text: str, language: str | None = None) -> Finding:
        """The danger in `text`. `language` is a hint; other languages are recognised by themselves."""
        words = tuple(word.norm for word in split_words(clean(text)))
        return self._phrases.get(words, Finding())
