"""The list of cards: what patients read now in each language, who signed it, what is being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from bot.clinic import PLACEHOLDER
from bot.console.grade import HIGHEST, grade
from bot.console.ground import Ground
from bot.console.visit import Page, Visit
from bot.knowledge.cards import Card
from bot.storage import content
from bot.storage.content import Publication, Version

SOON = timedelta(days=30)
SHORTEST = 8  # words; a grade means nothing for "Tell me more"
ORDER = ("expired", "soon", "unsigned", "signed")


@dataclass(frozen=True)
class Checked:
    """A text with what the checks say.

    `grade` is None for a language whose reading grade we cannot tell. `known`: the project's own words, whose grade its
    tests judge with an eye on names of medicines; here a hard one is shown, but no reason to refuse it.
    """

    text: str
    grade: float | None
    violations: list[str]
    known: bool = False

    @property
    def too_hard(self) -> bool:
        return self.grade is not None and self.grade > HIGHEST and len(self.text.split()) >= SHORTEST

    @property
    def fails(self) -> bool:
        return (self.too_hard and not self.known) or bool(self.violations)


@dataclass(frozen=True)
class Shown:
    """What patients read of a card in one language. `version` None: the project's own file."""

    topic: str
    language: str
    texts: Mapping[str, str]
    reviewer: str
    reviewed_on: date
    review_by: date
    version: Version | None

    def state(self, today: date) -> str:
        """signed, unsigned, soon (its review is due within a month) or expired."""
        if today > self.review_by:
            return "expired"
        if self.version is None:
            return "unsigned"
        return "soon" if today > self.review_by - SOON else "signed"


@dataclass(frozen=True)
class Entry:
    """A card in one language, in the list."""

    shown: Shown
    state: str
    open: Version | None
    hardest: float | None
    violations: int


def pages() -> list[Page]:
    return [
        Page("/content", listed, "content", place="content"),
        Page("/content/check", check, "content", "POST", place="content"),
    ]


async def listed(visit: Visit) -> Response:
    language = chosen_language(visit)
    entries = await visit.run(_list, visit, language)
    missing = len(visit.ground.library.untranslated(language)) if language != "en" else 0
    counts = {state: sum(1 for one in entries if one.state == state) for state in ORDER}
    return visit.render("content.html", entries=entries, counts=counts, missing=missing, language=language)


async def check(visit: Visit) -> Response:
    """Guards and grade for what somebody is writing."""
    form = await visit.form()
    language = str(form.get("language", "en"))
    text = next((str(value) for name, value in form.items() if name == "text" or name.startswith("text:")), "")
    found = checked(visit.ground, text[:4000], language if language in visit.ground.clinic.languages else "en")
    return visit.render("_check.html", found=found)


def chosen_language(visit: Visit) -> str:
    """The language that the address asks for, if the clinic speaks it."""
    asked = visit.query("language")
    return asked if asked in visit.ground.clinic.languages else "en"


def checked(
    ground: Ground,
    text: str,
    language: str = "en",
    *,
    english: str | None = None,
    known: str | None = None,
    fills: str = "",
) -> Checked:
    """What guards, reading grade and placeholders say.

    `english` is what a translation must keep in step with, `known` the project's own words; the placeholders of `fills`
    are filled by whoever says it.
    """
    found = [str(one) for one in ground.guards.violations(text, language)]
    filled = ground.clinic.values.keys() | ground.library.computed | set(PLACEHOLDER.findall(fills))
    found += [ground.texts("content.no_value", name=name) for name in sorted(set(PLACEHOLDER.findall(text)) - filled)]
    if english is not None and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(english)):
        found.append(ground.texts("content.other_values"))
    return Checked(text, grade(text) if language == "en" else None, found, text == known)


def project_texts(ground: Ground, card: Card, language: str) -> dict[str, str]:
    """The texts of the project's file."""
    if language == "en":
        return dict(card.texts())
    places = (
        (place.removeprefix(f"{card.topic}."), text)
        for place, text in ground.library.all_texts(language)
        if place.startswith(f"{card.topic}.")
    )
    return dict(places)


def shown_now(ground: Ground, connection: Connection, card: Card, language: str) -> tuple[Shown, list[Publication]]:
    """What patients read, and what was published before."""
    history = content.history(connection, card.topic, language)
    newest = history[0].version if history else None
    version = content.find(ground.database, connection, newest) if newest else None
    texts = project_texts(ground, card, language)
    if version is None:
        return Shown(card.topic, language, texts, card.reviewer, card.reviewed_on, card.review_by, None), history
    revision = version.revision()
    texts = {**texts, **{place: text for place, text in revision.texts.items() if place in dict(card.texts())}}
    return (
        Shown(card.topic, language, texts, revision.reviewer, revision.reviewed_on, revision.review_by, version),
        history,
    )


def expired(ground: Ground, connection: Connection) -> list[str]:
    """Topics that patients are not shown, because the review is overdue in some language."""
    today = ground.today()
    revisions = {(one.topic, one.language): one.review_by for one in content.published(ground.database, connection)}
    lapsed = {topic for (topic, _), until in revisions.items() if today > until}
    return sorted(lapsed | {name for name in ground.library.expired(today) if (name, "en") not in revisions})


def cards(ground: Ground) -> Iterator[Card]:
    """Every card, by its title."""
    for topic in sorted(ground.library.topics, key=ground.topic_title):
        yield ground.library.card(topic)


def _list(visit: Visit, language: str) -> list[Entry]:
    ground = visit.ground
    with ground.database.read() as connection:
        open_ones = {
            one.topic: one for one in content.unfinished(ground.database, connection) if one.language == language
        }
        shown = [shown_now(ground, connection, card, language)[0] for card in cards(ground)]
    found = []
    for one in shown:
        every = [checked(ground, text, language) for text in one.texts.values()]
        hardest = max((text.grade for text in every if text.grade is not None), default=None)
        violations = sum(len(text.violations) for text in every)
        found.append(Entry(one, one.state(ground.today()), open_ones.get(one.topic), hardest, violations))
    return sorted(found, key=lambda one: (one.open is None, ORDER.index(one.state)))
