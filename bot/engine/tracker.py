"""The compact tracker: what a conversation needs to go on, not everything that happened.

Rasa rebuilds a tracker from all events on every turn, so its cost grows with the conversation. RulePolicy looks no
further back than the current turn, the slots and the active loop; the transcript lives in our message table. So this
store keeps slots and loop only. The engine commits the bytes together with the turn's replies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, ConversationPaused, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker


def pack(tracker: DialogueStateTracker) -> bytes:
    """JSON of the slots that differ from their initial value, the active loop and whether the bot is paused."""
    slots = {
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value != slot.initial_value and name != "session_started_metadata"
    }
    state = {"v": 1, "slots": slots, "loop": tracker.active_loop_name, "paused": tracker.is_paused()}
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode()


def unpack(conversation: str, packed: bytes, domain: Domain) -> DialogueStateTracker:
    """A tracker in the packed state, waiting for the user. Slots that the domain no longer has are dropped."""
    state: dict[str, Any] = json.loads(packed)
    known = {slot.name for slot in domain.slots}
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += [SlotSet(name, value) for name, value in state["slots"].items() if name in known]
    if state["loop"] in domain.form_names:
        events.append(ActiveLoop(state["loop"]))
    if state["paused"]:
        events.append(ConversationPaused())
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return DialogueStateTracker.from_events(conversation, events, domain.slots)


class CompactTrackerStore(TrackerStore):
    """Reads through `load`; holds what Rasa saves until the engine takes it with `take` and commits it."""

    def __init__(self, domain: Domain, load: Callable[[str], bytes | None]) -> None:
        """`load(conversation)` gives the packed tracker, or None for a new conversation; its errors end the turn."""
        super().__init__(domain)
        self._load = load
        self._expected: dict[str, bytes | None] = {}
        self._saved: dict[str, DialogueStateTracker] = {}

    def expect(self, conversation: str, packed: bytes | None) -> None:
        """What the next `retrieve` of the conversation would load, read already."""
        self._expected[conversation] = packed

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's tracker, or None for a new conversation."""
        packed = self._expected.pop(sender_id) if sender_id in self._expected else self._load(sender_id)
        return unpack(sender_id, packed, self.domain) if packed else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Called by Rasa at the end of a turn."""
        self._saved[tracker.sender_id] = tracker

    def take(self, conversation: str) -> DialogueStateTracker:
        """The tracker saved in the turn that just ended. Raises `KeyError` if the turn saved none."""
        return self._saved.pop(conversation)

    async def keys(self) -> Iterable[str]:
        """Conversations with unsaved state; Rasa's abstract class asks for it."""
        return list(self._saved)
