"""What a turn knew, for whoever asks later why the bot said that: kept sealed beside how the message was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.envelope import Reply
from bot.knowledge.library import Library
from bot.safety import cards

LONGEST = 60  # characters of a slot; the questionnaire's own state has a page of its own


def record(
    tracker: DialogueStateTracker, replies: Iterable[Reply], reading: Mapping[str, Any], library: Library
) -> dict[str, Any]:
    """`actions` that ran, short `slots` after the turn, and `cards` that spoke with the edition of their words.

    The card of a danger stands among them whether the gateway has shown it already or the turn has.
    """
    language = str(tracker.get_slot("language") or "en")
    spoken = [asdict(library.edition(ref, language)) for ref in _answered(replies) if ref in library.topics]
    if flag := reading.get("flag"):
        spoken.append({"card": flag, "language": language, "digest": cards.edition(flag, language)})
    return {"actions": _actions(tracker), "slots": _slots(tracker), "cards": spoken}


def _answered(replies: Iterable[Reply]) -> dict[str, None]:
    return dict.fromkeys(reply.ref for reply in replies if reply.kind == "answer")


def _actions(tracker: DialogueStateTracker) -> list[str]:
    ran: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in (None, ACTION_LISTEN_NAME):
            ran.append(str(event.action_name))
    return ran[::-1]


def _slots(tracker: DialogueStateTracker) -> dict[str, str]:
    changed = {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value}
    return {
        name: str(value)
        for name, value in sorted(changed.items())
        if isinstance(value, (str, int, float, bool)) and len(str(value)) <= LONGEST
    }
