"""How long a verdict holds, and for which answers: the data that a signed token carries, as pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.eligibility.assessment import Assessment
from bot.eligibility.questionnaire import Questionnaire
from bot.eligibility.values import Value, visible

BOOKABLE = ("no_flag", "proceed_with_precaution", "clinician_review")


def answers_hash(answers: Mapping[str, Value]) -> str:
    """sha256 of the canonical JSON of the answers; their order does not matter."""
    canonical = json.dumps(answers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def claims(
    questionnaire: Questionnaire, assessment: Assessment, answers: Mapping[str, Value], now: datetime
) -> dict[str, Any]:
    """What a verdict token says. It holds no answers, only their hash. Signing is the caller's."""
    return {
        "verdict": assessment.verdict,
        "hold": assessment.hold,
        "earliest": assessment.earliest,
        "constraints": list(assessment.constraints),
        "answers": answers_hash(visible(questionnaire, answers)),
        "questionnaire": questionnaire.version,
        "rules": questionnaire.rules,
        "issued": now.isoformat(),
        "expires": (now + timedelta(days=questionnaire.valid_days)).isoformat(),
    }


def is_live(
    token: Mapping[str, Any], questionnaire: Questionnaire, now: datetime, answers_are: str | None = None
) -> bool:
    """May this verdict still be used: not expired, same rules, and bound to these answers (their hash, when known)?"""
    return (
        now < datetime.fromisoformat(token["expires"])
        and token["rules"] == questionnaire.rules
        and (answers_are is None or token["answers"] == answers_are)
    )


def allows_booking(token: Mapping[str, Any]) -> bool:
    """May a slot be offered at all? A hold or "not now" allows a call-back only."""
    return token["verdict"] in BOOKABLE and not token["hold"]


def recheck(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> list[dict[str, Any]]:
    """The items to ask again shortly before the appointment (ruling 10), each with the answer of then."""
    return [
        {"linkId": link_id, "text": questionnaire.items[link_id].text, "was": answers.get(link_id)}
        for link_id in questionnaire.recheck
    ]


def recheck_times(questionnaire: Questionnaire, appointment: datetime) -> list[datetime]:
    """When to ask them: 72 and 24 hours before."""
    return [appointment - timedelta(hours=hours) for hours in questionnaire.recheck_hours]
