"""Answer cards: one file a topic. English files carry structure and text, translations carry only texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.clinic import PLACEHOLDER
from bot.knowledge import yaml_file

PARTS = ("short", "more", "simpler", "reasons")
LISTS = ("follow_ups", "facts", "conflicts", "sources", "links")
REVIEW = ("reviewer", "reviewed_on", "review_by")
KEYS = frozenset((*PARTS, *LISTS, *REVIEW, "topic", "areas", "aspects", "human", "usual_course"))


@dataclass(frozen=True)
class Aspect:
    """A specific ask within a topic. `keywords` find it; `names` do too, and are said back to the patient.

    When several are found, one with `instead_of` silences those, and one that is `alone` yields to all others.
    `elsewhere`: it asks for a treatment or a thing that is not ours, and so does "how much is that?" after it.
    """

    id: str
    text: str
    keywords: tuple[str, ...]
    names: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    alone: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Revision:
    """A card's texts in one language as a clinic has signed them, to be shown instead of the file's."""

    topic: str
    language: str
    texts: Mapping[str, str]  # by the places of `Card.texts`
    reviewer: str
    reviewed_on: date
    review_by: date
    number: int = 0  # of the clinic's version


@dataclass(frozen=True)
class Edition:
    """Which words of a card were said: the clinic's version by its number, or (None) the project's file.

    `digest` changes with any text of the card in this language.
    """

    card: str
    language: str
    number: int | None
    digest: str
    reviewed: str  # ISO day


@dataclass(frozen=True)
class Card:
    """The answer to one topic. `review_by` is the last day on which it may be shown.

    `usual_course`: it tells what usually holds after treatment, so not for whom a danger sign is to be looked at.
    """

    topic: str
    short: str
    more: str
    simpler: str
    reasons: str
    areas: Mapping[str, str]
    aspects: tuple[Aspect, ...]
    follow_ups: tuple[str, ...]
    facts: tuple[str, ...]
    conflicts: tuple[str, ...]
    sources: tuple[str, ...]
    links: tuple[str, ...]
    human: bool
    usual_course: bool
    reviewer: str
    reviewed_on: date
    review_by: date

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every patient text with its place: `short`, `areas.scalp`, `aspects.sauna` ..."""
        yield from ((part, text) for part in PARTS if (text := getattr(self, part)))
        yield from ((f"areas.{area}", text) for area, text in self.areas.items())
        yield from ((f"aspects.{aspect.id}", aspect.text) for aspect in self.aspects)

    def revised(self, revision: Revision) -> Card:
        """With the clinic's words. Places that the card no longer has are left out; new ones keep the file's text."""
        words = revision.texts
        parts: dict[str, Any] = {part: words.get(part) or getattr(self, part) for part in PARTS}
        return replace(
            self,
            areas={area: words.get(f"areas.{area}") or text for area, text in self.areas.items()},
            aspects=tuple(replace(one, text=words.get(f"aspects.{one.id}") or one.text) for one in self.aspects),
            reviewer=revision.reviewer,
            reviewed_on=revision.reviewed_on,
            review_by=revision.review_by,
            **parts,
        )


def read_card(path: Path) -> tuple[Card | None, list[str]]:
    """A card and what is wrong with its file; None when it cannot be built at all."""
    raw = yaml_file.read(path)
    name = f"cards/{path.parent.name}/{path.name}"
    problems = [f"{name}: unknown key {key!r}" for key in raw.keys() - KEYS]
    needed = ("topic", "short", "reviewer", "reviewed_on", "review_by")
    if missing := [key for key in needed if not raw.get(key)]:
        return None, [*problems, f"{name}: missing {', '.join(missing)}"]
    if raw["topic"] != path.stem:
        problems.append(f"{name}: topic {raw['topic']!r} is not the file's name")
    aspects = tuple(_aspect(given) for given in raw.get("aspects") or ())
    ids = [aspect.id for aspect in aspects]
    problems += [f"{name}: aspect {twice!r} twice" for twice in {one for one in ids if ids.count(one) > 1}]
    problems += [
        f"{name}: aspect {one.id!r} is instead of an unknown one" for one in aspects if set(one.instead_of) - set(ids)
    ]
    parts = {part: _text(raw.get(part, "")) for part in PARTS}
    lists = {key: tuple(raw.get(key) or ()) for key in LISTS}
    review = {key: raw[key] for key in REVIEW}
    fields: dict[str, Any] = {**parts, **lists, **review}
    card = Card(
        topic=raw["topic"],
        areas={area: _text(text) for area, text in (raw.get("areas") or {}).items()},
        aspects=aspects,
        human=bool(raw.get("human", False)),
        usual_course=bool(raw.get("usual_course", False)),
        **fields,
    )
    return card, problems


def _aspect(given: dict[str, Any]) -> Aspect:
    return Aspect(
        id=given["id"],
        text=_text(given["text"]),
        keywords=tuple(given.get("keywords", ())),
        names=tuple(given.get("names", ())),
        instead_of=tuple(given.get("instead_of", ())),
        alone=bool(given.get("alone", False)),
        elsewhere=bool(given.get("elsewhere", False)),
    )


def read_translation(path: Path, english: Card) -> tuple[dict[str, str], list[str]]:
    """A translation's texts by the place names of `Card.texts`, and where it is out of step with the English card."""
    raw: dict[str, Any] = yaml_file.read(path)
    name = f"cards/{path.parent.name}/{path.name}"
    texts = {part: _text(raw[part]) for part in PARTS if raw.get(part)}
    for group in ("areas", "aspects"):
        texts |= {f"{group}.{key}": _text(text) for key, text in (raw.get(group) or {}).items()}
    allowed = {*PARTS, "areas", "aspects", "translation"}
    problems = [f"{name}: unknown key {key!r}" for key in raw.keys() - allowed]
    if not raw.get("translation"):
        problems.append(f"{name}: missing translation (unreviewed, or who reviewed it and when)")
    return texts, problems + out_of_step(name, dict(english.texts()), texts)


def out_of_step(name: str, english: Mapping[str, str], translated: Mapping[str, str]) -> list[str]:
    """Texts that only the translation has, and texts whose placeholders differ from the English ones."""
    problems = [f"{name}: {place!r} is not in English" for place in translated.keys() - english.keys()]
    return problems + [
        f"{name}: {place!r} has other placeholders than in English"
        for place, text in translated.items()
        if place in english and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(english[place]))
    ]


def _text(written: str) -> str:
    """YAML's folded text without its last line break; an empty line stays a paragraph."""
    return "\n".join(" ".join(line.split()) for line in str(written).strip().split("\n"))
