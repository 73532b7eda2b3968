"""The two opinions together: they raise, never lower."""

from __future__ import annotations

import pytest

from bot.safety.findings import NOTHING, Finding
from bot.safety.opinion import Opinion
from bot.safety.weighing import raised, together


def opinion(**flags: float) -> Opinion:
    return Opinion({"E1": 0.0, "U1": 0.0, "SH1": 0.0, "M1": 0.0, **flags})


def test_two_opinions_that_agree_are_surer_than_each() -> None:
    assert together(opinion(E1=0.6), opinion(E1=0.7)).danger > 0.7
    assert together(opinion(E1=0.1), opinion(E1=0.2)).danger < 0.1


def test_one_that_is_sure_of_calm_keeps_the_other_back() -> None:
    assert together(opinion(E1=0.5), opinion()).danger < 0.01


def test_the_flag_is_the_one_both_mean() -> None:
    both = together(opinion(E1=0.4, U1=0.3), opinion(E1=0.5, U1=0.4))
    assert both.flag("emergency") == "E1"
    assert both.flags["E1"] > both.flags["U1"]


def test_it_raises_a_tier() -> None:
    finding = raised(NOTHING, [opinion(E1=0.9)])
    assert (finding.tier, finding.flag, finding.certainty) == ("emergency", "E1", "unclear")


@pytest.mark.parametrize("tier", ["emergency", "self_harm", "urgent"])
def test_it_never_lowers_one(tier: str) -> None:
    flag = {"emergency": "E1", "self_harm": "SH1", "urgent": "U1"}[tier]
    found = Finding(tier, flag, ("words",), "sure")  # type: ignore[arg-type]
    assert raised(found, [opinion()]) == found
    assert raised(found, [opinion(M1=0.9)]) == found


def test_a_part_without_its_context_must_be_surer() -> None:
    whole = opinion(U1=0.01)
    assert not raised(NOTHING, [whole, opinion(U1=0.4)]).alarms
    assert raised(NOTHING, [whole, opinion(U1=0.95)]).alarms


def test_a_part_is_not_believed_against_the_whole_unless_it_speaks_of_self_harm() -> None:
    assert not raised(NOTHING, [opinion(), opinion(E1=0.95)]).alarms
    assert raised(NOTHING, [opinion(), opinion(SH1=0.95)]).alarms
