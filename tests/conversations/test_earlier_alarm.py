"""What the gateway knows of a danger sign that this conversation has not told: an earlier one's, or that it is over."""

from __future__ import annotations

import secrets

from bot.engine.assistant import Assistant
from bot.storage.turns import TurnStore


async def heard(assistant: Assistant, store: TurnStore, conversation: str, text: str, **known: str | None) -> list[str]:
    """Refs of the replies to `text`; `known` is what the gateway adds to a turn."""
    inbox = secrets.token_hex(16)
    result = await assistant.take_turn(conversation, text, [], {"inbox": inbox, "channel": "web", **known})
    store.commit(inbox, conversation, result.tracker, result.replies, result.reading)
    return [reply.ref for reply in result.replies]


async def test_usual_care_waits_for_a_sign_that_was_told_in_an_earlier_conversation(
    assistant: tuple[Assistant, TurnStore],
) -> None:
    conversation = secrets.token_hex(16)
    assert await heard(*assistant, conversation, "can I wear makeup?", alarm="U1") == ["U1"]
    assert await heard(*assistant, conversation, "does it hurt?", alarm="U1") == ["pain_numbing"]
    assert await heard(*assistant, conversation, "it's gone, all good", alarm="U1") == ["U1"]


async def test_usual_care_is_told_again_once_staff_have_closed_the_alarm(
    assistant: tuple[Assistant, TurnStore],
) -> None:
    conversation = secrets.token_hex(16)
    await heard(*assistant, conversation, "there's a hot red patch spreading on my cheek", alarm=None)
    assert "aftercare_makeup" in await heard(*assistant, conversation, "can I wear makeup?", alarm=None)
