"""Yes, no, not sure and none of these, at every question and for whole groups."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.commands import Commands

from .conftest import DIALOGUE, NOW, QUESTIONNAIRE
from .open_questions import EVERYWHERE, at

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
    "claro que no",
    "natürlich nicht",
    "bah non",
    "nie, dziękuję",
    "nee hoor",
    "конечно нет",
    "لا شكرا",
]
YES = [
    "claro que sí",
    "ja klar",
    "oui c'est bon",
    "sì, grazie",
    "sim claro",
    "no pewnie",
    "ja hoor",
    "да, конечно",
    "نعم صحيح",
]
UNSURE = [
    "no estoy segura",
    "bin mir nicht sicher",
    "j'en sais rien",
    "boh",
    "não estou certa",
    "nie pamiętam",
    "не помню",
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
@pytest.mark.parametrize("text", ["yes", "Yes, I did", "yep", "yeah unfortunately", "evet", "sí", "oui", *YES])
def test_short_answers_of_yes_are_taken(ref: str, state: dict[str, Any], text: str) -> None:
    step = DIALOGUE.advance(state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.state["answers"][ref] == "Y"


@pytest.mark.parametrize(("ref", "state"), YES_NO, ids=[ref for ref, _ in YES_NO])
@pytest.mark.parametrize("text", ["not sure", "I don't know", "maybe", "weiß nicht", "no idea", *UNSURE])
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


@pytest.mark.parametrize("text", ["ok", "Okay, thanks", "tamam", "d'accord", "alles klar", "хорошо", "👍"])
def test_whoever_only_agrees_has_not_said_to_be_of_age(text: str) -> None:
    step = DIALOGUE.advance(at("gate.age18").state, Turn(NOW, text=text))
    assert step.state is not None
    assert "gate.age18" not in step.state["answers"]
    assert step.replies[-1].ref == "gate.age18"


@pytest.mark.parametrize("text", ["yes", "ok yes", "yes I am", "ja klar", "39"])
def test_whoever_says_to_be_of_age_is_believed(text: str) -> None:
    step = DIALOGUE.advance(at("gate.age18").state, Turn(NOW, text=text))
    assert step.state is not None
    assert step.state["answers"]["gate.age18"] == "Y"


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


@pytest.mark.parametrize(
    ("text", "answer"), [("fine yes", "yes"), ("yes yes ok", "yes"), ("no no nope", "no"), ("yes no", None)]
)
def test_an_answer_may_be_said_twice(text: str, answer: str | None) -> None:
    assert Commands().answer(text) == answer


@pytest.mark.parametrize("text", ["I have cancer in the family", "diabetes runs in our family"])
def test_what_is_in_the_family_is_nobodys_own(text: str) -> None:
    assert not DIALOGUE._answering._reader.mentions(text)


def test_a_keloid_in_the_family_counts() -> None:
    assert [one.item for one in DIALOGUE._answering._reader.mentions("keloids run in the family")] == ["skin.keloid"]


def test_not_me_names_nobody_who_answers_for_another() -> None:
    text = "my friend had injections and got an infection, not me"
    assert "gate.self" not in {one.item for one in DIALOGUE._answering._reader.mentions(text)}


def test_but_trying_is_trying_for_a_baby() -> None:
    codes = [one.code for one in DIALOGUE._answering._reader.mentions("not pregnant but trying")]
    assert "trying" in codes
