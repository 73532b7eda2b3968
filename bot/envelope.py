"""What every channel renders: the reply contract, version 1.

A `Reply` is what the bot decided to say. It becomes an `Envelope` when the gateway stores it: then it has a
number in its conversation, an id, a sender and a time. Nothing here is ever interpreted as HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

VERSION = 1

Kind = Literal["answer", "question", "verdict", "booking", "alert", "notice", "text"]
Sender = Literal["bot", "staff", "patient"]


@dataclass(frozen=True)
class Choice:
    """One thing the patient can pick. `id` is what comes back; see `bot.dialogue` for its form."""

    id: str
    title: str


@dataclass(frozen=True)
class Source:
    """Where an answer comes from; `reviewed` is an ISO date."""

    name: str
    reviewed: str


@dataclass(frozen=True)
class Link:
    """`href` is `tel:`, `mailto:`, `https:` or a path of the gateway; nothing else is rendered."""

    title: str
    href: str


@dataclass(frozen=True)
class Progress:
    """How far a questionnaire is: `done` of about `of` questions."""

    done: int
    of: int


def _fields(one: Choice | Source | Link | Progress) -> dict[str, Any]:
    return dict(vars(one))


@dataclass(frozen=True)
class Reply:
    """One message of the bot. `ref` is for machines: a topic, a question's linkId, a verdict code, a flag id."""

    kind: Kind
    ref: str
    text: str
    choices: tuple[Choice, ...] = ()
    multiple: bool = False
    sources: tuple[Source, ...] = ()
    links: tuple[Link, ...] = ()
    progress: Progress | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON form, as it stands inside an envelope."""
        return {  # by hand: `asdict` copies every word of it deeply, several times a turn
            **vars(self),
            "choices": tuple(map(_fields, self.choices)),
            "sources": tuple(map(_fields, self.sources)),
            "links": tuple(map(_fields, self.links)),
            "progress": _fields(self.progress) if self.progress else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reply:
        """Inverse of `as_dict`; unknown keys (those of the envelope around it) are ignored."""
        progress = data.get("progress")
        return cls(
            kind=data["kind"],
            ref=data["ref"],
            text=data["text"],
            choices=tuple(Choice(c["id"], c["title"]) for c in data.get("choices", ())),
            multiple=bool(data.get("multiple", False)),
            sources=tuple(Source(s["name"], s["reviewed"]) for s in data.get("sources", ())),
            links=tuple(Link(link["title"], link["href"]) for link in data.get("links", ())),
            progress=Progress(progress["done"], progress["of"]) if progress else None,
        )


@dataclass(frozen=True)
class Envelope:
    """A stored message of a conversation. `seq` grows by one per conversation; `at` is an ISO 8601 UTC time."""

    seq: int
    id: str
    sender: Sender
    reply: Reply
    at: str
    name: str | None = None  # the staff member's display name, when one writes

    def as_dict(self) -> dict[str, Any]:
        """The wire form of design contract v1."""
        fields = {
            "v": VERSION,
            "seq": self.seq,
            "id": self.id,
            "from": self.sender,
            **self.reply.as_dict(),
            "at": self.at,
        }
        return fields if self.name is None else {**fields, "name": self.name}
