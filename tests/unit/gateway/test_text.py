from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.text import LONGEST, READ_AT_MOST, clean, escape_command


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  hello \r\n there ", "hello \n there"),
        ("ﬁne", "fine"),
        ("a\x00b\x1bc\u202ed", "abcd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ufeff/restart", "/restart"),
    ],
)
def test_it_cleans_what_was_typed(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_it_takes_no_more_than_danger_is_looked_for_in() -> None:
    assert len(clean("a" * 60_000)) == READ_AT_MOST > LONGEST


@pytest.mark.alone
def test_a_heap_of_accents_is_cleaned_soon() -> None:
    began = time.process_time()
    clean("a" + "\u0300\u0316" * 50_000)
    assert time.process_time() - began < 2


@given(st.text())
def test_cleaning_twice_changes_nothing(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)


@given(st.text(alphabet="/／ \t\u200d\u200ba", max_size=6), st.text(max_size=20))
def test_nothing_typed_can_begin_a_command(start: str, rest: str) -> None:
    sent = escape_command(clean(start + rest))
    # However it is stripped or normalised behind us.
    assert not sent.strip(" \t\n\u200c\u200d").startswith("/")
    assert not unicodedata.normalize("NFKC", sent).strip().startswith("/")


def test_it_leaves_other_slashes_alone() -> None:
    assert escape_command("and/or 1/2") == "and/or 1/2"
