"""Any answer can be corrected by naming it, at any time; the verdict is then that of a fresh run."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.assessment import assess
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, HEALTHY, NOW, QUESTIONNAIRE, TODAY, Patient, changed
from .open_questions import EVERYWHERE, PATHS

ANSWERED = {**changed(**PATHS[1]), "request.area": ["face", "scalp", "fat"], "organ.gall": "N"} | {
    "recent.dental": "Y",
    "recent.dental.date": "2026-11-20",
    "request.goal": "fewer lines",
    "final.other": "nothing special",
}
OTHER_ANSWER = {
    "request.area": ["hands"],
    "preg.status": "trying",
    "cancer.status": "past",
    "meds.nsaid": "prescribed",
    "meds.isotretinoin": "lt6m",
    "diabetes": "N",
    "hair.pattern": "sudden",
    "mind.expect": "big",
    "recent.procedure": ["peel"],
    "allergy.which": ["fish"],
}
CORRECTABLE = [link_id for link_id in QUESTIONNAIRE.items if link_id not in ("consent.health", "final.confirm")]


def at_the_review() -> Patient:
    patient = Patient()
    patient.to("final.confirm", ANSWERED)
    for link_id in ("request.goal", "final.other"):
        patient.sends(f"questionnaire:note:{link_id}")
        patient.says(ANSWERED[link_id])
    return patient


def other(link_id: str) -> Any:
    item = QUESTIONNAIRE.items[link_id]
    if item.type == "date":
        return "2026-11-21"
    if not item.options:
        return "something else"
    return OTHER_ANSWER.get(link_id) or ("N" if ANSWERED[link_id] == "Y" else "Y")


@pytest.mark.parametrize("link_id", CORRECTABLE)
def test_every_answer_can_be_changed_by_naming_it(link_id: str) -> None:
    patient = at_the_review()
    item = QUESTIONNAIRE.items[link_id]
    patient.says(f"change my answer about {item.label}")
    assert patient.reply.ref == link_id
    wanted = ANSWERED | {link_id: other(link_id)}
    patient.answers_open(wanted)
    if patient.state is None:
        assert item.is_gate
        return
    patient.to_the_end(wanted)
    told = patient.event("finished")
    fresh = assess(QUESTIONNAIRE, wanted, TODAY).as_dict()
    assert told["answers"].get(link_id) == fresh_value(wanted, link_id)
    for field in ("verdict", "hold", "earliest"):
        assert told["assessment"][field] == fresh[field], field


def fresh_value(answers: dict[str, Any], link_id: str) -> Any:
    return answers[link_id]


@pytest.mark.parametrize("link_id", CORRECTABLE)
def test_every_answer_can_be_changed_after_the_verdict(link_id: str) -> None:
    patient = at_the_review()
    patient.says("yes")
    patient.says(f"I want to change my answer to {QUESTIONNAIRE.items[link_id].label}")
    assert patient.has("reopened")
    assert patient.reply.ref == link_id
    assert "check again" in patient.reply.text


@pytest.mark.parametrize(
    ("text", "link_id", "value", "ref"),
    [
        ("actually I do take warfarin", "meds.thinner", "Y", "skin"),
        ("Sorry, I was wrong, I have a cold sore", "skin.infection", "Y", "skin"),
        ("actually I am trying for a baby", "preg.status", "trying", "skin"),
        ("actually I have epilepsy", "neuro.epilepsy", "Y", "skin"),
        ("wait, I forgot: I bruise easily", "bleed.bruise", "Y", "skin"),
        ("change my answer about blood pressure to yes", "organ.bp", "Y", "skin"),
        ("correction: I might be pregnant", "preg.status", "146799005", "skin"),
    ],
)
def test_a_correction_in_passing_is_taken_and_the_open_question_stays(
    text: str, link_id: str, value: str, ref: str
) -> None:
    patient = Patient()
    patient.to("skin")
    patient.says(text)
    assert patient.state is not None
    assert patient.state["answers"][link_id] == value
    assert patient.reply.ref == ref
    assert "changed" in patient.reply.text
    answered = [payload for name, payload in patient.step.events if name == "answer" and payload["linkId"] == link_id]
    assert answered[0]["previous"] is not None


def test_actually_i_do_take_aspirin_asks_what_is_needed_to_weigh_it() -> None:
    patient = Patient()
    patient.to("skin")
    patient.says("actually I do take aspirin")
    assert patient.reply.ref == "meds.nsaid"
    patient.picks("Yes, on my own")
    assert patient.reply.ref == "meds.nsaid.last"
    patient.says("yesterday")
    assert patient.reply.ref == "skin"


def test_a_correction_with_a_no_takes_a_yes_back_with_its_follow_ups() -> None:
    patient = Patient()
    patient.to("skin", changed(organ__heart="Y", organ__heart__recent="Y"))
    patient.says("actually I don't have heart disease")
    assert patient.state is not None
    assert patient.state["answers"]["organ.heart"] == "N"
    assert "organ.heart.recent" not in patient.state["answers"]
    assert "no longer count" in patient.reply.text


def test_a_new_area_asks_its_own_questions_and_drops_the_old_ones() -> None:
    patient = Patient()
    patient.to("final.confirm", changed(skin__herpes="Y"))
    patient.says("change my answer about the area")
    patient.says("scalp")
    assert patient.reply.ref == "hair.pattern"
    assert patient.state is not None
    assert "skin.herpes" not in patient.state["answers"]


def test_an_earlier_choice_picked_again_corrects_its_answer() -> None:
    patient = Patient()
    patient.to("skin")
    patient.sends("questionnaire:conditions:organ.bp=Y")
    assert patient.state is not None
    assert patient.state["answers"]["organ.bp"] == "Y"
    assert patient.reply.ref == "skin"


def test_a_correction_after_the_end_withdraws_the_verdict_until_it_is_confirmed_again() -> None:
    patient = Patient()
    patient.to_the_end()
    assert patient.reply.ref == "no_flag"
    patient.says("actually I take Eliquis")
    assert patient.event("reopened") == {"linkId": "meds.thinner"}
    assert patient.reply.ref == "final.confirm"
    patient.says("yes")
    assert patient.reply.ref == "clinician_review"
    finished = patient.event("finished")
    assert finished["amended"]
    assert finished["assessment"]["hold"]


def test_other_messages_after_the_end_are_not_taken() -> None:
    patient = Patient()
    patient.to_the_end()
    for text in ("thank you", "does it hurt?", "yes", "book me in", "I have lupus"):
        patient.says(text)
        assert not patient.step.taken
        assert not patient.step.replies
    assert DIALOGUE.resume(patient.state or {}, "en") == ()


@pytest.mark.parametrize("section", [screen.ref for screen in QUESTIONNAIRE.screens if screen.kind == "group"])
def test_every_section_of_the_review_can_be_answered_anew(section: str) -> None:
    patient = Patient()
    patient.to("final.confirm")
    patient.sends(f"questionnaire:change:{section}")
    assert patient.reply.ref == section
    patient.says("none")
    assert patient.reply.ref == "final.confirm"
    patient.says("yes")
    assert patient.event("finished")["answers"] == patient.event("finished")["answers"] | HEALTHY


def test_a_state_of_the_middle_is_not_changed_by_looking_at_it() -> None:
    patient = Patient()
    patient.to("skin")
    state = patient.state
    assert state is not None
    step = DIALOGUE.advance(state, Turn(NOW, text="my answers"))
    assert step.state == state


def test_two_corrections_in_one_message_are_both_taken() -> None:
    patient = Patient()
    patient.to("skin")
    patient.says("I was wrong: I have epilepsy, and I also take Eliquis")
    assert patient.state is not None
    answers = patient.state["answers"]
    assert (answers["neuro.epilepsy"], answers["meds.thinner"], answers["meds.thinner.name"]) == ("Y", "Y", "Eliquis")


def test_two_corrections_that_need_their_questions_are_asked_one_after_the_other() -> None:
    patient = Patient()
    patient.to("skin")
    patient.says("actually I do have diabetes and I took aspirin")
    asked = [patient.reply.ref]
    patient.picks("Yes, well controlled" if asked == ["diabetes"] else "Yes, prescribed by a doctor")
    asked.append(patient.reply.ref)
    assert set(asked) == {"diabetes", "meds.nsaid"}


@pytest.mark.parametrize("words", ["sorry, I meant no", "oops, I meant no", "I meant to say no", "hayır demek istedim"])
def test_i_meant_no_changes_the_answer_before(words: str) -> None:
    patient = Patient()
    patient.to("organ.heart.recent", changed(organ__heart="Y"))
    patient.says("yes")
    patient.says(words)
    assert patient.state is not None
    assert patient.state["answers"]["organ.heart.recent"] == "N"
    assert "I have changed that" in patient.text


def test_i_meant_none_takes_a_whole_group_back() -> None:
    patient = Patient()
    patient.to("conditions")
    patient.says("lupus")
    patient.says("sorry, I meant none")
    assert patient.state is not None
    assert patient.state["answers"]["immune.autoimmune"] == "N"
    assert patient.reply.ref == "skin"


def test_i_meant_yes_to_a_group_asks_which() -> None:
    patient = Patient()
    patient.to("skin")
    patient.says("I meant yes")
    assert patient.reply.ref == "conditions"
    assert patient.state is not None
    assert "organ.heart" not in patient.state["answers"]


@pytest.mark.parametrize("words", ["I lied about my age", "I was wrong about my age"])
def test_a_lie_about_the_age_asks_for_it_again(words: str) -> None:
    patient = Patient()
    patient.to("skin")
    patient.says(words)
    assert patient.reply.ref == "gate.age18"
    patient.says("no")
    assert patient.event("discard") == {"reason": "minor"}


@pytest.mark.parametrize("words", ["actually I'm 17", "I lied, I'm 16", "sorry, I am 15 years old"])
@pytest.mark.parametrize("ref", ["now", "final.confirm"])
def test_a_true_age_under_18_ends_it_and_keeps_nothing(words: str, ref: str) -> None:
    patient = Patient()
    patient.to(ref)
    patient.says(words)
    assert patient.event("discard") == {"reason": "minor"}
    assert patient.state is None


def test_an_age_told_in_passing_against_the_answer_is_asked_about() -> None:
    patient = Patient()
    patient.to("skin")
    assert patient.state is not None
    told = Fact("gate.age18", "N", "I'm 16")
    step = DIALOGUE.advance(patient.state, Turn(NOW, text="I'm 16 and scared of needles"), disclosed=[told])
    assert step.replies[-1].ref == "gate.age18"
    assert "I'm 16" in step.replies[-1].text


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("I forgot to mention that I take zorbafen", "zorbafen"),
        ("actually I take metoprolol", "metoprolol"),
        ("aslında metoprolol kullanıyorum", "metoprolol"),
    ],
)
def test_a_medicine_of_no_question_joins_the_list(words: str, listed: str) -> None:
    patient = Patient()
    patient.to("skin")
    patient.says(words)
    assert patient.state is not None
    assert patient.state["answers"]["meds.list"] == listed


def test_an_unknown_part_of_a_correction_goes_to_the_clinician() -> None:
    patient = Patient()
    patient.to("skin")
    patient.says("I forgot to say I have lupus and zorbitis")
    assert patient.state is not None
    assert patient.state["answers"]["immune.autoimmune"] == "Y"
    assert patient.state["answers"]["final.other"] == "zorbitis"


def test_what_is_told_against_a_no_after_the_end_opens_the_form_and_asks() -> None:
    patient = Patient()
    patient.to_the_end()
    patient.says("I started aspirin yesterday", disclosed=[Fact("meds.nsaid", "Y", "aspirin")])
    assert patient.event("reopened") == {"linkId": "meds.nsaid"}
    assert patient.reply.ref == "meds.nsaid"
    assert "aspirin" in patient.reply.text


@pytest.mark.parametrize("fact", [Fact("meds.nsaid", "N", "aspirin"), Fact("hair.pattern", "sudden", "hair falls out")])
def test_what_agrees_or_was_never_asked_leaves_the_form_finished(fact: Fact) -> None:
    patient = Patient()
    patient.to_the_end()
    patient.says("about my health", disclosed=[fact])
    assert not patient.has("reopened")


@pytest.mark.parametrize("text", ["change the area", "the area", "Area", "my area"])
def test_an_answer_to_change_can_be_named_as_it_is_shown(text: str) -> None:
    state = dict(EVERYWHERE)["final.confirm"]
    turn = Turn(NOW, text=text, topics=("reschedule_cancel",), certainty="sure")
    assert DIALOGUE.advance(state, turn).replies[0].ref == "request.area"
