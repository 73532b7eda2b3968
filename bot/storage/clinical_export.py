"""A conversation's health answers as a FHIR bundle, for clinicians and their systems."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.eligibility import fhir
from bot.eligibility.assessment import as_assessment
from bot.eligibility.questionnaire import Questionnaire
from bot.storage import assessments, consents
from bot.storage.assessments import StoredAssessment
from bot.storage.consents import Consent
from bot.storage.database import Database


def bundle(
    database: Database,
    connection: Connection,
    conversation: str,
    *,
    questionnaire: Questionnaire,
    clinic: Clinic,
    at: datetime,
    only: str | None = None,
) -> fhir.Resource | None:
    """Questionnaire, consents, and a response with its task for each finished form (or the one with the id `only`).

    None when there is no finished form. It names nobody: the patient is the conversation's random id.
    """
    history = assessments.history(database, connection, conversation)
    kept = [stored for stored in history if only in (None, stored.id)]
    if not kept:
        return None
    patient = f"Patient/{conversation}"
    reviewed = datetime.combine(datetime.fromisoformat(questionnaire.raw["meta"]["reviewed"]), time(), at.tzinfo)
    resources = [fhir.questionnaire_resource(questionnaire, reviewed, clinic.name)]
    resources += _consents(consents.history(connection, conversation), patient, clinic)
    for stored in kept:
        resources += _response_and_task(questionnaire, stored, patient)
    return fhir.bundle_resource(resources, id_=f"export-{only or conversation}", timestamp=at)


def _consents(history: list[Consent], patient: str, clinic: Clinic) -> list[fhir.Resource]:
    """One resource for each consent or refusal; a withdrawal ends the one before it."""
    made: list[dict[str, Any]] = []
    for decided in history:
        if decided.decision == "withdrawn":
            if made:
                made[-1]["withdrawn"] = decided.at
            continue
        made.append({"version": decided.notice, "given": decided.at, "refused": decided.decision == "refused"})
    return [
        fhir.consent_resource(
            id_=f"consent-{number}", patient=patient, privacy_url=str(clinic.values["privacy_url"]), **one
        )
        for number, one in enumerate(made, start=1)
    ]


def _response_and_task(questionnaire: Questionnaire, stored: StoredAssessment, patient: str) -> list[fhir.Resource]:
    content, assessment = stored.content, as_assessment(stored.content["assessment"])
    response = fhir.response_resource(
        questionnaire,
        content["answers"],
        content.get("how", {}),
        id_=stored.id,
        status=fhir.status_of(assessment, amended=bool(content.get("amended"))),
        subject=patient,
        authored=stored.finished_at,
    )
    task = fhir.task_resource(
        assessment,
        id_=f"task-{stored.id}",
        response=f"QuestionnaireResponse/{stored.id}",
        patient=patient,
        authored=stored.finished_at,
    )
    return [response, task]
