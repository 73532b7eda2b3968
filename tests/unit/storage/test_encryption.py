from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings, SettingsError
from bot.storage.encryption import KeyRing, SealError, load_key_ring, new_key

OLD, NEW = new_key(), new_key()
RING = KeyRing([OLD])


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_it_opens_what_it_sealed(plain: bytes, place: str) -> None:
    assert RING.open(RING.seal(plain, place), place) == plain


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert RING.seal(b"yes", "a") != RING.seal(b"yes", "a")


def test_a_value_does_not_open_in_another_row() -> None:
    sealed = RING.seal(b"yes", "answers.value/1")
    with pytest.raises(SealError):
        RING.open(sealed, "answers.value/2")


@given(st.integers(0, 40), st.integers(1, 255))
def test_no_altered_value_opens(place: int, flip: int) -> None:
    sealed = bytearray(RING.seal(b"some text", "a"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(SealError):
        RING.open(bytes(sealed), "a")


@given(st.binary(max_size=60))
def test_no_made_up_value_opens(sealed: bytes) -> None:
    with pytest.raises(SealError):
        RING.open(sealed, "a")


def test_the_first_key_writes_and_all_read() -> None:
    before = RING.seal(b"text", "a")
    ring = KeyRing([NEW, OLD])
    assert ring.open(before, "a") == b"text"
    assert not ring.is_current(before)
    with pytest.raises(SealError):
        RING.open(ring.seal(b"text", "a"), "a")


def test_a_digest_depends_on_key_and_purpose() -> None:
    assert RING.digest("+447400123456", "sms") == RING.digest("+447400123456", "sms")
    assert RING.digest("+447400123456", "sms") != RING.digest("+447400123456", "whatsapp")
    assert RING.digest("x", "sms") != KeyRing([NEW]).digest("x", "sms")
    assert KeyRing([NEW, OLD]).digests("x", "sms")[1] == RING.digest("x", "sms")


@pytest.mark.parametrize("keys", [[], ["short"], ["not base64 !!"], [""]])
def test_unusable_keys_are_refused_by_name(keys: list[str]) -> None:
    with pytest.raises(SettingsError, match="MESOBOT_DATA_KEYS"):
        KeyRing(keys)


def test_the_demo_makes_one_key_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    sealed = load_key_ring(settings).seal(b"text", "a")
    assert load_key_ring(settings).open(sealed, "a") == b"text"
    assert stat.S_IMODE((tmp_path / "demo.key").stat().st_mode) == 0o600


def test_programs_starting_together_share_the_demo_key(tmp_path: Path) -> None:
    rings: list[KeyRing] = []
    threads = [
        threading.Thread(target=lambda: rings.append(load_key_ring(Settings(data_dir=tmp_path)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed = rings[0].seal(b"text", "a")
    assert all(ring.open(sealed, "a") == b"text" for ring in rings)


def test_production_has_no_key_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MESOBOT_DATA_KEYS"):
        load_key_ring(replace(Settings(data_dir=tmp_path), env="production"))
