"""What the gateway itself says: its own sentences about what is in the way, the knowledge library's for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import yaml

from bot.clinic import Clinic
from bot.envelope import Choice, Reply

HERE = Path(__file__).parent / "phrases"


class Phrases(Protocol):
    """What the knowledge library offers of fixed sentences."""

    def phrase(self, key: str, language: str = ..., *, clinic: Clinic | None = ...) -> str:
        """The sentence, or `KeyError`."""


class Wording:
    """Sentences in the patient's language, filled with the clinic's values."""

    def __init__(self, clinic: Clinic, library: Phrases, folder: Path = HERE) -> None:
        self._clinic = clinic
        self._library = library
        self._own: dict[str, dict[str, str]] = {
            path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("??.yml")
        }
        self.languages = frozenset(self._own)
        self._opening: list[dict[str, Any]] = yaml.safe_load((folder / "opening.yml").read_text("utf-8"))["choices"]

    def say(self, key: str, language: str | None = None, **values: str) -> str:
        """A sentence, its placeholders filled with `values` and the clinic's. Raises `KeyError` for an unknown key."""
        chosen = language or "en"
        if key not in self._own["en"]:
            return self._library.phrase(key, chosen, clinic=self._clinic)
        text = self._own.get(chosen, {}).get(key) or self._own["en"][key]
        return self._clinic.speaking(chosen).fill(text, **values)

    def notice(self, key: str, language: str | None = None, number: str = "clinic") -> Reply:
        """A sentence as a message, with the number to call."""
        return Reply("notice", key, self.say(key, language), links=(self._clinic.call(number),))

    def opening(self, language: str | None = None) -> tuple[Reply, Reply]:
        """The first two messages of every conversation: what this is, and what can be asked."""
        disclosure = " ".join(self.say(key, language) for key in ("disclosure", "general_information"))
        choices = tuple(Choice(one["id"], self._title(one, language)) for one in self._opening)
        return (
            Reply("notice", "disclosure", disclosure),
            Reply("text", "greeting", self.say("greeting", language), choices=choices),
        )

    def _title(self, choice: dict[str, Any], language: str | None) -> str:
        return self._library.phrase(choice["phrase"], language or "en")
