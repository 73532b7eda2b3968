"""One card in one language: write, submit, sign, publish, go back. Whoever writes does not decide what is true.

An editor writes; only a clinician signs, with name and date, exactly the words on the screen; what is signed can be
published and is shown until its review date. Publishing tells the engines; one that is away reads it when it starts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from bot.console import engines
from bot.console.content import Checked, Shown, checked, chosen_language, shown_now
from bot.console.visit import Page, RefusedError, Visit
from bot.knowledge.cards import Card
from bot.storage import content, staff
from bot.storage.content import Publication, Version

LONGEST_PLACE = 1500  # characters of one text
LONGEST_VALID = timedelta(days=366)


@dataclass(frozen=True)
class Place:
    """One text of a card beside its English."""

    name: str
    english: str
    shown: str
    draft: str | None
    check: Checked


@dataclass(frozen=True)
class CardPage:
    """Everything on a card's page."""

    card: Card
    language: str
    shown: Shown
    state: str
    open: Version | None
    places: list[Place]
    versions: list[Version]
    history: list[Publication]
    names: dict[str, str]
    facts: list[tuple[str, str]]

    @property
    def failing(self) -> list[str]:
        """Places that may not be submitted as they are."""
        return [place.name for place in self.places if place.check.fails]

    @property
    def by_id(self) -> dict[str, Version]:
        return {one.id: one for one in self.versions}


def pages() -> list[Page]:
    def act(name: str, handler: object, needs: str = "content") -> Page:
        return Page(f"/content/{{topic}}/{{language}}/{name}", handler, needs, "POST", place="content")  # type: ignore[arg-type]

    return [
        Page("/content/{topic}", one, "content", place="content"),
        act("draft", begin),
        act("save", save),
        act("submit", submit),
        act("discard", discard),
        act("return", send_back, "sign"),
        act("sign", sign, "sign"),
        act("publish", publish),
    ]


async def one(visit: Visit) -> Response:
    language = chosen_language(visit)
    page = await visit.run(_page, visit, visit.path("topic"), language)
    next_review = visit.ground.today() + timedelta(days=182)
    return visit.render("card.html", page=page, next_review=next_review, digest=digest)


async def begin(visit: Visit) -> Response:
    """A draft that starts from what patients read now."""
    try:
        await visit.run(_begin, visit)
    except IntegrityError:
        return _back(visit, "already")
    return _back(visit, "", "#write")


async def save(visit: Visit) -> Response:
    """Keep the draft, also with faults in it; only submitting needs all checks green."""
    form = await visit.form()
    typed = {
        name.removeprefix("text:"): str(value).replace("\r", "").strip()
        for name, value in form.items()
        if name.startswith("text:")
    }
    if any(len(text) > LONGEST_PLACE for text in typed.values()):
        raise RefusedError(413, "error.too_long")
    done = await visit.run(_save, visit, typed, str(form.get("seen", "")))
    if done and form.get("then") == "submit":
        return await submit(visit)
    return _back(visit, "saved" if done else "changed_meanwhile", "#write")


async def submit(visit: Visit) -> Response:
    return _back(visit, await visit.run(_submit, visit))


async def discard(visit: Visit) -> Response:
    done = await visit.run(_discard, visit)
    return _back(visit, "discarded" if done else "already")


async def send_back(visit: Visit) -> Response:
    remark = await visit.text("remark", 400)
    if not remark:
        return _back(visit, "remark_missing")
    done = await visit.run(_send_back, visit, remark)
    return _back(visit, "sent_back" if done else "already")


async def sign(visit: Visit) -> Response:
    """Signs what the form showed: `seen` is the digest of those words."""
    try:
        until = date.fromisoformat(await visit.text("review_by", 10))
    except ValueError:
        return _back(visit, "date_missing")
    if not visit.ground.today() < until <= visit.ground.today() + LONGEST_VALID:
        return _back(visit, "date_missing")
    if not (await visit.form()).get("read"):
        return _back(visit, "not_read")
    return _back(visit, await visit.run(_sign, visit, await visit.text("seen", 64), until))


async def publish(visit: Visit) -> Response:
    """Show a signed version, or without one the project's file again."""
    told = await visit.run(_publish, visit, await visit.text("version", 32))
    if told == "published":
        away = await engines.reload(visit.ground.settings)
        told = "published_later" if away else told
    return _back(visit, told)


def digest(version: Version) -> str:
    """Of the words of a version: what a signature is about."""
    words = json.dumps([version.topic, version.language, dict(version.texts)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _back(visit: Visit, told: str, anchor: str = "") -> Response:
    path = f"/content/{visit.path('topic')}?language={_language(visit)}"
    return visit.go(path + (f"&told={told}" if told else "") + anchor)


def _language(visit: Visit) -> str:
    language = visit.path("language")
    if language not in visit.ground.clinic.languages:
        raise RefusedError(404, "error.not_found")
    return language


def _card(visit: Visit, topic: str) -> Card:
    try:
        return visit.ground.library.card(topic)
    except KeyError:
        raise RefusedError(404, "error.not_found") from None


def _page(visit: Visit, topic: str, language: str) -> CardPage:
    ground, card = visit.ground, _card(visit, topic)
    with ground.database.read() as connection:
        shown, history = shown_now(ground, connection, card, language)
        english = shown if language == "en" else shown_now(ground, connection, card, "en")[0]
        versions = content.versions(ground.database, connection, topic, language)
        names = staff.names(connection)
    open_one = next((version for version in versions if version.state != "signed"), None)
    drafted = open_one.texts if open_one else None
    places = []
    for place, own in card.texts():
        now = shown.texts.get(place, "")
        text = drafted.get(place, "") if drafted is not None else now
        source = english.texts[place]
        source_of = source if language != "en" and text else None
        verdict = checked(ground, text, language, english=source_of, known=own)
        places.append(Place(place, source, now, None if drafted is None else text, verdict))
    facts = [(id, ground.library.facts.facts[id].claim) for id in card.facts if id in ground.library.facts.facts]
    state = shown.state(ground.today())
    return CardPage(card, language, shown, state, open_one, places, versions, history, names, facts)


def _open(visit: Visit, connection: Connection) -> Version:
    """The version being written. Raises RefusedError when there is none."""
    topic, language = _card(visit, visit.path("topic")).topic, _language(visit)
    versions = content.versions(visit.ground.database, connection, topic, language)
    found = next((version for version in versions if version.state != "signed"), None)
    if found is None:
        raise RefusedError(409, "content.nothing_open")
    return found


def _begin(visit: Visit) -> None:
    ground, card, language = visit.ground, _card(visit, visit.path("topic")), _language(visit)
    with ground.database.write() as connection:
        shown, _ = shown_now(ground, connection, card, language)
        texts = {place: shown.texts.get(place, "") for place, _ in card.texts()}
        made = content.begin(ground.database, connection, card.topic, language, texts, visit.staff.id, ground.clock())
        visit.record(connection, "draft_card", why=_what(made))


def _save(visit: Visit, typed: dict[str, str], seen: str) -> bool:
    ground = visit.ground
    with ground.database.write() as connection:
        version = _open(visit, connection)
        if digest(version) != seen:
            return False
        places = {place for place, _ in _card(visit, version.topic).texts()}
        texts = {**version.texts, **{place: text for place, text in typed.items() if place in places}}
        if texts == dict(version.texts):
            return True
        done = content.save(ground.database, connection, version, texts, visit.staff.id, ground.clock())
        if done:
            visit.record(connection, "write_card", why=_what(version))
        return done


def _faults(visit: Visit, version: Version) -> bool:
    """Whether some text of it fails the checks, or the card's first words are missing."""
    card = _card(visit, version.topic)
    own = dict(card.texts())
    english = own if version.language != "en" else {}
    return not version.texts.get("short") or any(
        checked(visit.ground, text, version.language, english=english.get(place), known=own.get(place)).fails
        for place, text in version.texts.items()
        if text
    )


def _submit(visit: Visit) -> str:
    with visit.ground.database.write() as connection:
        version = _open(visit, connection)
        if _faults(visit, version):
            return "card_faults"
        if not content.submit(connection, version, visit.ground.clock()):
            return "already"
        visit.record(connection, "submit_card", why=_what(version))
        return "submitted"


def _discard(visit: Visit) -> bool:
    with visit.ground.database.write() as connection:
        version = _open(visit, connection)
        done = content.discard(connection, version.id)
        if done:
            visit.record(connection, "discard_card", why=_what(version))
        return done


def _send_back(visit: Visit, remark: str) -> bool:
    ground = visit.ground
    with ground.database.write() as connection:
        version = _open(visit, connection)
        done = content.send_back(ground.database, connection, version, remark, ground.clock())
        if done:
            visit.record(connection, "return_card", why=_what(version))
        return done


def _sign(visit: Visit, seen: str, until: date) -> str:
    ground = visit.ground
    with ground.database.write() as connection:
        version = _open(visit, connection)
        if digest(version) != seen:
            return "changed_meanwhile"
        if _faults(visit, version):  # the guards may have learned something since it was submitted
            return "card_faults"
        if not content.sign(connection, version, visit.staff.id, visit.staff.name, until, ground.clock()):
            return "already"
        # The signature is bound to the words: the log's chain holds their digest.
        visit.record(connection, "sign_card", why=f"{_what(version)} {digest(version)}")
        return "card_signed"


def _publish(visit: Visit, id: str) -> str:
    ground, card, language = visit.ground, _card(visit, visit.path("topic")), _language(visit)
    with ground.database.write() as connection:
        version = content.find(ground.database, connection, id) if id else None
        if version is None:
            if id:
                return "already"
            if not visit.may("sign"):  # the project's words are nobody's signature
                raise RefusedError(403, "error.not_yours")
            content.publish(connection, card.topic, language, None, visit.staff.id, ground.clock())
            visit.record(connection, "publish_card", why=f"{card.topic} {language} project")
            return "published"
        mine = version.topic == card.topic and version.language == language
        if not mine or version.state != "signed" or not version.review_by:
            raise RefusedError(409, "content.not_signed")
        if date.fromisoformat(version.review_by) < ground.today() or _faults(visit, version):
            return "card_faults"
        content.publish(connection, card.topic, language, version.id, visit.staff.id, ground.clock())
        visit.record(connection, "publish_card", why=_what(version))
        return "published"


def _what(version: Version) -> str:
    return f"{version.topic} {version.language} {version.number}"
