"""Patient wording by language: fixed sentences, and the questionnaire's texts with their translations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.eligibility.questionnaire import ABSENT, Item, Pick, Questionnaire, Screen
from bot.eligibility.values import Value, codes_of

FOLDER = Path(__file__).parent / "wording"


class Wording:
    """Everything that is said. A language, or a text of it, that is missing is said in English."""

    def __init__(self, questionnaire: Questionnaire, clinic: Clinic, folder: Path = FOLDER) -> None:
        self._questionnaire = questionnaire
        self._clinic = clinic
        self._catalogues: dict[str, Mapping[str, Any]] = {
            path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))
        }

    def say(self, language: str, key: str, **values: str) -> str:
        """A fixed sentence, filled with the clinic's values and `values`."""
        text = self._catalogue(language).get("sentences", {}).get(key) or self._catalogues["en"]["sentences"][key]
        return self._clinic.fill(text, **values)

    def item(self, language: str, item: Item, part: str) -> str:
        """`part` of an item: label, text, again, why or help."""
        own: str = getattr(item, part)
        return self._translated(language, "items", item.link_id).get(part) or own

    def screen(self, language: str, screen: Screen, part: str) -> str:
        """`part` of a group: title, text, again or why; for a single question, that of its item."""
        if screen.kind != "group":
            item = self._questionnaire.items[screen.ref]
            return self.item(language, item, {"title": "label"}.get(part, part))
        own: str = getattr(screen, part)
        return self._translated(language, "screens", screen.ref).get(part) or own

    def pick(self, language: str, screen: Screen, pick: Pick) -> str:
        """The title of a line of a group."""
        picks: Mapping[str, str] = self._translated(language, "screens", screen.ref).get("picks", {})
        return picks.get(f"{pick.item}={pick.code or ''}") or pick.title

    def option(self, language: str, item: Item, code: str) -> str:
        """The words of an answer code."""
        options: Mapping[str, str] = self._translated(language, "items", item.link_id).get("options", {})
        if code in options:
            return options[code]
        if item.display(code) != code and code not in ("Y", "N", *ABSENT):
            return item.display(code)
        named = {"Y": "yes", "N": "no", "asked-unknown": "unsure", "asked-declined": "declined"}.get(code)
        own = next((option.display for option in item.options if option.code == code), None)
        if named and (own is None or language != "en"):
            return self.say(language, named)
        return own or code

    def tell(self, language: str, link_id: str, rule: str, text: str) -> str:
        """A reason's text; translations are kept by the rule's answer."""
        tells: Mapping[str, str] = self._translated(language, "items", link_id).get("tells", {})
        return tells.get(rule.partition("/")[2]) or text

    def answer(self, language: str, item: Item, value: Value) -> str:
        """An answer in plain words."""
        if isinstance(value, bool):
            return self.say(language, "yes" if value else "no")
        if value == "":
            return self.say(language, "not_given")
        if item.type == "date" and value not in ABSENT:
            return self.day(language, date.fromisoformat(str(value)))
        return ", ".join(self.option(language, item, code) for code in codes_of(value))

    def day(self, language: str, day: date) -> str:
        """A date with its weekday, in the language's order."""
        catalogue = self._catalogue(language)
        if not catalogue.get("months"):
            catalogue = self._catalogues["en"]
        return self._clinic.fill(
            catalogue["date"],
            weekday=catalogue["weekdays"][day.weekday()],
            day=str(day.day),
            month=catalogue["months"][day.month - 1],
            year=str(day.year),
        )

    def labels(self, language: str, link_ids: Iterable[str]) -> str:
        """Labels of several items, for one sentence."""
        return ", ".join(self.item(language, self._questionnaire.items[link_id], "label") for link_id in link_ids)

    def _catalogue(self, language: str) -> Mapping[str, Any]:
        return self._catalogues.get(language) or self._catalogues["en"]

    def _translated(self, language: str, kind: str, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._catalogue(language).get(kind, {}).get(key, {})
        return found
