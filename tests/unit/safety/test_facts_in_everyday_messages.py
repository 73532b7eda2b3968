"""Everyday messages on other matters: products weighed, signs after the needles, shifts, what is over."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import disclosures


def own(text: str) -> set[str]:
    return {told.fact for told in disclosures(text) if told.subject == "self" and told.polarity == "affirmed"}


@pytest.mark.parametrize(
    "text",
    [
        "minoxidil or your injections, what grows more hair",
        "adapalene vs three sessions with you for pores",
        "which statin is kindest to muscles",
        "ibuprofen dose for a five year old",
        "wegovy where to buy",
        "minoxidil oder eure Spritzen?",
        "Ozempic ou la mésothérapie pour le ventre ?",
    ],
)
def test_a_product_that_is_compared_or_asked_for_is_not_taken(text: str) -> None:
    assert not own(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I take sertraline or the other one, whichever the chemist has", "meds.list"),
        ("my Eliquis or my statin, does either matter?", "meds.thinner"),
        ("on tretinoin every night, which cream is allowed after?", "meds.topical"),
    ],
)
def test_what_the_writer_takes_is_told_though_she_compares(text: str, fact: str) -> None:
    assert fact in own(text)


@pytest.mark.parametrize(
    "text",
    [
        "feeling dizzy since the injections an hour ago",
        "my forehead went white where the jab went in, straight after the injections",
        "can't stop coughing since the boosters",
        "my scalp feels like sunburn since the session",
    ],
)
def test_what_follows_the_needles_is_no_fear_or_illness_or_tan(text: str) -> None:
    assert own(text).isdisjoint({"needle.faint", "recent.ill", "skin.sun", "skin.pigment"})


def test_a_fear_of_needles_is_still_read() -> None:
    assert "needle.faint" in own("I'm terrified of the needles and faint at every blood test")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("had covid last month, negative since the 3rd", "recent.ill"),
        ("vorige week griep gehad, nu weer beter", "recent.ill"),
        ("it's 39 degrees outside, is the clinic cool?", "recent.ill"),
        ("on a stroke unit we see a lot of droopy faces", "organ.heart"),
        ("as a paramedic I see three cardiac arrests a week", "organ.heart"),
        ("our vicar had a stroke at Easter", "organ.heart"),
        ("do I need a visa for Turkey?", "skin.sun"),
        ("is Anna at the reception on Monday?", "request.event"),
        ("pins and needles in my chin", "recent.permanent"),
        ("I ticked pregnant by mistake, I'm a man", "preg.status"),
        ("ho avuto le convulsioni? no, le ha avute il cane", "neuro.epilepsy"),
    ],
)
def test_words_that_tempt_tell_nothing_of_the_writer(text: str, fact: str) -> None:
    assert fact not in own(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("met een opleiding en zorgen om de kost", "organ.heart"),
        ("ik moest erom lachen", "skin.chronic"),
        ("объясните простыми словами", "recent.ill"),
        ("Saat kaçta geleyim?", "preg.status"),
        ("is your Stirling branch open", "preg.status"),
    ],
)
def test_an_ordinary_word_is_not_read_as_a_misspelt_one(text: str, fact: str) -> None:
    assert fact not in own(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ('for years my card said "epilepsy", nobody knows why', "neuro.epilepsy"),
        ("Im Bogen steht „Diabetes“ hinter meinem Namen", "diabetes"),
        ('elle a noté "enceinte" sur la fiche', "preg.status"),
    ],
)
def test_a_fact_in_quotation_marks_must_be_asked_about(text: str, fact: str) -> None:
    assert fact not in own(text)


def test_a_message_all_in_quotation_marks_is_read_as_any_other() -> None:
    assert "meds.thinner" in own('"I take warfarin"')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("little bumps on my neck since yesterday's session", False),
        ("a boil on my chin, oozing pus, your session was yesterday", True),
    ],
)
def test_bumps_pass_after_a_session_and_pus_does_not(text: str, told: bool) -> None:
    assert ("skin.infection" in own(text)) == told
