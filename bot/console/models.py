"""Models that staff make of their corrections: train, look at the figures, release, go back.

Training and measuring happen in an engine's own process (`bot/engine/retraining.py`); the gate's reasons come from
there. Here a person decides, and only when nothing stands against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot.console import engines
from bot.console.review import held_out, without_names
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import outbox, retraining, staff
from bot.storage.inbox import i as inbox
from bot.storage.retraining import Correction, Proposal, Release

CHANGES_SHOWN = 40
FIRST = ("right", "first_right", "confidently_wrong", "asked_back", "beyond_answered_as_ours", "stories_complete")
LAST = ("false_alarms", "corrections")


@dataclass(frozen=True)
class Change:
    """A past message that would be answered otherwise."""

    text: str
    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class Doubt:
    """A correction that the model before did not think of, and that no colleague has agreed to yet."""

    correction: Correction
    thought: str
    confidence: float


@dataclass(frozen=True)
class Measured:
    """A proposal's page. Nothing may be released while `blocked`."""

    proposal: Proposal
    rows: list[tuple[str, float, float]]
    doubts: list[Doubt]
    outdated: bool
    changes: list[Change]
    released: bool

    @property
    def reasons(self) -> list[dict[str, Any]]:
        return list((self.proposal.report or {}).get("reasons", ()))

    @property
    def blocked(self) -> bool:
        return bool(self.reasons or self.doubts or self.outdated)


def pages() -> list[Page]:
    place = "review"
    return [
        Page("/review/models", listed, "review", place=place),
        Page("/review/models", train, "review", "POST"),
        Page("/review/models/back", go_back, "release", "POST"),
        Page("/review/models/{id}", one, "review", place=place),
        Page("/review/models/{id}/progress", progress, "review", place=place, passive=True),
        Page("/review/models/{id}/release", release, "release", "POST"),
    ]


async def listed(visit: Visit) -> Response:
    proposals, releases, corrections, names = await visit.run(_overview, visit)
    held = held_out(corrections)
    return visit.render(
        "models.html",
        proposals=proposals,
        releases=releases,
        learned=len(corrections) - len(held),
        held=len(held),
        names=names,
        at=visit.ground.clock(),
    )


async def train(visit: Visit) -> Response:
    """A proposal of everything collected. It runs at an engine; this page only watches."""
    id, told = await visit.run(_propose, visit)
    if id is None:
        return visit.go("/review/models", told)
    if not await engines.retrain(visit.ground.settings, id):
        await visit.run(_failed, visit, id)
        return visit.go("/review/models", "no_engine")
    return visit.go(f"/review/models/{id}")


async def one(visit: Visit) -> Response:
    measured = await visit.run(_measured, visit, visit.path("id"))
    return visit.render("model.html", measured=measured, at=visit.ground.clock())


async def progress(visit: Visit) -> Response:
    """How far the training is; when it has ended the page loads itself anew."""
    proposal = await visit.run(_proposal, visit, visit.path("id"))
    if proposal.state != "training":
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return visit.render("_progress.html", proposal=proposal, at=visit.ground.clock())


async def release(visit: Visit) -> Response:
    """Let it answer, unless the gate says no: looked at again in the transaction that releases."""
    id = visit.path("id")
    told = await visit.run(_release, visit, id)
    if told == "released" and await engines.reload(visit.ground.settings):
        told = "released_later"
    return visit.go(f"/review/models/{id}", told)


async def go_back(visit: Visit) -> Response:
    """Let an earlier model answer again; "0" is the project's own."""
    number = await visit.text("release", 9)
    told = await visit.run(_go_back, visit, int(number) if number.isdigit() else -1)
    if told == "went_back" and await engines.reload(visit.ground.settings):
        told = "released_later"
    return visit.go("/review/models", told)


def blocking(proposal: Proposal, corrections: Iterable[Correction]) -> tuple[list[Doubt], bool]:
    """What else stands against a release: surprises without a second opinion, and corrections that changed."""
    mine = {one.id: one for one in corrections if one.proposal == proposal.id}
    report = proposal.report or {}
    doubts = [
        Doubt(mine[surprise["id"]], surprise["thought"], surprise["confidence"])
        for surprise in report.get("surprises", ())
        if surprise["id"] in mine and mine[surprise["id"]].confirmed_by is None
    ]
    return doubts, len(mine) != report.get("corrections", 0)


def _overview(visit: Visit) -> tuple[list[Proposal], list[Release], list[Correction], dict[str, str]]:
    database = visit.ground.database
    with database.read() as connection:
        return (
            retraining.newest(database, connection),
            retraining.released(connection),
            retraining.every_correction(database, connection),
            staff.names(connection),
        )


def _propose(visit: Visit) -> tuple[str | None, str]:
    database, at = visit.ground.database, visit.ground.clock()
    with database.write() as connection:
        corrections = retraining.every_correction(database, connection)
        if not corrections:
            return None, "nothing_to_train"
        id = retraining.propose(connection, visit.staff.id, held_out(corrections), at)
        if id is None:
            return None, "trains_already"
        visit.record(connection, "train_model", why=id)
        return id, ""


def _failed(visit: Visit, id: str) -> None:
    with visit.ground.database.write() as connection:
        retraining.failed(connection, id, "no_engine", visit.ground.clock())


def _proposal(visit: Visit, id: str) -> Proposal:
    with visit.ground.database.read() as connection:
        return _find(visit, connection, id)


def _find(visit: Visit, connection: Connection, id: str) -> Proposal:
    found = retraining.proposal(visit.ground.database, connection, id)
    if found is None:
        raise RefusedError(404, "error.not_found")
    return found


def _measured(visit: Visit, id: str) -> Measured:
    database = visit.ground.database
    with database.write() as connection:
        proposal = _find(visit, connection, id)
        visit.record(connection, "view_model", why=id)
        doubts, outdated = blocking(proposal, retraining.every_correction(database, connection))
        current = next(iter(retraining.released(connection, 1)), None)
        report = proposal.report or {}
        changes = list(_changes(visit, connection, report.get("changes", ())[:CHANGES_SHOWN]))
    mine = current is not None and current.proposal == id
    return Measured(proposal, list(_rows(report)), doubts, outdated and not mine, changes, mine)


def _rows(report: dict[str, Any] | Any) -> Iterable[tuple[str, float, float]]:
    if not report:
        return
    before, after = report["before"], report["after"]
    for name in FIRST:
        yield name, before[name], after[name]
    for table in ("danger", "by_language"):
        for entry in after[table]:
            yield f"{table}.{entry}", before[table].get(entry, 0.0), after[table][entry]
    for name in LAST:
        if name != "corrections" or report["held_out"]:
            yield name, before[name], after[name]
    for topic, value in after["by_topic"].items():
        if before["by_topic"].get(topic) != value:
            yield f"by_topic.{topic}", before["by_topic"].get(topic, 0.0), value


def _changes(visit: Visit, connection: Connection, changes: Iterable[dict[str, Any]]) -> Iterable[Change]:
    """With their words as they are now: what was erased meanwhile is left out."""
    for one in changes:
        row = connection.execute(select(inbox.conversation, inbox.seq).where(inbox.id == one["inbox"])).one_or_none()
        said = outbox.after(visit.ground.database, connection, row.conversation, row.seq - 1, 1) if row else []
        if said:
            yield Change(without_names(said[0].reply.text), one["before"], one["after"])


def _release(visit: Visit, id: str) -> str:
    database = visit.ground.database
    with database.write() as connection:
        proposal = _find(visit, connection, id)
        if proposal.state != "measured" or not proposal.model or not proposal.base:
            return "already"
        doubts, outdated = blocking(proposal, retraining.every_correction(database, connection))
        if doubts or outdated or (proposal.report or {}).get("reasons"):
            visit.record(connection, "release_refused", why=id)
            return "gate_closed"
        retraining.release(connection, proposal.model, proposal.base, visit.staff.id, visit.ground.clock(), id)
        visit.record(connection, "release_model", why=f"{id} {proposal.model}")
        return "released"


def _go_back(visit: Visit, number: int) -> str:
    with visit.ground.database.write() as connection:
        earlier = next((one for one in retraining.released(connection) if one.number == number), None)
        if earlier is None and number != 0:
            return "already"
        model, base = (earlier.model, earlier.base) if earlier else ("", "")
        retraining.release(connection, model, base, visit.staff.id, visit.ground.clock())
        visit.record(connection, "go_back_model", why=model or "project")
        return "went_back"
