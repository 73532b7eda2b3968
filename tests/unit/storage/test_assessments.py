"""Finished questionnaires at rest: the newest holds, a change supersedes, a re-check is noted on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.storage import assessments
from bot.storage.database import Database
from bot.storage.tables import new_id, now

NOW = now()


def finished(**more: Any) -> dict[str, Any]:
    claims = {
        "expires": (NOW + timedelta(days=90)).isoformat(),
        "questionnaire": "1.1.0",
        "rules": "1.1.0",
        "answers": "a" * 64,
    }
    return {"claims": claims, "answers": {"organ.bp": "N"}, **more}


def test_a_recheck_is_noted_on_the_assessment_that_holds(database: Database) -> None:
    room = new_id()
    told = {"outcome": "same", "at": NOW.isoformat()}
    with database.write() as connection:
        assessments.keep(database, connection, room, "1", finished(), NOW)
        assessments.keep(database, connection, room, "2", finished(amended=True), NOW)
        assessments.rechecked(database, connection, room, told)
        old, new = assessments.history(database, connection, room)
    assert "rechecked" not in old.content
    assert new.content["rechecked"] == told
    assert new.content["answers"] == {"organ.bp": "N"}


def test_an_assessment_holds_until_it_is_superseded_or_too_old(database: Database) -> None:
    room = new_id()
    with database.write() as connection:
        assessments.keep(database, connection, room, "1", finished(), NOW)
        assert assessments.live(database, connection, room, NOW + timedelta(days=89)) is not None
        assert assessments.live(database, connection, room, NOW + timedelta(days=90)) is None
        assessments.supersede(connection, room, NOW)
        assert assessments.live(database, connection, room, NOW) is None
