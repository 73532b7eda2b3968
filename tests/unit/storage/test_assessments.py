"""Finished questionnaires at rest: the newest holds, a change supersedes, a re-check is noted on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fhir.resources.R4B.bundle import Bundle

from bot.storage import assessments, clinical_export, consents
from bot.storage.consents import Consent
from bot.storage.database import Database
from bot.storage.tables import new_id, now
from tests.unit.eligibility.conftest import CLINIC, QUESTIONNAIRE, Patient, changed

NOW = now()


def finished(**more: Any) -> dict[str, Any]:
    claims = {
        "expires": (NOW + timedelta(days=90)).isoformat(),
        "questionnaire": "1.1.0",
        "rules": "1.1.0",
        "answers": "a" * 64,
    }
    return {"claims": claims, "answers": {"organ.bp": "N"}, **more}


def test_a_recheck_is_noted_on_the_assessment_that_holds(database: Database) -> None:
    room = new_id()
    told = {"outcome": "same", "at": NOW.isoformat()}
    with database.write() as connection:
        assessments.keep(database, connection, room, "1", finished(), NOW)
        assessments.keep(database, connection, room, "2", finished(amended=True), NOW)
        assessments.rechecked(database, connection, room, told)
        old, new = assessments.history(database, connection, room)
    assert "rechecked" not in old.content
    assert new.content["rechecked"] == told
    assert new.content["answers"] == {"organ.bp": "N"}


def test_an_assessment_holds_until_it_is_superseded_or_too_old(database: Database) -> None:
    room = new_id()
    with database.write() as connection:
        assessments.keep(database, connection, room, "1", finished(), NOW)
        assert assessments.live(database, connection, room, NOW + timedelta(days=89)) is not None
        assert assessments.live(database, connection, room, NOW + timedelta(days=90)) is None
        assessments.supersede(connection, room, NOW)
        assert assessments.live(database, connection, room, NOW) is None


def test_the_clinical_export_holds_forms_consents_and_tasks_and_names_nobody(database: Database) -> None:
    room, patient = new_id(), Patient()
    patient.to_the_end(changed(bleed__bruise="Y"))
    with database.write() as connection:
        for decision in ("given", "withdrawn", "given"):
            consents.record(connection, room, Consent("health_questions", decision, "1.0.0", "web", NOW))
        assessments.keep(database, connection, room, "1", patient.event("finished"), NOW)
        patient.says("actually I have epilepsy", "yes")
        assessments.keep(database, connection, room, "2", patient.event("finished"), NOW)
        made = clinical_export.bundle(database, connection, room, questionnaire=QUESTIONNAIRE, clinic=CLINIC, at=NOW)
        newest = assessments.history(database, connection, room)[-1].id
        one = clinical_export.bundle(
            database, connection, room, questionnaire=QUESTIONNAIRE, clinic=CLINIC, at=NOW, only=newest
        )
        assert (
            clinical_export.bundle(database, connection, new_id(), questionnaire=QUESTIONNAIRE, clinic=CLINIC, at=NOW)
            is None
        )
    assert made is not None
    assert one is not None
    parsed = Bundle.parse_obj(made)
    states = [(entry.resource.resource_type, getattr(entry.resource, "status", "")) for entry in parsed.entry]
    assert states == [
        ("Questionnaire", "active"),
        ("Consent", "inactive"),
        ("Consent", "active"),
        ("QuestionnaireResponse", "completed"),
        ("Task", "requested"),
        ("QuestionnaireResponse", "amended"),
        ("Task", "requested"),
    ]
    assert sum(entry["resource"]["resourceType"] == "QuestionnaireResponse" for entry in one["entry"]) == 1


def test_every_assessment_is_there_to_be_computed_again(database: Database) -> None:
    rooms = [new_id(), new_id()]
    with database.write() as connection:
        for minutes, room in enumerate(rooms):
            assessments.keep(database, connection, room, "1", finished(), NOW + timedelta(minutes=minutes))
        assert [kept.conversation for kept in assessments.every(database, connection)] == rooms
