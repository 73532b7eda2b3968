"""Learning the sentence encoder on with TensorFlow, which the engine brings but does not load.

A development matter: see `learn_danger_again` and `learn_told`. A `Learner` is the encoder with weights that learn, and
a head over its vectors; what it is to answer is said by a loss. Stopped, learning goes on after the last round.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from bot.nlu.fine_tuned import (
    ATTENTION,
    PEAK_BIAS,
    PEAK_WEIGHTS,
    UNITS_OF_BRANCH,
    WIDTHS,
    numbers,
    own_vectors,
    weights,
)
from bot.nlu.networks import STRETCH, Networks
from bot.nlu.sentence_encoder import backend
from bot.settings import from_environment

BATCH, UNITS, SEED = 64, 128, 1
PEAKS = 256  # units of which a message's highest counts, where there are any
RATES = {"encoder": 2e-4, "head": 1e-3}  # of learning, at the start
DROPPED, DROPPED_UNITS = 0.08, 0.2  # shares of pieces and of units that are left out while learning
LONGEST = 140  # pieces of a message that are learned from
STEEPEST = 0.05  # weights of peaks, at the start
UNITS_OF_ATTENTION = 192
NOWHERE = 1e4  # what keeps attention off where there is no piece
Pieces = NDArray[np.int64]
Places = NDArray[np.int64]
Words = tuple[NDArray[np.float32], NDArray[np.float32]]


class Learner(tf.Module):
    """The encoder with weights that learn, and a head over its vectors: the same sums as `FineTuned`."""

    def __init__(
        self, inputs: int, labels: int, bias: float = 0.0, peaks: int = 0, units: int = UNITS, attention: int = 0
    ) -> None:
        """The head has `inputs` numbers and `units` to tell `labels` apart, all of whose answers are `bias` at first.

        The encoder may have `peaks`, and `attention` for so many labels: see `bot.nlu.fine_tuned`.
        """
        super().__init__()
        start = tf.keras.initializers.GlorotUniform(SEED)
        self.encoder = {name: tf.Variable(one) for name, one in weights().items()}
        steep = tf.keras.initializers.RandomUniform(-STEEPEST, STEEPEST, SEED)
        self.peaks = [tf.Variable(steep((len(weights()["ln_g"]), peaks))), tf.Variable(tf.zeros(peaks))]
        piece, whole = ((size, UNITS_OF_ATTENTION) for size in (len(weights()["ln_g"]), seen_numbers()))
        shapes = (piece, whole, (UNITS_OF_ATTENTION, attention), piece, (UNITS_OF_ATTENTION, attention))
        self.looks = [tf.Variable(start(shape)) for shape in shapes if attention]
        self.head = [
            tf.Variable(start((inputs, units))), tf.Variable(tf.zeros(units)),
            tf.Variable(start((units, labels))), tf.Variable(tf.fill([labels], bias)),
        ]  # fmt: skip

    @property
    def new(self) -> list[Any]:
        """The weights that the common encoder does not have."""
        return [*self.head, *self.peaks, *self.looks]

    def pieces(self, words: Any, mask: Any) -> Any:
        """Each piece with those around it (n, pieces, d) of messages whose pieces' own vectors are `words`.

        `mask` (n, pieces) is 1 where there is a piece.
        """
        w, mask = self.encoder, mask[..., None]
        x = _normed(words @ w["proj_W"] + w["proj_b"], w["ln_g_all"], w["ln_b_all"]) * mask
        features = [words]
        for at, (width, before) in enumerate(WIDTHS):
            own = x[..., at * UNITS_OF_BRANCH : (at + 1) * UNITS_OF_BRANCH]
            once = (own + self._ngrams(own, "1", at, width, before)) * mask
            features.append(once + self._ngrams(once, "2", at, width, before))
        return _normed(tf.concat(features, -1), w["ln_g"], w["ln_b"]) * mask

    def vectors(self, pieces: Any, mask: Any) -> Any:
        """What the head sees (n, d + peaks) of messages with these `pieces`."""
        w, mask = self.encoder, mask[..., None]
        length = tf.reduce_sum(mask, 1)
        mean = (tf.reduce_sum(pieces, 1) @ w["cnn_W"] + length * w["cnn_b"]) / tf.sqrt(length)
        y = tf.nn.relu(mean @ w["p1"] + tf.nn.relu(mean @ w["d0"]) @ w["d1"])
        vectors = tf.math.l2_normalize(tf.tanh(y @ w["p3"] + tf.nn.relu(y @ w["d2"]) @ w["d3"]), -1) * STRETCH
        units, bias = self.peaks
        return tf.concat([vectors, tf.reduce_max(tf.nn.relu(pieces @ units + bias) * mask, 1)], -1)

    def attention(self, pieces: Any, mask: Any, rows: Any) -> Any:
        """What the pieces say to which each label looks (n, labels), in the light of what `vectors` gave."""
        key, whole, query, value, says = self.looks
        wholes = (rows[:, : whole.shape[0]] @ whole)[:, None]
        looked = tf.nn.dropout(tf.nn.relu(pieces @ key + wholes), DROPPED_UNITS) @ query
        shares = tf.nn.softmax(looked + (mask[..., None] - 1) * NOWHERE, 1)
        return tf.reduce_sum(shares * (tf.nn.dropout(tf.nn.relu(pieces @ value), DROPPED_UNITS) @ says), 1)

    def _ngrams(self, x: Any, layer: str, at: int, width: int, before: int) -> Any:
        kernel = tf.reshape(self.encoder[f"w{layer}.{at}"], (width, UNITS_OF_BRANCH, UNITS_OF_BRANCH))
        padded = tf.pad(x, [[0, 0], [before, width - 1 - before], [0, 0]])
        return tf.nn.relu(tf.nn.conv1d(padded, kernel, 1, "VALID") + self.encoder[f"b{layer}.{at}"])

    def seen(self, words: Any, mask: Any) -> tuple[Any, Any]:
        """What the head sees, and what attention says, while some pieces and numbers are left out by chance."""
        kept = tf.cast(tf.random.uniform(tf.shape(words)[:2]) > DROPPED, tf.float32)[..., None]
        pieces = self.pieces(words * kept, mask)
        rows = tf.nn.dropout(self.vectors(pieces, mask), DROPPED_UNITS)
        return rows, self.attention(pieces, mask, rows) if self.looks else 0.0

    def answers(self, rows: Any) -> Any:
        """What the head answers (n, labels) to `rows` (n, inputs), units left out by chance."""
        hidden, hidden_bias, out, bias = self.head
        return tf.nn.dropout(tf.nn.relu(rows @ hidden + hidden_bias), DROPPED_UNITS) @ out + bias

    def result(self, labels: Sequence[str]) -> tuple[dict[str, NDArray[np.float32]], Networks]:
        """How the encoder's weights changed, with its peaks where it has some, and the head."""
        changes = {name: self.encoder[name].numpy() - one for name, one in weights().items()}
        if self.peaks[1].shape[0]:
            changes |= {PEAK_WEIGHTS: self.peaks[0].numpy(), PEAK_BIAS: self.peaks[1].numpy()}
        if self.looks:
            changes |= {name: one.numpy() for name, one in zip(ATTENTION, self.looks, strict=True)}
        return changes, Networks(tuple(labels), *(one.numpy()[None] for one in self.head))


def learn(
    learner: Learner,
    loss: Callable[..., Any],
    texts: Sequence[Pieces],
    batch: Callable[[Places], Sequence[Any]],
    rounds: int,
    folder: Path,
) -> None:
    """Learn `rounds` times from all examples; `folder` keeps what is half done.

    `texts` are the examples' pieces, by whose lengths they are put into batches; `batch` makes of their places what
    `loss` takes after the learner, and it is made small.
    """
    optimizers = {name: tf.keras.optimizers.legacy.Adam(rate) for name, rate in RATES.items()}
    done = tf.Variable(0)
    state = tf.train.Checkpoint(network=learner, done=done, **optimizers)
    kept = tf.train.CheckpointManager(state, str(folder), max_to_keep=1)
    state.restore(kept.latest_checkpoint)

    def step(*arguments: Any) -> Any:
        learning = {"encoder": list(learner.encoder.values()), "head": learner.new}
        with tf.GradientTape() as tape:
            error = loss(learner, *arguments)
        for name, found in tape.gradient(error, learning).items():
            optimizers[name].apply_gradients(zip(found, learning[name], strict=True))
        return error

    quick: Any = tf.function(step, reduce_retracing=True, autograph=False)
    while int(done) < rounds:
        chance = np.random.default_rng((SEED, int(done)))
        tf.random.set_seed(SEED + int(done))
        for name, rate in RATES.items():
            optimizers[name].learning_rate = rate * (1 - int(done) / rounds)
        for places in tqdm(list(batches(texts, chance)), desc=f"round {int(done) + 1} of {rounds}"):
            quick(*batch(places))
        done.assign_add(1)
        kept.save()
    shutil.rmtree(folder)


def half_done(content: object) -> Path:
    """Where learning from `content`, by its `repr`, keeps what is half done."""
    return from_environment().models_dir / f"fine-tuning-{hashlib.sha256(repr(content).encode()).hexdigest()[:12]}"


def seen_numbers(peaks: int = 0) -> int:
    """How many numbers the head sees of a message."""
    return int(weights()["p3"].shape[1]) + peaks


def _normed(x: Any, scale: Any, shift: Any) -> Any:
    x = x - tf.reduce_mean(x, -1, keepdims=True)
    return x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + backend().eps) * scale + shift


def pieces(text: str) -> Pieces:
    """The encoder's numbers of a message's first pieces."""
    return numbers(text)[:LONGEST]


def words(texts: Sequence[Pieces]) -> Words:
    """The own vectors of pieces (n, longest, d), and where there are any (n, longest)."""
    mask = np.zeros((len(texts), max(map(len, texts))), np.float32)
    vectors = np.zeros((*mask.shape, len(weights()["proj_W"])), np.float32)
    for row, one in enumerate(texts):
        vectors[row, : len(one)] = own_vectors(one)
        mask[row, : len(one)] = 1
    return vectors, mask


def batches(texts: Sequence[Pieces], chance: np.random.Generator) -> Iterator[Places]:
    """Places of texts, by chance but of about the same length."""
    order = chance.permutation(len(texts))
    for start in range(0, len(order), BATCH * BATCH):
        near = sorted(order[start : start + BATCH * BATCH], key=lambda place: len(texts[place]))
        cut = [np.array(near[at : at + BATCH]) for at in range(0, len(near), BATCH)]
        yield from (cut[at] for at in chance.permutation(len(cut)))
