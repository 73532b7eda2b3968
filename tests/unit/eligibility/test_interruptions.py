"""Every question can be interrupted, explained, skipped, stopped, taken back, resumed and misunderstood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, HEALTHY, NOW, QUESTIONNAIRE, Patient, changed

# Answers under which every question of its own is asked at least once.
PATHS: list[dict[str, Any]] = [
    {},
    {
        "meds__thinner": "Y",
        "meds__thinner__name": "Eliquis",
        "meds__nsaid": "self",
        "meds__nsaid__last": "2026-11-20",
        "meds__isotretinoin": "now",
        "meds__list": "paracetamol",
        "organ__heart": "Y",
        "organ__heart__recent": "N",
        "diabetes": "controlled",
        "request__area": ["scalp"],
        "hair__pattern": "gradual",
        "hair__5ari": "N",
        "allergy__any": "Y",
        "allergy__which": ["latex"],
        "allergy__severe": "N",
        "recent__procedure": ["laser"],
        "recent.procedure.date": "2026-11-09",
        "recent__vaccine": "Y",
        "recent.vaccine.date": "2026-11-20",
        "request__event": "Y",
        "request.event.date": "2026-12-01",
        "mind__worry": "Y",
        "mind__impact": "N",
    },
    {"recent__dental": "Y", "recent.dental.date": "2026-11-20"},
]


def at_every_question() -> list[tuple[str, dict[str, Any]]]:
    """(ref, state) of every question that is asked, reached by talking."""
    found: dict[str, dict[str, Any]] = {}
    for changes in PATHS:
        patient = Patient()
        answers = changed(**changes)
        while patient.state is not None and not patient.state["finished"]:
            found.setdefault(patient.reply.ref, patient.state)
            patient.answers_open(answers)
    for ref in ("request.goal", "final.other"):
        patient = Patient()
        patient.to("final.confirm")
        patient.sends(f"questionnaire:note:{ref}")
        found[ref] = patient.state  # type: ignore[assignment]
    return list(found.items())


EVERYWHERE = at_every_question()
AFTER_CONSENT = [pair for pair in EVERYWHERE if pair[0] != "consent.health"]
every_question = pytest.mark.parametrize(("ref", "state"), EVERYWHERE, ids=[ref for ref, _ in EVERYWHERE])
every_later_question = pytest.mark.parametrize(("ref", "state"), AFTER_CONSENT, ids=[ref for ref, _ in AFTER_CONSENT])


def test_every_question_of_its_own_is_reached() -> None:
    asked = {ref for ref, _ in EVERYWHERE}
    grouped = {pick.item for screen in QUESTIONNAIRE.screens if screen.kind == "group" for pick in screen.picks}
    assert asked >= set(QUESTIONNAIRE.items) - grouped
    assert asked >= {screen.ref for screen in QUESTIONNAIRE.screens}


@every_question
@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("does it hurt?", "pain_numbing"),
        ("how much is it", "price_payment"),
        ("can I talk to someone", "human_handoff"),
        ("what are the side effects?", "side_effects_risks"),
        ("when are you open?", "hours_location"),
    ],
)
def test_a_digression_is_not_eaten_and_the_same_question_comes_back(
    ref: str, state: dict[str, Any], text: str, topic: str
) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text, topics=(topic,), certainty="sure"))
    assert not step.taken
    assert not step.replies
    assert not step.events
    assert step.state == state
    assert [reply.ref for reply in DIALOGUE.resume(state, "en")] == [ref]


@every_question
@pytest.mark.parametrize("text", ["why?", "Why do you ask?", "warum?", "neden"])
def test_every_question_says_why_it_is_asked(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    reply = step.replies[-1]
    assert step.taken
    assert reply.ref == ref
    assert reply.text.startswith("Why I ask: ")
    assert step.state is not None
    assert step.state["answers"] == state["answers"]


@every_later_question
def test_every_question_can_be_skipped(ref: str, state: dict[str, Any]) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text="skip"))
    if ref in ("gate", "gate.age18"):
        assert step.events[-1] == ("discard", {"reason": "declined_gate"})
        return
    if ref == "final.confirm":
        assert step.replies[-1].ref == "clinician_review"
        return
    assert step.state is not None
    assert step.replies[-1].ref != ref
    assert {payload["value"] for name, payload in step.events if name == "answer"} == {"asked-declined"}


@every_question
@pytest.mark.parametrize("text", ["stop", "Stop the questions", "abbrechen"])
def test_stop_ends_and_erases_at_every_question(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is None
    assert ("discard", {"reason": "stopped"}) in step.events
    assert "deleted" in step.replies[-1].text


@every_question
def test_it_can_be_paused_and_resumed_from_json(ref: str, state: dict[str, Any]) -> None:
    paused = DIALOGUE.advance(state, Turn(NOW, text="later"))
    assert paused.state is not None
    assert paused.replies[0].ref == "paused"
    again = json.loads(json.dumps(paused.state))
    assert [reply.ref for reply in DIALOGUE.resume(again, "en")] == [ref]
    assert DIALOGUE.advance(again, Turn(NOW, text="continue")).replies[-1].ref == ref


@every_later_question
def test_what_did_i_answer_shows_the_answers_and_asks_again(ref: str, state: dict[str, Any]) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text="What did I answer?"))
    assert [reply.kind for reply in step.replies] == ["text", "question"]
    assert step.replies[-1].ref == ref


FREE_TEXT = {"meds.thinner.name", "meds.list", "request.goal", "final.other", "allergy.which"}


@pytest.mark.parametrize(
    ("ref", "state"),
    [pair for pair in EVERYWHERE if pair[0] not in FREE_TEXT],
    ids=[ref for ref, _ in EVERYWHERE if ref not in FREE_TEXT],
)
def test_a_misunderstood_answer_gets_a_simpler_question_and_then_a_person(ref: str, state: dict[str, Any]) -> None:
    first = DIALOGUE.advance(state, Turn(NOW, text="purple monkey dishwasher"))
    assert first.replies[-1].ref == ref
    assert first.replies[-1].choices
    assert "human" not in [choice.id for choice in first.replies[-1].choices]
    if ref in QUESTIONNAIRE.items and ref != "final.confirm":
        assert QUESTIONNAIRE.items[ref].again in first.replies[-1].text
    assert first.state is not None
    second = DIALOGUE.advance(first.state, Turn(NOW, text="purple monkey dishwasher"))
    assert "human" in [choice.id for choice in second.replies[-1].choices]
    assert second.state is not None
    assert second.state["answers"] == state["answers"]


SHORT_NO = [
    "no",
    "nope",
    "nope never",
    "I don't think so",
    "not that I know",
    "not that I know of",
    "No.",
    "nein",
    "hayır",
]
YES_NO = [
    pair for pair in EVERYWHERE if pair[0] in ("allergy.severe", "organ.heart.recent", "hair.5ari", "mind.impact")
]


@pytest.mark.parametrize(("ref", "state"), YES_NO, ids=[ref for ref, _ in YES_NO])
@pytest.mark.parametrize("text", SHORT_NO)
def test_short_answers_of_no_are_taken(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text, topics=("greeting_smalltalk",), certainty="sure"))
    assert step.state is not None
    assert step.state["answers"][ref] == "N"


@pytest.mark.parametrize(("ref", "state"), YES_NO, ids=[ref for ref, _ in YES_NO])
@pytest.mark.parametrize("text", ["yes", "Yes, I did", "yep", "yeah unfortunately", "evet", "sí", "oui"])
def test_short_answers_of_yes_are_taken(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.state["answers"][ref] == "Y"


@pytest.mark.parametrize(("ref", "state"), YES_NO, ids=[ref for ref, _ in YES_NO])
@pytest.mark.parametrize("text", ["not sure", "I don't know", "maybe", "weiß nicht", "no idea"])
def test_not_sure_is_never_a_no(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.state["answers"][ref] == "asked-unknown"


GROUPS = [
    pair for pair in EVERYWHERE if pair[0] in {screen.ref for screen in QUESTIONNAIRE.screens if screen.kind == "group"}
]


@pytest.mark.parametrize(("ref", "state"), GROUPS, ids=[ref for ref, _ in GROUPS])
@pytest.mark.parametrize(
    "text", ["none", "None of these", "no to all", "nope", "no", "none of the above", "nothing", "keine", "hiçbiri"]
)
def test_a_whole_group_can_be_denied_in_words(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.replies[-1].ref != ref
    for screen in QUESTIONNAIRE.screens:
        for pick in screen.picks if screen.ref == ref else ():
            none = QUESTIONNAIRE.none_codes.get(pick.item, "N")
            assert step.state["answers"].get(pick.item, none) in (none, [none])


def at(ref: str, **changes: Any) -> Patient:
    patient = Patient()
    patient.to(ref, changed(**changes))
    return patient


@pytest.mark.parametrize(
    ("ref", "text", "stored", "then"),
    [
        ("medicines", "I'm on blood thinners, the purple one", {"meds.thinner": "Y"}, "meds.thinner.name"),
        ("medicines", "warfarin", {"meds.thinner": "Y", "meds.thinner.name": "warfarin"}, "conditions"),
        (
            "medicines",
            "1 and 7",
            {"meds.thinner": "Y", "bleed.bruise": "Y", "bleed.disorder": "N"},
            "meds.thinner.name",
        ),
        ("medicines", "just nurofen", {"meds.thinner": "N"}, "meds.nsaid"),
        ("medicines", "I take humira", {"immune.weak": "Y"}, "conditions"),
        ("medicines", "sertraline", {"meds.list": "sertraline"}, "conditions"),
        ("medicines", "none except fish oil", {"meds.supplements": "Y", "meds.thinner": "N"}, "conditions"),
        ("now", "I'm breastfeeding", {}, "not_suitable_now"),
        (
            "now",
            "not pregnant, but I have a cold sore",
            {"skin.infection": "Y", "preg.status": "60001007"},
            "medicines",
        ),
        ("now", "I'm trying to conceive", {"preg.status": "trying", "preg.breastfeeding": "N"}, "medicines"),
        ("now", "not sure if I'm pregnant", {"preg.status": "asked-unknown"}, "medicines"),
        ("now", "I'm waiting for a biopsy result", {"cancer.status": "asked-unknown"}, "medicines"),
        ("now", "cancer", {}, "cancer.status"),
        (
            "now",
            "not pregnant or breastfeeding and no cancer",
            {"preg.breastfeeding": "N", "cancer.status": "N"},
            "now",
        ),
        ("now", "not pregnant, diabetic", {"preg.status": "60001007"}, "diabetes"),
        ("conditions", "no diabetes, epilepsy or heart disease", {"diabetes": "N", "organ.heart": "N"}, "conditions"),
        ("conditions", "no diabetes or anything", {"diabetes": "N", "organ.bp": "N"}, "skin"),
        ("conditions", "no diabetes and I have lupus", {"diabetes": "N", "immune.autoimmune": "Y"}, "skin"),
        ("conditions", "high blood pressure, but it is under control", {"diabetes": "N"}, "organ.bp"),
        ("skin", "I get cold sores sometimes", {"skin.herpes": "Y", "skin.infection": "N"}, "history"),
        ("medicines", "I don't take anything", {"meds.thinner": "N", "meds.list": ""}, "conditions"),
        ("conditions", "I have diabetes and a pacemaker", {"organ.device": "Y", "organ.bp": "N"}, "diabetes"),
        ("conditions", "lupus", {"immune.autoimmune": "Y"}, "skin"),
        ("skin", "I have rosacea but no eczema", {"skin.capillaries": "Y", "skin.chronic": "N"}, "history"),
        ("history", "allergies and a vaccine", {"allergy.any": "Y", "recent.vaccine": "Y"}, "allergy.which"),
        ("history", "no allergies, but my mum is allergic to latex", {"allergy.any": "N"}, "history"),
        ("skin", "my sister has keloids", {"skin.keloid": "Y"}, "history"),
        ("request.area", "under eyes", {"request.area": ["undereye"]}, "now"),
        ("history", "a flu jab, and botox 2 weeks ago", {"recent.procedure": ["toxin"]}, "recent.procedure.date"),
        ("mind", "my husband is pushing me", {"mind.pressure": "N"}, "final.confirm"),
        ("mind", "I'm not sure what is realistic", {"mind.expect": "unsure", "mind.pressure": "Y"}, "final.confirm"),
        ("request.area", "my face and neck please", {"request.area": ["face", "neck"]}, "now"),
        ("request.area", "1, 5", {"request.area": ["face", "scalp"]}, "now"),
    ],
)
def test_free_text_and_numbers_answer_a_group(ref: str, text: str, stored: dict[str, Any], then: str) -> None:
    patient = at(ref)
    patient.says(text)
    assert patient.reply.ref == then
    assert patient.state is not None
    assert {link_id: patient.state["answers"].get(link_id) for link_id in stored} == stored


def test_no_diabetes_denies_one_line_and_asks_for_the_others() -> None:
    patient = at("conditions")
    patient.says("I don't have diabetes")
    assert patient.reply.ref == "conditions"
    assert "Diabetes" not in patient.titles()
    assert patient.state is not None
    assert patient.state["answers"]["diabetes"] == "N"
    assert "organ.bp" not in patient.state["answers"]


def test_yes_to_a_group_asks_which() -> None:
    patient = at("skin")
    patient.says("yes")
    assert patient.reply.ref == "skin"
    assert "Which ones?" in patient.reply.text


def test_not_sure_about_a_group_asks_which_and_denies_only_the_rest() -> None:
    patient = at("skin")
    patient.picks("Not sure")
    patient.picks("Rosacea or many small red veins in the area")
    assert patient.state is not None
    assert patient.state["answers"]["skin.capillaries"] == "asked-unknown"
    assert patient.state["answers"]["skin.keloid"] == "N"


def test_none_together_with_a_pick_is_asked_again() -> None:
    patient = at("skin")
    patient.sends("questionnaire:skin:none", "questionnaire:skin:skin.keloid=Y")
    assert patient.reply.ref == "skin"
    assert patient.state is not None
    assert "skin.keloid" not in patient.state["answers"]


def test_of_two_lines_about_one_thing_the_graver_is_kept() -> None:
    patient = at("now")
    patient.picks("Possibly pregnant", "Trying for a baby, or not using contraception")
    assert patient.state is not None
    assert patient.state["answers"]["preg.status"] == "146799005"


def test_an_answer_and_a_question_in_one_message_are_both_heard() -> None:
    patient = at("skin")
    patient.says("none. How much is it?", topics=["price_payment"], certainty="sure")
    assert not patient.step.taken
    assert patient.has("answer")
    assert patient.reply.ref == "history"  # what resume asks


def test_a_question_with_a_disclosure_is_remembered_for_confirmation() -> None:
    patient = at("request.area")
    assert patient.state is not None
    fact = Fact("preg.status", "Y", "I'm pregnant")
    step = DIALOGUE.advance(patient.state, Turn(NOW, text="I'm pregnant, does it hurt?"), disclosed=[fact])
    assert not step.taken
    assert step.state is not None
    assert DIALOGUE.resume(step.state, "en")[0].ref == "preg.status"


def test_a_statement_about_a_later_question_is_confirmed_not_used() -> None:
    patient = at("request.area")
    patient.says("I have lupus")
    assert patient.reply.ref == "immune.autoimmune"
    assert "Is that right?" in patient.reply.text
    patient.says("yes")
    assert patient.reply.ref == "request.area"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("yesterday", "2026-11-22"),
        ("last Tuesday", "2026-11-17"),
        ("3 days ago", "2026-11-20"),
        ("on 4 November", "2026-11-04"),
        ("two weeks ago", "2026-11-09"),
        ("2026-11-20", "2026-11-20"),
        ("I think it was this morning", "2026-11-23"),
    ],
)
def test_dates_in_words_are_taken(text: str, day: str) -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says(text)
    assert patient.state is not None
    assert patient.state["answers"]["meds.nsaid.last"] == day


def test_an_ambiguous_date_is_asked_about() -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says("a few days ago")
    assert patient.reply.ref == "meds.nsaid.last"
    assert "Saturday 21 November 2026" in patient.titles()
    patient.picks("Friday 20 November 2026")
    assert patient.state is not None
    assert patient.state["answers"]["meds.nsaid.last"] == "2026-11-20"


def test_a_future_last_dose_is_refused_with_the_reason() -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says("tomorrow")
    assert "still to come" in patient.reply.text
    patient.says("4 December")
    assert "still to come" in patient.reply.text


@pytest.mark.parametrize("ref", [ref for ref, _ in AFTER_CONSENT if ref not in ("gate.age18",)])
def test_go_back_returns_to_the_question_before(ref: str) -> None:
    state = dict(EVERYWHERE)[ref]
    step = DIALOGUE.advance(state, Turn(NOW, text="go back"))
    assert step.state is not None
    before = step.replies[-1].ref
    if state["asked"]:
        assert before == "final.confirm"
        return
    assert before != ref
    gone = next(payload["linkIds"] for name, payload in step.events if name == "answers_removed")
    assert set(gone) == set(state["answers"]) - set(step.state["answers"])


def test_medicines_nobody_knows_go_to_the_clinician() -> None:
    patient = at("medicines")
    patient.picks("Another medicine, tablet, injection or inhaler")
    assert patient.reply.ref == "meds.list"
    patient.says("foobarine 5 mg")
    patient.to_the_end(HEALTHY)
    assert patient.reply.ref == "clinician_review"
    assert "don't know this medicine" in patient.reply.text
