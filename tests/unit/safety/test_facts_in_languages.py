"""Facts told in the ten languages beside English: by what follows from them, and in words that only sound like them."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import disclosures


def affirmed(text: str) -> set[str]:
    return {one.fact for one in disclosures(text) if one.polarity == "affirmed" and one.subject == "self"}


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("immune.weak", "mir haben sie nach dem Unfall die Milz entfernt"),
        ("allergy.severe", "une cacahuète et j'ai fini aux urgences"),
        ("organ.bp", "la tensión no me baja, la tengo por las nubes"),
        ("bleed.bruise", "mi vengono lividi appena mi sfiorano"),
        ("organ.kidney_liver", "faço hemodiálise três vezes por semana"),
        ("hair.5ari", "ik ben al jaren bloeddonor"),
        ("organ.device", "wszczepili mi rozrusznik w maju"),
        ("preg.status", "у меня на тесте две полоски"),
        ("skin.sun", "haftaya Bodrum'a tatile gidiyoruz"),
        ("organ.heart", "ركبت دعامة من سنتين"),
    ],
)
def test_a_fact_is_known_by_what_follows_from_it(fact: str, text: str) -> None:
    assert fact in affirmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "allergisch gegen Werbung bin ich, sonst nichts",
        "mon banquier va faire un infarctus avec ce devis",
        "soy cáncer de signo y tauro de ascendente",
        "sono allergica alle telefonate, scrivetemi",
        "a fatura ia me dando um enfarte",
        "allergisch voor smoesjes, dus eerlijk graag",
        "zawału dostanę od tych cen",
        "аллергия на звонки, пишите в чат",
        "fiyatları görünce kalp krizi geçirecektim",
        "كلامكم سكر والله",
    ],
)
def test_a_figure_of_speech_tells_no_fact(text: str) -> None:
    assert not affirmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "nehme Metformin wegen Insulinresistenz",
        "metformine pour mon SOPK",
        "metformina por ovario poliquístico",
        "метформин из-за СПКЯ",
    ],
)
def test_a_medicine_taken_for_something_else_tells_no_diabetes(text: str) -> None:
    assert "diabetes" not in affirmed(text)


def test_a_clause_ends_at_an_arabic_comma() -> None:
    assert "hair.5ari" in affirmed("متعود أتبرع بالدم كل عيد، هل إبر الشعر تمنعني؟")


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("preg.status", "estou grávida posso fazer?"),
        ("preg.breastfeeding", "to amamentando posso fazer"),
        ("preg.status", "я беременна можно делать"),
        ("preg.status", "انا حامل هل يمكن"),
        ("diabetes", "عندي سكري ممكن"),
        ("meds.thinner", "пью варфарин с прошлого года"),
    ],
)
def test_what_is_told_before_a_question_without_a_comma_is_told(fact: str, text: str) -> None:
    assert fact in affirmed(text)


@pytest.mark.parametrize("text", ["grávida pode fazer?", "беременным можно", "يمكن انا حامل"])
def test_what_is_only_asked_is_not_told(text: str) -> None:
    assert not affirmed(text)
