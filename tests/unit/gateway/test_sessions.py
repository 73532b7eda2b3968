from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from bot.gateway.sessions import LIFE, REMEMBERED, Sessions

NOW = datetime(2026, 11, 23, 9, tzinfo=timezone.utc)
SESSIONS = Sessions("a secret of some length, for tests")
TOKEN, SESSION = SESSIONS.begin(NOW, "https://clinic.example")


def test_it_reads_its_own_token() -> None:
    assert SESSIONS.read(TOKEN, NOW) == SESSION


def test_conversation_ids_have_128_random_bits() -> None:
    ids = {SESSIONS.begin(NOW)[1].conversation for _ in range(200)}
    assert len(ids) == 200
    assert all(len(bytes.fromhex(one)) == 16 for one in ids)


def test_a_token_ends_on_time() -> None:
    assert SESSIONS.read(TOKEN, NOW + LIFE - timedelta(seconds=1)) is not None
    assert SESSIONS.read(TOKEN, NOW + LIFE + timedelta(seconds=1)) is None


def test_an_expired_token_only_recalls_its_conversation_for_a_while() -> None:
    assert SESSIONS.recall(TOKEN, NOW + LIFE + timedelta(days=1)) == SESSION.conversation
    assert SESSIONS.recall(TOKEN, NOW + LIFE + REMEMBERED + timedelta(days=1)) is None


def test_a_token_of_one_page_is_refused_from_another() -> None:
    assert SESSIONS.read(TOKEN, NOW, "https://clinic.example") is not None
    assert SESSIONS.read(TOKEN, NOW, "https://evil.example") is None


@given(st.text(max_size=200))
def test_no_made_up_token_opens_anything(token: str) -> None:
    assert SESSIONS.read(token, NOW) is None
    assert SESSIONS.recall(token, NOW) is None


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_no_altered_token_opens_another_conversation(place: int, char: str) -> None:
    read = SESSIONS.read(TOKEN[:place] + char + TOKEN[place + 1 :], NOW)
    # The last letter of base64 may carry unused bits: then it is the same token, never another one.
    assert read is None or read == SESSION


@given(st.text(min_size=1, max_size=60), st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_a_token_signed_with_another_secret_is_worth_nothing(secret: str, conversation: str) -> None:
    payload = {"c": conversation, "o": "", "e": 2**31}
    assert SESSIONS.read(str(URLSafeSerializer(secret).dumps(payload)), NOW) is None
    assert SESSIONS.read(Sessions(secret).begin(NOW)[0], NOW) is None


@pytest.mark.parametrize(
    "token",
    ["", "." * 500, TOKEN + "x", TOKEN.split(".")[0], "x" * 10_000],
    ids=["none", "dots", "longer", "unsigned", "endless"],
)
def test_it_survives_odd_tokens(token: str) -> None:
    assert SESSIONS.read(token, NOW) is None
