"""The dialogue from consent to verdict: turn count, order, the review, and talking instead of picking."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.assessment import assess

from .conftest import DIALOGUE, HEALTHY, NOW, QUESTIONNAIRE, TODAY, Patient, changed


def test_a_healthy_adult_asking_about_the_face_is_through_in_twelve_turns(patient: Patient) -> None:
    patient.says("yes", "yes", "none", "face", *["none of these"] * 6)
    assert patient.reply.ref == "final.confirm"
    verdict = patient.picks("Yes, it is all right, as far as I know")
    assert (verdict.kind, verdict.ref) == ("verdict", "no_flag")
    assert patient.turns <= 12
    answers = patient.event("finished")["answers"]
    assert assess(QUESTIONNAIRE, answers, TODAY).verdict == "no_flag"
    assert {link_id: answers.get(link_id) for link_id in HEALTHY} == HEALTHY


def test_progress_grows_with_every_question(patient: Patient) -> None:
    places = []
    while patient.reply.ref != "final.confirm":
        progress = patient.reply.progress
        assert progress is not None
        places.append(progress.done)
        assert progress.done < progress.of
        patient.answers_open(HEALTHY)
    assert places == sorted(set(places))


def test_questions_say_what_they_are_to_machines(patient: Patient) -> None:
    assert (patient.reply.kind, patient.reply.ref) == ("question", "consent.health")
    patient.says("yes", "yes")
    assert patient.reply.ref == "gate"
    assert patient.reply.multiple
    assert "None of these" in patient.titles()
    patient.says("none")
    assert patient.reply.ref == "request.area"
    assert all(choice.id.startswith("questionnaire:") for choice in patient.reply.choices)


def test_danger_and_disqualifiers_come_first(patient: Patient) -> None:
    order = [screen.ref for screen in QUESTIONNAIRE.screens]
    assert order[:5] == ["consent.health", "gate.age18", "gate", "request.area", "now"]


def test_the_review_shows_every_answer_and_lets_each_section_be_changed(patient: Patient) -> None:
    patient.to("final.confirm", changed(diabetes="controlled"))
    for item in QUESTIONNAIRE.items.values():
        if item.link_id in patient.state["answers"] and item.link_id not in ("consent.health", "meds.list"):  # type: ignore[index]
            assert item.label in patient.reply.text
    assert "Yes, well controlled" in patient.reply.text
    changes = [id_ for id_ in patient.ids() if id_.startswith("questionnaire:change:")]
    assert len(changes) == len(QUESTIONNAIRE.screens) - 2


def test_goal_and_note_can_be_added_at_the_review(patient: Patient) -> None:
    patient.to("final.confirm")
    patient.picks("Say what you would like to change")
    assert patient.reply.ref == "request.goal"
    patient.says("fewer fine lines around the eyes")
    patient.picks("Add a note for the clinician")
    patient.says("I had a lovely summer")
    assert "fewer fine lines" in patient.reply.text
    patient.says("yes")
    assert patient.event("finished")["answers"]["request.goal"] == "fewer fine lines around the eyes"
    assert patient.reply.ref == "no_flag"


def test_no_at_the_review_asks_which_answer_to_change(patient: Patient) -> None:
    patient.to("final.confirm")
    patient.says("no")
    assert patient.reply.ref == "change"
    patient.says("pregnancy")
    assert patient.reply.ref == "preg.status"
    patient.picks("Trying for a baby / not using contraception")
    assert patient.reply.ref == "final.confirm"
    patient.says("yes")
    assert patient.reply.ref == "clinician_review"


TALKS = [
    {},
    {"request__area": ["scalp"], "hair__pattern": "sudden", "hair__5ari": "Y", "skin__herpes": None},
    {"request__area": ["cellulite", "fat"], "organ__gall": "Y"},
    {"allergy__any": "Y", "allergy__which": ["latex", "fish"], "allergy__severe": "Y"},
    {"meds__nsaid": "prescribed", "meds__isotretinoin": "lt6m", "meds__list": "humira"},
    {"meds__nsaid": "self", "meds__nsaid__last": "2026-11-20"},
    {"organ__heart": "Y", "organ__heart__recent": "N", "diabetes": "uncontrolled"},
    {"recent__procedure": ["laser"], "recent.procedure.date": "2026-11-09", "recent__vaccine": "Y"},
    {"mind__worry": "Y", "mind__impact": "Y", "mind__pressure": "N", "mind__expect": "big"},
    {"preg__status": "trying", "cancer__status": "past", "cancer__mole": "Y"},
    {"request__event": "Y", "request.event.date": "2026-12-01", "needle__faint": "Y"},
]


@pytest.mark.parametrize("changes", TALKS)
def test_talking_gives_the_verdict_of_the_answers(changes: dict[str, Any]) -> None:
    answers = changed(**changes)
    patient = Patient()
    patient.to_the_end(answers)
    told = patient.event("finished")
    fresh = assess(QUESTIONNAIRE, answers, TODAY).as_dict()
    for field in ("verdict", "hold", "earliest"):
        assert told["assessment"][field] == fresh[field]
    assert told["claims"]["verdict"] == fresh["verdict"]


def test_the_state_of_the_caller_is_never_changed(patient: Patient) -> None:
    patient.to("now")
    assert patient.state is not None
    before = repr(patient.state)
    DIALOGUE.advance(patient.state, Turn(NOW, text="none"))
    assert repr(patient.state) == before


@pytest.mark.parametrize("words", ["tell me why", "but why?", "what do you need my age for?"])
def test_more_ways_to_ask_why(patient: Patient, words: str) -> None:
    patient.to("gate.age18")
    patient.says(words)
    assert patient.reply.text.startswith("Why I ask:")


@pytest.mark.parametrize("changes", [{"request__event": "Y"}, {"recent__dental": "Y"}])
def test_a_day_beyond_all_calendars_is_asked_for_again(changes: dict[str, Any]) -> None:
    patient = Patient()
    dated = next(link_id.replace("__", ".") + ".date" for link_id in changes)
    patient.to(dated, changed(**changes))
    patient.says("31.12.9999")
    assert patient.reply.ref == dated
    patient.says("not sure")
    assert patient.reply.ref != dated
