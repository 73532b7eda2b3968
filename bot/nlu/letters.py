"""Languages beyond the product's eleven, told by their letters or commonest words: `letters.yml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bot.knowledge import yaml_file

MOST = 0.5  # of the letters of a message in another script
WORDS, PART = 2, 1 / 3  # so many different telling words, which make up so much of the message


class Letters:
    """The list of `letters.yml`, read once. The first language found wins, letters first; Japanese mixes scripts."""

    def __init__(self, path: Path = Path(__file__).parent / "letters.yml") -> None:
        given: dict[str, dict[str, Any]] = yaml_file.read(path)
        order = sorted(given, key=lambda code: bool(given[code].get("script")))  # a telling letter before a script
        self._found = [
            (code, re.compile(f"[{given[code]['letters']}]", re.IGNORECASE), bool(given[code].get("script")))
            for code in order
            if "letters" in given[code]
        ]
        self._words = {code: frozenset(one["words"]) for code, one in given.items() if "words" in one}
        self._unread = frozenset(code for code, one in given.items() if not one["read"])

    def language_of(self, text: str) -> str | None:
        """ISO 639-1 code, with its script where that is unusual; None when letters and words tell nothing."""
        letters = sum(character.isalpha() for character in text)
        for code, pattern, is_script in self._found:
            found = len(pattern.findall(text))
            if found and (not is_script or found >= MOST * letters):
                return code
        words = re.findall(r"\w+", text.casefold())
        for code, telling in self._words.items():
            found_words = [word for word in words if word in telling]
            if len(set(found_words)) >= WORDS and len(found_words) >= PART * len(words):
                return code
        return None

    def is_read(self, language: str | None) -> bool:
        """False for a language that the sentence encoder does not know."""
        return language not in self._unread
