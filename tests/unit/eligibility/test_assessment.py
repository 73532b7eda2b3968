"""Rules as tables: precedence, rulings 1-9, boundaries by the day, and properties that hold for any answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.eligibility.assessment import assess, assess_line, replay
from bot.eligibility.questionnaire import ABSENT, OTHER
from bot.eligibility.values import AnswerError, read_value, visible

from .conftest import HEALTHY, QUESTIONNAIRE, TODAY, assessed, changed

ORDER = ["no_flag", "proceed_with_precaution", "clinician_review", "not_suitable_now"]


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


@pytest.mark.parametrize(("days_ago", "free_in"), [(0, 7), (1, 6), (6, 1), (7, 0), (8, -1)])
def test_day_seven_after_the_last_tablet_is_allowed_and_day_six_is_not(days_ago: int, free_in: int) -> None:
    last = TODAY - timedelta(days=days_ago)
    result = assessed(meds__nsaid="self", meds__nsaid__last=last.isoformat())
    assert result.verdict == "proceed_with_precaution"
    assert result.earliest == (last + timedelta(days=7)).isoformat()
    assert (date.fromisoformat(str(result.earliest)) - TODAY).days == free_in


@pytest.mark.parametrize(("days", "status"), [(-1, "complete"), (0, "complete"), (1, "incomplete")])
def test_a_future_last_tablet_is_refused_with_a_reason(days: int, status: str) -> None:
    last = (TODAY + timedelta(days=days)).isoformat()
    result = assessed(meds__nsaid="self", meds__nsaid__last=last)
    assert result.status == status
    refused = [one["error"] for one in result.refused]
    assert refused == (["future_date"] if days > 0 else [])


@pytest.mark.parametrize(
    ("changes", "earliest"),
    [
        ({"meds__nsaid": "self", "meds__nsaid__last": "asked-unknown"}, "2026-11-30"),
        ({"recent__vaccine": "Y", "recent.vaccine.date": "2026-11-20"}, "2026-12-04"),
        ({"recent__vaccine": "Y", "recent.vaccine.date": "2026-12-01"}, "2026-12-15"),
        ({"recent__dental": "Y"}, "2026-12-07"),
        ({"recent__procedure": ["toxin"], "recent.procedure.date": "2026-11-09"}, "2026-11-23"),
        ({"recent__procedure": ["laser", "toxin"]}, "2026-12-21"),
        ({"recent__procedure": ["surgery"], "recent.procedure.date": "2026-10-01"}, "2026-12-30"),
        ({"request__event": "Y", "request.event.date": "2026-12-04"}, "2026-12-05"),
        ({"request__event": "Y"}, "2026-12-07"),
        ({"recent__vaccine": "Y", "recent__dental": "Y", "recent.dental.date": "2026-12-06"}, "2026-12-20"),
        ({"bleed__bruise": "Y"}, None),
    ],
)
def test_gaps_bind_from_their_date_and_without_one_from_today(changes: dict[str, Any], earliest: str | None) -> None:
    assert assessed(**changes).earliest == earliest


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


# ---- the JSON form


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


# ---- forms of answers


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


# ---- properties


def some_value(link_id: str) -> st.SearchStrategy[Any]:
    item = QUESTIONNAIRE.items[link_id]
    if item.type == "boolean":
        return st.sampled_from([True, True, False])
    if item.type == "date":
        return st.integers(-40, 0).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
    if not item.options:
        return st.sampled_from(["", "Eliquis", "paracetamol", "foobarine", "fish oil", "asked-declined"])
    codes = sorted({option.code for option in item.options} - {"none"})
    if not item.repeats:
        return st.sampled_from([*codes, *ABSENT])
    return st.lists(
        st.sampled_from([code for code in codes if code not in ABSENT]), min_size=1, max_size=3, unique=True
    )


LINK_IDS = [link_id for link_id in QUESTIONNAIRE.items if link_id not in ("consent.health", "gate.symptoms")]
STEPS = st.lists(
    st.sampled_from(LINK_IDS).flatmap(lambda link_id: st.tuples(st.just(link_id), some_value(link_id))), max_size=25
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, order=st.randoms())
def test_any_order_of_answers_and_corrections_gives_the_verdict_of_a_fresh_run(steps: Any, order: Any) -> None:
    corrected = dict(HEALTHY)
    for link_id, value in steps:
        corrected[link_id] = value
    shuffled = list(corrected.items())
    order.shuffle(shuffled)
    assert assess(QUESTIONNAIRE, dict(shuffled), TODAY) == assess(QUESTIONNAIRE, corrected, TODAY)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, link_id=st.sampled_from(LINK_IDS), data=st.data())
def test_a_worse_answer_never_improves_the_verdict(steps: Any, link_id: str, data: Any) -> None:
    answers = HEALTHY | dict(steps)
    # "Worse" is judged by the answer alone; follow-ups that it opens or closes are answered the same in both.
    for other in QUESTIONNAIRE.items.values():
        if other.enable_when and other.link_id not in answers:
            answers[other.link_id] = data.draw(some_value(other.link_id))
    if any(when.question == link_id for item in QUESTIONNAIRE.items.values() for when in item.enable_when):
        return
    one, two = data.draw(some_value(link_id)), data.draw(some_value(link_id))
    alone = {repr(value): assess(QUESTIONNAIRE, HEALTHY | {link_id: value}, TODAY) for value in (one, two)}
    worse, better = sorted((one, two), key=lambda value: -rank(alone[repr(value)]))
    with_worse = assess(QUESTIONNAIRE, answers | {link_id: worse}, TODAY)
    with_better = assess(QUESTIONNAIRE, answers | {link_id: better}, TODAY)
    if "incomplete" not in (with_worse.status, with_better.status):
        assert rank(with_worse) >= rank(with_better)


def rank(result: Any) -> int:
    if result.route:
        return len(ORDER)
    return ORDER.index(result.verdict) if result.verdict else -1


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_an_assessment_is_a_value_that_survives_json_and_replay(steps: Any) -> None:
    answers = HEALTHY | dict(steps)
    result = assess(QUESTIONNAIRE, answers, TODAY)
    stored = {"answers": answers, "assessment": result.as_dict()}
    assert replay(stored)["same"]
    seen = visible(QUESTIONNAIRE, answers)
    assert set(seen) <= set(answers)
