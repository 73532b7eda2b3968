"""The training examples that are nearest in meaning to a message, looked up once.

All examples lie in one matrix. A first look along its main axes, a quarter of the memory to read, finds the likely;
only those are compared in full. Of the thirty nearest it misses one in two hundred, the least near ones.
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
AXES = 128
CANDIDATES = 256
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


def compare_all(vectors: Matrix, examples: Matrix, count: int) -> list[Near]:
    """The `count` nearest `examples` of each of the `vectors`, compared with every one: for training."""
    found = []
    for start in range(0, len(vectors), 512):
        likeness = vectors[start : start + 512] @ examples.T
        best = np.argpartition(-likeness, count, axis=1)[:, :count]
        found += [Near(places, row[places]) for places, row in zip(best, likeness, strict=True)]
    return found


class Neighbourhood:
    """The examples' matrix, ready to be searched. Safe to share between threads."""

    def __init__(self, examples: NDArray[np.int16], axes: Matrix) -> None:
        """`examples` (n, d) unit rows times ONE; `axes` (d, AXES)."""
        self.examples = examples
        self.axes = axes
        self._along = examples.astype(np.float32) @ axes / ONE

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
        count = min(CANDIDATES, len(self.examples))
        found = np.argpartition(self._along @ shadow, len(self.examples) - count)[-count:]
        return Near(found, self.examples[found].astype(np.float32) @ (vector / ONE))


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
