"""One message becomes the whole and its parts, so that everything after it reads both.

People write a story and two questions in one message. The pipeline gets the whole message first, then one message a
part, then closer readings of parts; `reader` joins what was understood. The whole carries its `LANGUAGE`, a part its
place in the text as `SPAN`, both whether they ask something as `ASKS`. A closer reading carries the index of its part
as `OF`: a `SPAN` where it is a piece of the part, none where it is the part together with the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.asking import Asking
from bot.nlu.language import LANGUAGES, Languages
from bot.nlu.letters import Letters
from bot.nlu.masking import unnamed, without_medicines

SPAN = "span"
ASKS = "asks"
LANGUAGE = "language"
OF = "closer_reading_of"
MAX_READ = 1000  # characters that are understood; danger is read in full before (rulings, 14)
MAX_PARTS = 12
MAX_PIECES = 5  # of one part


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MessageSplitter(GraphComponent):
    """Appends one message a part after the whole. Training examples are left as they are."""

    def __init__(self) -> None:
        """Loads the language models."""
        self._languages = Languages()
        self._asking = Asking()
        self._letters = Letters()

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
        if len(text) > MAX_READ:
            text = text[:MAX_READ]
            whole.set(TEXT, text, add_to_output=True)
        language = self._letters.language_of(text) or self._language_of(text)
        whole.set(LANGUAGE, language)
        whole.set(ASKS, self._asking.asks(text, language))
        spans = self._asking.thoughts(text, language)[:MAX_PARTS]
        if len(spans) < 2:
            return messages
        parts = [self._part(text, span, language) for span in spans]
        if self._asking.entries(text):
            for part in parts:
                part.set(ASKS, True)
        return [whole, *parts, *self._closer(text, parts, language)]

    def _language_of(self, text: str) -> str | None:
        """ "I'm on Skyrizi" looks Italian for its last word; what is English without it is English."""
        found = self._languages.of(unnamed(text))
        if found in (None, LANGUAGES[0]) or (bare := without_medicines(text)) == text:
            return found
        return LANGUAGES[0] if self._languages.of(bare) == LANGUAGES[0] else found

    def _part(self, text: str, span: tuple[int, int], language: str | None) -> Message:
        thought = text[slice(*span)].strip()
        return Message({TEXT: thought, SPAN: span, ASKS: self._asking.asks(thought, language)})

    def _closer(self, text: str, parts: Sequence[Message], language: str | None) -> Iterator[Message]:
        """The parts that ask, with the part before each, and in pieces."""
        for index, part in enumerate(parts):
            if not part.get(ASKS):
                continue
            start, end = part.get(SPAN)
            if index:
                yield Message({TEXT: text[parts[index - 1].get(SPAN)[0] : end].strip(), OF: index})
            for piece in self._asking.pieces(text[start:end], language)[:MAX_PIECES]:
                span = (start + piece[0], start + piece[1])
                yield Message({TEXT: text[slice(*span)].strip(), OF: index, SPAN: span})
