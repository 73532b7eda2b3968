"""Facts told in passing: confirmed, never silently used, and weighed against what was answered."""

from __future__ import annotations

import pytest

from bot.dialogue import Turn
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, NOW, Patient

TWO = (Fact("meds.thinner", "Y", "I'm on Eliquis"), Fact("preg.status", "Y", "I'm 8 weeks pregnant"))


def test_two_disclosures_are_shown_for_confirmation_and_never_used_silently() -> None:
    patient = Patient(prefill=TWO)
    patient.says("yes", "yes")
    assert patient.reply.ref == "gate"  # not before consent and gates
    patient.says("none")
    assert patient.reply.ref == "meds.thinner"
    assert "I'm on Eliquis" in patient.reply.text
    assert not patient.has("prefill_confirmed")
    patient.says("yes")
    assert patient.state is not None
    assert patient.state["answers"]["meds.thinner.name"] == "Eliquis"
    assert patient.reply.ref == "preg.status"
    patient.says("no, that was my sister")
    assert patient.has("prefill_rejected")
    assert "preg.status" not in patient.state["answers"]
    patient.to("now")
    assert "Pregnant" in patient.titles()
    assert patient.state["how"]["meds.thinner"] == "confirmed"


@pytest.mark.parametrize("answer", ["yes", "no", "not sure"])
def test_going_back_asks_again_about_what_was_mentioned(answer: str) -> None:
    patient = Patient(prefill=TWO)
    patient.says("yes", "yes", "none", answer)
    assert patient.reply.ref == "preg.status"
    patient.says("go back")
    assert patient.reply.ref == "meds.thinner"
    assert "I'm on Eliquis" in patient.reply.text
    patient.says("yes")
    assert patient.reply.ref == "preg.status"
    assert patient.state is not None
    assert patient.state["answers"]["meds.thinner"] == "Y"
    patient.says("go back", "go back")
    assert patient.reply.ref == "gate"


def test_a_confirmed_disclosure_can_end_the_questionnaire() -> None:
    patient = Patient(prefill=TWO[1:])
    patient.says("yes", "yes", "none", "yes")
    assert patient.reply.ref == "not_suitable_now"


def test_a_disclosed_medicine_by_name_counts_as_its_question() -> None:
    patient = Patient(
        prefill=[Fact("meds.thinner", "rivaroxaban", "Xarelto"), Fact("meds.nsaid", "ibuprofen", "advil")]
    )
    patient.says("yes", "yes", "none", "yes")
    assert patient.state is not None
    assert patient.state["answers"]["meds.thinner"] == "Y"
    patient.says("yes")
    patient.to("meds.nsaid")


def test_a_disclosed_age_is_confirmed_at_the_gate() -> None:
    patient = Patient(prefill=[Fact("gate.age18", "N", "I'm 16")])
    patient.says("yes")
    assert "I'm 16" in patient.reply.text
    patient.says("yes")
    assert patient.event("discard") == {"reason": "minor"}


def test_refusing_consent_throws_disclosures_away() -> None:
    patient = Patient(prefill=TWO)
    patient.says("no")
    assert patient.state is None
    assert not patient.has("answer")


def test_a_contradiction_is_asked_about_once_and_stays_with_the_clinician(patient: Patient) -> None:
    patient.to("final.confirm")
    patient.picks("Add a note for the clinician")
    patient.says("I also take xarelto")
    assert patient.reply.ref == "meds.thinner"
    assert "xarelto" in patient.reply.text
    patient.picks("No, my first answer is right")
    assert patient.has("contradiction_kept")
    assert patient.reply.ref == "final.confirm"
    patient.says("yes")
    assert patient.reply.ref == "clinician_review"


def test_a_contradiction_that_applies_changes_the_answer(patient: Patient) -> None:
    patient.to("final.confirm")
    patient.picks("Add a note for the clinician")
    patient.says("I also take xarelto")
    patient.picks("Yes, it applies to me")
    assert patient.state is not None
    assert patient.state["answers"]["meds.thinner"] == "Y"
    assert patient.state["answers"]["meds.thinner.name"] == "xarelto"


def test_a_disclosed_fact_against_a_no_is_a_contradiction(patient: Patient) -> None:
    patient.to("skin")
    assert patient.state is not None
    step = DIALOGUE.advance(
        patient.state,
        Turn(NOW, text="none, does it hurt? I'm pregnant"),
        disclosed=[Fact("preg.status", "Y", "I'm pregnant")],
    )
    assert any(name == "contradiction" and payload["linkId"] == "preg.status" for name, payload in step.events)


@pytest.mark.parametrize("way_back", ["go back", "questionnaire:change:medicines"])
def test_what_was_told_against_an_answer_that_is_taken_back_is_confirmed_instead(way_back: str) -> None:
    patient = Patient()
    patient.to("conditions")
    patient.says("I do take a blood thinner", disclosed=[Fact("meds.thinner", "Y", "a blood thinner")])
    assert "Does it apply to you?" in patient.reply.text
    patient.sends(way_back) if ":" in way_back else patient.says(way_back)
    assert patient.reply.ref == "meds.thinner"
    assert "Is that right?" in patient.reply.text
    patient.says("yes")
    assert patient.state is not None
    assert patient.state["answers"]["meds.thinner"] == "Y"
    assert not patient.state["to_resolve"]


def test_what_was_told_twice_is_asked_about_once_after_going_back() -> None:
    patient = Patient(prefill=TWO[:1])
    patient.says("yes", "yes", "none", "no")
    patient.to("conditions")
    patient.says("I do take a blood thinner", disclosed=[Fact("meds.thinner", "Y", "a blood thinner")])
    patient.says("go back")
    assert "You mentioned" in patient.reply.text
    patient.says("no")
    assert patient.state is not None
    assert "meds.thinner" not in [fact["linkId"] for fact in patient.state["prefill"]]
    assert patient.reply.ref == "medicines"


@pytest.mark.parametrize("text", ["latex allergy", "uczulenie na lateks", "аллергия на латекс"])
def test_an_allergy_told_before_is_confirmed_though_having_one_sets_nothing_off_by_itself(text: str) -> None:
    patient = Patient(prefill=(Fact("allergy.any", "Y", text), Fact("allergy.which", "latex", "latex")))
    patient.says("yes", "yes", "none")
    assert patient.reply.ref == "allergy.any"
    patient.says("yes")
    assert patient.reply.ref == "allergy.which"
