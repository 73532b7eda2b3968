"""Properties that hold for any answers in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.eligibility.assessment import assess, replay
from bot.eligibility.questionnaire import ABSENT
from bot.eligibility.values import visible

from .conftest import HEALTHY, ORDER, QUESTIONNAIRE, TODAY


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
