"""FHIR: every resource parses as R4B and keeps the invariants that a parse does not check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fhir.resources.R4B import bundle, consent, questionnaire, questionnaireresponse, task
from fhirpathpy import evaluate

from bot.eligibility.assessment import assess
from bot.eligibility.fhir import (
    bundle_resource,
    consent_resource,
    questionnaire_resource,
    response_resource,
    status_of,
    task_resource,
)
from bot.eligibility.values import read_all, visible

from .conftest import NOW, QUESTIONNAIRE, TODAY, Patient, changed
from .test_corrections import ANSWERED

SUBJECT = "Patient/7c1e4b"
R4_TYPES = {"group", "display", "boolean", "choice", "open-choice", "date", "string", "text", "integer"}


def form() -> dict[str, Any]:
    return questionnaire_resource(QUESTIONNAIRE, NOW, "Linden Skin Clinic")


def response(answers: dict[str, Any], how: dict[str, str] | None = None, status: str = "completed") -> dict[str, Any]:
    values, refused = read_all(QUESTIONNAIRE, answers, TODAY)
    assert not refused
    return response_resource(QUESTIONNAIRE, values, how or {}, id_="r1", status=status, subject=SUBJECT, authored=NOW)


def items(resource: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for item in resource.get("item", ()):
        found += [item, *items(item)]
    return found


def test_the_questionnaire_parses_and_round_trips() -> None:
    parsed = questionnaire.Questionnaire.parse_obj(form())
    assert parsed.version == QUESTIONNAIRE.version
    assert questionnaire.Questionnaire.parse_raw(parsed.json()) == parsed


@pytest.mark.parametrize(
    "invariant",
    [
        "descendants().linkId.isDistinct()",
        "descendants().where(linkId.exists() and enableWhen.count() > 1 and enableBehavior.exists().not()).empty()",
        "descendants().where(linkId.exists() and type = 'group' and item.empty()).empty()",
        "descendants().where(linkId.exists() and type = 'display' and item.exists()).empty()",
        "descendants().where(linkId.exists() and answerOption.exists() and type != 'choice' and type != 'open-choice')"
        ".empty()",
        "descendants().where(linkId.exists() and type = 'display' and (required.exists() or repeats.exists())).empty()",
    ],
)
def test_the_questionnaire_keeps_its_invariants(invariant: str) -> None:
    assert evaluate(form(), invariant, {}) == [True]


def test_every_enable_when_points_to_an_answer_that_exists() -> None:
    by_link = {item["linkId"]: item for item in items(form())}
    assert {item["type"] for item in by_link.values()} <= R4_TYPES
    for item in by_link.values():
        for when in item.get("enableWhen", ()):
            options = by_link[when["question"]]["answerOption"]
            codes = [(option["valueCoding"]["system"], option["valueCoding"]["code"]) for option in options]
            assert (when["answerCoding"]["system"], when["answerCoding"]["code"]) in codes


def test_only_verified_codes_are_exported() -> None:
    for item in items(form()):
        for code in item.get("code", ()):
            raw = QUESTIONNAIRE.items[item["linkId"]].raw["code"]
            assert next(given for given in raw if given["code"] == code["code"])["verified"]


CASES = [changed(), ANSWERED, changed(meds__thinner="Y", meds__thinner__name="asked-unknown", request__goal="lines")]


@pytest.mark.parametrize("answers", CASES)
def test_a_response_parses_and_matches_its_questionnaire(answers: dict[str, Any]) -> None:
    made = response(answers)
    parsed = questionnaireresponse.QuestionnaireResponse.parse_obj(made)
    assert questionnaireresponse.QuestionnaireResponse.parse_raw(parsed.json()) == parsed
    assert evaluate(made, "descendants().linkId.isDistinct()", {}) == [True]
    by_link = {item["linkId"]: item for item in items(form())}
    for item in items(made):
        if "item" in item:
            continue
        question = by_link[item["linkId"]]
        offered = [option["valueCoding"] for option in question.get("answerOption", ())]
        for answer in item["answer"]:
            if "valueCoding" in answer:
                assert answer["valueCoding"] in offered
        assert len(item["answer"]) == 1 or question["repeats"]


def test_questions_that_are_not_enabled_or_left_empty_are_left_out() -> None:
    made = response(changed(organ__heart__recent="Y", meds__list=""))
    links = {item["linkId"] for item in items(made)}
    assert "organ.heart.recent" not in links
    assert "meds.list" not in links
    values, _ = read_all(QUESTIONNAIRE, changed(), TODAY)
    assert set(visible(QUESTIONNAIRE, values)) == links - set(QUESTIONNAIRE.groups)


def test_a_declined_answer_carries_its_reason() -> None:
    made = response(changed(meds__nsaid="self", **{"meds.nsaid.last": "asked-declined"}, organ__bp="asked-declined"))
    by_link = {item["linkId"]: item for item in items(made)}
    assert by_link["organ.bp"]["answer"][0]["valueCoding"]["code"] == "asked-declined"
    assert by_link["meds.nsaid.last"]["answer"][0]["extension"][0]["valueCode"] == "asked-declined"


def test_each_answer_says_how_it_came() -> None:
    patient = Patient()
    patient.to_the_end()
    finished = patient.event("finished")
    how = finished["how"] | {"meds.thinner": "confirmed", "diabetes": "typed"}
    made = response(finished["answers"], how)
    by_link = {item["linkId"]: item for item in items(made)}
    assert by_link["meds.thinner"]["extension"][0]["valueCode"] == "inferred-and-confirmed"
    assert by_link["diabetes"]["extension"][0]["valueCode"] == "typed"
    assert by_link["request.area"]["extension"][0]["valueCode"] == "chosen"


@pytest.mark.parametrize(
    ("changes", "amended", "status"),
    [
        ({}, False, "completed"),
        ({}, True, "amended"),
        ({"final__confirm": None}, False, "in-progress"),
        ({"preg__status": "77386006", "final__confirm": None}, False, "stopped"),
    ],
)
def test_the_status_follows_the_assessment(changes: dict[str, Any], amended: bool, status: str) -> None:
    assert status_of(assess(QUESTIONNAIRE, changed(**changes), TODAY), amended=amended) == status
    questionnaireresponse.QuestionnaireResponse.parse_obj(response(changed(**changes), status=status))
    assert status_of(None) == "in-progress"


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, "active"), ({"refused": True}, "rejected"), ({"withdrawn": NOW + timedelta(days=1)}, "inactive")],
)
def test_a_consent_names_its_notice(more: dict[str, Any], status: str) -> None:
    made = consent_resource(
        id_="c1", patient=SUBJECT, version="1.0.0", privacy_url="https://example.org/privacy", given=NOW, **more
    )
    parsed = consent.Consent.parse_obj(made)
    assert parsed.status == status
    assert "1.0.0" in made["policyRule"]["text"]
    assert evaluate(made, "policy.exists() or policyRule.exists()", {}) == [True]


@pytest.mark.parametrize("changes", [{}, {"bleed__disorder": "Y"}, {"gate__symptoms": "Y"}, {"preg__status": "trying"}])
def test_every_outcome_makes_a_task_for_a_clinician(changes: dict[str, Any]) -> None:
    assessment = assess(QUESTIONNAIRE, changed(**changes), TODAY)
    made = task_resource(assessment, id_="t1", response="QuestionnaireResponse/r1", patient=SUBJECT, authored=NOW)
    task.Task.parse_obj(made)
    assert made["priority"] == ("urgent" if assessment.hold else "routine")
    rules = [given["valueString"] for given in made["input"]]
    assert all(any(reason.rule in rule for rule in rules) for reason in assessment.reasons)


def test_the_bundle_holds_everything() -> None:
    made = bundle_resource([form(), response(changed())], id_="b1", timestamp=NOW)
    parsed = bundle.Bundle.parse_obj(made)
    assert len(parsed.entry) == 2
    assert evaluate(made, "entry.fullUrl.isDistinct()", {}) == [True]
