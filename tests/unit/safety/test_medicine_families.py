"""Medicines of the same family answer the same question, whichever country's name is used."""

from __future__ import annotations

import pytest

from bot.safety.medicines import find


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("Uniwarf", "meds.thinner"),
        ("certoparin", "meds.thinner"),
        ("triflusal", "meds.thinner"),
        ("Wysolone", "immune.weak"),
        ("Hukyndra", "immune.weak"),
        ("Omvoh", "immune.weak"),
        ("Steglatro", "diabetes"),
        ("Actrapid", "diabetes"),
        ("Decutan", "meds.isotretinoin"),
        ("Vimpat", "meds.list"),
        ("Valparin", "meds.list"),
        ("felodipine", "meds.list"),
        ("Aknemycin Plus", "meds.topical"),
    ],
)
def test_a_medicine_of_a_known_family_answers_its_question(name: str, item: str) -> None:
    assert [hit.item for hit in find(f"I take {name} every day")] == [item]


@pytest.mark.parametrize(
    "text", ["poi si scoprì la verità", "somebody competent in the building", "un acto competente"]
)
def test_a_new_name_is_not_read_into_an_everyday_word(text: str) -> None:
    assert not find(text)
