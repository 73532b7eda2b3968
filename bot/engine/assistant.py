"""One loaded model: reads messages and takes turns.

This uses Rasa's message processor (see `processor`). `Agent` would wrap the tracker store so that a database fault
turns into a conversation without memory; here a fault ends the turn, and the gateway tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType
from typing import Any

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from actions.adapter import house, nothing_said
from bot.engine.choices import parse_data
from bot.engine.in_process import InProcessActions
from bot.engine.lately import LATELY, kept, said
from bot.engine.processor import Processor
from bot.engine.record import record
from bot.engine.tracker import CompactTrackerStore, pack
from bot.envelope import Reply
from bot.knowledge.remarks import Offer

log = structlog.get_logger()


@dataclass(frozen=True)
class TurnResult:
    """What a turn made: the replies in order, the packed tracker to keep, how the message was understood and what was
    known then.
    """

    replies: tuple[Reply, ...]
    tracker: bytes
    reading: dict[str, Any]


class _Collector(OutputChannel):
    """Gathers what the actions say. A reply travels in Rasa's `custom` field; plain text becomes a text reply."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    @classmethod
    def name(cls) -> str:
        return "mesobot"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        custom = message.get("custom")
        if custom:
            self.replies.append(Reply.from_dict(custom))
        elif message.get("text"):
            self.replies.append(Reply("text", message.get("utter_action") or "text", message["text"]))


class Assistant:
    """A model with its actions. Thread: one event loop; turns of one conversation must come one after the other."""

    def __init__(self, model: Path, load: Callable[[str], bytes | None]) -> None:
        """Load the archive `model` (seconds). `load` reads a packed tracker. Raises Rasa's `ModelNotFound`."""
        house()  # what the actions need: fail at start, not at the first patient
        self.model = model
        self._trackers = CompactTrackerStore(Domain.empty(), load)
        self._processor = Processor(
            str(model),
            self._trackers,
            InMemoryLockStore(),
            NaturalLanguageGenerator.create(None, Domain.empty()),
            action_endpoint=InProcessActions(),
            on_circuit_break=_listen_again,
        )
        self._trackers.domain = self._processor.domain
        self._processor.nlg = NaturalLanguageGenerator.create(None, self._processor.domain)

    async def read(self, text: str) -> dict[str, Any]:
        """How the text is understood, outside any conversation: Rasa's parse with our `reading` inside."""
        parsed: dict[str, Any] = await self._processor.parse_message(UserMessage(_plain(text), sender_id="parse"))
        return parsed

    async def take_turn(
        self,
        conversation: str,
        text: str | None,
        choices: list[str],
        metadata: Mapping[str, Any],
        tracker: bytes | EllipsisType | None = ...,
    ) -> TurnResult:
        """One turn. Raises what `load` raises; an action's fault gives no reply instead of an error.

        `tracker` is what `load` would give, from a caller that has read it already.
        """
        title = str(metadata.get("title") or "")
        if text and not choices:
            choices, title = await self._picked_in_words(conversation, text, tracker), text
        if not isinstance(tracker, EllipsisType):
            self._trackers.expect(conversation, tracker)
        collector = _Collector()
        message = UserMessage(
            text=_plain(text or title or " "),
            output_channel=collector,
            sender_id=conversation,
            input_channel=str(metadata.get("channel", "web")),
            parse_data=parse_data(choices, title) if choices else None,
            message_id=str(metadata.get("inbox", "")) or None,
            metadata=dict(metadata),
        )
        await self._processor.handle_message(message)
        after = self._trackers.take(conversation)
        if not collector.replies and not metadata.get("alerted"):
            collector.replies.append(nothing_said(str(after.get_slot("language") or "en")))
        after.update(SlotSet("offered", _offered(after, collector.replies)))
        after.update(SlotSet(LATELY, _lately(after)))
        await self._trackers.save(after)
        self._trackers.take(conversation)
        latest = after.latest_message
        reading = (latest.parse_data or {}).get("reading", {}) if latest else {}
        known = {**reading, **record(after, collector.replies, reading, house().library)}
        return TurnResult(tuple(collector.replies), pack(after), known)

    async def _picked_in_words(self, conversation: str, text: str, tracker: bytes | EllipsisType | None) -> list[str]:
        """ "The second one", "yes": the choices of the last reply that a few typed words stand for."""
        remarks = house().remarks
        if not remarks.may_pick(text):
            return []
        if not isinstance(tracker, EllipsisType):
            self._trackers.expect(conversation, tracker)
        before = await self._trackers.retrieve(conversation)
        return list(remarks.picked(Offer.from_dict(before.get_slot("offered")), text)) if before else []


def _offered(tracker: DialogueStateTracker, replies: list[Reply]) -> dict[str, Any] | None:
    """What can be picked in words next turn. An open dialogue reads its own answers."""
    state = tracker.get_slot(f"{tracker.active_loop_name}_state") if tracker.active_loop_name else None
    if state and not state.get("finished"):
        return None
    offer = Offer.of(replies)
    return offer.as_dict() if offer else None


def _lately(tracker: DialogueStateTracker) -> list[Mapping[str, Any]]:
    """What the next message is read together with; a pick says nothing by itself."""
    latest = tracker.latest_message
    reading = (latest.parse_data or {}).get("reading", {}) if latest else {}
    at = (latest.metadata or {}).get("at") if latest else None
    typed = latest and latest.text and at and "topics" in reading and "choices" not in reading
    now = [said(str(latest.text), reading, str(at))] if latest and typed else []
    return kept(tracker.get_slot(LATELY) or [], now, tracker.get_slot("alarm"))


def _plain(text: str) -> str:
    """Text that cannot be a command: Rasa runs what starts with a slash (reference: docs/decisions/0004)."""
    return text.strip().lstrip("/").strip() or "?"


def _listen_again(tracker: DialogueStateTracker, *_: Any) -> None:
    """Rasa's circuit breaker counts actions back to a listen; without one it would wedge the conversation for good."""
    log.error("circuit_breaker")
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
