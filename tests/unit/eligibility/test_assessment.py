"""Rules as tables: precedence and rulings 1-9."""

from __future__ import annotations

from typing import Any

import pytest

from bot.eligibility.assessment import assess
from bot.eligibility.questionnaire import ABSENT, OTHER

from .conftest import HEALTHY, ORDER, QUESTIONNAIRE, TODAY, assessed, changed


def test_a_healthy_adult_has_no_flag() -> None:
    result = assessed()
    assert (result.status, result.verdict, result.hold, result.earliest) == ("complete", "no_flag", False, None)
    assert not result.reasons
    assert not result.constraints


# Every effect of the data, one answer at a time: (linkId, code, what else must be answered).
def effects() -> list[Any]:
    rows = []
    for link_id, item in QUESTIONNAIRE.items.items():
        for effect in QUESTIONNAIRE.effects_of(item):
            rows += [pytest.param(link_id, code, effect, id=f"{link_id}={code}") for code in effect.codes]
    return rows


def with_answer(link_id: str, code: Any) -> dict[str, Any]:
    """The healthy adult, with what makes the item count, the answer itself and its follow-ups answered."""
    item = QUESTIONNAIRE.items[link_id]
    answers = dict(HEALTHY)
    for when in item.enable_when[:1]:
        if when.operator == "=":
            parent = QUESTIONNAIRE.items[when.question]
            answers[when.question] = [when.answer] if parent.repeats else when.answer
    value = "penicillin" if code == OTHER else code
    answers[link_id] = [value] if item.repeats and value not in ABSENT else value
    for _ in range(3):
        for missing in assess(QUESTIONNAIRE, answers, TODAY).missing:
            other = QUESTIONNAIRE.items[missing]
            answers[missing] = "2026-11-01" if other.type == "date" else "N" if _has_no(missing) else "asked-declined"
    return answers


def _has_no(link_id: str) -> bool:
    return any(option.code == "N" for option in QUESTIONNAIRE.items[link_id].options)


@pytest.mark.parametrize(("link_id", "code", "effect"), effects())
def test_every_effect_is_reached_and_gives_its_outcome(link_id: str, code: Any, effect: Any) -> None:
    answers = with_answer(link_id, code)
    result = assess(QUESTIONNAIRE, answers, TODAY)
    if effect.outcome in QUESTIONNAIRE.routes:
        assert (result.status, result.verdict, result.route) == ("stopped", None, effect.outcome)
        return
    assert result.status == ("stopped" if effect.final else "complete"), result.missing
    if effect.outcome in ("no_flag", "ask_more"):
        assert link_id not in {reason.linkId for reason in result.reasons}
        return
    mine = [reason for reason in result.reasons if reason.linkId == link_id]
    assert [reason.outcome for reason in mine] == [effect.outcome]
    assert mine[0].text
    assert mine[0].source
    assert ORDER.index(str(result.verdict)) >= ORDER.index(effect.outcome)
    assert result.hold >= effect.hold
    if effect.constraint:
        assert {"linkId": link_id, **effect.constraint}.items() <= next(
            limit for limit in result.constraints if limit["linkId"] == link_id
        ).items()


@pytest.mark.parametrize("link_id", [link_id for link_id, item in QUESTIONNAIRE.items.items() if not item.is_gate])
@pytest.mark.parametrize("code", ABSENT)
def test_every_health_question_can_be_declined_and_never_counts_as_no(link_id: str, code: str) -> None:
    result = assess(QUESTIONNAIRE, with_answer(link_id, code), TODAY)
    own = next(
        (effect for effect in QUESTIONNAIRE.items[link_id].effects if code in effect.codes), QUESTIONNAIRE.unsure
    )
    assert result.status == "complete"
    assert not any(reason.hold for reason in result.reasons if reason.linkId == link_id)
    if own.outcome != "no_flag":
        assert own.outcome in [reason.outcome for reason in result.reasons if reason.linkId == link_id]


@pytest.mark.parametrize("link_id", ["consent.health", "gate.self", "gate.age18", "gate.symptoms"])
def test_declining_a_gate_ends_without_a_verdict(link_id: str) -> None:
    result = assessed(**{link_id.replace(".", "__"): "asked-declined"})
    assert (result.status, result.verdict, result.route) == ("stopped", None, "no_questions")


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"allergy__any": "Y"}, ("allergy.which", "allergy.severe")),
        ({"allergy__any": "asked-unknown"}, ("allergy.severe",)),
        ({"meds__thinner": "Y"}, ("meds.thinner.name",)),
        ({"meds__nsaid": "self"}, ("meds.nsaid.last",)),
        ({"organ__heart": "Y"}, ("organ.heart.recent",)),
        ({"mind__worry": "Y"}, ("mind.impact",)),
        ({"request__area": ["scalp"]}, ("hair.pattern", "hair.5ari")),
        ({"request__area": ["cellulite"]}, ("organ.gall",)),
        ({"skin__herpes": None}, ("skin.herpes",)),
        ({"meds__thinner": "Y", "meds__thinner__name": ""}, ("meds.thinner.name",)),
        ({"final__confirm": None}, ("final.confirm",)),
        ({"consent__health": None}, ("consent.health",)),
    ],
)
def test_an_enabled_follow_up_must_be_answered_or_declined(changes: dict[str, Any], missing: tuple[str, ...]) -> None:
    result = assessed(**changes)
    assert result.status == "incomplete"
    assert result.verdict is None
    assert result.missing == missing


def test_free_text_extras_and_dates_of_other_treatments_may_stay_empty() -> None:
    result = assessed(recent__vaccine="Y", meds__list="", request__goal=None, final__other="")
    assert result.status == "complete"
    assert result.earliest == "2026-12-07"  # the gap counts from today


@pytest.mark.parametrize(
    ("changes", "verdict", "hold"),
    [
        ({"meds__thinner": "Y", "meds__thinner__name": "Eliquis"}, "clinician_review", True),
        ({"meds__thinner": "asked-unknown"}, "clinician_review", False),
        ({"meds__thinner": "asked-declined"}, "clinician_review", False),
        ({"bleed__disorder": "Y"}, "clinician_review", True),
        ({"immune__autoimmune": "Y"}, "clinician_review", False),
        ({"organ__heart": "Y", "organ__heart__recent": "Y"}, "not_suitable_now", True),
        ({"organ__heart": "Y", "organ__heart__recent": "N"}, "clinician_review", True),
        ({"preg__status": "146799005"}, "not_suitable_now", False),
        ({"preg__status": "trying"}, "clinician_review", False),
        ({"preg__status": "not-applicable", "preg__breastfeeding": None}, "no_flag", False),
        ({"skin__infection": "Y"}, "not_suitable_now", False),  # sunburn now is asked here (ruling 8)
        ({"skin__sun": "Y"}, "proceed_with_precaution", False),
        ({"skin__sun": "asked-unknown"}, "no_flag", False),
        ({"diabetes": "uncontrolled"}, "clinician_review", True),
        ({"mind__pressure": "N"}, "clinician_review", True),
        ({"mind__worry": "Y", "mind__impact": "N"}, "no_flag", False),
        ({"allergy__any": "Y", "allergy__which": ["latex"], "allergy__severe": "N"}, "proceed_with_precaution", False),
        ({"allergy__any": "Y", "allergy__which": "penicillin", "allergy__severe": "N"}, "clinician_review", False),
        (
            {"allergy__any": "Y", "allergy__which": "asked-declined", "allergy__severe": "N"},
            "clinician_review",
            False,
        ),
        ({"recent__procedure": ["surgery"]}, "clinician_review", False),
        ({"final__confirm": False}, "clinician_review", False),
        ({"request__area": ["undereye"]}, "clinician_review", False),
    ],
)
def test_outcomes_of_the_reference(changes: dict[str, Any], verdict: str, hold: bool) -> None:
    result = assessed(**changes)
    assert (result.status, result.verdict, result.hold) == ("complete", verdict, hold), result.missing


@pytest.mark.parametrize(
    ("text", "verdict", "hold"),
    [
        ("Eliquis", "clinician_review", True),
        ("I don't take any aspirin, but xarelto", "clinician_review", True),
        ("aspirin 75 mg", "clinician_review", True),
        ("ibuprofen", "clinician_review", False),
        ("humira every two weeks", "clinician_review", True),
        ("propecia", "clinician_review", False),
        ("amiodarone", "clinician_review", False),
        ("sertraline 50 mg", "proceed_with_precaution", False),
        ("fish oil", "proceed_with_precaution", False),
        ("garlic tablets", "proceed_with_precaution", False),
        ("paracetamol", "no_flag", False),
        ("prednisolone eye drops", "no_flag", False),
        ("hydrocortisone cream", "no_flag", False),
        ("salbutamol inhaler", "no_flag", False),
        ("foobarine", "clinician_review", False),
        ("the pill", "clinician_review", False),
        ("paracetamol and foobarine", "clinician_review", False),
        ("none", "no_flag", False),
        ("no aspirin", "no_flag", False),
    ],
)
def test_medicines_are_weighed_by_their_class_and_none_is_ignored(text: str, verdict: str, hold: bool) -> None:
    result = assessed(meds__list=text)
    assert (result.status, result.verdict, result.hold) == ("complete", verdict, hold)


def test_other_free_text_counts_known_medicines_only() -> None:
    assert assessed(final__other="My sister's wedding was lovely").verdict == "no_flag"
    assert assessed(final__other="I forgot: Plavix").hold


def test_an_unresolved_contradiction_stays_with_the_clinician() -> None:
    result = assess(QUESTIONNAIRE, HEALTHY, TODAY, conflicts=["preg.status"])
    assert result.verdict == "clinician_review"
    assert not result.hold


@pytest.mark.parametrize("link_id", ["preg.status", "preg.breastfeeding", "cancer.status"])
def test_what_cannot_clear_in_time_ends_the_asking_but_all_given_answers_are_weighed(link_id: str) -> None:
    code = {"preg.status": "77386006", "cancer.status": "current"}.get(link_id, "Y")
    partial = {"consent.health": True, "gate.self": "Y", "gate.age18": "Y", "gate.symptoms": "N", "preg.status": "N"}
    stopped = assess(QUESTIONNAIRE, partial | {link_id: code, "bleed.disorder": "Y"}, TODAY)
    assert (stopped.status, stopped.verdict, stopped.hold) == ("stopped", "not_suitable_now", True)
    assert stopped.reasons[0].clears
    assert assess(QUESTIONNAIRE, HEALTHY | {link_id: code}, TODAY).status == "complete"


@pytest.mark.parametrize(
    ("changes", "route"),
    [
        ({"consent__health": False, "preg__status": "77386006"}, "no_questions"),
        ({"gate__symptoms": "Y", "preg__status": "77386006"}, "triage"),
        ({"gate__symptoms": "asked-unknown"}, "triage"),
    ],
)
def test_routes_are_no_verdicts(changes: dict[str, Any], route: str) -> None:
    result = assessed(**changes)
    assert (result.status, result.verdict, result.route) == ("stopped", None, route)


def test_danger_in_a_free_text_wins_over_everything() -> None:
    answers = changed(final__other="I can't breathe", preg__status="77386006")
    result = assess(QUESTIONNAIRE, answers, TODAY, is_danger=lambda text: "breathe" in text)
    assert (result.status, result.verdict, result.route) == ("stopped", None, "emergency_stop")


def test_without_consent_nothing_else_is_weighed() -> None:
    assert [reason.linkId for reason in assessed(consent__health=False, bleed__disorder="Y").reasons] == [
        "consent.health"
    ]


def test_answers_to_questions_that_fell_away_do_not_count() -> None:
    assert assessed(organ__heart="N", organ__heart__recent="Y").verdict == "no_flag"
    assert assessed(preg__status="not-applicable", preg__breastfeeding="Y").verdict == "no_flag"
