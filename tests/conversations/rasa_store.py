"""The same assistant with Rasa's own processor and tracker store, with every event: what ours are compared with."""

from __future__ import annotations

import copy

from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.assistant import Assistant


class EveryEvent(InMemoryTrackerStore):
    """Rasa's store, and the tracker as it was saved for whoever commits the turn."""

    def take(self, conversation: str) -> DialogueStateTracker:
        """The tracker of the turn that just ended."""
        return DialogueStateTracker.from_events(
            conversation, self.deserialise_tracker(conversation, self.store[conversation]).events, self.domain.slots
        )


def on_rasas_store(assistant: Assistant) -> Assistant:
    """A second assistant that shares the loaded model, and processes and keeps conversations in Rasa's way."""
    other = copy.copy(assistant)
    other._processor = copy.copy(assistant._processor)
    other._processor.__class__ = MessageProcessor
    store = EveryEvent(assistant._processor.domain)
    other._trackers = other._processor.tracker_store = store  # type: ignore[assignment]
    return other
