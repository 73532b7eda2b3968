"""Topic probabilities for each message, from two voices: a linear classifier and the nearest training examples.

The linear support-vector classifier weighs the encoder's vector beside the n-grams; the nearest examples, found by the
encoder alone, correct it where a topic is scattered. Why these two: docs/decisions/0003-classifier.md. One temperature
makes the probabilities honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.svm import LinearSVC

from bot.nlu.neighbours import NEAREST, Near, dense, learned, main_axes

PROBABILITIES = "topic_probabilities"
Matrix = NDArray[np.float32]
Sparse: TypeAlias = Any  # scipy.sparse.csr_matrix, which has no types


@dataclass(frozen=True)
class Rows:
    """Features of n messages: `dense` (n, d) unit rows of the encoder, `sparse` (n, m) unit rows of n-grams."""

    dense: Matrix
    sparse: Sparse

    @classmethod
    def of(cls, messages: list[Message]) -> Rows:
        """Raises `KeyError` when a message has no dense or no sparse sentence feature."""
        sparse = [
            feature.features
            for message in messages
            for feature in message.features
            if feature.type == FEATURE_TYPE_SENTENCE and not isinstance(feature.features, np.ndarray)
        ]
        if len(sparse) != len(messages):
            raise KeyError("a sparse featurizer is missing before this component in config.yml")
        # By hand: scipy's vstack checks more than it stacks.
        lengths = np.fromiter((row.nnz for row in sparse), dtype=np.int64, count=len(sparse))
        stacked = scipy.sparse.csr_matrix(
            (
                np.concatenate([row.data for row in sparse]).astype(np.float32, copy=False),
                np.concatenate([row.indices for row in sparse]),
                np.concatenate([[0], np.cumsum(lengths)]),
            ),
            shape=(len(sparse), sparse[0].shape[1]),
        )
        return cls(dense(messages), stacked)


@dataclass
class Voices:
    """The fitted model: everything needed to turn `Rows` into probabilities."""

    classes: NDArray[np.str_]
    coefficients: Matrix  # (dense + sparse, classes)
    intercepts: Matrix
    labels: NDArray[np.int64]  # (n,) index into classes for every training example
    neighbours: int
    closeness: float
    share: float
    weight: float
    sharpness: float
    temperature: float

    @classmethod
    def fit(cls, rows: Rows, labels: NDArray[np.str_], config: dict[str, Any]) -> Voices:
        """Fit both voices."""
        # Along their main axes the dense rows are shorter: the solver's time grows with every number that is not zero.
        axes = main_axes(rows.dense, config["axes"])
        along = scipy.sparse.csr_matrix(rows.dense @ axes * config["dense_weight"])
        both = scipy.sparse.hstack([along, rows.sparse]).tocsr()
        model = LinearSVC(
            C=config["C"],
            class_weight=config["class_weight"],
            tol=config["tolerance"],
            random_state=config["random_seed"],
        ).fit(both, labels)
        width = axes.shape[1]
        coefficients = np.vstack([axes @ model.coef_[:, :width].T, model.coef_[:, width:].T])
        return cls(
            classes=model.classes_,
            coefficients=np.ascontiguousarray(coefficients, dtype=np.float32),
            intercepts=model.intercept_.astype(np.float32),
            labels=np.searchsorted(model.classes_, labels),
            neighbours=config["neighbours"],
            closeness=config["closeness"],
            share=config["share"],
            weight=config["dense_weight"],
            sharpness=config["sharpness"],
            temperature=config["temperature"],
        )

    def save(self, folder: Path) -> None:
        """Write every field; arrays only, so that reading them runs no code."""
        kept = {**vars(self), "coefficients": self.coefficients.astype(np.float16)}  # random digits cost time to pack
        np.savez(folder / "voices.npz", **kept)

    @classmethod
    def load(cls, folder: Path) -> Voices:
        """Inverse of `save`. Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(folder / "voices.npz", allow_pickle=False) as kept:
            fields = {name: kept[name] if kept[name].ndim else kept[name].item() for name in kept.files}
        fields["coefficients"] = fields["coefficients"].astype(np.float32)
        return cls(**fields)

    def margins(self, rows: Rows) -> Matrix:
        """Signed distances of the linear classifier, (n, classes)."""
        width = rows.dense.shape[1]
        dense = rows.dense @ self.coefficients[:width] * self.weight
        return np.asarray(dense + rows.sparse @ self.coefficients[width:] + self.intercepts)

    def nearest(self, found: Sequence[Near]) -> Matrix:
        """Shares of the classes among the nearest examples, weighted by closeness, (n, classes)."""
        shares = np.zeros((len(found), len(self.classes)), dtype=np.float32)
        for row, near in enumerate(found):
            labels, likeness = self.labels[near.places], near.likeness
            if len(labels) > self.neighbours:
                best = np.argpartition(-likeness, self.neighbours)[: self.neighbours]
                labels, likeness = labels[best], likeness[best]
            weights = np.exp((likeness - likeness.max()) / self.closeness)
            np.add.at(shares[row], labels, weights / weights.sum())
        return shares

    def probabilities(self, rows: Rows, found: Sequence[Near]) -> Matrix:
        """What the two voices say together, (n, classes); `found` are the examples near each row.

        Two voices that agree are surer than their mean says; `sharpness` makes up for that.
        """
        margins = self.margins(rows)
        powers = np.exp((margins - margins.max(axis=1, keepdims=True)) / self.temperature)
        linear = powers / powers.sum(axis=1, keepdims=True)
        mixed = ((1 - self.share) * linear + self.share * self.nearest(found)) ** self.sharpness
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets `PROBABILITIES` (topic -> probability, best first) on each message; the reader decides what they mean."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, voices: Voices | None = None
    ) -> None:
        """`voices` is None until trained."""
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._voices = voices

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`dense_weight`: of the encoder beside the n-grams, `axes` the main ones of it that the linear voice hears;
        `share`: of the nearest examples in the mix; `temperature`: as fitted on examples set aside, which gave
        0.160 to 0.170 in 33 trainings on 13,000 to 26,000 examples (docs/decisions/0003-classifier.md)."""
        return {
            "C": 0.15,
            "axes": 512,
            "tolerance": 0.1,
            "class_weight": "balanced",
            "dense_weight": 1.5,
            "neighbours": 30,
            "closeness": 0.05,
            "share": 0.5,
            "sharpness": 1.5,
            "temperature": 0.164,
            "random_seed": 1,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        """Called by Rasa's graph for training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """Called by Rasa's graph for answering. Raises `OSError` or `ValueError` when the archive does not fit."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, Voices.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit both voices on every example."""
        examples = learned(training_data)
        self._voices = Voices.fit(
            Rows.of(examples), np.array([message.get(INTENT) for message in examples]), self._config
        )
        with self._storage.write_to(self._resource) as folder:
            self._voices.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Probabilities for the whole message and each of its parts, in one call."""
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken or self._voices is None:
            return messages
        found = [message.get(NEAREST) for message in spoken]
        for message, row in zip(spoken, self._voices.probabilities(Rows.of(spoken), found), strict=True):
            best_first = np.argsort(-row)
            likely = zip(self._voices.classes[best_first].tolist(), row[best_first].tolist(), strict=True)
            message.set(PROBABILITIES, dict(likely))
        return messages
