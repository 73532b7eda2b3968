"""What the sentence encoder adds to the opinion on danger: it may raise what `bot.safety` found, or share its doubts.

It knows sense where the gateway's opinion knows words, concepts and rules; the two are weighed together. It is learned
by `python -m bot.nlu.learn_danger` and not by training, so that a clinic's own corrections of topics never change what
is noticed: that changes with a release, and its error rates with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.neighbours import dense
from bot.nlu.splitter import OF
from bot.safety.opinion import Opinion

OPINION = "danger_opinion"
MODEL = Path(__file__).with_name("danger.npz")
STRETCH = 4.0  # of unit vectors, so that their numbers are about as large as the networks' first weights expect
Matrix = NDArray[np.float32]


def pooled(whole: Matrix, parts: Matrix) -> Matrix:
    """A message as the networks see it, (3 * d,): its own vector (d,), and the extremes of its parts' (n, d).

    A sign in one sentence of a story moves an extreme where it hardly moves the whole. No parts: the whole is one.
    """
    seen = parts if len(parts) else whole[None]
    return np.asarray(np.concatenate([whole, seen.max(axis=0), seen.min(axis=0)]) * np.float32(STRETCH))


@dataclass(frozen=True)
class Sense:
    """k small networks, each (inputs -> units -> labels), whose probabilities are averaged."""

    labels: tuple[str, ...]
    hidden: Matrix  # (k, inputs, units)
    hidden_bias: Matrix  # (k, units)
    out: Matrix  # (k, units, labels)
    bias: Matrix  # (k, labels)

    @classmethod
    @cache
    def load(cls, path: Path = MODEL) -> Sense:
        """Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(path, allow_pickle=False) as kept:
            fields = [kept[name].astype(np.float32) for name in ("hidden", "hidden_bias", "out", "bias")]
            return cls(tuple(kept["labels"].tolist()), *fields)

    def save(self, path: Path) -> None:
        """Inverse of `load`, but for the digits that change nothing."""
        fields = {name: value.astype(np.float16) for name, value in vars(self).items() if name != "labels"}
        np.savez_compressed(path, labels=np.array(self.labels), **fields)

    def of(self, rows: Matrix) -> list[Opinion]:
        """The opinions on the messages of `pooled` rows (n, inputs)."""
        units = np.maximum(rows @ self.hidden + self.hidden_bias[:, None], 0.0)  # (k, n, units)
        weights = units @ self.out + self.bias[:, None]
        powers = np.exp(weights - weights.max(axis=2, keepdims=True))
        shares = (powers / powers.sum(axis=2, keepdims=True)).mean(axis=0)
        return [Opinion(dict(zip(self.labels, one, strict=True))) for one in shares.tolist()]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DangerClassifier(GraphComponent):
    """Sets `OPINION` on every message: the whole, which comes first, seen with its parts; each part by itself.

    Needs a dense featurizer before it.
    """

    def __init__(self, sense: Sense) -> None:
        """`sense` is what was learned."""
        self._sense = sense

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerClassifier:
        """Called by Rasa's graph."""
        return cls(Sense.load())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """A message without text is left as it is."""
        if messages and messages[0].get(TEXT):
            vectors = dense(messages)
            parts = vectors[[place for place, one in enumerate(messages) if place and one.get(OF) is None]]
            rows = [pooled(vectors[0], parts), *(pooled(vector, parts[:0]) for vector in vectors[1:])]
            for message, opinion in zip(messages, self._sense.of(np.stack(rows)), strict=True):
                message.set(OPINION, opinion)
        return messages
