"""Telling the engines, over their private API (docs/architecture.md), to read anew what is published, or to train."""

from __future__ import annotations

import httpx
import structlog

from bot.settings import Settings

log = structlog.get_logger("mesobot.console")
LOADING = 120.0  # seconds; an engine loads a model before it answers


async def reload(settings: Settings) -> list[str]:
    """Let every engine take the published content and the released model; those that were away or failed."""
    away = []
    # trust_env off: a proxy of the environment has no business between us and a private engine.
    async with httpx.AsyncClient(timeout=httpx.Timeout(LOADING, connect=2), trust_env=False) as client:
        for url in settings.engines:
            try:
                (await client.post(f"{url.rstrip('/')}/reload")).raise_for_status()
            except httpx.HTTPError as error:
                log.warning("console.engine_away", error=type(error).__name__)
                away.append(url)
    return away


async def retrain(settings: Settings, proposal: str) -> bool:
    """Let the first engine that answers train a proposal in a process of its own; False when none could."""
    async with httpx.AsyncClient(timeout=httpx.Timeout(10, connect=2), trust_env=False) as client:
        for url in settings.engines:
            try:
                (await client.post(f"{url.rstrip('/')}/retrain", json={"proposal": proposal})).raise_for_status()
            except httpx.HTTPError as error:
                log.warning("console.engine_away", error=type(error).__name__)
                continue
            return True
    return False
