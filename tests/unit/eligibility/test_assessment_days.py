"""Boundaries by the day: last tablets, gaps, and the earliest date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from .conftest import TODAY, assessed


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
