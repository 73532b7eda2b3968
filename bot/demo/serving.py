"""Runs local platforms on a loopback port, and says which settings make a gateway use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from bot.demo.platform import Platform

LAST_ANSWERS = 3.0  # seconds for what is being answered when the end comes


@asynccontextmanager
async def listening(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serve an app on a loopback port while the block runs; its address.

    uvicorn's own end looks every tenth of a second whether it may come; this one comes when the last answer is out.
    """
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none", server_header=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    await server.on_tick(0)  # gives answers their date
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        if answering := set(server.server_state.tasks):
            _, late = await asyncio.wait(answering, timeout=LAST_ANSWERS)
            for task in late:
                task.cancel()
        await server.lifespan.shutdown()


@asynccontextmanager
async def served(*platforms: Platform) -> AsyncIterator[dict[str, str]]:
    """Serve platforms together while the block runs; the settings of a gateway that is to use them."""
    async with listening(Starlette(routes=[route for platform in platforms for route in platform.routes()])) as url:
        settings = {platform.address: url for platform in platforms}
        for platform in platforms:
            settings |= platform.settings
        yield settings


def point(gateway: str, *platforms: Platform) -> None:
    """Let platforms call the webhooks of this gateway."""
    for platform in platforms:
        platform.webhook = gateway + platform.path
