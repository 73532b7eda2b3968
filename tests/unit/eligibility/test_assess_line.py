"""`mesobot assess` and `replay`: one line in, one line out, whatever the line holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.eligibility.assessment import assess, assess_line, replay
from bot.eligibility.values import AnswerError, read_value

from .conftest import HEALTHY, QUESTIONNAIRE, TODAY, assessed, changed


def test_assess_line_answers_in_the_documented_form() -> None:
    line = assess_line({"today": "2026-11-23", "answers": changed(recent__vaccine="Y")})
    assert {"status", "verdict", "hold", "earliest", "constraints", "reasons"} <= set(line)
    assert line["reasons"][0].keys() >= {"linkId", "outcome", "text", "source"}
    assert line["constraints"] == [
        {"linkId": "recent.vaccine", "min_gap_days": 14, "since": "2026-11-23", "earliest": "2026-12-07"}
    ]


@pytest.mark.parametrize("line", [{}, {"today": "2026-11-23"}, {"today": "soon", "answers": {}}, {"answers": []}])
def test_assess_line_never_raises(line: dict[str, Any]) -> None:
    answer = assess_line(line)
    assert answer["status"] == "incomplete"
    assert answer["verdict"] is None
    assert answer["error"]


def test_replay_says_what_a_change_of_rules_would_change() -> None:
    answers = changed(recent__vaccine="Y")
    stored = {"answers": answers, "conflicts": [], "assessment": assess(QUESTIONNAIRE, answers, TODAY).as_dict()}
    assert replay(stored)["same"]
    stored["assessment"] |= {"verdict": "no_flag"}
    again = replay(stored)
    assert not again["same"]
    assert again["changed"] == ["verdict"]


@pytest.mark.parametrize(
    ("link_id", "given", "value"),
    [
        ("organ.bp", True, "Y"),
        ("organ.bp", "yes", "Y"),
        ("organ.bp", "NO", "N"),
        ("organ.bp", "Not sure", "asked-unknown"),
        ("organ.bp", "prefer not to say", "asked-declined"),
        ("organ.bp", {"valueCoding": {"system": "x", "code": "Y"}}, "Y"),
        ("organ.bp", ["N"], "N"),
        ("preg.status", "Not pregnant", "60001007"),
        ("preg.status", "no", "60001007"),
        ("consent.health", "Y", True),
        ("final.confirm", False, False),
        ("request.area", "face", ["face"]),
        ("request.area", "neck, Face", ["face", "neck"]),
        ("request.area", ["Scalp / hair"], ["scalp"]),
        ("recent.procedure", False, ["none"]),
        ("recent.procedure", "none of these", ["none"]),
        ("allergy.which", ["latex", "penicillin"], ["latex", "penicillin"]),
        ("meds.nsaid.last", "2026-11-20T09:00:00Z", "2026-11-20"),
        ("meds.nsaid.last", date(2026, 11, 20), "2026-11-20"),
        ("meds.nsaid.last", "declined", "asked-declined"),
        ("meds.isotretinoin", "declined", "asked-declined"),
        ("meds.list", ["Eliquis", "vitamin D"], "Eliquis, vitamin D"),
        ("organ.bp", None, None),
        ("request.area", [], None),
    ],
)
def test_answers_may_come_in_many_forms(link_id: str, given: Any, value: Any) -> None:
    assert read_value(QUESTIONNAIRE.items[link_id], given, TODAY) == value


@pytest.mark.parametrize(
    ("link_id", "given", "name"),
    [
        ("organ.bp", "sometimes", "unknown_code"),
        ("organ.bp", 1, "unknown_code"),
        ("organ.bp", ["Y", "N"], "too_many"),
        ("organ.bp", ["Y", "asked-unknown"], "contradiction"),
        ("preg.status", "Y", "unknown_code"),
        ("cancer.status", True, "unknown_code"),
        ("meds.nsaid", "yes", "unknown_code"),
        ("recent.procedure", ["none", "laser"], "contradiction"),
        ("meds.nsaid.last", "last week", "not_a_date"),
        ("meds.nsaid.last", "2026-02-30", "not_a_date"),
        ("meds.nsaid.last", "2026-11-24", "future_date"),
        ("consent.health", "perhaps", "not_boolean"),
        ("request.goal", "x" * 301, "too_long"),
        ("request.goal", 5, "not_text"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(link_id: str, given: Any, name: str) -> None:
    with pytest.raises(AnswerError) as error:
        read_value(QUESTIONNAIRE.items[link_id], given, TODAY)
    assert error.value.name == name
    assert link_id in str(error.value)


def test_a_refused_answer_makes_the_form_incomplete_even_where_it_was_optional() -> None:
    assert assessed(organ__bp="sometimes").status == "incomplete"
    assert assess(QUESTIONNAIRE, HEALTHY | {"shoe.size": "38"}, TODAY).refused[0]["error"] == "unknown_item"
