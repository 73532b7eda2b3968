"""The sentence encoder as it was learned on for one question, and the networks that answer it from its vectors.

The common encoder knows what a message is about. Learned on, it also knows what decides: a lip that swells and one that
swelled last year are near each other for the first and far for the second. It costs as much as the first again, so
that it is asked only where there is something to decide.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.masking import masked
from bot.nlu.networks import STRETCH, Matrix, Networks
from bot.nlu.sentence_encoder import backend

NORMS = ("ln_g_all", "ln_b_all", "ln_g", "ln_b")
WEIGHTS = ("proj_W", "proj_b", *NORMS, "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3")
BRANCHES = ("w1", "b1", "w2", "b2")  # one array for each width of n-grams


class FineTuned:
    """The encoder with other weights; `networks` read its vectors."""

    def __init__(self, changes: Mapping[str, Matrix], networks: Networks) -> None:
        """`changes` are added to the encoder's weights, named as by `weights`."""
        self._encoder = copy.copy(backend())  # shares the words' vectors, which stay as they are
        for name in WEIGHTS:
            setattr(self._encoder, name, getattr(self._encoder, name) + changes[name])
        for name in BRANCHES:
            own = [one + changes[f"{name}.{at}"] for at, one in enumerate(getattr(self._encoder, name))]
            setattr(self._encoder, name, own)
        self.networks = networks

    @classmethod
    @cache
    def load(cls, path: Path) -> FineTuned:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(path, allow_pickle=False) as kept:
            scales = {name.removeprefix("scale."): kept[name] for name in kept.files if name.startswith("scale.")}
            changes = {name: kept[name].astype(np.float32) * scale for name, scale in scales.items()}
            return cls(changes, Networks.read(kept))

    @staticmethod
    def save(path: Path, changes: Mapping[str, Matrix], networks: Networks, **more: NDArray[Any]) -> None:
        """Inverse of `load`: changes are small, one byte a number is enough. `more` is kept beside them as it is."""
        scales = {name: np.maximum(np.abs(one).max(axis=0), 1e-9) / 127 for name, one in changes.items()}
        np.savez_compressed(
            path,
            **{name: np.round(one / scales[name]).astype(np.int8) for name, one in changes.items()},
            **{f"scale.{name}": scale.astype(np.float32) for name, scale in scales.items()},
            **networks.arrays(),
            **more,
        )

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """What the networks see of `texts`, each by itself: (n, d)."""
        return np.asarray(self._encoder.encode([masked(text) for text in texts]) * np.float32(STRETCH))


def weights() -> dict[str, NDArray[np.float32]]:
    """The encoder's own weights by name: of those that exist for each width of n-grams, "w1.0" is the first."""
    common: Any = backend()
    branches = {f"{name}.{at}": one for name in BRANCHES for at, one in enumerate(getattr(common, name))}
    return {**{name: getattr(common, name) for name in WEIGHTS}, **branches}
