"""What the sentence encoder adds to the opinion on danger: it may raise what `bot.safety` found, or share its doubts.

It knows sense where the gateway's opinion knows words, concepts and rules; the two are weighed together. Where there is
doubt, the encoder as it was learned on for danger is asked too. Both are learned by commands of their own
(`bot.nlu.learn_danger`, `bot.nlu.learn_danger_again`) and not by training, so that a clinic's own corrections of topics
never change what is noticed: that changes with a release, and its error rates with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.fine_tuned import FineTuned
from bot.nlu.neighbours import dense
from bot.nlu.networks import Networks, pooled
from bot.nlu.splitter import ASKS, OF, SPAN
from bot.safety.opinion import Opinion, together

MODEL = Path(__file__).with_name("danger.npz")
AGAIN = Path(__file__).with_name("danger_fine_tuned.npz")
OPINION = "danger_opinion"
AROUND = "danger_around"
DOUBT = 0.02  # danger in the whole message from which the fine-tuned encoder is asked: below, no bar is within reach
THIRD = 0.6  # its weight against the first
SUSPECT = 0.1  # danger in a part from which that encoder is asked of it, and of what stands around it


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DangerClassifier(GraphComponent):
    """Sets `OPINION` on every message: the whole, which comes first, seen with its parts; each part by itself.

    A part that may be dangerous also gets `AROUND`: its text with the statements before and after it, and the opinion
    on that. Needs a dense featurizer before it.
    """

    def __init__(self, sense: Networks, fine_tuned: FineTuned) -> None:
        """Both are what was learned."""
        self._sense = sense
        self._fine_tuned = fine_tuned

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerClassifier:
        """Called by Rasa's graph."""
        return cls(Networks.load(MODEL), FineTuned.load(AGAIN))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """A message without text is left as it is."""
        if messages and messages[0].get(TEXT):
            vectors = dense(messages)
            parts = vectors[[place for place, one in enumerate(messages) if place and one.get(OF) is None]]
            rows = [pooled(vectors[0], parts), *(pooled(vector, parts[:0]) for vector in vectors[1:])]
            for message, opinion in zip(messages, self._sense.opinions(np.stack(rows)), strict=True):
                message.set(OPINION, opinion)
            suspicious = [one for one in messages[1:] if one.get(SPAN) and one.get(OPINION).danger >= SUSPECT]
            doubtful = messages[:1] if messages[0].get(OPINION).danger >= DOUBT else []
            self._look_again([*doubtful, *suspicious])
            self._look_around(messages)
        return messages

    def _look_again(self, doubtful: Sequence[Message]) -> None:
        """The opinion of the fine-tuned encoder on each, weighed together with the first."""
        thirds = self._thirds([message.get(TEXT) for message in doubtful])
        for message, third in zip(doubtful, thirds, strict=True):
            message.set(OPINION, together(message.get(OPINION), third, THIRD))

    def _thirds(self, texts: Sequence[str]) -> list[Opinion]:
        return self._fine_tuned.networks.opinions(self._fine_tuned.vectors(texts))

    def _look_around(self, messages: Sequence[Message]) -> None:
        """What stands around the parts that are suspicious now, with the third opinion weighed in."""
        text, parts = messages[0].get(TEXT), [one for one in messages[1:] if one.get(OF) is None]
        around = [
            (message, text[slice(*span)].strip())
            for at, message in enumerate(messages[1:])
            if message.get(SPAN) and message.get(OPINION).danger >= SUSPECT
            if (span := _around(parts, message.get(OF, at)))
        ]
        opinions = self._thirds([wider for _, wider in around])
        for (message, wider), opinion in zip(around, opinions, strict=True):
            message.set(AROUND, (wider, opinion))


def _around(parts: Sequence[Message], at: int) -> tuple[int, int] | None:
    """Where a part lies together with its neighbours, but for those that ask: a question explains nothing."""
    near = [one.get(SPAN) for one in parts[max(at - 1, 0) : at + 2] if one is parts[at] or not one.get(ASKS)]
    return (near[0][0], near[-1][1]) if len(near) > 1 else None
