"""Vectors are kept between trainings; the file saves time and decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.nlu.kept_vectors import encode_with


class Encoder:
    """Tells a text's vector from its letters, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), ord(text[0]) / 300] for text in texts], dtype=np.float32)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "models" / "vectors.npz"


def test_only_new_texts_are_encoded_and_each_once(kept: Path) -> None:
    encoder = Encoder()
    first = encode_with(kept, ["ache", "bruise", "ache"], encoder.encode)
    assert sorted(encoder.asked) == ["ache", "bruise"]
    second = encode_with(kept, ["cost", "bruise"], encoder.encode)
    assert encoder.asked[2:] == ["cost"]
    assert (first[0] == first[2]).all()
    assert (second[1] == first[1]).all()


def test_what_is_no_longer_an_example_is_let_go(kept: Path) -> None:
    encode_with(kept, ["ache", "bruise"], Encoder().encode)
    encode_with(kept, ["bruise"], Encoder().encode)
    encoder = Encoder()
    encode_with(kept, ["ache"], encoder.encode)
    assert encoder.asked == ["ache"]


def test_a_file_that_cannot_be_read_is_written_anew(kept: Path) -> None:
    expected = encode_with(kept, ["ache"], Encoder().encode)
    kept.write_bytes(b"half a file")
    assert (encode_with(kept, ["ache"], Encoder().encode) == expected).all()
    encoder = Encoder()
    assert (encode_with(kept, ["ache"], encoder.encode) == expected).all()
    assert encoder.asked == []
