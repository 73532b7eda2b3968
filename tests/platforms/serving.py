"""Runs local platforms on loopback ports, and says which settings make a gateway use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn

from tests.platforms.base import Platform


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """Serve one platform while the block runs; its base URL."""
    config = uvicorn.Config(platform.app, host="127.0.0.1", port=0, log_config=None, ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def all_served(platforms: Sequence[Platform], gateway: str) -> AsyncIterator[dict[str, str]]:
    """Serve them all and let them call this gateway; the settings it needs. At most one of them may be Meta's."""
    settings: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for platform in platforms:
            url = await stack.enter_async_context(served(platform))
            settings |= {**platform.settings, **platform.base(url)}  # type: ignore[attr-defined]
            platform.webhook = gateway + platform.path
        yield settings
