"""One message becomes the whole and its parts, so that everything after it reads both.

People write a story and two questions in one message. The pipeline gets the whole message first, then one message a
part; `reader` joins what was understood. The parts carry their place in the text as `SPAN`.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

SPAN = "span"
MAX_READ = 1000  # characters that are understood; danger is read in full before (rulings, 14)
MAX_PARTS = 12
MIN_WORDS = 3  # a shorter part says too little alone and goes with its neighbour

# Where a new thought begins, with or without punctuation: after an end mark, at a line break, before "also", and
# before a question word that follows "and", "but" or a comma. Other languages rely on their punctuation and these few.
_ASKS = "how|what|when|where|who|why|which|can|could|do|does|did|is|are|am|will|would|should|may|if"
_OPENS = "and |but |or |so |also |plus |ps |oh and |another thing |another question |second |secondly |third |thirdly "
_SUBJECT = "i|it|you|the|do|does|is|are|my|long|many|much|often|soon"
_ELSEWHERE = (
    r"ayrıca|bir de|peki|außerdem|und (?:wie|was|wann|kann|darf)|además|y (?:cuánto|cuándo|puedo|qué)"
    r"|et (?:combien|est-ce|quand|puis)|e (?:quanto|quando|posso)|oraz|en (?:hoe|wat|wanneer|mag)"
    r"|а (?:сколько|можно|когда)"
)
_BREAK = re.compile(
    r"(?<=[.!?…؟])[\s\"')\]]+(?=\S)"
    r"|\s*\n+\s*"
    rf"|[,;]?\s+(?=(?:{_OPENS})+(?:{_ASKS})\b)"
    rf"|[,;]\s+(?=(?:{_ASKS}) (?:{_SUBJECT})\b)"
    rf"|[,;]?\s+(?=(?:{_ELSEWHERE})\b)",
    re.IGNORECASE,
)


def parts(text: str) -> list[tuple[int, int]]:
    """Spans of the thoughts in `text`, in order; one span when it is a single thought. Never empty spans."""
    text = text[:MAX_READ]
    borders = [0]
    for found in _BREAK.finditer(text):
        borders += [found.start(), found.end()]
    borders.append(len(text))
    spans: list[tuple[int, int]] = []
    for start, end in zip(borders[::2], borders[1::2], strict=True):
        if not text[start:end].strip():
            continue
        short = len(text[start:end].split()) < MIN_WORDS
        if short and spans and "?" not in text[start:end]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    if len(spans) > 1 and len(text[slice(*spans[0])].split()) < MIN_WORDS and "?" not in text[slice(*spans[0])]:
        spans[:2] = [(spans[0][0], spans[1][1])]
    return spans[:MAX_PARTS]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MessageSplitter(GraphComponent):
    """Appends one message a part after the whole. Training examples are left as they are."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageSplitter:
        """Called by Rasa's graph."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to do: every example is one thought or is meant to be learned whole."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Raises nothing; a message without text stays alone."""
        whole = messages[0]
        text = whole.get(TEXT) or ""
        spans = parts(text)
        if len(text) > MAX_READ:
            whole.set(TEXT, text[:MAX_READ], add_to_output=True)
        if len(spans) < 2:
            return messages
        return [whole, *(Message({TEXT: text[start:end].strip(), SPAN: (start, end)}) for start, end in spans)]
