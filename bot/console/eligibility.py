"""Health answers for clinicians: the list, one questionnaire as it was answered, the decision, FHIR and PDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from bot.booking.repository import Contact
from bot.console.paper import Section, as_pdf
from bot.console.visit import Page, RefusedError, Visit
from bot.eligibility.assessment import Assessment, as_assessment, replay
from bot.eligibility.questionnaire import Questionnaire
from bot.eligibility.values import visible
from bot.storage import appointments, assessments, casework, clinical_export, staff
from bot.storage.assessments import StoredAssessment
from bot.storage.booking_tables import bookings
from bot.storage.casework import Decision

DECISIONS = ("consultation", "call", "decline")


@dataclass(frozen=True)
class Answered:
    """A question in the words of the patient's screen, with the answer."""

    link_id: str
    group: str
    question: str
    label: str
    answer: str
    how: str
    disputed: bool


@dataclass(frozen=True)
class File:
    """Everything on a questionnaire's page."""

    stored: StoredAssessment
    assessment: Assessment
    answers: list[Answered]
    decision: Decision | None
    by: str
    same_today: bool
    contact: Contact | None
    earlier: list[StoredAssessment]


def pages() -> list[Page]:
    place = "eligibility"
    return [
        Page("/eligibility", listed, "health", place=place),
        Page("/eligibility/{id}", one, "health", place=place),
        Page("/eligibility/{id}/fhir", download, "health", place=place),
        Page("/eligibility/{id}/pdf", printed, "health", place=place),
        Page("/eligibility/{id}/decide", decide, "health", "POST"),
    ]


async def listed(visit: Visit) -> Response:
    every = visit.query("show") == "all"
    found, names = await visit.run(_list, visit, every)
    return visit.render("eligibility.html", found=found, every=every, names=names)


async def one(visit: Visit) -> Response:
    return visit.render("assessment.html", file=await visit.run(_file, visit, visit.path("id")), decisions=DECISIONS)


async def decide(visit: Visit) -> Response:
    id, decision, note = visit.path("id"), await visit.text("decision"), await visit.text("note")
    if decision not in DECISIONS or not note:
        return visit.go(f"/eligibility/{id}", "decision_missing")
    done = await visit.run(_decide, visit, id, decision, note)
    return visit.go(f"/eligibility/{id}", "decided" if done else "too_late")


async def download(visit: Visit) -> Response:
    """A FHIR R4 Bundle. It names no patient: contacts lie apart."""
    id = visit.path("id")
    bundle = await visit.run(_bundle, visit, id)
    return Response(
        json.dumps(bundle, ensure_ascii=False, indent=2),
        media_type="application/fhir+json",
        headers={"Content-Disposition": f'attachment; filename="health-questions-{id[:8]}.json"'},
    )


async def printed(visit: Visit) -> Response:
    """A PDF for the clinic's record. It names no patient either."""
    id = visit.path("id")
    file = await visit.run(_file, visit, id, "export_pdf")
    return Response(
        await visit.run(_paper, visit, file),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="health-questions-{id[:8]}.pdf"'},
    )


def _list(visit: Visit, every: bool) -> tuple[list[StoredAssessment], dict[str, str]]:
    with visit.ground.database.write() as connection:
        visit.record(connection, "view_assessments")
        found = casework.newest_assessments(visit.ground.database, connection, open_only=not every)
        return found, staff.names(connection)


def _stored(visit: Visit, connection: Any, id: str) -> StoredAssessment:
    found = casework.assessment(visit.ground.database, connection, id)
    if found is None:
        raise RefusedError(404, "error.not_found")
    return found


def _file(visit: Visit, id: str, what: str = "view_assessment") -> File:
    database = visit.ground.database
    with database.write() as connection:
        stored = _stored(visit, connection, id)
        visit.record(connection, what, stored.conversation)
        decision = casework.decision_on(database, connection, id)
        names = staff.names(connection)
        return File(
            stored=stored,
            assessment=as_assessment(stored.content["assessment"]),
            answers=list(_answers(visit, stored)),
            decision=decision,
            by=names.get(decision.by, "") if decision else "",
            same_today=bool(replay(stored.content, visit.ground.questionnaire)["same"]),
            contact=_contact(visit, connection, stored.conversation),
            earlier=[
                one for one in assessments.history(database, connection, stored.conversation) if one.id != stored.id
            ],
        )


def _paper(visit: Visit, file: File) -> bytes:
    t, stored, outcome = visit.ground.texts, file.stored, file.assessment
    lead = [
        t("paper.reference", id=stored.id[:8], when=visit.ground.when(stored.finished_at)),
        t("eligibility.versions", questionnaire=stored.questionnaire, rules=stored.rules),
    ]
    if stored.superseded_at:
        lead.append(t("eligibility.superseded"))
    reasons = [
        f"{t.or_plain(f'verdict.{one.outcome}', one.outcome)}: {one.text or one.rule} ({one.rule})"
        for one in outcome.reasons
    ]
    limits = [", ".join(f"{key}: {value}" for key, value in one.items()) for one in outcome.constraints]
    if outcome.earliest:
        limits.insert(0, t("eligibility.earliest", day=outcome.earliest))
    decided = [t("paper.undecided")]
    if file.decision:
        name = t(f"decision.{file.decision.decision}")
        when = visit.ground.when(file.decision.at)
        decided = [t("eligibility.decision_by", decision=name, name=file.by, when=when), file.decision.note]
    head = [t("eligibility.question"), t("eligibility.answer"), t("eligibility.how")]
    answers = [
        [
            one.question,
            one.answer,
            t.or_plain(f"how.{one.how}", "–") + (f" ({t('eligibility.disputed')})" if one.disputed else ""),
        ]
        for one in file.answers
    ]
    sections = [
        Section(t("eligibility.outcome"), [t.or_plain(f"verdict.{outcome.verdict}", t("verdict.none"))]),
        Section(t("eligibility.reasons"), reasons or [t("eligibility.no_reasons")]),
        *([Section(t("eligibility.constraints"), limits)] if limits else []),
        Section(t("eligibility.decision"), decided),
        Section(t("eligibility.answers"), rows=[head, *answers]),
    ]
    clinic = visit.ground.clinic.name
    return as_pdf(t("paper.title", clinic=clinic), lead, sections, t("paper.foot", name=visit.staff.name))


def _contact(visit: Visit, connection: Any, conversation: str) -> Contact | None:
    b = bookings.c
    newest = select(b.id).where(b.conversation == conversation).order_by(b.made.desc()).limit(1)
    booking = connection.scalar(newest)
    return appointments.contact_of(visit.ground.database, connection, booking) if booking else None


def _answers(visit: Visit, stored: StoredAssessment) -> Iterator[Answered]:
    """In the order of the questionnaire, as the patient read and answered it, in English."""
    questionnaire: Questionnaire = visit.ground.questionnaire
    wording, content = visit.ground.wording, stored.content
    seen = visible(questionnaire, content["answers"])
    for link_id, item in questionnaire.items.items():
        if seen.get(link_id) in (None, ""):
            continue
        yield Answered(
            link_id=link_id,
            group=questionnaire.groups.get(item.group, item.group),
            question=wording.item("en", item, "text"),
            label=wording.item("en", item, "label"),
            answer=wording.answer("en", item, seen[link_id]),
            how=str(content.get("how", {}).get(link_id, "")),
            disputed=link_id in content.get("conflicts", ()),
        )


def _decide(visit: Visit, id: str, decision: str, note: str) -> bool:
    database = visit.ground.database
    with database.write() as connection:
        stored = _stored(visit, connection, id)
        done = casework.decide(database, connection, stored, visit.staff.id, decision, note, visit.ground.clock())
        if done:
            visit.record(connection, "decide", stored.conversation, decision)
        return done


def _bundle(visit: Visit, id: str) -> dict[str, Any]:
    ground = visit.ground
    with ground.database.write() as connection:
        stored = _stored(visit, connection, id)
        visit.record(connection, "export_fhir", stored.conversation)
        made = clinical_export.bundle(
            ground.database,
            connection,
            stored.conversation,
            questionnaire=ground.questionnaire,
            clinic=ground.clinic,
            at=ground.clock(),
            only=id,
        )
    if made is None:
        raise RefusedError(404, "error.not_found")
    return made
