"""Stands for a platform in the demo when no account is configured: writes what would be sent into a file."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime
from pathlib import Path

from bot.gateway.channels.contract import Channel, Part, SendError
from bot.storage.tables import new_id


class Drop:
    """JSON lines in `<data folder>/channels/<name>.jsonl`, readable by the owner only."""

    def __init__(self, channel: Channel, folder: Path) -> None:
        self.name = channel.name
        self.manner = channel.manner
        self._path = folder / "channels" / f"{channel.name}.jsonl"

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        choices = [{"id": choice.id, "title": choice.title} for choice in part.choices]
        line = json.dumps({"to": address, "text": part.text, "choices": choices}, ensure_ascii=False)
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise SendError(type(error).__name__) from None
        return new_id()

    async def find(self, address: str, part: Part, since: datetime) -> list[str]:
        return []

    async def invite(self, address: str) -> bool:
        return False

    async def acknowledge(self, mark: str) -> None:
        return None

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line + "\n")
