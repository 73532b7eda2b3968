"""The assistant without a gateway: `mesobot chat`, `ask` and `parse`."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TextIO

from tqdm import tqdm

from bot.engine.parsing import parsed_line
from bot.engine.program import quiet
from bot.engine.training import train
from bot.engine.without_tensorflow import leave_out
from bot.envelope import Choice, Reply
from bot.settings import ROOT, Settings
from bot.storage.database import open_database
from bot.storage.tables import iso
from bot.storage.turns import TurnStore

if TYPE_CHECKING:
    from bot.engine.assistant import Assistant


class Conversation:
    """One conversation without a gateway: text or picked choices in, replies out."""

    def __init__(self, assistant: Assistant, store: TurnStore, id: str = "") -> None:
        """`store` is the one that the assistant loads trackers from; `id` carries on an earlier conversation."""
        self._assistant = assistant
        self._store = store
        self.id = id or secrets.token_hex(16)
        self._offered: dict[str, str] = {}
        self.reading: dict[str, Any] = {}

    async def say(self, text: str = "", choices: Iterable[str] = (), at: datetime | None = None) -> tuple[Reply, ...]:
        """Take a turn. Raises `KeyError` for a choice that was not offered."""
        picked = list(choices)
        metadata = {
            "inbox": secrets.token_hex(16),
            "channel": "terminal",
            "at": iso(at or datetime.now(timezone.utc)),
            "title": ", ".join(self._offered[choice] for choice in picked),
        }
        result = await self._assistant.take_turn(self.id, text or None, picked, metadata)
        inbox = str(metadata["inbox"])
        self._store.commit(inbox, self.id, result.tracker, result.replies, result.reading)
        self.reading = result.reading
        self._offered.update({choice.id: choice.title for reply in result.replies for choice in reply.choices})
        return result.replies


def open_assistant(settings: Settings) -> tuple[Assistant, TurnStore]:
    """The present model, trained if need be, and the store of the settings' database."""
    quiet()
    leave_out(ROOT / "config.yml")
    from bot.engine.assistant import Assistant

    store = TurnStore(open_database(settings))
    return Assistant(train(ROOT, settings.models_dir), store.load_tracker), store


def chat(settings: Settings) -> None:
    """Talk until end of input. A number picks a choice; several numbers pick several."""
    conversation = Conversation(*open_assistant(settings))
    offered: tuple[Choice, ...] = ()
    for line in _lines():
        numbers = line.replace(",", " ").split()
        if offered and numbers and all(n.isdigit() and 0 < int(n) <= len(offered) for n in numbers):
            replies = asyncio.run(conversation.say(choices=[offered[int(n) - 1].id for n in numbers]))
        else:
            replies = asyncio.run(conversation.say(line))
        offered = tuple(choice for reply in replies for choice in reply.choices)
        _show(replies)


def ask(settings: Settings, text: str) -> None:
    """Print the replies to one message."""
    _show(asyncio.run(Conversation(*open_assistant(settings)).say(text)))


def parse_lines(settings: Settings, source: TextIO, target: TextIO) -> None:
    """One JSON line out per JSON line in, in order. Raises `json.JSONDecodeError` for a line that is not JSON."""
    assistant, _ = open_assistant(settings)
    given = [json.loads(line) for line in source if line.strip()]

    async def run() -> None:
        for line in tqdm(given, desc="reading", unit="message", disable=None, file=sys.stderr):
            parsed = await assistant.read(str(line["text"]))
            print(json.dumps(parsed_line(line.get("id"), parsed), ensure_ascii=False), file=target, flush=True)

    asyncio.run(run())


def _lines() -> Iterable[str]:
    prompt = "\n> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if line:
            yield line


def _show(replies: Iterable[Reply]) -> None:
    number = 0
    for reply in replies:
        print(f"\n{reply.text}")
        for link in reply.links:
            print(f"  {link.title}: {link.href}")
        for choice in reply.choices:
            number += 1
            print(f"  {number}. {choice.title}")
        for source in reply.sources:
            print(f"  ({source.name}, reviewed {source.reviewed})")
