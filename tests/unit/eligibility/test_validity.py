"""A verdict is bound to its answers and rules, expires after 90 days, and is asked about again before the visit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.eligibility.assessment import assess
from bot.eligibility.validity import allows_booking, answers_hash, claims, is_live, recheck, recheck_times

from .conftest import HEALTHY, NOW, QUESTIONNAIRE, TODAY, changed


def token(**changes: Any) -> dict[str, Any]:
    answers = changed(**changes)
    return claims(QUESTIONNAIRE, assess(QUESTIONNAIRE, answers, TODAY), answers, NOW)


def test_the_hash_knows_the_answers_and_not_their_order() -> None:
    assert answers_hash(HEALTHY) == answers_hash(dict(reversed(list(HEALTHY.items()))))
    assert answers_hash(HEALTHY) != answers_hash(HEALTHY | {"organ.bp": "Y"})


@pytest.mark.parametrize(
    ("age", "live"), [(timedelta(days=89), True), (timedelta(days=90), False), (timedelta(days=91), False)]
)
def test_a_verdict_lives_ninety_days(age: timedelta, live: bool) -> None:
    assert is_live(token(), QUESTIONNAIRE, NOW + age) is live


def test_a_verdict_is_bound_to_its_answers_and_rules() -> None:
    made = token()
    assert is_live(made, QUESTIONNAIRE, NOW, made["answers"])
    assert not is_live(made, QUESTIONNAIRE, NOW, answers_hash(HEALTHY | {"organ.bp": "Y"}))
    assert not is_live(made | {"rules": "0.9.0"}, QUESTIONNAIRE, NOW)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"bleed__bruise": "Y"}, True),
        ({"immune__autoimmune": "Y"}, True),
        ({"bleed__disorder": "Y"}, False),
        ({"skin__infection": "Y"}, False),
        ({"gate__symptoms": "Y"}, False),
        ({"final__confirm": None}, False),
    ],
)
def test_what_may_be_booked(changes: dict[str, Any], allowed: bool) -> None:
    assert allows_booking(token(**changes)) is allowed


def test_the_claims_hold_no_answers() -> None:
    assert "Eliquis" not in repr(token(meds__thinner="Y", meds__thinner__name="Eliquis"))


def test_six_items_are_asked_again_before_the_appointment() -> None:
    asked = [one["linkId"] for one in recheck(QUESTIONNAIRE, HEALTHY)]
    assert asked == [
        "preg.status",
        "meds.thinner",
        "meds.nsaid",
        "skin.infection",
        "recent.ill",
        "recent.procedure",
    ]
    assert recheck_times(QUESTIONNAIRE, NOW) == [NOW - timedelta(hours=72), NOW - timedelta(hours=24)]
