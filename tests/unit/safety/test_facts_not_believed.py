"""What a message names and does not affirm: turned down, disproved, ended, of nobody, of somebody else."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import disclosures


def own(text: str) -> set[str]:
    return {told.fact for told in disclosures(text, "en") if told.subject == "self" and told.polarity == "affirmed"}


@pytest.mark.parametrize(
    "text",
    [
        "I turned Roaccutane down, it frightened me",
        "warfarin never came my way",
        "they ruled the lupus out last spring",
        "my consultant took the diabetes diagnosis back",
        "Epilepsy: god no. Pregnant: hell no.",
        "the doctor put me on statins, never took them",
        "he talked about putting me on methotrexate",
        "nothing wrong with my kidneys",
    ],
)
def test_what_was_turned_down_or_disproved_is_not_believed(text: str) -> None:
    assert own(text) <= {"gate.age18"}


@pytest.mark.parametrize(
    "text",
    [
        "I'd sooner walk barefoot than take Roaccutane",
        "they wanted to put a pacemaker in, my numbers recovered, so I dodged that",
        "I had to cancel the Botox last week",
        "we were to fly to Spain on Saturday, but the strike put paid to it",
        "my cousin's wedding is on Saturday but I'm not invited",
        "my doc floated statins, that's all",
        "I steer well clear of ibuprofen",
        "the rash was only the wool jumper",
    ],
)
def test_plans_that_came_to_nothing_and_what_is_avoided_are_not_believed(text: str) -> None:
    assert not own(text)


@pytest.mark.parametrize(
    "text",
    [
        "mum's the diabetic, I only inherited her chin",
        "my old therapist got pregnant and left",
        "I proofread leaflets about warfarin",
        "my insurance covers cancer but not this",
        "I write novels with lots of poison and heart attacks",
    ],
)
def test_what_one_reads_writes_or_insures_is_ones_work(text: str) -> None:
    assert not own(text)


@pytest.mark.parametrize(
    "text",
    [
        "I had to put down apixaban in the spring. I'm off it since June.",
        "Finished chemo in 2012",
        "Xarelto was only for six weeks after the cast",
    ],
)
def test_what_ended_is_not_believed(text: str) -> None:
    assert own(text).isdisjoint({"meds.thinner", "immune.weak"})


@pytest.mark.parametrize(
    "text",
    [
        "Retinol users, do they get redder?",
        "aspirin makes you bruise, doesn't it",
        "my head's full of haemophilia and anticoagulants before the nursing exam",
        "our dishwasher had a stroke last night",
        "you can't be a little bit pregnant",
        "A lovely old man in the lift has a stent in him",
        "the insurer needs a letter stating it is cosmetic",
        "my tutor asked about your hygiene course",
    ],
)
def test_what_is_of_nobody_or_of_somebody_else_is_not_believed(text: str) -> None:
    assert not own(text)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("my wife and I are trying for a baby", "partner"),
        ("We're trying, I'm to be a father at last", "partner"),
        ("my wife and I are both excited, I'm ten weeks pregnant", "self"),
    ],
)
def test_a_couples_pregnancy_is_hers_unless_told_of_oneself(text: str, subject: str) -> None:
    assert [told.subject for told in disclosures(text, "en") if told.fact == "preg.status"] == [subject]


@pytest.mark.parametrize(
    "text",
    [
        "a tenner says my colleague donates blood, and his hair is thick",
        "my brother's wife is pregnant and he asks about his hair",
        "my husband takes finasteride for his hair",
    ],
)
def test_what_others_give_or_take_is_no_answer_on_hair(text: str) -> None:
    assert "hair.5ari" not in own(text)


def test_a_pregnant_partner_is_an_answer_on_hair() -> None:
    assert "hair.5ari" in own("my hair is thinning and my wife is pregnant")


@pytest.mark.parametrize(
    "text",
    [
        "blood, sweat and tears went into this garden",
        "three whole syringes over two years",
        "nobody else sees the line",
        "the crown of my head is smooth",
        "she took a photo and there's a small blue halo round the lamp",
        "my face is a picture, I'm ugly crying at this film",
    ],
)
def test_wide_patterns_do_not_fire_in_everyday_sentences(text: str) -> None:
    assert not own(text)


def test_of_two_times_beside_an_event_the_years_count() -> None:
    told = {told.fact: told.polarity for told in disclosures("my stroke was on New Year's Day four years ago", "en")}
    assert told["organ.heart.recent"] == "negated"


@pytest.mark.parametrize("text", ["the vet found ringworm on my cat", "psoriasis on my husband", "ringworm on my son"])
def test_what_is_on_somebody_else_is_theirs(text: str) -> None:
    assert not own(text)


def test_a_miner_is_no_minor() -> None:
    assert not disclosures("my granddad was a miner", "en")
