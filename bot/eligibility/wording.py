"""Patient wording by language: fixed sentences, and the questionnaire's texts with their translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.eligibility.questionnaire import ABSENT, OTHER, Item, Pick, Questionnaire, Screen
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
        return self._clinic.speaking(language).fill(text, **values)

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
        """A reason's text; translations are kept by the rule's answers ("toxin, filler")."""
        for common, english in self._common_tells().items():
            if text == english:
                return str(self._catalogue(language).get("tells", {}).get(common) or text)
        answer = rule.partition("/")[2]
        tells: Mapping[str, str] = self._translated(language, "items", link_id).get("tells", {})
        found = next((said for answers, said in tells.items() if answer in answers.split(", ")), None)
        return found or tells.get(OTHER) or text

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

    def recheck(self, language: str) -> str:
        """The question of the re-check before an appointment."""
        return str(self._catalogue(language).get("recheck") or self._questionnaire.recheck_text)

    def labels(self, language: str, link_ids: Iterable[str]) -> str:
        """Labels of several items, for one sentence."""
        return ", ".join(self.item(language, self._questionnaire.items[link_id], "label") for link_id in link_ids)

    def texts(self, language: str) -> Iterator[tuple[str, str]]:
        """Every text that a language has itself, with its place: `items.diabetes.tells.controlled` ..."""
        if language == "en":
            yield from ((f"sentences.{key}", text) for key, text in self._catalogues["en"]["sentences"].items())
            yield from self._english()
            return
        for group in ("sentences", "tells", "items", "screens", "recheck"):
            yield from _flat(group, self._catalogue(language).get(group, {}))

    def untranslated(self, language: str) -> list[str]:
        """Places for which a language still says the English text."""
        have = {place for place, _ in self.texts(language)} if language in self._catalogues else set()
        return sorted(place for place, _ in self.texts("en") if place not in have)

    def _common_tells(self) -> Mapping[str, str]:
        return {"unsure": self._questionnaire.unsure.tell, "review": self._questionnaire.review_tell}

    def _english(self) -> Iterator[tuple[str, str]]:
        common = {self._catalogues["en"]["sentences"][key] for key in ("yes", "no", "unsure", "declined")}
        yield "recheck", self._questionnaire.recheck_text
        yield from ((f"tells.{common}", text) for common, text in self._common_tells().items())
        for item in self._questionnaire.items.values():
            place = f"items.{item.link_id}"
            parts = ("label", "text", "again", "why", "help")
            yield from ((f"{place}.{part}", text) for part in parts if (text := getattr(item, part)))
            for option in item.options:
                if option.display not in common:
                    yield f"{place}.options.{option.code}", option.display
            for effect in item.effects:
                for code in effect.codes:
                    if effect.tell and effect.tell not in self._common_tells().values():
                        yield f"{place}.tells.{code}", effect.tell
                    if effect.clears:
                        yield f"{place}.tells.{code}/clears", effect.clears
        for name, given in self._questionnaire.raw["medicine_classes"].items():
            if given.get("tell"):
                yield f"items.{given['item']}.tells.{name}", given["tell"]
        for screen in self._questionnaire.screens:
            place = f"screens.{screen.ref}"
            if screen.kind == "group":
                yield from ((f"{place}.{part}", getattr(screen, part)) for part in ("title", "text", "again", "why"))
            yield from ((f"{place}.picks.{pick.item}={pick.code or ''}", pick.title) for pick in screen.picks)

    def _catalogue(self, language: str) -> Mapping[str, Any]:
        return self._catalogues.get(language) or self._catalogues["en"]

    def _translated(self, language: str, kind: str, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._catalogue(language).get(kind, {}).get(key, {})
        return found


def _flat(place: str, given: Any) -> Iterator[tuple[str, str]]:
    """Nested texts by dotted place; a key that names several answers is each of them."""
    if isinstance(given, Mapping):
        for keys, value in given.items():
            for key in str(keys).split(", "):
                yield from _flat(f"{place}.{key}", value)
    else:
        yield place, str(given)
