"""Small networks over vectors of the sentence encoder, averaged: what a message's sense says of one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.safety.opinion import Opinion

STRETCH = 4.0  # of unit vectors, so that their numbers are about as large as the networks' first weights expect
Matrix = NDArray[np.float32]
FIELDS = ("hidden", "hidden_bias", "out", "bias")


def pooled(whole: Matrix, parts: Matrix) -> Matrix:
    """A message as the networks see it, (3 * d,): its own vector (d,), and the extremes of its parts' (n, d).

    A sign in one sentence of a story moves an extreme where it hardly moves the whole. No parts: the whole is one.
    """
    seen = parts if len(parts) else whole[None]
    return np.asarray(np.concatenate([whole, seen.max(axis=0), seen.min(axis=0)]) * np.float32(STRETCH))


@dataclass(frozen=True)
class Networks:
    """k small networks, each (inputs -> units -> labels), whose probabilities are averaged."""

    labels: tuple[str, ...]
    hidden: Matrix  # (k, inputs, units)
    hidden_bias: Matrix  # (k, units)
    out: Matrix  # (k, units, labels)
    bias: Matrix  # (k, labels)

    @classmethod
    def load(cls, path: Path) -> Networks:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(path, allow_pickle=False) as kept:
            return cls.read(kept)

    @classmethod
    def read(cls, kept: Mapping[str, NDArray[Any]]) -> Networks:
        """Inverse of `arrays`. Raises `KeyError` when one is missing."""
        return cls(tuple(kept["labels"].tolist()), *(kept[name].astype(np.float32) for name in FIELDS))

    def save(self, path: Path) -> None:
        """Inverse of `load`."""
        np.savez_compressed(path, **self.arrays())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The networks as plain arrays, with the digits that matter."""
        fields = {name: getattr(self, name).astype(np.float16) for name in FIELDS}
        return {"labels": np.array(self.labels), **fields}

    def weights(self, rows: Matrix) -> Matrix:
        """What each network answers for each label (k, n, labels) to rows (n, inputs), before it is a probability."""
        units = np.maximum(rows @ self.hidden + self.hidden_bias[:, None], 0.0)  # (k, n, units)
        return np.asarray(units @ self.out + self.bias[:, None])

    def shares(self, rows: Matrix) -> Matrix:
        """The probability of each label (n, labels) for rows (n, inputs)."""
        weights = self.weights(rows)
        powers = np.exp(weights - weights.max(axis=2, keepdims=True))
        return np.asarray((powers / powers.sum(axis=2, keepdims=True)).mean(axis=0))

    def opinions(self, rows: Matrix) -> list[Opinion]:
        """The opinions on danger of networks whose labels are flags: one for each of the rows (n, inputs)."""
        return [Opinion(dict(zip(self.labels, one, strict=True))) for one in self.shares(rows).tolist()]
