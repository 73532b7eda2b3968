"""The dialogue from consent to verdict: turn count, the four endings, and the kind exits."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.assessment import assess
from bot.eligibility.record import Fact

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


# ---- consent


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


# ---- gates


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


# ---- endings


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


# ---- the review


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


# ---- every path of the truth table is also reached by talking


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


# ---- facts mentioned earlier


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


# ---- contradictions


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


@pytest.mark.parametrize("words", ["tell me why", "but why?", "what do you need my age for?"])
def test_more_ways_to_ask_why(patient: Patient, words: str) -> None:
    patient.to("gate.age18")
    patient.says(words)
    assert patient.reply.text.startswith("Why I ask:")


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
