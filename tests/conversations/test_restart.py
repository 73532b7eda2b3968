"""A questionnaire survives a restart: what is needed lies in the database, not in the programs."""

from __future__ import annotations

from actions.adapter import built_house
from bot.engine.assistant import Assistant
from bot.engine.terminal import Conversation, open_assistant
from bot.settings import from_environment
from bot.storage.turns import TurnStore


async def test_the_same_question_is_asked_after_everything_has_started_anew(
    assistant: tuple[Assistant, TurnStore],
) -> None:
    before = Conversation(*assistant)
    await before.say("am I suitable?")
    for text in ("yes", "yes", "none", "my face", "no to all"):
        asked = await before.say(text)
    assert asked[-1].ref == "medicines"
    await before.say("later")

    built_house.cache_clear()
    after = Conversation(*open_assistant(from_environment()), id=before.id)
    again = await after.say("continue")
    assert again[-1].ref == "medicines"
    told = await after.say("what did I answer?")
    assert "Area: Face" in told[0].text
