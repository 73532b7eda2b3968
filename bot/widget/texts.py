"""The widget's strings by language, filled with the clinic's values, and what a browser must know of the clinic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.clinic import PLACEHOLDER, Clinic

STRINGS = Path(__file__).parent / "strings"
PHONES = {"phone": "clinic", "emergency": "emergency"}


def load_strings() -> dict[str, dict[str, str]]:
    """Every language's strings; what a translation lacks is English."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(STRINGS.glob("*.json"))}
    return {language: {**found["en"], **strings} for language, strings in found.items()}


def choose(wanted: str, clinic: Clinic, strings: dict[str, dict[str, str]]) -> str:
    """The first language of a list such as "ar-EG,en" that the clinic offers and the widget speaks, else English."""
    for one in wanted.split(",")[:20]:
        short = one.strip().lower().partition("-")[0]
        if short in clinic.languages and short in strings:
            return short
    return "en"


def configuration(language: str, clinic: Clinic, strings: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What the widget asks for when it starts."""
    texts = dict(strings[language])
    about = {key: texts.pop(key) for key in ("direction", "translation")}
    numbers = {name: {"dial": clinic.numbers[number].dial} for name, number in PHONES.items()}
    return {
        "language": language,
        **about,
        "clinic": {"accent": clinic.values.get("theme.accent", ""), **numbers},
        "strings": {key: _fill(text, clinic) for key, text in texts.items()},
    }


def _fill(text: str, clinic: Clinic) -> str:
    """The clinic's values; what only the browser knows (a count, a date) is left for it."""
    return PLACEHOLDER.sub(lambda found: clinic.values.get(found[1], found[0]), text)
