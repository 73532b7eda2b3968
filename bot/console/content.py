"""Cards with their review, and what guards and reading grade say of them. Reading only: cards are files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from bot.console.grade import HIGHEST, grade
from bot.console.ground import Ground
from bot.console.visit import Page, RefusedError, Visit
from bot.knowledge.cards import Card

SOON = timedelta(days=30)
NOBODY = ("unreviewed", "draft", "none")  # how a reviewer begins who has not signed


@dataclass(frozen=True)
class Checked:
    """A text of a card with what the checks say."""

    place: str
    text: str
    grade: float
    violations: list[str]

    @property
    def too_hard(self) -> bool:
        return self.grade > HIGHEST


@dataclass(frozen=True)
class Status:
    """A card in the list. `state`: signed, draft, soon (its review is due within a month) or expired."""

    card: Card
    state: str
    hardest: float
    violations: int


def pages() -> list[Page]:
    return [
        Page("/content", listed, "content", place="content"),
        Page("/content/check", check, "content", "POST", place="content"),
        Page("/content/{topic}", one, "content", place="content"),
    ]


async def listed(visit: Visit) -> Response:
    cards = await visit.run(_list, visit.ground)
    missing = {
        language: len(visit.ground.library.untranslated(language))
        for language in visit.ground.clinic.languages
        if language != "en"
    }
    counts = {state: sum(1 for one in cards if one.state == state) for state in ("expired", "soon", "draft", "signed")}
    return visit.render("content.html", cards=cards, counts=counts, missing=missing)


async def one(visit: Visit) -> Response:
    card = _card(visit.ground, visit.path("topic"))
    checked = await visit.run(lambda: list(_checked(visit.ground, card)))
    others = {
        language: {
            place.partition(".")[2]: text
            for place, text in visit.ground.library.all_texts(language)
            if place.startswith(f"{card.topic}.")
        }
        for language in visit.ground.clinic.languages
        if language != "en"
    }
    facts = {id: visit.ground.library.facts.facts[id] for id in card.facts if id in visit.ground.library.facts.facts}
    return visit.render(
        "card.html", card=card, checked=checked, others=others, facts=facts, state=_state(visit.ground, card)
    )


async def check(visit: Visit) -> Response:
    """Guards and grade for a text that somebody is writing."""
    text = await visit.text("text")
    found = Checked("", text, grade(text), [str(one) for one in visit.ground.guards.violations(text)])
    return visit.render("_check.html", found=found)


def _card(ground: Ground, topic: str) -> Card:
    try:
        return ground.library.card(topic)
    except KeyError:
        raise RefusedError(404, "error.not_found") from None


def _list(ground: Ground) -> list[Status]:
    found = []
    for topic in ground.topics:
        try:
            card = ground.library.card(topic)
        except KeyError:  # a title without a card: the bot acts there instead of telling
            continue
        checked = list(_checked(ground, card))
        violations = sum(len(one.violations) for one in checked)
        found.append(Status(card, _state(ground, card), max((one.grade for one in checked), default=0.0), violations))
    order = ("expired", "soon", "draft", "signed")
    return sorted(found, key=lambda one: order.index(one.state))


def _state(ground: Ground, card: Card) -> str:
    today = ground.today()
    if today > card.review_by:
        return "expired"
    if card.reviewer.strip().casefold().startswith(NOBODY):
        return "draft"
    return "soon" if today > card.review_by - SOON else "signed"


def _checked(ground: Ground, card: Card) -> Iterator[Checked]:
    for place, text in card.texts():
        yield Checked(place, text, grade(text), [str(one) for one in ground.guards.violations(text)])
