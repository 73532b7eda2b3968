"""What a clinic writes instead of the project's own cards: versions of a card in one language, signed, then published.

A version goes from draft to review to signed. The words of a signed one never change again; another draft is another
version. What patients read is the newest publication: of a version, or (None) of the project's file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, UniqueConstraint, func, select, update

from bot.knowledge.cards import Revision
from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

card_versions = Table(
    "card_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("language", String(12), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # draft | review | signed
    Column("author", Id, nullable=False),
    Column("made", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("signed_by", Id),
    Column("signed_as", String(80)),  # the name at that time, as it is shown
    Column("signed_at", Instant),
    Column("review_by", String(10)),  # ISO day: the last on which it may be shown
    sealed("content"),  # texts by the places of `Card.texts`, and why a reviewer sent it back
    UniqueConstraint("topic", "language", "number"),
)
card_publications = Table(
    "card_publications",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("language", String(12), nullable=False),
    Column("version", Id),  # null: the project's file again
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
)
v, p = card_versions.c, card_publications.c


@dataclass(frozen=True)
class Version:
    """One version of a card's texts in one language."""

    id: str
    topic: str
    language: str
    number: int
    state: str
    texts: Mapping[str, str]
    author: str
    made: datetime
    changed: datetime
    remark: str
    signed_by: str | None
    signed_as: str | None
    signed_at: datetime | None
    review_by: str | None

    def revision(self) -> Revision:
        """As the library shows it. Raises `ValueError` for one that nobody signed."""
        if self.state != "signed" or not (self.signed_as and self.signed_at and self.review_by):
            raise ValueError("not signed")
        until = date.fromisoformat(self.review_by)
        signed = self.signed_at.date()
        return Revision(self.topic, self.language, dict(self.texts), self.signed_as, signed, until, self.number)

    def as_draft(self, today: date) -> Revision:
        """As the preview shows it, signed or not."""
        return Revision(
            self.topic, self.language, dict(self.texts), self.signed_as or self.state, today, date.max, self.number
        )


@dataclass(frozen=True)
class Publication:
    """When which version began to be shown; `version` None: the project's file."""

    number: int
    topic: str
    language: str
    version: str | None
    at: datetime
    by: str


def versions(database: Database, connection: Connection, topic: str, language: str) -> list[Version]:
    """Newest first."""
    query = select(card_versions).where(v.topic == topic, v.language == language).order_by(v.number.desc())
    return [_version(database, row) for row in connection.execute(query)]


def find(database: Database, connection: Connection, id: str) -> Version | None:
    """One version."""
    row = connection.execute(select(card_versions).where(v.id == id)).one_or_none()
    return _version(database, row) if row else None


def unfinished(database: Database, connection: Connection) -> list[Version]:
    """Drafts and what waits for a signature, oldest first."""
    query = select(card_versions).where(v.state != "signed").order_by(v.changed)
    return [_version(database, row) for row in connection.execute(query)]


def begin(
    database: Database,
    connection: Connection,
    topic: str,
    language: str,
    texts: Mapping[str, str],
    author: str,
    at: datetime,
) -> Version:
    """A new draft, or the one that is open: there is one at a time. `IntegrityError` when two begin at once."""
    mine = (v.topic == topic, v.language == language)
    open_one = connection.execute(select(card_versions).where(*mine, v.state != "signed")).first()
    if open_one is not None:
        return _version(database, open_one)
    number = int(connection.scalar(select(func.max(v.number)).where(*mine)) or 0) + 1
    id = new_id()
    connection.execute(
        card_versions.insert().values(
            id=id,
            topic=topic,
            language=language,
            number=number,
            state="draft",
            author=author,
            made=at,
            changed=at,
            content=_sealed(database, id, texts),
        )
    )
    made = find(database, connection, id)
    assert made is not None  # noqa: S101 - written in this transaction
    return made


def save(
    database: Database, connection: Connection, seen: Version, texts: Mapping[str, str], author: str, at: datetime
) -> bool:
    """Keep new words of a draft; False when somebody changed or submitted it since it was `seen`."""
    same = update(card_versions).where(v.id == seen.id, v.state == "draft", v.changed == seen.changed)
    kept = _sealed(database, seen.id, texts, seen.remark)
    return bool(connection.execute(same.values(content=kept, author=author, changed=at)).rowcount)


def submit(connection: Connection, seen: Version, at: datetime) -> bool:
    """Draft to review: from now on its words stand still."""
    same = update(card_versions).where(v.id == seen.id, v.state == "draft", v.changed == seen.changed)
    return bool(connection.execute(same.values(state="review", changed=at)).rowcount)


def send_back(database: Database, connection: Connection, seen: Version, remark: str, at: datetime) -> bool:
    """Review to draft, with the reason."""
    waiting = update(card_versions).where(v.id == seen.id, v.state == "review")
    kept = _sealed(database, seen.id, seen.texts, remark)
    return bool(connection.execute(waiting.values(state="draft", changed=at, content=kept)).rowcount)


def sign(connection: Connection, seen: Version, by: str, name: str, review_by: date, at: datetime) -> bool:
    """Review to signed, for exactly the words that were `seen`."""
    same = update(card_versions).where(v.id == seen.id, v.state == "review", v.changed == seen.changed)
    values = {"state": "signed", "signed_by": by, "signed_as": name, "signed_at": at, "changed": at}
    return bool(connection.execute(same.values(**values, review_by=review_by.isoformat())).rowcount)


def discard(connection: Connection, id: str) -> bool:
    """Throw a draft away."""
    return bool(connection.execute(card_versions.delete().where(v.id == id, v.state == "draft")).rowcount)


def publish(connection: Connection, topic: str, language: str, version: str | None, by: str, at: datetime) -> None:
    """Show a signed version from now on, or (None) the project's file. The caller has checked the signature."""
    connection.execute(card_publications.insert().values(topic=topic, language=language, version=version, at=at, by=by))


def history(connection: Connection, topic: str, language: str) -> list[Publication]:
    """Newest first; the first one is what patients read."""
    query = select(card_publications).where(p.topic == topic, p.language == language).order_by(p.number.desc())
    return [Publication(**row._mapping) for row in connection.execute(query)]


def published(database: Database, connection: Connection) -> list[Revision]:
    """What the library is to show instead of its files."""
    newest = select(func.max(p.number)).group_by(p.topic, p.language)
    query = select(card_versions).join(card_publications, p.version == v.id).where(p.number.in_(newest))
    return [_version(database, row).revision() for row in connection.execute(query)]


def _sealed(database: Database, id: str, texts: Mapping[str, str], remark: str = "") -> bytes:
    return database.seal(v.content, id, {"texts": dict(texts), "remark": remark})


def _version(database: Database, row: Any) -> Version:
    fields = dict(row._mapping)
    words = database.unseal(v.content, row.id, fields.pop("content"))
    return Version(**fields, **words)
