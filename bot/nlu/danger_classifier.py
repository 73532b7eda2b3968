"""What the sentence encoder adds to the opinion on danger: it may raise what `bot.safety` found, never lower it.

The same two voices as for topics, trained on data/danger/*.jsonl (`{"text", "tier", "flag"}`) with the topics' own
examples as harmless ones. It knows sense where the gateway's opinion knows words, concepts and rules; the two are
weighed together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.neighbours import NEAREST, learned
from bot.nlu.topic_classifier import Rows, Voices
from bot.safety.learn import NOT_HARMLESS
from bot.safety.opinion import Opinion
from bot.settings import ROOT

PROBABILITIES = "danger_probabilities"
LABEL = "danger"
HARMLESS = "none"


def opinion_of(probabilities: Mapping[str, float]) -> Opinion:
    """The classifier's opinion, from the probabilities of all its labels."""
    return Opinion({label: p for label, p in probabilities.items() if label not in (HARMLESS, "expected")})


def read_examples(folder: Path) -> tuple[list[str], list[str]]:
    """Texts and labels (a flag, "expected" or "none") of the folder's JSON lines."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row["text"] for row in rows], [_label(row) for row in rows]


def _label(row: Mapping[str, Any]) -> str:
    return str(row["flag"]) if row["flag"] and row["tier"] not in (HARMLESS, "expected") else str(row["tier"])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class DangerExamples(GraphComponent):
    """Adds the danger examples to the training data, so that the featurizers after it see them. They have no intent."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the JSON lines."""
        self._folder = folder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`folder`: from the project's root."""
        return {"folder": "data/danger"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerExamples:
        """Called by Rasa's graph."""
        return cls(ROOT / config["folder"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Raises `json.JSONDecodeError` or `KeyError` for a line that is no example."""
        added = [Message({TEXT: text, LABEL: label}) for text, label in zip(*read_examples(self._folder), strict=True)]
        training_data.training_examples = [*training_data.training_examples, *added]
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Nothing to do when a patient writes."""
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerClassifier(GraphComponent):
    """Sets `PROBABILITIES` (label -> probability) on each message. Needs the featurizers of the topics before it."""

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
        """As for the topic classifier."""
        return {
            "C": 1.0,
            "class_weight": None,
            "dense_weight": 2.0,
            "neighbours": 20,
            "closeness": 0.05,
            "share": 0.4,
            "sharpness": 1.0,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerClassifier:
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
    ) -> DangerClassifier:
        """Called by Rasa's graph for answering."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, Voices.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on what `DangerExamples` added, with the topics' examples as harmless ones."""
        everything = learned(training_data)
        places = [
            place
            for place, message in enumerate(everything)
            if message.get(LABEL) or message.get(INTENT) not in (None, *NOT_HARMLESS)
        ]
        examples = [everything[place] for place in places]
        labels = np.array([message.get(LABEL) or HARMLESS for message in examples])
        self._voices = Voices.fit(Rows.of(examples), labels, self._config, np.array(places), len(everything))
        with self._storage.write_to(self._resource) as folder:
            self._voices.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Probabilities for the whole message and each of its parts, in one call."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken and self._voices is not None:
            found = [message.get(NEAREST) for message in spoken]
            for message, row in zip(spoken, self._voices.probabilities(Rows.of(spoken), found), strict=True):
                message.set(PROBABILITIES, dict(zip(map(str, self._voices.classes), map(float, row), strict=True)))
        return messages
