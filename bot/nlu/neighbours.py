"""The training examples that are nearest in meaning to a message, looked up once.

All examples lie in one matrix, more memory than a look-up should read. A first look along its main axes, an eighth of
the numbers, finds the likely; a second one along more axes the likeliest of them, and only those are compared in full.
Of the thirty nearest it misses six in a thousand, the least near ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

NEAREST = "nearest_examples"
AXES, CANDIDATES = 128, 256
FIRST_AXES, LIKELY = 64, 2048
ONE = 2**15 - 1  # 1.0 in the 16 bits that an example's numbers are kept in: as small as half floats and quicker to read
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """`places` (k,) of examples among all examples that have text, and their `likeness` (k,), the cosine."""

    places: NDArray[np.int64]
    likeness: Matrix


def learned(training_data: TrainingData) -> list[Message]:
    """The examples that have text; an example's place is its index in this list."""
    return [message for message in training_data.training_examples if message.get(TEXT)]


def dense(messages: Sequence[Message]) -> Matrix:
    """Unit rows of the encoder, (n, d). Raises `KeyError` when a message has none."""
    rows = []
    for message in messages:
        for feature in message.features:
            if feature.type == FEATURE_TYPE_SENTENCE and isinstance(feature.features, np.ndarray):
                rows.append(feature.features)
                break
        else:
            raise KeyError("a dense featurizer is missing before this component in config.yml")
    return np.vstack(rows).astype(np.float32, copy=False)


def main_axes(examples: Matrix, count: int) -> Matrix:
    """The `count` orthogonal directions (d, count) along which `examples` (n, d) are longest, longest first."""
    _, axes = np.linalg.eigh(examples.T @ examples)
    return np.ascontiguousarray(axes[:, ::-1][:, :count], dtype=np.float32)


class Neighbourhood:
    """The examples' matrix, ready to be searched. Safe to share between threads."""

    def __init__(self, examples: NDArray[np.int16], axes: Matrix) -> None:
        """`examples` (n, d) unit rows times ONE; `axes` (d, AXES)."""
        self.examples = examples
        self.axes = axes
        along = examples.astype(np.float32) @ axes / ONE
        self._first = np.ascontiguousarray(along[:, :FIRST_AXES])
        self._second = np.ascontiguousarray(along[:, FIRST_AXES:])

    @classmethod
    def of(cls, examples: Matrix) -> Neighbourhood:
        """Find the main axes."""
        return cls(np.rint(examples * ONE).astype(np.int16), main_axes(examples, AXES))

    def save(self, folder: Path) -> None:
        """Arrays only, so that reading them runs no code."""
        np.savez(folder / "neighbours.npz", examples=self.examples, axes=self.axes)

    @classmethod
    def load(cls, folder: Path) -> Neighbourhood:
        """Inverse of `save`. Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(folder / "neighbours.npz", allow_pickle=False) as kept:
            return cls(kept["examples"], kept["axes"])

    def near(self, vectors: Matrix) -> list[Near]:
        """The nearest examples of each of the unit rows `vectors`, (m, d), in no order."""
        shadows = vectors @ self.axes
        return [self._near(vector, shadow) for vector, shadow in zip(vectors, shadows, strict=True)]

    def _near(self, vector: Matrix, shadow: Matrix) -> Near:
        along = self._first @ shadow[:FIRST_AXES]
        likely = _highest(along, LIKELY)
        found = likely[_highest(along[likely] + self._second[likely] @ shadow[FIRST_AXES:], CANDIDATES)]
        return Near(found, self.examples[found].astype(np.float32) @ (vector / ONE))


def _highest(values: Matrix, count: int) -> NDArray[np.int64]:
    """Places of the `count` highest, in no order; of fewer values all."""
    count = min(count, len(values))
    return np.argpartition(values, len(values) - count)[-count:]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NearestExamples(GraphComponent):
    """Sets `NEAREST` on each message; the classifiers after it read what they learned of those examples."""

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, neighbourhood: Neighbourhood | None = None
    ) -> None:
        """`neighbourhood` is None until trained."""
        self._storage = model_storage
        self._resource = resource
        self._neighbourhood = neighbourhood

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NearestExamples:
        """Called by Rasa's graph for training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NearestExamples:
        """Called by Rasa's graph for answering. Raises what `Neighbourhood.load` raises."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Neighbourhood.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep every example's vector."""
        self._neighbourhood = Neighbourhood.of(dense(learned(training_data)))
        with self._storage.write_to(self._resource) as folder:
            self._neighbourhood.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """One look-up for the whole message and its parts."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken and self._neighbourhood is not None:
            for message, near in zip(spoken, self._neighbourhood.near(dense(spoken)), strict=True):
                message.set(NEAREST, near)
        return messages
