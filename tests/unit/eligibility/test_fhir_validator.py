"""FHIR again, by another program: the npm `fhir` validator knows the codes of required bindings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.eligibility.assessment import assess
from bot.eligibility.fhir import bundle_resource, consent_resource, task_resource
from tests.node_tools import validate

from .conftest import NOW, QUESTIONNAIRE, TODAY, changed
from .test_corrections import ANSWERED
from .test_fhir import SUBJECT, form, response

STATUSES = ("in-progress", "completed", "amended", "stopped")


def consent(**more: Any) -> dict[str, Any]:
    address = "https://example.org/privacy"
    return consent_resource(id_="c1", patient=SUBJECT, version="1.0.0", privacy_url=address, given=NOW, **more)


def task(**changes: Any) -> dict[str, Any]:
    assessment = assess(QUESTIONNAIRE, changed(**changes), TODAY)
    return task_resource(assessment, id_="t1", response="QuestionnaireResponse/r1", patient=SUBJECT, authored=NOW)


def everything() -> dict[str, dict[str, Any]]:
    how = dict.fromkeys(ANSWERED, "confirmed")
    made = {f"response {status}": response(ANSWERED, how, status) for status in STATUSES}
    declined = changed(meds__nsaid="self", **{"meds.nsaid.last": "asked-declined"}, organ__bp="asked-unknown")
    made |= {
        "questionnaire": form(),
        "response declined": response(declined),
        "consent": consent(),
        "consent refused": consent(refused=True),
        "consent withdrawn": consent(withdrawn=NOW + timedelta(days=1)),
        "task": task(),
        "task with a hold": task(bleed__disorder="Y"),
    }
    return made | {"bundle": bundle_resource(list(made.values()), id_="b1", timestamp=NOW)}


MADE = everything()


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return dict(zip(MADE, validate(list(MADE.values())), strict=True))


@pytest.mark.parametrize("name", MADE)
def test_the_validator_finds_nothing_wrong(name: str, found: dict[str, list[str]]) -> None:
    assert found[name] == []


def test_the_validator_would_find_a_wrong_code_and_an_unknown_property() -> None:
    wrong, unknown = validate([task() | {"status": "bogus"}, task() | {"mood": "good"}])
    assert any("bogus" in message for message in wrong)
    assert any("mood" in message for message in unknown)
