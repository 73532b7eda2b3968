"""What must be said although nothing can be stored: sent straight to the platform, and on no record.

A platform that is away is tried again for two minutes; what is not said by then, or when the gateway ends, is lost.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any

from bot.gateway.alerts import Alerts
from bot.gateway.channels.contract import Channel, Heard, Part, SendError
from bot.gateway.channels.rendering import Renderer, missing_numbers
from bot.gateway.danger import Danger
from bot.gateway.logs import log
from bot.gateway.wording import Wording
from bot.storage.tables import new_id

REMEMBERED = 1000
PAUSES = (1.0, 3.0, 10.0, 30.0, 75.0)  # seconds before each further try


class Unsaved:
    """Works in the background: a webhook call is answered without waiting for it."""

    def __init__(self, channels: Mapping[str, Channel], renderer: Renderer, wording: Wording, alerts: Alerts) -> None:
        self._channels = channels
        self._renderer = renderer
        self._wording = wording
        self._alerts = alerts
        self._warned: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def warn(self, heard: Heard, danger: Danger, language: str | None, *, alert: bool) -> None:
        """Send a danger card, and tell staff (`alert`). Once for a message: the platform will send it again."""
        if heard.external_id in self._warned:
            return
        self._warned[heard.external_id] = None
        while len(self._warned) > REMEMBERED:
            self._warned.popitem(last=False)
        text = "\n\n".join([*missing_numbers(danger.card), danger.card.text])
        self._spawn(self._send(heard, text, urgent=True))
        if alert and danger.tier != "unchecked":
            self._spawn(self._alert(heard, danger, language))

    def tell(self, heard: Heard, key: str, language: str | None) -> None:
        """Send a sentence."""
        self._spawn(self._send(heard, self._wording.say(key, language)))

    def acknowledge(self, heard: Heard) -> None:
        """Tell the platform that the message is safe, if it wants to know."""
        if heard.acknowledge is not None:
            self._spawn(self._acknowledge(heard, heard.acknowledge))

    async def close(self) -> None:
        """Let what is on its way go out."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=3)

    async def _send(self, heard: Heard, text: str, *, urgent: bool = False) -> None:
        channel = self._channels[heard.channel]
        try:
            for part in self._renderer.notice(text, channel.manner):
                await self._persist(channel, heard.address, part, urgent)
        except SendError as error:
            log.error("delivery.unsaved_failed", channel=channel.name, error=error.code)

    async def _persist(self, channel: Channel, address: str, part: Part, urgent: bool) -> None:
        """Until it is taken. What may have been taken is said again only if it is `urgent`."""
        for pause in PAUSES:
            try:
                await channel.send(address, part)
            except SendError as error:
                if error.permanent or (error.unclear and not urgent):
                    raise
                await asyncio.sleep(max(pause, error.retry_after or 0.0))
            else:
                return
        await channel.send(address, part)

    async def _alert(self, heard: Heard, danger: Danger, language: str | None) -> None:
        if not await self._alerts.send_unstored(new_id(), danger):
            await self._send(heard, self._wording.say("alert_undelivered", language))

    async def _acknowledge(self, heard: Heard, mark: str) -> None:
        try:
            await self._channels[heard.channel].acknowledge(mark)
        except SendError as error:
            log.info("webhook.not_acknowledged", channel=heard.channel, error=error.code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
