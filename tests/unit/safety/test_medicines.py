"""Names of medicines as patients write them."""

from __future__ import annotations

import pytest

from bot.safety.medicines import find


@pytest.mark.parametrize(
    ("text", "name", "item"),
    [
        ("I'm on Eliquis", "apixaban", "meds.thinner"),
        ("elequis twice a day", "apixaban", "meds.thinner"),
        ("I take xeralto", "rivaroxaban", "meds.thinner"),
        ("zarelto 20", "rivaroxaban", "meds.thinner"),
        ("warferin", "warfarin", "meds.thinner"),
        ("aspirin 75 mg every day", "aspirin", "meds.thinner"),
        ("took some ibuprofin", "ibuprofen", "meds.nsaid"),
        ("roacutane", "isotretinoin", "meds.isotretinoin"),
        ("methotrexat on mondays", "methotrexate", "immune.weak"),
        ("St John's wort", "st john's wort", "meds.supplements"),
        ("garlic capsules", "garlic", "meds.supplements"),
        ("retinol at night", "retinol", "meds.topical"),
        ("принимаю варфарин", "warfarin", "meds.thinner"),
        ("kan sulandırıcı kullanıyorum", "kan sulandir", "meds.thinner"),
        ("اتناول مميع الدم", None, "meds.thinner"),
        ("paracetamol", "paracetamol", None),
        ("voltarol gel for my knee", "diclofenac", None),
        ("prednisolone eye drops", "prednisolone", None),
    ],
)
def test_it_finds_a_medicine(text: str, name: str | None, item: str | None) -> None:
    (hit,) = find(text)
    assert hit.item == item
    assert name is None or hit.name.startswith(name[:8])


@pytest.mark.parametrize(
    "text",
    [
        "thanks for the advice",
        "I eat a lot of garlic",
        "an elegant result",
        "is there a buyer for my voucher",
        "my mobile is broken",
        "a fragment of the needle",
    ],
)
def test_ordinary_words_are_no_medicine(text: str) -> None:
    assert find(text) == ()


def test_the_span_points_at_the_words() -> None:
    text = "Hi! I take  ELIQUIS daily"
    (hit,) = find(text)
    assert text[slice(*hit.span)] == "ELIQUIS"
