"""How much one session and one address may ask for; counted here, or in Redis for several gateways together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

import redis.asyncio
from redis.exceptions import RedisError

from bot.gateway.logs import log


@dataclass(frozen=True)
class Rule:
    """`burst` at once, then `per_second` on average. `name` keeps the counts of different rules apart."""

    name: str
    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """The rules of the chat API (docs/decisions/0304-limits.md)."""

    messages: Rule = Rule("messages", 1.0, 30)
    messages_long: Rule = Rule("messages_long", 0.2, 120)
    address: Rule = Rule("address", 5.0, 300)
    sessions: Rule = Rule("sessions", 0.5, 60)
    reads: Rule = Rule("reads", 10.0, 200)


class Limiter(Protocol):
    """Counts what was done."""

    async def hit(self, rule: Rule, key: str) -> float:
        """Count one; 0 when allowed, else the seconds to wait."""


class MemoryLimiter:
    """For one gateway. Keeps one number per active key."""

    def __init__(self, clock: Any = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[tuple[str, str], float] = {}  # when the key's bucket will be empty (GCRA)
        self._swept = 0.0

    async def hit(self, rule: Rule, key: str) -> float:
        now = self._clock()
        self._sweep(now)
        interval = 1 / rule.per_second
        due = max(self._due.get((rule.name, key), now), now)
        wait = due - now - interval * (rule.burst - 1)
        if wait > 0:
            return float(wait)
        self._due[rule.name, key] = due + interval
        return 0.0

    def _sweep(self, now: float) -> None:
        if now - self._swept > 60:
            self._swept = now
            self._due = {key: due for key, due in self._due.items() if due > now}


_SCRIPT = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = due - now - interval * (burst - 1)
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', due + interval), 'EX', math.ceil(interval * burst) + 1)
return '0'
"""


class RedisLimiter:
    """For several gateways. Without Redis each counts for itself: a limit is no reason to turn a patient away."""

    def __init__(self, url: str) -> None:
        # Short timeouts: a message must not wait for a counter.
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)
        self._script = self._client.register_script(_SCRIPT)
        self._alone = MemoryLimiter()

    async def hit(self, rule: Rule, key: str) -> float:
        try:
            found = await self._script(keys=[f"mesobot:{rule.name}:{key}"], args=[1 / rule.per_second, rule.burst])
            return float(found)
        except (RedisError, OSError) as error:
            log.warning("limiter.redis_away", error=type(error).__name__)
            return await self._alone.hit(rule, key)


def make_limiter(redis_url: str) -> Limiter:
    """The limiter of the settings."""
    return RedisLimiter(redis_url) if redis_url else MemoryLimiter()
