"""A conversation goes the same way on the compact tracker store as on Rasa's own, which keeps every event."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest

from bot.engine.assistant import Assistant
from bot.engine.terminal import Conversation
from bot.envelope import Reply
from bot.storage.turns import TurnStore
from tests.conversations.rasa_store import on_rasas_store
from tests.conversations.runner import HERE, run, steps, transcripts

WALKS, TURNS = 12, 12
AT = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
# What one of two patients holds the other is not offered: those choices are the booking's, not the tracker's.
TAKEN = ("slot:", "booking:")


@cache
def said_anywhere() -> list[str]:
    """Everything that a patient types in some transcript."""
    return sorted({str(step["user"]) for path in transcripts() for step in steps(path) if "user" in step})


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: str(path.relative_to(HERE).with_suffix("")))
async def test_transcript_on_rasas_own_store(path: Path, assistant: tuple[Assistant, TurnStore]) -> None:
    compact, store = assistant
    await run(path, on_rasas_store(compact), store)


@pytest.mark.parametrize("seed", range(WALKS))
async def test_a_random_walk_hears_the_same_from_both(seed: int, assistant: tuple[Assistant, TurnStore]) -> None:
    compact, store = assistant
    both = [Conversation(compact, store), Conversation(on_rasas_store(compact), store)]
    chance = random.Random(seed)  # noqa: S311
    offered: list[str] = []
    for turn in range(TURNS):
        at = AT + timedelta(minutes=turn)
        if offered and chance.random() < 0.7:
            done = {"choices": [chance.choice(offered)]}
        else:
            done = {"text": chance.choice(said_anywhere())}
        one, other = [await conversation.say(**done, at=at) for conversation in both]  # type: ignore[arg-type]
        assert heard(one) == heard(other), f"seed {seed}, turn {turn}: {done}"
        there = {choice.id for reply in other for choice in reply.choices}
        fresh = [c.id for reply in one for c in reply.choices if c.id in there and not c.id.startswith(TAKEN)]
        offered = fresh or offered


def heard(replies: tuple[Reply, ...]) -> list[tuple[str, ...]]:
    """What was said; of times on offer only that they were."""
    return [
        (reply.kind, reply.ref, *(() if _offers_times(reply) else (reply.text, *(one.title for one in reply.choices))))
        for reply in replies
    ]


def _offers_times(reply: Reply) -> bool:
    return any(choice.id.startswith(TAKEN) for choice in reply.choices)
