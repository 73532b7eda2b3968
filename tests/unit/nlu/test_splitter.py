"""A message falls into its thoughts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.nlu.splitter import MAX_PARTS, parts


def thoughts(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in parts(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("does it hurt?", ["does it hurt?"]),
        ("Does it hurt? How many sessions?", ["Does it hurt?", "How many sessions?"]),
        ("does it hurt and how many sessions do I need", ["does it hurt", "and how many sessions do I need"]),
        ("I bruise easily, can I still come", ["I bruise easily", "can I still come"]),
        ("first line here now\nsecond line here now", ["first line here now", "second line here now"]),
        ("Hi! does it hurt a lot?", ["Hi! does it hurt a lot?"]),
        ("acıtır mı? ayrıca kaç seans gerekir", ["acıtır mı?", "ayrıca kaç seans gerekir"]),
    ],
)
def test_it_splits_where_a_new_thought_begins(text: str, expected: list[str]) -> None:
    assert thoughts(text) == expected


def test_spans_point_into_the_text_in_order_and_do_not_overlap() -> None:
    text = "My skin is dry. I am 52. Does it help? Also is it expensive? Thanks!"
    spans = parts(text)
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_very_long_message_has_a_bounded_number_of_parts() -> None:
    assert len(parts("Is this one more question? " * 60)) <= MAX_PARTS


@pytest.mark.parametrize("text", ["", " ", "?", "...", "\n\n"])
def test_almost_nothing_is_no_error(text: str) -> None:
    assert all(text[start:end].strip() for start, end in parts(text))
