"""The kind exits at the gates: minors, somebody else, a problem after injections, declining."""

from __future__ import annotations

import pytest

from .conftest import Patient


@pytest.mark.parametrize("words", ["no", "I'm 17", "17", "I turn 18 tomorrow", "I was born on 24 November 2008"])
def test_a_minor_is_turned_away_kindly_and_nothing_is_kept(patient: Patient, words: str) -> None:
    patient.says("yes", words)
    assert patient.state is None
    assert patient.event("discard") == {"reason": "minor"}
    assert not [name for name, _ in patient.step.events if name == "answer"]
    assert "not kept" in patient.text
    assert not any(id_.startswith("booking") for id_ in patient.ids())


@pytest.mark.parametrize("words", ["yes", "I'm 18", "18", "34", "I was born on 23 November 2008"])
def test_the_eighteenth_birthday_counts(patient: Patient, words: str) -> None:
    patient.says("yes", words)
    assert patient.reply.ref == "gate"


@pytest.mark.parametrize("words", ["I am answering for someone else", "it's for my daughter", "1"])
def test_someone_elses_health_is_not_taken(patient: Patient, words: str) -> None:
    patient.says("yes", "yes", words)
    assert patient.event("discard") == {"reason": "someone_else"}
    assert patient.state is None


def test_a_problem_after_injections_leaves_for_the_triage(patient: Patient) -> None:
    patient.says("yes", "yes", "2")
    assert patient.has("triage")
    assert patient.state is None


def test_declining_a_gate_ends_kindly(patient: Patient) -> None:
    patient.says("yes", "prefer not to say")
    assert patient.event("discard") == {"reason": "declined_gate"}
    assert "human" in patient.ids()


@pytest.mark.parametrize("words", ["it's for me", "No, for me", "kendim için", "für mich", "pour moi", "para mí"])
def test_who_it_is_for_can_be_said_instead_of_none_of_these(patient: Patient, words: str) -> None:
    patient.to("gate")
    patient.says(words)
    assert patient.state["answers"]["gate.self"] == "Y"
    assert patient.reply.ref == "gate.symptoms"  # about a problem after injections nothing was said
    patient.says("no")
    assert patient.state["answers"]["gate.symptoms"] == "N"


@pytest.mark.parametrize("words", ["it's not for me", "no es para mí", "kendim için değil", "für meine Tochter"])
def test_that_it_is_for_another_person_is_never_read_as_ones_own(patient: Patient, words: str) -> None:
    patient.to("gate")
    patient.says(words)
    assert patient.state is None
    assert patient.event("discard") == {"reason": "someone_else"}
