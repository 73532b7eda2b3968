"""Every transcript, with the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine.assistant import Assistant
from bot.storage.turns import TurnStore
from tests.conversations.runner import HERE, run, transcripts


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: str(path.relative_to(HERE).with_suffix("")))
async def test_transcript(path: Path, assistant: tuple[Assistant, TurnStore]) -> None:
    await run(path, *assistant)
