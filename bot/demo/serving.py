"""Runs local platforms on a loopback port, and says which settings make a gateway use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from bot.demo.platform import Platform


@asynccontextmanager
async def served(*platforms: Platform) -> AsyncIterator[dict[str, str]]:
    """Serve platforms together while the block runs; the settings of a gateway that is to use them."""
    app = Starlette(routes=[route for platform in platforms for route in platform.routes()])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    settings = {platform.address: url for platform in platforms}
    for platform in platforms:
        settings |= platform.settings
    try:
        yield settings
    finally:
        server.should_exit = True
        await task


def point(gateway: str, *platforms: Platform) -> None:
    """Let platforms call the webhooks of this gateway."""
    for platform in platforms:
        platform.webhook = gateway + platform.path
