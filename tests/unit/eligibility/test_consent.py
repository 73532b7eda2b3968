"""Nothing is asked or stored without a clear yes, and the yes can be taken back at any step."""

from __future__ import annotations

import pytest

from .conftest import NOW, QUESTIONNAIRE, Patient


def test_consent_names_purpose_controller_retention_rights_and_withdrawal(patient: Patient) -> None:
    text = patient.reply.text
    for said in ("prepare your consultation", "Linden Skin Clinic Ltd", "24 hours", "30 days", "delete", "back"):
        assert said in text
    assert any(link.href == "https://linden.example.org/privacy" for link in patient.reply.links)


def test_nothing_is_stored_before_consent(patient: Patient) -> None:
    assert patient.state is not None
    assert not patient.state["answers"]
    patient.says("what do you do with my data?")
    assert not patient.step.taken
    assert not patient.events
    patient.says("I'm pregnant")
    assert not patient.state["answers"]
    assert not patient.has("answer")


@pytest.mark.parametrize("words", ["yes", "sure, go ahead", "I agree", "ok", "evet"])
def test_a_clear_yes_is_consent(patient: Patient, words: str) -> None:
    patient.says(words)
    assert patient.has("consent_given")


@pytest.mark.parametrize(
    "words", ["ok, but why?", "yes, but don't store it", "maybe", "not sure", "what happens then?"]
)
def test_anything_less_is_no_consent(patient: Patient, words: str) -> None:
    patient.says(words)
    assert not patient.events
    assert patient.reply.ref == "consent.health"


def test_consent_is_kept_with_the_version_of_its_notice(patient: Patient) -> None:
    patient.says("yes")
    given = patient.event("consent_given")
    assert given["version"] == QUESTIONNAIRE.notice
    assert given["at"] == NOW.isoformat()


@pytest.mark.parametrize("words", ["no", "No, thank you", "nope", "skip", "I'd rather not", "nein"])
def test_a_refusal_keeps_questions_and_phone(patient: Patient, words: str) -> None:
    patient.says(words)
    assert patient.state is None
    assert [name for name, _ in patient.events] == ["consent_refused", "discard"]
    assert "020 7946 0100" in patient.reply.text
    assert "human" in patient.ids()
    assert any(id_.startswith("topic:") for id_ in patient.ids())


WITHDRAWING = [
    "withdraw",
    "Please delete my data",
    "delete my answers",
    "verilerimi sil",
    "actually I take my consent back",
    "I no longer consent",
    "onayımı geri almak istiyorum",
    "ich möchte meine Einwilligung zurückziehen",
    "je veux retirer mon consentement",
]


@pytest.mark.parametrize("words", WITHDRAWING)
@pytest.mark.parametrize("ref", ["consent.health", "gate", "now", "final.confirm"])
def test_consent_can_be_withdrawn_at_any_step(patient: Patient, words: str, ref: str) -> None:
    patient.to(ref)
    patient.says(words)
    assert patient.state is None
    assert patient.has("consent_withdrawn")
    assert patient.event("discard") == {"reason": "withdrawn"}


@pytest.mark.parametrize(
    "words",
    ["What happens if I withdraw my consent?", "I don't want to withdraw my consent", "can I withdraw it later?"],
)
def test_speaking_of_withdrawal_withdraws_nothing(patient: Patient, words: str) -> None:
    patient.to("now")
    patient.says(words)
    assert not patient.has("consent_withdrawn")


def test_consent_can_be_withdrawn_after_the_end(patient: Patient) -> None:
    patient.to_the_end()
    patient.says("delete my data")
    assert patient.event("discard") == {"reason": "withdrawn"}
