"""Tells other gateways that a conversation has news, through Redis. A lost message costs a second, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import redis.asyncio
from redis.exceptions import RedisError

from bot.gateway.logs import log

CHANNEL = "mesobot:news"
TRY_AGAIN = 2.0


class Bus:
    """Publishes and hears ids of conversations; no word of a patient ever passes through it."""

    def __init__(self, url: str) -> None:
        self._client = redis.asyncio.Redis.from_url(url, socket_connect_timeout=1)
        self._tasks: set[asyncio.Task[None]] = set()

    def publish(self, conversation: str) -> None:
        """Say "look" without waiting for Redis."""
        task = asyncio.create_task(self._publish(conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def listen(self, wake: Callable[[str], None]) -> None:
        """Pass on what other gateways say, for ever, through Redis restarts."""
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    async for message in subscription.listen():
                        wake(message["data"].decode())
            except (RedisError, OSError) as error:
                log.warning("bus.redis_away", error=type(error).__name__)
                await asyncio.sleep(TRY_AGAIN)

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()

    async def _publish(self, conversation: str) -> None:
        try:
            await asyncio.wait_for(self._client.publish(CHANNEL, conversation), 1)
        except (RedisError, OSError, asyncio.TimeoutError):
            log.warning("bus.not_published", conversation=conversation)
