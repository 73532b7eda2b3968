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


# No connection was made, so nothing can have been taken.
NOT_CALLED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


async def post(client: httpx.AsyncClient, url: str, **request: Any) -> tuple[httpx.Response, dict[str, Any]]:
    """The response and its JSON object ({} if it is none). Raises a temporary `SendError` when there is no response."""
    return await _call(client, "POST", url, **request)


async def get(client: httpx.AsyncClient, url: str, **request: Any) -> dict[str, Any]:
    """The JSON object. Raises `SendError`, temporary if a later try may help, unless the platform answered well."""
    response, body = await _call(client, "GET", url, **request)
    if response.is_success:
        return body
    status = response.status_code
    raise SendError(f"find_{status}", permanent=400 <= status < 500 and status not in (408, 429))


async def _call(
    client: httpx.AsyncClient, method: str, url: str, **request: Any
) -> tuple[httpx.Response, dict[str, Any]]:
    try:
        response = await client.request(method, url, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its text may hold the address with a token in it.
        raise SendError(type(error).__name__, unclear=not isinstance(error, NOT_CALLED)) from None
    try:
        body = response.json()
    except ValueError:
        body = {}
    if response.status_code == 504:  # a proxy of the platform got no answer
        raise SendError("504", unclear=True)
    return response, body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response, more: object = None) -> float | None:
    """Seconds that the platform asked us to wait, from the body or the Retry-After header."""
    for value in (more, response.headers.get("retry-after")):
        try:
            return min(max(float(value), 0.0), LONGEST_WAIT)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return None
