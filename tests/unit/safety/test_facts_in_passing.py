"""Everyday messages that name what a fact is told with, and tell none: what the needles left, lists, comparisons."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import disclosures


def own(text: str) -> set[str]:
    return {told.fact for told in disclosures(text) if told.subject == "self" and told.polarity == "affirmed"}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("bruised like a banana, day three after the neck", "bleed.bruise"),
        ("the lump where you injected is getting bigger", "cancer.mole"),
        ("my scalp is itchy, you did the hairline yesterday", "hair.pattern"),
        ("bleeding won't stop since this morning", "bleed.disorder"),
        ("help, my throat is closing", "allergy.severe"),
        ("kanama bir türlü durmuyor", "bleed.disorder"),
        ("der blaue Fleck wird größer", "cancer.mole"),
    ],
)
def test_what_follows_the_needles_is_no_trait_and_no_illness(text: str, fact: str) -> None:
    assert fact not in own(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I bruise like a banana", "bleed.bruise"),
        ("bruised from your session last week, but I bruise easily", "bleed.bruise"),
        ("my mole is getting bigger", "cancer.mole"),
        ("itchy flaky scalp and my hair is falling out", "hair.pattern"),
        ("my throat closed after a wasp sting", "allergy.severe"),
    ],
)
def test_traits_and_histories_are_read_as_before(text: str, fact: str) -> None:
    assert fact in own(text)


@pytest.mark.parametrize(
    "text",
    [
        "the form lists infection, scarring, allergic reaction and blindness",
        "necrosis, anaphylaxis, what else can go wrong",
        "allergic reactions, how common are they",
        "our drill last week was an anaphylactic shock in class",
        "I was googling allergies half the night",
    ],
)
def test_lists_of_what_can_go_wrong_tell_no_allergy(text: str) -> None:
    assert not own(text) & {"allergy.any", "allergy.severe"}


@pytest.mark.parametrize(
    "text",
    [
        "do you use insulin needles",
        "vocês usam agulha de insulina?",
        "they gave me six units of blood when he was born",
        "pale skin, type 1, I burn",
    ],
)
def test_needles_units_and_skin_types_are_no_diabetes(text: str) -> None:
    assert "diabetes" not in own(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm 36.9 this evening",
        "tengo 38,4 y escalofríos",
        "I'm twenty six weeks",
        "born in 2011",
        "volljährig werde ich im Mai",
    ],
)
def test_numbers_that_are_no_age_are_not_read_as_one(text: str) -> None:
    assert "gate.age18" not in own(text)


def test_medicines_compared_are_taken_by_nobody() -> None:
    assert not own("dutasteride or PRP, which works better")
    assert not own("Minoxidil oder Dutasterid?")
    assert "hair.5ari" in own("I take finasteride or dutasteride, whichever is cheaper")


@pytest.mark.parametrize(
    "text",
    [
        "mi hanno fatto una multa sotto casa",
        "I eat grapes all day",
        "banding for my piles, how long off work",
        "ben kararımı verdim, geliyorum",
        "fiquei com o rosto cheio de bolinhas",
        "لازم أشوف العلبة",
    ],
)
def test_words_that_only_look_like_an_illness_or_a_medicine_are_left_alone(text: str) -> None:
    assert not own(text) & {"la.problem", "immune.autoimmune", "hair.pattern", "cancer.mole", "immune.weak"}


@pytest.mark.parametrize("text", ["MS in remission", "Colitis, seit Jahren in Remission", "волчанка сейчас в ремиссии"])
def test_the_remission_of_another_illness_is_no_cancer(text: str) -> None:
    assert "cancer.status" not in own(text)


def test_chemotherapy_is_over_where_the_cancer_is() -> None:
    assert "immune.weak" not in own("breast cancer, chemo, the whole lot, in remission")
    assert "immune.weak" in own("I'm on chemo at the moment")


def test_what_is_asked_for_somebody_else_is_theirs() -> None:
    assert "hair.pattern" not in own("It's for my husband. Thinning at the crown, he says little.")
    assert "hair.pattern" in own("It's for my husband and me. My hair is thinning at the crown.")


def test_an_outgrown_allergy_is_uncertain_and_a_severe_one_counts() -> None:
    told = {one.fact: one.polarity for one in disclosures("anaphylaxis to eggs once, I've outgrown it", "en")}
    assert (told["allergy.severe"], told["allergy.any"]) == ("affirmed", "uncertain")


@pytest.mark.parametrize(
    "text",
    [
        "fifty-two missed calls",
        "my 71 year old mum",
        "compio 18 anni a maggio",
        "the sign says over 18",
        "mam 38 stopni i dreszcze",
    ],
)
def test_what_is_counted_and_the_age_of_others_is_no_age_of_ones_own(text: str) -> None:
    assert "gate.age18" not in own(text)


@pytest.mark.parametrize("text", ["fifty-two and never been needled", "80 ans, trop tard ?", "divorced, 61, no pets"])
def test_an_age_by_itself_is_read(text: str) -> None:
    assert "gate.age18" in own(text)


def test_what_one_of_two_likely_languages_denies_is_denied() -> None:
    assert "allergy.any" not in own("aspirine oui, allergie non")
    assert "cancer.status" not in own("colitis, in remission")
