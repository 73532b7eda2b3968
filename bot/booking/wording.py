"""Booking's sentences, from `phrases/<language>.yml`: filled, dated, and matched against what patients type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.booking.availability import Slot, happens_twice
from bot.booking.contacts import looks_like_name
from bot.booking.wish_reading import WHEN
from bot.clinic import Clinic
from bot.safety.text import fold

FILLERS = (
    *(
        "the",
        "please",
        "pls",
        "thanks",
        "number",
        "option",
        "i",
        "ll",
        "d",
        "take",
        "have",
        "want",
        "like",
        "ok",
        "okay",
    ),
    *("yes", "yeah", "hmm", "um", "just", "then", "go", "with", "for"),
)
FOLDER = Path(__file__).parent / "phrases"
TIMES = Path(__file__).parent / "times.yml"
WORDS = Path(__file__).parent / "words.yml"
PLACES = ("ordinals", "last")  # no expressions, as the other keys of `words` are


class Wording:
    """Reads every language once. What a language lacks is said in English."""

    def __init__(self, clinic: Clinic, folder: Path = FOLDER) -> None:
        self._clinic = clinic
        self._catalogues: dict[str, Mapping[str, Any]] = {
            path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))
        }
        more = yaml.safe_load(WORDS.read_text(encoding="utf-8")).values()
        told = [*(one["words"] for one in self._catalogues.values() if "words" in one), *more]
        self._words = {
            name: re.compile("|".join(rf"\b(?:{fold(one)})(?!\w)" for words in told for one in words.get(name, ())))
            for name in self._catalogues["en"]["words"]
            if name not in PLACES
        }
        self._ordinals = {
            fold(str(word)): place
            for words in reversed(told)  # a word of two languages is what the earlier one says
            for place, group in enumerate(words.get("ordinals", ()))
            for word in group
        }
        self._last = frozenset(fold(str(word)) for words in told for word in words.get("last", ()))
        self._around = frozenset(fold(str(word)) for words in told for word in words.get("around", ()))
        self._services = [
            (re.compile(rf"\b(?:{fold(pattern)})(?!\w)"), plain)
            for words in more
            for pattern, plain in words["services"]
        ]
        # Translations first: English comes last and reads what they left.
        others = [one["times"] for language, one in self._catalogues.items() if language != "en" and "times" in one]
        others += yaml.safe_load(TIMES.read_text(encoding="utf-8")).values()
        others += [hours_in_words(one["hours"]) for one in more]
        self._times = [
            (re.compile(fold(pattern.replace("{when}", "\0")).replace("\0", WHEN)), plain)
            for times in (*others, self._catalogues["en"]["times"])
            for pattern, plain in times
        ]

    def say(self, key: str, language: str = "en", **values: str) -> str:
        """A sentence. Raises `KeyError` for a key or a placeholder nobody knows."""
        return self._clinic.speaking(language).fill(self._get("sentences", language)[key], **values)

    def title(self, key: str, language: str = "en") -> str:
        """The title of a choice."""
        return str(self._get("choices", language)[key])

    def texts(self, language: str = "en") -> dict[str, str]:
        """Every sentence and title by key, unfilled: for the checks of wording."""
        titles = {f"choice.{key}": title for key, title in self._get("choices", language).items()}
        return {**self._get("sentences", language), **titles}

    # ---- times in words

    def slot_title(self, slot: Slot, language: str = "en") -> str:
        """The title of a slot choice: weekday, date, clock time, and the zone when the clock shows it twice."""
        local = slot.start.astimezone(self._clinic.time_zone)
        values = {**self._parts(local.date(), language, short=True), "time": f"{local:%H:%M}"}
        title = self.say("slot_title", language, **values)
        return f"{title} {local:%Z}" if happens_twice(slot.start, self._clinic.time_zone) else title

    def moment(self, start: datetime, language: str = "en") -> str:
        """A time to be read back: weekday, date, year, clock time, zone."""
        local = start.astimezone(self._clinic.time_zone)
        clock = f"{local:%H:%M %Z}" if happens_twice(start, self._clinic.time_zone) else f"{local:%H:%M}"
        return self.say("moment", language, **self._parts(local.date(), language), time=clock, zone=self.zone())

    def day(self, day: date, language: str = "en") -> str:
        """ "Tuesday 24 November 2026"."""
        return self.say("day", language, **self._parts(day, language))

    def day_title(self, day: date, language: str = "en") -> str:
        """The title of a choice between days."""
        return self.say("day_title", language, **self._parts(day, language, short=True))

    def zone(self) -> str:
        """The clinic's zone as people say it: the town in its name."""
        return self._clinic.time_zone.key.rsplit("/", 1)[-1].replace("_", " ")

    # ---- what patients type

    def means(self, name: str, text: str) -> bool:
        """Do these words say so, anywhere in the text?"""
        return bool(self._words[name].search(_folded(text)))

    def is_just(self, name: str, text: str) -> bool:
        """Does the text begin with these words and say little else?"""
        found = self._words[name].match(_folded(text).strip(" .,!¡¿"))
        return found is not None and len(text.split()) <= len(found[0].split()) + 3

    def is_question(self, text: str) -> bool:
        """Does it begin as a question does, or end as one?"""
        return "?" in text or bool(self._words["question"].match(_folded(text)))

    def asks(self, text: str) -> bool:
        """`is_question`, where a name is expected: "Will" and "May Lee" are names."""
        return "?" in text or (" " in text.strip() and not looks_like_name(text) and self.is_question(text))

    def plain(self, text: str) -> str:
        """Words about days and hours as `wish_reading` reads them: folded, translated, "except" for a no."""
        said = _folded(text).strip(" .!?")
        for pattern, plain in self._times:
            said = pattern.sub(plain, said)
        return " ".join(said.split())

    def service(self, text: str) -> str:
        """What the patient would like to book, as English titles say it: "Beratung" is a consultation."""
        folded = _folded(text).strip(" .!")
        named = next((plain for pattern, plain in self._services if pattern.fullmatch(folded)), None)
        return named or text.casefold()

    def ordinal(self, text: str, of: int = 0) -> int | None:
        """0 for "the first one please" and "die erste bitte", the last `of` so many; None for longer or other texts."""
        words = [word for word in re.findall(r"\w+", _folded(text)) if word not in FILLERS]
        if len(words) > 1 and not any(map(str.isdigit, words)):  # "der 2." is a day
            words = [word for word in words if word not in self._around]
        if not words or words[1:] not in ([], ["one"], ["slot"], ["time"]):
            return None
        return of - 1 if of and words[0] in self._last else self._ordinals.get(words[0])

    # ---- helpers

    def _parts(self, day: date, language: str, *, short: bool = False) -> dict[str, str]:
        catalogue = self._catalogues.get(language, {})
        english = self._catalogues["en"]
        months = "short_months" if short else "months"
        return {
            "weekday": str(catalogue.get("weekdays", english["weekdays"])[day.weekday()]),
            "day": str(day.day),
            "month": str(catalogue.get(months, english[months])[day.month - 1]),
            "year": str(day.year),
        }

    def _get(self, part: str, language: str) -> dict[str, Any]:
        return {**self._catalogues["en"][part], **self._catalogues.get(language, {}).get(part, {})}


def hours_in_words(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Hours of a language of words.yml as pairs of an expression and plain English: "um drei" -> "at 3"."""
    pairs: list[tuple[str, str]] = []
    for hour, names in enumerate(told["names"], start=1):
        if to := told.get("half_to"):
            pairs.append((rf"\b(?:(?:{told['at']}) )?(?:{to}) (?:{names}|{hour})\b", f"at {(hour - 2) % 12 + 1}:30"))
        pairs += [(rf"\b(?:{told[side]}) ?(?:{names})\b", f"{side} {hour}") for side in ("after", "before", "at")]
    if past := told.get("half_past"):
        pairs.append((rf"\b(\d{{1,2}}) (?:{past})\b", r"\1:30"))
    return pairs


def _folded(text: str) -> str:
    """No capitals, no accents, one kind of apostrophe: "Hayır", "hayir" and "HAYIR" are the same answer."""
    return " ".join(fold(word) for word in text.split())
