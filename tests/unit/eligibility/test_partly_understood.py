"""What nobody understood is asked back and reaches the clinician: unknown never counts as a "no"."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue import Turn
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, HEALTHY, NOW, QUESTIONNAIRE, Patient, changed

GROUPS = [screen.ref for screen in QUESTIONNAIRE.screens if screen.kind == "group" and screen.ref != "gate"]


def at(ref: str, **changes: Any) -> Patient:
    patient = Patient()
    patient.to(ref, changed(**changes))
    return patient


def answers(patient: Patient) -> dict[str, Any]:
    assert patient.state is not None
    return dict(patient.state["answers"])


@pytest.mark.parametrize(
    ("ref", "text", "words"),
    [
        ("conditions", "lupus and fibromyalgia", "fibromyalgia"),
        ("conditions", "fibromyalgia, and also a pacemaker", "fibromyalgia"),
        ("skin", "rosacea. And a strange lump on my nose", "a strange lump on my nose"),
        ("now", "I have a cold sore, plus zorbitis", "zorbitis"),
        ("history", "I faint with needles but also wombat pox", "wombat pox"),
        ("conditions", "none except zorbitis", "zorbitis"),
    ],
)
def test_the_part_not_understood_is_asked_back(ref: str, text: str, words: str) -> None:
    patient = at(ref)
    before = answers(patient)
    patient.says(text)
    assert patient.reply.ref == ref
    assert "questionnaire:" + ref + ":clinician" in patient.ids()
    new = {link_id: value for link_id, value in answers(patient).items() if link_id not in before}
    assert "N" not in new.values()
    if new:
        assert f'"{words}"' in patient.text


def test_what_stays_unknown_goes_to_the_clinician_and_is_looked_at() -> None:
    patient = at("conditions")
    patient.says("lupus and fibromyalgia")
    patient.says("none of these")
    assert "I pass this on to the clinician" in patient.text
    patient.to_the_end(HEALTHY)
    finished = patient.event("finished")
    assert finished["answers"]["final.other"] == "fibromyalgia"
    assert finished["how"]["final.other"] == "typed"
    assert finished["conflicts"] == ["final.other"]
    assert {reason["linkId"] for reason in finished["assessment"]["reasons"]} == {"immune.autoimmune", "final.other"}


def test_it_may_be_one_of_the_lines_after_all() -> None:
    patient = at("conditions")
    patient.says("lupus and the sugar illness")
    patient.picks("Diabetes", "Something else for the clinician")
    assert patient.reply.ref == "diabetes"
    assert answers(patient)["final.other"] == "the sugar illness"


def test_an_answer_nobody_understood_can_be_passed_on_as_it_is() -> None:
    patient = at("conditions")
    patient.says("fibromyalgia")
    assert "Something else for the clinician" in patient.titles()
    patient.picks("Something else for the clinician")
    assert answers(patient)["final.other"] == "fibromyalgia"
    assert answers(patient)["organ.heart"] == "N"


@pytest.mark.parametrize("ref", GROUPS)
def test_small_talk_around_an_answer_is_not_asked_back(ref: str) -> None:
    for text in ("none, all good here, thank you", "no to all", "nope, I'm perfectly healthy"):
        patient = at(ref)
        patient.says(text)
        assert patient.reply.ref != ref


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        ("conditions", "lupus since 2010, my doctor says it is under control"),
        ("conditions", "I have had lupus for years and take tablets for it"),
        ("skin", "rosacea, mild. Otherwise fine"),
        ("now", "I have a cold sore at the moment, otherwise I'm healthy"),
    ],
)
def test_words_that_tell_nothing_more_are_not_asked_back(ref: str, text: str) -> None:
    patient = at(ref)
    patient.says(text)
    assert patient.reply.ref != ref


@pytest.mark.parametrize("text", ["lupus and a few others", "I have lupus, among others", "lupus, etc"])
def test_and_others_asks_for_the_others(text: str) -> None:
    patient = at("conditions")
    patient.says(text)
    assert patient.reply.ref == "conditions"
    assert answers(patient)["immune.autoimmune"] == "Y"
    assert "organ.heart" not in answers(patient)


def test_not_sure_about_the_rest_asks_which() -> None:
    patient = at("conditions")
    patient.says("no diabetes, not sure about the rest")
    assert "organ.heart" not in answers(patient)
    assert "not sure about" in patient.text or patient.reply.ref == "conditions"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("metoprolol and foobarine", "metoprolol, foobarine"),
        ("nothing except vitamin d", "vitamin d"),
        ("my heart tablets", "my heart tablets"),
        ("only paracetamol now and then", "paracetamol"),
    ],
)
def test_beside_medicines_an_unknown_word_is_a_medicine(text: str, listed: str) -> None:
    patient = at("medicines")
    patient.says(text)
    assert answers(patient)["meds.list"] == listed


def test_the_pill_alone_asks_which_one() -> None:
    patient = at("medicines")
    patient.says("just the pill")
    assert patient.reply.ref == "meds.list"


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("I'm allergic to penicillin", ["penicillin"]),
        ("allergic to latex and kiwi", ["latex", "kiwi"]),
        ("nut allergy", ["pollen_food"]),
        ("bee stings, I'm allergic to them", ["sting"]),
    ],
)
def test_an_allergy_that_is_named_is_not_asked_for_again(text: str, which: list[str]) -> None:
    patient = at("history")
    patient.says(text)
    assert answers(patient)["allergy.which"] == which
    assert patient.reply.ref == "allergy.severe"


def test_what_and_when_come_with_the_answer() -> None:
    patient = at("history")
    patient.says("all fine except I had botox 2 weeks ago")
    assert answers(patient)["recent.procedure"] == ["toxin"]
    assert answers(patient)["recent.procedure.date"] == "2026-11-09"
    assert patient.reply.ref == "mind"


def test_a_medicine_of_the_past_is_asked_about() -> None:
    patient = at("medicines")
    patient.says("I used to take warfarin but stopped in 2019")
    assert patient.reply.ref == "meds.thinner"


@pytest.mark.parametrize("text", ["I'm under 18", "under age", "I'm a minor", "18 yaşından küçüğüm", "seventeen"])
def test_words_for_a_minor_are_no_adult(text: str) -> None:
    patient = at("gate.age18")
    patient.says(text)
    assert patient.event("discard") == {"reason": "minor"}


@pytest.mark.parametrize("text", ["none", "hiçbiri", "none of these", "not sure"])
def test_none_is_no_answer_to_a_gate(text: str) -> None:
    patient = at("gate.age18")
    patient.says(text)
    assert patient.reply.ref == "gate.age18"
    assert not patient.has("discard")


@pytest.mark.parametrize("text", ["no idea what it's called", "I can't remember the name", "hatırlamıyorum"])
def test_a_name_that_is_forgotten_is_not_sure(text: str) -> None:
    patient = at("meds.thinner.name", meds__thinner="Y", meds__thinner__name="Eliquis")
    patient.says(text, topics=["what_is_mesotherapy"], certainty="sure")
    assert answers(patient)["meds.thinner.name"] == "asked-unknown"


def test_a_short_answer_keeps_the_language_of_the_questions() -> None:
    patient = Patient()
    assert patient.state is not None
    turkish = DIALOGUE.advance({**patient.state, "language": "tr"}, Turn(NOW, text="evet", language="en"))
    assert "18 yaşında" in turkish.replies[-1].text


@pytest.mark.parametrize(
    "text",
    ["keine Allergien", "ninguna alergia", "aucune allergie", "żadnych alergii", "geen allergieën", "нет аллергий"],
)
def test_a_none_before_a_name_speaks_of_that_name_only(text: str) -> None:
    patient = at("history")
    before = answers(patient)
    patient.says(text)
    new = {link_id: value for link_id, value in answers(patient).items() if link_id not in before}
    assert new == {"allergy.any": "N"}
    assert patient.reply.ref == "history"


@pytest.mark.parametrize(
    "text",
    [
        "keine allergien, aber ich hatte botox vor 2 wochen",
        "ninguna alergia pero me puse botox hace 2 semanas",
        "nessuna allergia ma ho fatto botox 2 settimane fa",
        "нет аллергии, но делала ботокс 2 недели назад",
        "ما عندي حساسية بس عملت بوتوكس قبل اسبوعين",
    ],
)
def test_what_comes_after_a_but_is_not_denied(text: str) -> None:
    patient = at("history")
    patient.says(text)
    assert answers(patient)["allergy.any"] == "N"
    assert answers(patient)["recent.procedure"] == ["toxin"]


@pytest.mark.parametrize(
    "text",
    ["Diabetes Typ 2, gut eingestellt", "diabetes, controlada", "diabète équilibré", "диабет, под контролем"],
)
def test_how_it_is_with_an_illness_belongs_to_its_name(text: str) -> None:
    patient = at("conditions")
    patient.says(text)
    assert answers(patient)["diabetes"] == "controlled"
    assert patient.reply.ref != "conditions"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("oui de moi-même", "self"),
        ("sama z siebie", "self"),
        ("me lo recetó el médico", "prescribed"),
        ("وصفه الطبيب", "prescribed"),
        ("vom Arzt verschrieben", "prescribed"),
    ],
)
def test_who_chose_a_painkiller_is_told_in_ones_own_words(text: str, value: str) -> None:
    patient = at("meds.nsaid", meds__nsaid="self")
    patient.says(text)
    assert answers(patient)["meds.nsaid"] == value


def test_hair_as_the_area_is_no_kind_of_hair_loss() -> None:
    patient = at("request.area")
    step = DIALOGUE.advance(
        patient.state or {}, Turn(NOW, text="les cheveux"), disclosed=[Fact("hair.pattern", "Y", "les cheveux")]
    )
    assert step.state is not None
    assert step.state["answers"]["request.area"] == ["scalp"]
    assert not step.state["prefill"]


@pytest.mark.parametrize(
    ("ref", "text", "item"),
    [
        ("now", "нет, но я простудилась", "recent.ill"),
        ("now", "no, pero estoy resfriada", "recent.ill"),
        ("skin", "Neurodermitis an den Händen", "skin.chronic"),
        ("skin", "ik heb eczeem", "skin.chronic"),
        ("conditions", "j'ai un pacemaker", "organ.device"),
    ],
)
def test_an_illness_is_picked_by_its_name_in_ones_own_language(ref: str, text: str, item: str) -> None:
    patient = at(ref)
    patient.says(text)
    assert answers(patient)[item] == "Y"


@pytest.mark.parametrize("text", ["mein Vater hat Epilepsie", "mi padre tiene epilepsia", "у брата эпилепсия"])
def test_the_illness_of_a_relative_is_not_ones_own(text: str) -> None:
    patient = at("conditions")
    patient.says(text)
    assert answers(patient).get("neuro.epilepsy") != "Y"


def test_a_portuguese_on_the_day_is_no_no() -> None:
    patient = at("mind")
    before = answers(patient)
    patient.says("no dia 5 de novembro")
    assert answers(patient) == before
