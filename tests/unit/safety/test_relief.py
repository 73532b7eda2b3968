"""What tells relief and nothing besides is no danger; with one other word it is read as before."""

from __future__ import annotations

import pytest

from bot.safety.triage import Triage


@pytest.mark.parametrize(
    "text",
    [
        "its getting better i think",
        "I think it's easing off",
        "I feel a bit better now",
        "it has calmed down a lot",
        "The swelling is going down now, thanks",
        "galiba geçiyor",
        "es wird besser, glaube ich",
        "je crois que ça diminue",
        "кажется, проходит",
    ],
)
def test_nothing_but_relief_is_no_danger(triage: Triage, text: str) -> None:
    assert not triage.read(text).alarms


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("it's getting better but my eye is blurry", "emergency"),
        ("easing off a bit, still cant see", "emergency"),
        ("they would be better off without me", "self_harm"),
        ("it's better if I'm gone", "self_harm"),
        ("it is getting better at night but red and hot and spreading", "urgent"),
    ],
)
def test_relief_beside_a_sign_is_read_as_before(triage: Triage, text: str, tier: str) -> None:
    assert triage.read(text).tier == tier
