"""One HTTP call to a platform, and what its failures mean."""

from __future__ import annotations

from typing import Any

import httpx

from bot.gateway.channels.contract import SendError

SECONDS = 10.0
LONGEST_WAIT = 3600.0


def make_client() -> httpx.AsyncClient:
    """Shared by all channels of a gateway."""
    return httpx.AsyncClient(timeout=SECONDS)


async def post(client: httpx.AsyncClient, url: str, **request: Any) -> tuple[httpx.Response, dict[str, Any]]:
    """The response and its JSON object ({} if it is none). Raises a temporary `SendError` when there is no response."""
    try:
        response = await client.post(url, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its text may hold the address with a token in it.
        raise SendError(type(error).__name__) from None
    try:
        body = response.json()
    except ValueError:
        body = {}
    return response, body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response, more: object = None) -> float | None:
    """Seconds that the platform asked us to wait, from the body or the Retry-After header."""
    for value in (more, response.headers.get("retry-after")):
        try:
            return min(max(float(value), 0.0), LONGEST_WAIT)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return None
