"""The four endings, what each offers, and what is said of them afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Patient, changed


def end(**changes: Any) -> Patient:
    patient = Patient()
    patient.to_the_end(changed(**changes))
    return patient


def test_ending_book_a_consultation() -> None:
    patient = end()
    assert patient.reply.ref == "no_flag"
    assert patient.ids()[0] == "booking:start"


def test_ending_book_with_precautions() -> None:
    patient = end(meds__nsaid="self", meds__nsaid__last="2026-11-20", bleed__bruise="Y")
    assert patient.reply.ref == "proceed_with_precaution"
    assert "Friday 27 November 2026" in patient.reply.text
    assert "bruising" in patient.reply.text
    assert patient.ids()[0] == "booking:start"


def test_ending_a_clinician_looks_first() -> None:
    patient = end(immune__autoimmune="Y")
    assert patient.reply.ref == "clinician_review"
    assert "Book a consultation or a phone call" in patient.titles()


def test_ending_a_clinician_looks_first_with_hold_offers_only_a_call_back() -> None:
    patient = end(meds__thinner="Y", meds__thinner__name="Eliquis")
    assert patient.reply.ref == "clinician_review"
    assert "Ask for a call-back" in patient.titles()
    assert "keep taking it exactly as prescribed" in patient.reply.text


def test_ending_not_now_says_until_when_and_offers_a_reminder() -> None:
    patient = end(skin__infection="Y")
    assert patient.reply.ref == "not_suitable_now"
    assert "Skin fully healed" in patient.reply.text
    assert not any(id_.startswith("booking") for id_ in patient.ids())
    patient.picks("Remind me later")
    assert patient.event("reminder") == {"earliest": None}


@pytest.mark.parametrize(
    ("pick", "clears"),
    [
        ("Pregnant", "After pregnancy and after breastfeeding."),
        ("Breastfeeding", "When breastfeeding has ended."),
        ("Cancer now, or in treatment", "Treatment is finished"),
    ],
)
def test_what_nothing_can_change_ends_the_asking(patient: Patient, pick: str, clears: str) -> None:
    patient.to("now")
    verdict = patient.picks(pick)
    assert verdict.ref == "not_suitable_now"
    assert clears in verdict.text
    assert patient.event("finished")["assessment"]["status"] == "stopped"
    assert patient.has("finished")


@pytest.mark.parametrize(
    "changes",
    [{}, {"bleed__bruise": "Y"}, {"organ__bp": "Y"}, {"immune__autoimmune": "Y"}, {"recent__ill": "Y"}],
)
def test_a_verdict_never_says_eligible_suitable_or_safe(changes: dict[str, Any]) -> None:
    text = end(**changes).reply.text.casefold()
    for word in ("eligible", "you are suitable", "safe for you", "approved", "cleared for"):
        assert word not in text
    assert "not medical advice" in text
    assert end(**changes).reply.sources[0].reviewed


@pytest.mark.parametrize("words", ["when can I come back?", "how long do I have to wait", "ne zaman gelebilirim?"])
def test_after_the_verdict_it_is_told_again_from_when_on(patient: Patient, words: str) -> None:
    told = patient.to_the_end(changed(preg__status="77386006"))
    assert told.ref == "not_suitable_now"
    again = patient.says(words)
    assert again.text == told.text
    assert not patient.has("reopened")


def test_before_the_verdict_that_is_a_question_for_others(patient: Patient) -> None:
    patient.to("now")
    patient.says("when can I have it")
    assert not patient.step.taken
