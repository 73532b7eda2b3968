"""What WhatsApp Cloud API and Messenger share: Meta's signature, verification, batches, and errors."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import httpx

from bot.gateway.channels.contract import WINDOW_CLOSED, Call, Event, MalformedError, RefusedError, SendError
from bot.gateway.channels.sending import post, retry_after

VERSION = "v21.0"
SCHEME = "sha256="
# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes and .../messenger-platform/error-codes
PASSING = frozenset({1, 2, 4, 17, 32, 190, 613, 1200, 80007, 130429, 131000, 131016, 131048, 131056, 133004})
OUTSIDE_WINDOW = frozenset({131047, 2018278})
ODD = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, OSError)  # JSON of another shape
T = TypeVar("T")


class Reader(Protocol):
    """The part of the webhook that belongs to one product."""

    object: str

    def events(self, entry: dict[str, Any]) -> Sequence[Event]:
        """Of one entry. May raise `ODD`: the entry is then left out."""


class MetaWebhook:
    """`X-Hub-Signature-256` is an HMAC of the raw body; one call may carry many entries with many events."""

    path = "/webhooks/meta"
    largest = 3 * 1024 * 1024  # documented: payloads are up to 3 MB
    answer = ("{}", "application/json")
    redelivers = True

    def __init__(self, app_secret: str, verify_token: str, readers: Sequence[Reader]) -> None:
        self._secret = app_secret.encode()
        self._verify_token = verify_token.encode()
        self._readers = {reader.object: reader for reader in readers}

    def check(self, call: Call) -> None:
        shown = call.headers.get("x-hub-signature-256")
        if shown is None:
            raise RefusedError(401)
        right = SCHEME + hmac.new(self._secret, call.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(shown.encode(), right.encode()):
            raise RefusedError(403)

    def read(self, call: Call) -> list[Event]:
        try:
            document = json.loads(call.body)
            reader, entries = self._readers.get(document["object"]), list(document["entry"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise MalformedError from None
        found: list[Event] = []
        for entry in entries if reader else ():
            try:
                found += reader.events(entry)  # type: ignore[union-attr]
            except ODD:
                continue  # an event of a kind that this version does not know
        return found

    def challenge(self, query: Mapping[str, str]) -> str | None:
        given = query.get("hub.verify_token", "").encode()
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given, self._verify_token):
            return None
        return query.get("hub.challenge")


def understood(read: Callable[[Any], T | None], events: Any) -> list[T]:
    """What each event says; an odd one must not cost its neighbours."""
    found = []
    for event in events:
        try:
            one = read(event)
        except ODD:
            continue
        if one is not None:
            found.append(one)
    return found


async def send(client: httpx.AsyncClient, url: str, token: str, document: dict[str, Any]) -> dict[str, Any]:
    """POST to the Graph API. Raises `SendError`."""
    response, body = await post(client, url, json=document, headers={"Authorization": f"Bearer {token}"})
    if response.is_success and "error" not in body:
        return body
    error = body.get("error")
    fields = error if isinstance(error, dict) else {}
    code, status = fields.get("code"), response.status_code
    if code in OUTSIDE_WINDOW or fields.get("error_subcode") in OUTSIDE_WINDOW:
        raise SendError(WINDOW_CLOSED, permanent=True)
    passing = code in PASSING or status >= 500 or status in (401, 404, 408, 429)
    name = f"meta_{code if isinstance(code, int) else status}"
    raise SendError(name, permanent=not passing, retry_after=retry_after(response))
