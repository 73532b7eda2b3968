"""Before the appointment the six answers that change most are asked about again (ruling 10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.dialogue import RECHECK

from .conftest import DIALOGUE, NOW, QUESTIONNAIRE, Patient, changed


def reminded(**changes: Any) -> Patient:
    """A patient with a finished form who follows the reminder."""
    patient = Patient()
    patient.to_the_end(changed(**changes))
    patient.events.clear()
    patient.sends(RECHECK)
    return patient


def test_it_shows_the_six_answers_and_asks_what_has_changed() -> None:
    patient = reminded(meds__thinner="Y", meds__thinner__name="Eliquis")
    assert patient.reply.ref == "recheck"
    assert "Has anything changed since you filled in the form?" in patient.text
    assert "Blood thinner: Yes" in patient.text
    for link_id in QUESTIONNAIRE.recheck:
        assert QUESTIONNAIRE.items[link_id].label in patient.text
        assert f"questionnaire:recheck:{link_id}" in patient.ids()


@pytest.mark.parametrize(
    "words", ["no", "No, nothing has changed", "nothing changed", "all the same", "hayır", "nichts hat sich geändert"]
)
def test_nothing_has_changed_keeps_the_verdict(words: str) -> None:
    patient = reminded()
    # The engine may take it for a topic; it is an answer all the same.
    patient.says(words, topics=["reschedule_cancel"], certainty="unsure")
    assert [name for name, _ in patient.events] == ["rechecked"]
    assert patient.event("rechecked") == {"outcome": "same", "at": NOW.isoformat()}
    assert patient.state is not None
    assert patient.state["finished"]
    assert "stay as they are" in patient.text


@pytest.mark.parametrize("link_id", QUESTIONNAIRE.recheck)
def test_what_has_changed_is_asked_anew_and_weighed_anew(link_id: str) -> None:
    patient = reminded()
    patient.picks(QUESTIONNAIRE.items[link_id].label)
    assert patient.has("reopened")
    assert patient.reply.ref == link_id
    worse = {"preg.status": "trying", "meds.nsaid": "prescribed", "recent.procedure": ["surgery"]}
    patient.to_the_end(changed(**{link_id: worse.get(link_id, "Y"), "recent.procedure.date": "2026-11-01"}))
    assert patient.event("finished")["amended"]
    assert patient.event("finished")["assessment"]["verdict"] in ("clinician_review", "not_suitable_now")


def test_several_changes_are_asked_one_after_the_other() -> None:
    patient = reminded()
    patient.sends("questionnaire:recheck:meds.nsaid", "questionnaire:recheck:recent.ill")
    asked = [patient.reply.ref]
    patient.says("yes" if asked[0] == "recent.ill" else "no")
    asked.append(patient.reply.ref)
    assert set(asked) == {"meds.nsaid", "recent.ill"}


@pytest.mark.parametrize(
    ("words", "link_id", "value"),
    [
        ("I'm pregnant now", "preg.status", "77386006"),
        ("yes, I started Eliquis", "meds.thinner", "Y"),
        ("I have a cold sore", "skin.infection", "Y"),
        ("no, but I have lupus now", "immune.autoimmune", "Y"),
    ],
)
def test_a_change_can_be_told_in_words(words: str, link_id: str, value: str) -> None:
    patient = reminded()
    patient.says(words)
    assert patient.has("reopened")
    assert patient.state is not None
    assert patient.state["answers"][link_id] == value


@pytest.mark.parametrize("words", ["not sure", "skip", "later", "stop"])
def test_not_answering_is_no_answer(words: str) -> None:
    patient = reminded()
    patient.says(words)
    assert patient.event("rechecked")["outcome"] == "unanswered"
    assert patient.state is not None
    assert patient.state["finished"]
    assert patient.state["answers"]


def test_a_plain_yes_asks_which() -> None:
    patient = reminded()
    patient.says("yes")
    assert patient.reply.ref == "recheck"
    assert "Which ones?" in patient.text
    assert not patient.events


def test_a_side_question_comes_back_to_it_and_why_is_answered() -> None:
    patient = reminded()
    patient.says("does it hurt?", topics=["pain_numbing"], certainty="sure")
    assert not patient.step.taken
    assert patient.reply.ref == "recheck"
    patient.says("why?")
    assert "change most often" in patient.text


def test_same_together_with_a_change_is_asked_again() -> None:
    patient = reminded()
    patient.sends("questionnaire:recheck:same", "questionnaire:recheck:recent.ill")
    assert patient.reply.ref == "recheck"
    assert not patient.events


def test_an_open_form_is_carried_on_instead() -> None:
    patient = Patient()
    patient.to("skin")
    patient.sends(RECHECK)
    assert patient.reply.ref == "skin"


def test_answers_that_are_too_old_are_asked_again_from_the_start() -> None:
    patient = Patient()
    patient.to_the_end()
    assert patient.state is not None
    later = NOW + timedelta(days=QUESTIONNAIRE.valid_days)
    step = DIALOGUE.advance(patient.state, Turn(later, choices=(RECHECK,)))
    assert step.replies[-1].ref == "consent.health"
    assert "too old" in step.replies[-1].text
    assert step.state is not None
    assert not step.state["answers"]
    almost = DIALOGUE.advance(patient.state, Turn(later - timedelta(minutes=1), choices=(RECHECK,)))
    assert almost.replies[-1].ref == "recheck"


def test_it_speaks_turkish() -> None:
    patient = Patient()
    patient.to_the_end()
    assert patient.state is not None
    step = DIALOGUE.advance(patient.state, Turn(NOW, choices=(RECHECK,), language="tr"))
    assert "bir şey değişti mi?" in step.replies[-1].text
    assert step.replies[-1].choices[0].title == "Hayır, hiçbir şey değişmedi"
