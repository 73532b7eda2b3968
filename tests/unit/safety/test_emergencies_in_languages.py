"""The plain words of an emergency are known in every language, whatever the second opinion has learned."""

from __future__ import annotations

import pytest

from bot.safety.triage import Triage


@pytest.mark.parametrize(
    "text",
    [
        "Herzstillstand!",
        "plus de pouls, vite",
        "paro cardiaco, ayuda",
        "arresto cardiaco, qualcuno!",
        "geen polsslag",
        "nie ma pulsu",
        "sem pulso, me ajudem",
        "пульса нет",
        "kalp durması, yardım",
        "ما في نبض",
    ],
)
def test_a_heart_that_stands_still_is_an_emergency(triage: Triage, text: str) -> None:
    assert triage.read(text).tier == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "schlucken geht immer schwerer",
        "de plus en plus de mal à avaler",
        "me cuesta cada vez más respirar",
        "sempre più difficile respirare",
        "slikken gaat steeds moeilijker",
        "coraz trudniej przełykać",
        "cada vez mais difícil engolir",
        "глотать всё труднее",
        "nefesim gittikçe daralıyor",
        "البلع صار اصعب",
    ],
)
def test_breathing_or_swallowing_that_grows_harder_is_an_emergency(triage: Triage, text: str) -> None:
    assert triage.read(text).tier == "emergency"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("in der Klinik sagt der Arzt Nekrose am Kinn", "E4"),
        ("aux urgences on me dit nécrose débutante", "E4"),
        ("op spoed zeggen ze allergische shock", "E1"),
        ("sepsis zegt de ambulance", "E5"),
        ("emorragia, dicono in ospedale", "E6"),
    ],
)
def test_what_a_hospital_has_found_is_believed(triage: Triage, text: str, flag: str) -> None:
    assert triage.read(text).flag == flag


@pytest.mark.parametrize(
    "text",
    [
        "sim, tô pensando em me machucar",
        "sí, a veces pienso en lastimarme",
        "иногда думаю поранить себя, да",
        "evet kendime bir şey yapmayı düşünüyorum",
        "nałykałam się tabletek i teraz się boję",
        "ich hab absichtlich 40 tabletten genommen",
    ],
)
def test_thoughts_of_harming_oneself_are_heard(triage: Triage, text: str) -> None:
    assert triage.read(text).tier == "self_harm"


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("j'allaite et j'ai rien dit, j'ai eu mes injections lundi", "urgent"),
        ("karmię piersią i nie powiedziałam, zabieg był wczoraj", "urgent"),
        ("mein Mann schlägt mich", "safeguarding"),
        ("mon mari me frappe", "safeguarding"),
    ],
)
def test_what_was_kept_back_or_suffered_at_home_is_noticed(triage: Triage, text: str, tier: str) -> None:
    assert triage.read(text).tier == tier


@pytest.mark.parametrize(
    "text",
    [
        "mein Opa hatte vor zehn Jahren einen Herzinfarkt",
        "je bosse au samu, des arrêts cardiaques toute la nuit, il me faut une séance",
        "me quiero morir de la vergüenza, llegué tarde",
        "werk op de ambulance, reanimaties de hele nacht",
        "قلبي وقف لما شفت السعر ههههه",
        "mijn vader slikt bloedverdunners, mag hij komen?",
    ],
)
def test_stories_jokes_and_work_are_no_emergency(triage: Triage, text: str) -> None:
    assert not triage.read(text).alarms
