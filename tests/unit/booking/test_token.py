from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.booking.token import TokenError, Tokens
from tests.unit.booking.conftest import MONDAY, RULES, claims

NOW = datetime.fromisoformat(MONDAY)


def test_it_reads_what_it_signed() -> None:
    assert Tokens("a").read(Tokens("a").sign(claims())) == claims()


@pytest.mark.parametrize("change", [lambda t: t[:-2], lambda t: "x" + t, lambda t: t.replace(".", ""), lambda t: "é.é"])
def test_an_altered_token_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TokenError):
        Tokens("a").read(change(Tokens("a").sign(claims())))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(TokenError):
        Tokens("b").read(Tokens("a").sign(claims()))


def test_it_is_live_until_it_expires_for_its_rules_and_answers_only() -> None:
    tokens, signed = Tokens("a"), Tokens("a").sign(claims())
    ends = NOW + timedelta(days=90)
    assert tokens.live(signed, rules=RULES, now=ends - timedelta(seconds=1), answers="hash-1") == claims()
    assert tokens.live(signed, rules=RULES, now=ends) is None
    assert tokens.live(signed, rules="rules-2", now=NOW) is None
    assert tokens.live(signed, rules=RULES, now=NOW, answers="hash-2") is None
    assert tokens.live(None, rules=RULES, now=NOW) is None
    assert tokens.live("rubbish", rules=RULES, now=NOW) is None


def test_it_holds_no_answers() -> None:
    assert set(claims()) >= {"answers"}
    assert len(claims()["answers"]) < 65
