"""The sentence encoder as it was learned on for one question, and the networks that answer it from what it sees.

The common encoder knows what a message is about. Learned on, it also knows what decides: a lip that swells and one that
swelled last year are near each other for the first and far for the second. It costs as much as the first again, so
that it is asked only where there is something to decide.

Its vector is made of the mean of a message's pieces, in which a few words of a long story drown. It may therefore have
peaks beside it: units that see the pieces with what is around them, and of which only the highest in the message
counts. And it may have attention: for each label by itself, which pieces speak of it in the light of the whole, and
what these say (Mullenbach 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from bot.nlu.masking import masked
from bot.nlu.networks import STRETCH, Matrix, Networks
from bot.nlu.sentence_encoder import backend

NORMS = ("ln_g_all", "ln_b_all", "ln_g", "ln_b")
WEIGHTS = ("proj_W", "proj_b", *NORMS, "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3")
BRANCHES = ("w1", "b1", "w2", "b2")  # one array for each width of n-grams
PEAK_WEIGHTS, PEAK_BIAS = "peaks", "peaks_bias"  # (d, units) and (units,)
KEY, WHOLE, QUERY, VALUE, SAYS = ATTENTION = tuple(
    f"attention.{name}" for name in ("key", "whole", "query", "value", "says")
)
WIDTHS = ((2, 0), (3, 1), (5, 2))  # of the encoder's n-grams, with the pieces before the one they stand for
UNITS_OF_BRANCH = 256
GAP = 2  # empty places between messages, so that no n-gram sees two
Numbers = NDArray[np.int64]


class Pieces(NamedTuple):
    """The pieces of n messages, one after the other, each seen with those around it."""

    seen: Matrix  # (pieces, d)
    lengths: Numbers  # (n,)

    @property
    def starts(self) -> Numbers:
        """The place of each message's first piece (n,)."""
        return np.cumsum(self.lengths) - self.lengths


class FineTuned:
    """The encoder with other weights; `networks` read what it sees."""

    def __init__(self, changes: Mapping[str, Matrix], networks: Networks) -> None:
        """`changes` are added to the encoder's weights, named as by `weights`.

        Those of peaks and attention, if any, are added to nothing: the common encoder has none.
        """
        own = weights()
        self._weights = {name: own.get(name, np.float32(0)) + change for name, change in changes.items()}
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
        """What the networks see of `texts`, each by itself: (n, d), or (n, d + peaks)."""
        return self.seen(texts)[0]

    def seen(self, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
        """The same, and what attention says of each label (n, labels): nothing where there is none."""
        if not texts:
            return np.zeros((0, self.networks.hidden.shape[1]), np.float32), np.zeros((0, 1), np.float32)
        with blas().limit(limits=1, user_api="blas"):  # threads that share a small product mostly wait
            pieces = self._pieces([numbers(text) for text in texts])
            rows = self._vectors(pieces)
            return rows, self._attention(pieces, rows)

    def _pieces(self, texts: Sequence[Numbers]) -> Pieces:
        """The same sums as `bot.nlu.fine_tuning.Learner.pieces`, for messages of different lengths in one row."""
        w = self._weights
        lengths = np.array([len(text) for text in texts])
        starts = np.cumsum(lengths + GAP) - lengths - GAP
        places = np.concatenate([start + np.arange(length) for start, length in zip(starts, lengths, strict=True)])
        inside = np.zeros((starts[-1] + lengths[-1] + GAP, 1), np.float32)
        inside[places] = 1
        words = np.zeros((len(inside), w["proj_W"].shape[0]), np.float32)
        words[places] = own_vectors(np.concatenate(texts))
        x = _normed(words @ w["proj_W"] + w["proj_b"], w["ln_g_all"], w["ln_b_all"]) * inside
        features = [words]
        for at, (width, before) in enumerate(WIDTHS):
            own = x[:, at * UNITS_OF_BRANCH : (at + 1) * UNITS_OF_BRANCH]
            once = (own + self._ngrams(own, "1", at, width, before)) * inside
            features.append(once + self._ngrams(once, "2", at, width, before))
        seen = _normed(np.hstack(features), w["ln_g"], w["ln_b"])
        return Pieces(seen[places], lengths)

    def _vectors(self, pieces: Pieces) -> Matrix:
        """The same sums as `bot.nlu.fine_tuning.Learner.vectors`."""
        w, seen, starts = self._weights, pieces.seen, pieces.starts
        length = pieces.lengths[:, None].astype(np.float32)
        mean = (np.add.reduceat(seen, starts) @ w["cnn_W"] + length * w["cnn_b"]) / np.sqrt(length)
        y = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        z = np.tanh(y @ w["p3"] + np.maximum(y @ w["d2"], 0) @ w["d3"])
        vectors = z / np.linalg.norm(z, axis=1, keepdims=True) * np.float32(STRETCH)
        if PEAK_WEIGHTS not in w:
            return np.asarray(vectors)
        units = np.maximum(seen @ w[PEAK_WEIGHTS] + w[PEAK_BIAS], 0)
        return np.hstack([vectors, np.maximum.reduceat(units, starts)])

    def _attention(self, pieces: Pieces, rows: Matrix) -> Matrix:
        """The same sums as `bot.nlu.fine_tuning.Learner.attention`."""
        w, starts = self._weights, pieces.starts
        if KEY not in w:
            return np.zeros((len(rows), 1), np.float32)
        of = np.repeat(np.arange(len(starts)), pieces.lengths)
        whole = rows[:, : len(w[WHOLE])] @ w[WHOLE]
        looked = np.maximum(pieces.seen @ w[KEY] + whole[of], 0) @ w[QUERY]
        shares = np.exp(looked - np.maximum.reduceat(looked, starts)[of])
        says = np.maximum(pieces.seen @ w[VALUE], 0) @ w[SAYS]
        return np.asarray(np.add.reduceat(shares * says, starts) / np.add.reduceat(shares, starts))

    def _ngrams(self, x: Matrix, layer: str, at: int, width: int, before: int) -> Matrix:
        padded = np.pad(x, ((before, width - 1 - before), (0, 0)))
        side_by_side = np.hstack([padded[shift : shift + len(x)] for shift in range(width)])
        units = side_by_side @ self._weights[f"w{layer}.{at}"] + self._weights[f"b{layer}.{at}"]
        return np.asarray(np.maximum(units, 0))


@cache
def weights() -> Mapping[str, NDArray[np.float32]]:
    """The encoder's own weights by name: of those that exist for each width of n-grams, "w1.0" is the first."""
    common: Any = backend()
    branches = {f"{name}.{at}": one for name in BRANCHES for at, one in enumerate(getattr(common, name))}
    return {**{name: getattr(common, name) for name in WEIGHTS}, **branches}


def numbers(text: str) -> Numbers:
    """The encoder's numbers of a message's pieces, from the one that begins to the one that ends it."""
    return np.array(backend().sp.encode(masked(text), out_type=int, add_bos=True, add_eos=True), np.int64)


def own_vectors(pieces: Numbers) -> Matrix:
    """The own vectors of pieces (n, d), which stay as they are whatever is learned."""
    common: Any = backend()
    chunk = pieces % len(common.scale)
    return np.asarray(common.table[pieces] * common.scale[chunk, None] + common.lo[chunk, None])


@cache
def blas() -> ThreadpoolController:
    """The libraries that multiply; looking for them takes time."""
    return ThreadpoolController()


def _normed(x: Matrix, scale: Matrix, shift: Matrix) -> Matrix:
    x = np.asarray(x - x.mean(axis=1, keepdims=True))
    x *= 1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + backend().eps)[:, None]
    x *= scale
    x += shift
    return x
