"""Corrections of what was misunderstood, proposals to train with them, and which model answers.

A correction carries the wording that is trained, without names, and goes with an erasure of its conversation. Once it
is part of a released model it is cut loose from the conversation: it is the clinic's own example then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, select, update

from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

corrections = Table(
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("inbox", Id, unique=True),  # the message; null once released
    Column("conversation", Id, index=True),
    Column("topic", String(40), nullable=False),
    sealed("wording"),
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    Column("confirmed_by", Id),  # a second colleague
    Column("proposal", Id, index=True),
    Column("held_out", Boolean, nullable=False, default=False),  # measured with, not trained with
    info={"erase": "delete"},
)
proposals = Table(
    "proposals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("made", Instant, nullable=False),
    Column("by", Id, nullable=False),
    Column("state", String(10), nullable=False),  # training | measured | failed | released | dropped
    Column("stage", String(20), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("seen", Instant, nullable=False),  # the training process was alive
    Column("base", String(16)),  # fingerprint of the project that it was trained with
    Column("model", String(16)),  # the model's name
    Column("fault", String(60)),  # class of what went wrong
    sealed("report", nullable=True),
)
releases = Table(
    "releases",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    Column("base", String(16), nullable=False),
    Column("model", String(16), nullable=False),  # empty: the project's own
    Column("proposal", Id),
)
c, p, r = corrections.c, proposals.c, releases.c
KEPT = 3  # newest candidates whose archives stay, besides the models of the releases that can be gone back to
BACK = 20  # releases that can be gone back to
LOST = timedelta(minutes=5)  # a training that was not seen for so long has died


@dataclass(frozen=True)
class Correction:
    """What a message was really about."""

    id: str
    inbox: str | None
    topic: str
    wording: str
    by: str
    confirmed_by: str | None
    proposal: str | None
    held_out: bool


@dataclass(frozen=True)
class Proposal:
    """A model in the making; `report` is what `bot.engine.retraining` measured."""

    id: str
    made: datetime
    by: str
    state: str
    stage: str
    percent: int
    seen: datetime
    base: str | None
    model: str | None
    fault: str | None
    report: Mapping[str, Any] | None

    def lost(self, at: datetime) -> bool:
        """Whether its process has died."""
        return self.state == "training" and at - self.seen > LOST


@dataclass(frozen=True)
class Release:
    """A model that was made to answer. `model` empty: the project's own."""

    number: int
    at: datetime
    by: str
    base: str
    model: str
    proposal: str | None


# ---- corrections


def correct(
    database: Database,
    connection: Connection,
    inbox: str,
    conversation: str,
    topic: str,
    wording: str,
    staff: str,
    at: datetime,
) -> None:
    """Say what a message was about; a later word counts, and needs its own confirmation."""
    known = connection.scalar(select(c.id).where(c.inbox == inbox))
    id = known or new_id()
    values = {
        "conversation": conversation,
        "topic": topic,
        "wording": database.seal(c.wording, id, wording),
        "at": at,
        "by": staff,
        "confirmed_by": None,
        "proposal": None,  # a model that was trained with the earlier word is not this proposal's any more
    }
    if known:
        connection.execute(update(corrections).where(c.id == id).values(values))
    else:
        connection.execute(corrections.insert().values(id=id, inbox=inbox, held_out=False, **values))


def confirm(connection: Connection, id: str, staff: str) -> bool:
    """A second colleague agrees; False for the one who wrote it."""
    others = update(corrections).where(c.id == id, c.by != staff)
    return bool(connection.execute(others.values(confirmed_by=staff)).rowcount)


def take_out(connection: Connection, id: str) -> bool:
    """Forget a correction; not one that is in a model already."""
    return bool(connection.execute(corrections.delete().where(c.id == id, c.inbox.is_not(None))).rowcount)


def every_correction(database: Database, connection: Connection) -> list[Correction]:
    """Oldest first."""
    rows = connection.execute(select(corrections).order_by(c.at, c.id))
    return [
        Correction(
            row.id,
            row.inbox,
            row.topic,
            database.unseal(c.wording, row.id, row.wording),
            row.by,
            row.confirmed_by,
            row.proposal,
            row.held_out,
        )
        for row in rows
    ]


def corrected(connection: Connection) -> set[str]:
    """Messages that somebody has said something about."""
    return set(connection.scalars(select(c.inbox).where(c.inbox.is_not(None))))


# ---- proposals


def propose(connection: Connection, staff: str, held_out: Iterable[str], at: datetime) -> str | None:
    """Take every correction into a new proposal; None while another one is being trained."""
    running = select(p.id).where(p.state == "training", p.seen > at - LOST)
    if connection.scalar(running.limit(1)) is not None:
        return None
    connection.execute(update(proposals).where(p.state.in_(("training", "measured"))).values(state="dropped"))
    id = new_id()
    connection.execute(
        proposals.insert().values(id=id, made=at, by=staff, state="training", stage="queued", percent=0, seen=at)
    )
    connection.execute(update(corrections).values(proposal=id, held_out=False))
    connection.execute(update(corrections).where(c.id.in_(list(held_out))).values(held_out=True))
    return id


def progress(connection: Connection, id: str, stage: str, percent: int, at: datetime) -> None:
    """The training process is alive and says where it is."""
    alive = update(proposals).where(p.id == id, p.state == "training")
    connection.execute(alive.values(stage=stage, percent=percent, seen=at))


def measured(
    database: Database, connection: Connection, id: str, base: str, model: str, report: Mapping[str, Any], at: datetime
) -> None:
    """Trained and measured: staff decide."""
    done = {"state": "measured", "stage": "done", "percent": 100, "seen": at, "base": base, "model": model}
    kept = database.seal(p.report, id, dict(report))
    connection.execute(update(proposals).where(p.id == id, p.state == "training").values(**done, report=kept))


def failed(connection: Connection, id: str, fault: str, at: datetime) -> None:
    """It ended with an error."""
    connection.execute(
        update(proposals).where(p.id == id, p.state == "training").values(state="failed", fault=fault[:60], seen=at)
    )


def proposal(database: Database, connection: Connection, id: str) -> Proposal | None:
    """One proposal."""
    row = connection.execute(select(proposals).where(p.id == id)).one_or_none()
    return _proposal(database, row) if row else None


def newest(database: Database, connection: Connection, limit: int = 10) -> list[Proposal]:
    """Newest first."""
    rows = connection.execute(select(proposals).order_by(p.made.desc()).limit(limit))
    return [_proposal(database, row) for row in rows]


# ---- releases


def release(
    connection: Connection, model: str, base: str, staff: str, at: datetime, proposal: str | None = None
) -> None:
    """Let a model answer from now on. The caller has looked at the gate."""
    connection.execute(releases.insert().values(at=at, by=staff, base=base, model=model, proposal=proposal))
    if proposal is not None:
        connection.execute(update(proposals).where(p.id == proposal).values(state="released"))
        connection.execute(update(corrections).where(c.proposal == proposal).values(inbox=None, conversation=None))


def let_go(connection: Connection) -> list[str]:
    """Names of trained candidates that are neither among the newest nor of a release that one can go back to."""
    trained = select(p.model).where(p.model.is_not(None)).order_by(p.made.desc())
    every = list(dict.fromkeys(connection.scalars(trained)))
    kept = {*every[:KEPT], *(one.model for one in released(connection))}
    return [model for model in every if model not in kept]


def released(connection: Connection, limit: int = BACK) -> list[Release]:
    """Newest first; the first one counts."""
    query = select(releases).order_by(r.number.desc()).limit(limit)
    return [Release(**row._mapping) for row in connection.execute(query)]


def _proposal(database: Database, row: Any) -> Proposal:
    fields = dict(row._mapping)
    if fields["report"] is not None:
        fields["report"] = database.unseal(p.report, row.id, fields["report"])
    return Proposal(**fields)
