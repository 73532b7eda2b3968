"""Lay words to the words that the understanding knows: "fat jabs" is "fat-dissolving injections"."""

from __future__ import annotations

import re
from pathlib import Path

from bot.knowledge import yaml_file


class Glossary:
    """The word list of `glossary.yml`, read once."""

    def __init__(self, path: Path = Path(__file__).parent / "glossary.yml") -> None:
        given: dict[str, list[str]] = yaml_file.read(path)
        self._terms = {_key(word): term for term, words in given.items() for word in words}
        self._terms |= {_key(term): term for term in given}  # a term stands for itself, also where it holds a lay word
        longest_first = sorted(self._terms, key=len, reverse=True)
        spelled = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
        self._pattern = re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)

    def expand(self, text: str) -> str:
        """`text` with every lay word replaced by its term. Pure; expanding twice changes nothing."""
        return self._pattern.sub(lambda found: self._terms.get(_key(found[0]), found[0]), text)


def _key(word: str) -> str:
    """Ignoring case as the pattern does, to which the Turkish "ı" and "İ" are an "i"."""
    return " ".join(word.casefold().replace("ı", "i").replace("i\u0307", "i").split())
