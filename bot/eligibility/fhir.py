"""FHIR R4 (4.0.1, valid as R4B) resources of the questionnaire, as plain dicts. Ids and times are passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.eligibility.assessment import Assessment
from bot.eligibility.questionnaire import ABSENT, Item, Questionnaire
from bot.eligibility.values import Value, codes_of, visible

Resource = dict[str, Any]
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
PROVENANCE = "answer-provenance"  # our extension: how we came to know an answer
HOW = {"typed": "typed", "chosen": "chosen", "confirmed": "inferred-and-confirmed"}
DISPLAYS = {"asked-unknown": "Not sure", "asked-declined": "Prefer not to say"}
PRIORITY = {True: "urgent", False: "routine"}


def questionnaire_resource(questionnaire: Questionnaire, published: datetime, publisher: str) -> Resource:
    """The Questionnaire, one per version. Only verified terminology codes are exported."""
    return {
        "resourceType": "Questionnaire",
        "url": questionnaire.url,
        "version": questionnaire.version,
        "name": "MesotherapyHealthQuestions",
        "title": questionnaire.title,
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "language": "en",
        "date": published.isoformat(),
        "publisher": publisher,
        "item": [
            {
                "linkId": group,
                "type": "group",
                "text": text,
                "item": [_question(questionnaire, item) for item in _members(questionnaire, group)],
            }
            for group, text in questionnaire.groups.items()
        ],
    }


def response_resource(
    questionnaire: Questionnaire,
    answers: Mapping[str, Value],
    how: Mapping[str, str],
    *,
    id_: str,
    status: str,
    subject: str,
    authored: datetime,
) -> Resource:
    """The QuestionnaireResponse; `status` is in-progress, completed, amended or stopped; see `status_of`."""
    seen = visible(questionnaire, answers)
    groups = []
    for group, text in questionnaire.groups.items():
        members = [item for item in _members(questionnaire, group) if _has_answer(seen.get(item.link_id))]
        if members:
            items = [_answered(questionnaire, item, seen[item.link_id], how.get(item.link_id)) for item in members]
            groups.append({"linkId": group, "text": text, "item": items})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "questionnaire": f"{questionnaire.url}|{questionnaire.version}",
        "status": status,
        "subject": {"reference": subject},
        "authored": authored.isoformat(),
        "author": {"type": "Device", "display": "Automated assistant of the clinic"},
        "source": {"reference": subject},
        "item": groups,
    }


def status_of(assessment: Assessment | None, *, amended: bool = False) -> str:
    """The response's status: no assessment yet is in-progress."""
    if assessment is None or assessment.status == "incomplete":
        return "in-progress"
    if assessment.status == "stopped":
        return "stopped"
    return "amended" if amended else "completed"


def consent_resource(
    *,
    id_: str,
    patient: str,
    version: str,
    privacy_url: str,
    given: datetime,
    refused: bool = False,
    withdrawn: datetime | None = None,
) -> Resource:
    """The Consent to health questions, with the notice's version; withdrawn ones are inactive from then on."""
    period = {"start": given.isoformat()} | ({"end": withdrawn.isoformat()} if withdrawn else {})
    return {
        "resourceType": "Consent",
        "id": id_,
        "status": "rejected" if refused else "inactive" if withdrawn else "active",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
        "patient": {"reference": patient},
        "dateTime": given.isoformat(),
        "policy": [{"uri": privacy_url}],
        "policyRule": {"text": f"Notice for health questions, version {version}"},
        "provision": {"type": "deny" if refused else "permit", "period": period},
    }


def task_resource(assessment: Assessment, *, id_: str, response: str, patient: str, authored: datetime) -> Resource:
    """The clinician's Task that every finished form creates; no outcome stands without a person looking at it."""
    return {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "order",
        "priority": PRIORITY[assessment.hold],
        "code": {"text": "Review health questions"},
        "businessStatus": {"text": str(assessment.verdict or assessment.route)},
        "focus": {"reference": response},
        "for": {"reference": patient},
        "authoredOn": authored.isoformat(),
        "reasonCode": {"text": f"rules {assessment.rules}: {assessment.verdict or assessment.route}"},
        "input": [
            {
                "type": {"text": reason.outcome},
                "valueString": reason.rule + (f" ({reason.staff})" if reason.staff else ""),
            }
            for reason in assessment.reasons
        ]
        or [{"type": {"text": "no_flag"}, "valueString": "no reason given"}],
    }


def bundle_resource(resources: Sequence[Resource], *, id_: str, timestamp: datetime) -> Resource:
    """A collection of everything, for export; entries without an id of their own (a Questionnaire) go by their url."""
    return {
        "resourceType": "Bundle",
        "id": id_,
        "type": "collection",
        "timestamp": timestamp.isoformat(),
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}" if "id" in resource else resource["url"], "resource": resource}
            for resource in resources
        ],
    }


def _members(questionnaire: Questionnaire, group: str) -> list[Item]:
    return [item for item in questionnaire.items.values() if item.group == group]


def _question(questionnaire: Questionnaire, item: Item) -> Resource:
    made: Resource = {"linkId": item.link_id, "text": item.text, "type": item.type}
    codes = [code for code in item.raw.get("code", ()) if code.get("verified")]
    if codes:
        made["code"] = [{key: code[key] for key in ("system", "code", "display")} for code in codes]
    if item.enable_when:
        made["enableWhen"] = [
            {
                "question": when.question,
                "operator": when.operator,
                "answerCoding": _coding(questionnaire, questionnaire.items[when.question], when.answer, bare=True),
            }
            for when in item.enable_when
        ]
        if len(item.enable_when) > 1:
            made["enableBehavior"] = "any" if item.enable_any else "all"
    if item.required:
        made["required"] = True
    if item.repeats:
        made["repeats"] = True
    if item.max_length:
        made["maxLength"] = item.max_length
    if item.options:
        codes_offered = [option.code for option in item.options]
        codes_offered += [code for code in ABSENT if code not in codes_offered and not item.is_gate]
        made["answerOption"] = [{"valueCoding": _coding(questionnaire, item, code)} for code in codes_offered]
    if item.help:
        help_control = {"coding": [{"system": CONTROLS, "code": "help", "display": "Help-Button"}]}
        made["item"] = [
            {
                "linkId": f"{item.link_id}.help",
                "type": "display",
                "text": item.help,
                "extension": [{"url": ITEM_CONTROL, "valueCodeableConcept": help_control}],
            }
        ]
    return made


def _answered(questionnaire: Questionnaire, item: Item, value: Value, how: str | None) -> Resource:
    made: Resource = {"linkId": item.link_id, "text": item.text}
    if how in HOW:
        base = questionnaire.url.rsplit("/Questionnaire/", 1)[0]
        made["extension"] = [{"url": f"{base}/StructureDefinition/{PROVENANCE}", "valueCode": HOW[how]}]
    if isinstance(value, bool):
        made["answer"] = [{"valueBoolean": value}]
    else:
        made["answer"] = [_answer(questionnaire, item, code) for code in codes_of(value)]
    return made


def _answer(questionnaire: Questionnaire, item: Item, code: str) -> Resource:
    if item.options:
        known = code in ABSENT or any(option.code == code for option in item.options)
        return {"valueCoding": _coding(questionnaire, item, code)} if known else {"valueString": code}
    if code in ABSENT:
        # Only a choice can carry the code as a value; elsewhere the standard extension says why there is none.
        return {"extension": [{"url": ABSENT_EXTENSION, "valueCode": code}]}
    return {"valueDate": code} if item.type == "date" else {"valueString": code}


def _coding(questionnaire: Questionnaire, item: Item, code: str, *, bare: bool = False) -> Resource:
    option = next((option for option in item.options if option.code == code), None)
    system = ABSENT_SYSTEM if code in ABSENT else str(questionnaire.raw["meta"]["local_system"])
    if option and option.system:
        system = option.system
    coding = {"system": system, "code": code}
    if not bare:
        coding["display"] = option.display if option else DISPLAYS[code]
    return coding


def _has_answer(value: Value | None) -> bool:
    return value is not None and value not in ("", [])
