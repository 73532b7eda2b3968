"""Facts that two things near each other tell, neither of which does so alone."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import Disclosure, disclosures


def affirmed(text: str) -> dict[str, Disclosure]:
    return {fact.fact: fact for fact in disclosures(text) if fact.polarity == "affirmed" and fact.subject == "self"}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("prawns bring me out in hives", "allergy.any"),
        ("my eyelids swelled shut from the glue on the lashes", "allergy.any"),
        ("two days in intensive care after one walnut", "allergy.severe"),
        ("emla raised welts all over my arm", "la.problem"),
        ("the dentist's injection turned my lips blue", "la.problem"),
        ("my beauty spot has become lumpy and oozes", "cancer.mole"),
        ("the shopping bag on my arm leaves it purple", "bleed.bruise"),
        ("aspirin from my cardiologist since the stent", "meds.thinner"),
    ],
)
def test_two_things_tell_what_neither_does(text: str, fact: str) -> None:
    assert fact in affirmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "prawns for dinner, then a film",
        "will the salmon DNA bring me out in hives?",
        "prawns never gave me hives",
        "my sister gets hives from prawns",
        "I took aspirin on Sunday because my ankle was swollen",
        "is a bee sting worse than the needle? I read it itches afterwards",
    ],
)
def test_nor_do_they_when_asked_denied_or_of_others(text: str) -> None:
    assert "allergy.any" not in affirmed(text)


def test_what_one_reacts_to_is_named_and_not_taken() -> None:
    told = affirmed("ibuprofen brings me out in a rash")
    assert told["allergy.which"].value == "nsaid"
    assert "meds.nsaid" not in told
    assert affirmed("the hair dye gave me hives")["allergy.which"].value == "hair dye"


def test_aspirin_for_the_heart_is_a_blood_thinner_and_no_painkiller() -> None:
    assert "meds.nsaid" not in affirmed("a dispersible aspirin every morning, doctor's orders")
    assert "meds.nsaid" in affirmed("took an aspirin this morning for my head")
    assert "meds.thinner" not in affirmed("gave up aspirin years ago, doctor's orders")


@pytest.mark.parametrize(
    ("text", "fact", "polarity"),
    [
        ("accutane in 2011", "meds.isotretinoin", "negated"),
        ("my roaccutane stopped in July", "meds.isotretinoin", "uncertain"),
        ("naproxen for my back on Sunday", "meds.nsaid", "affirmed"),
        ("the doctor gave me clopidogrel on Monday", "meds.thinner", "affirmed"),
        ("he is going to put me on a blood thinner on Monday", "meds.thinner", "planned"),
        ("platelet count of 41", "bleed.disorder", "affirmed"),
        ("no allergies except plasters", "allergy.any", "affirmed"),
    ],
)
def test_when_it_was_and_whether_it_holds(text: str, fact: str, polarity: str) -> None:
    assert polarity in {told.polarity for told in disclosures(text) if told.fact == fact}
