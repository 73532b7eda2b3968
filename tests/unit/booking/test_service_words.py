"""Which service a few words mean."""

from __future__ import annotations

import pytest

from bot.booking.service_words import named_service

TITLES = {
    "consultation": "consultation",
    "first_treatment": "consultation with first treatment",
    "phone_review": "phone review",
}


@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("consultation", "consultation"),
        ("a consultation with first treatment please", "first_treatment"),
        ("treatment straight away", "first_treatment"),
        ("the phone one", "phone_review"),
        ("review", "phone_review"),
        ("something nice", None),
        ("i had a bad treatment over there last year", None),
    ],
)
def test_a_service_is_named_by_its_title_a_part_or_a_word_of_its_own(said: str, service: str | None) -> None:
    assert named_service(said, TITLES) == service
