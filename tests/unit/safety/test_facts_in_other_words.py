"""Facts told by operation, device, trimester or lay name, and the same words where they tell nothing."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import disclosures


def affirmed(text: str) -> set[str]:
    return {one.fact for one in disclosures(text) if one.polarity == "affirmed" and one.subject == "self"}


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("organ.device", "There's a stimulator in my spine for the pain"),
        ("organ.gall", "Ultrasound said cholelithiasis, waiting on a date"),
        ("preg.status", "I'm in my seventh month, may I come in"),
        ("skin.infection", "I've impetigo, caught the impetigo off my nephew"),
        ("skin.sun", "Landed home on Tuesday, just back from two weeks in Tenerife"),
        ("preg.status", "Abeg I get belle, na four months"),
        ("organ.gall", "ho la colecisti coi sassi"),
        ("skin.infection", "ik heb krentenbaard op mijn kin"),
        ("organ.heart", "me operaron del corazón hace años"),
    ],
)
def test_a_fact_is_known_by_its_less_usual_names(fact: str, text: str) -> None:
    assert fact in affirmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "ik zie eruit als een vaatdoek",
        "mijn kaaklijn zit in de weg op foto's",
        "ich höre die Schulter knacken",
        "I spend five hours a day at work, when are you open",
    ],
)
def test_words_that_only_look_like_them_tell_no_fact(text: str) -> None:
    assert not affirmed(text)
