"""The verdict token: claims of `bot.eligibility.validity.claims`, signed, so that only the questionnaire can make one.

    <claims as base64url JSON>.<HMAC-SHA256 as base64url>

It holds no answers, only their hash. Made when a questionnaire is finished, kept with the conversation, looked at
whenever a slot is offered, held or booked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

PURPOSE = b"mesobot.verdict-token.v1"


class TokenError(ValueError):
    """Not a token of ours: malformed, altered, or signed with another key."""


class Tokens:
    """Signs and reads. `secret` is MESOBOT_SECRET_KEY; the key for this purpose is derived from it."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), PURPOSE, hashlib.sha256).digest()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token for these claims."""
        body = _encode(json.dumps(dict(claims), sort_keys=True, separators=(",", ":")).encode())
        return f"{body}.{self._signature(body)}"

    def read(self, token: str) -> dict[str, Any]:
        """The claims. Raises `TokenError`; whether they are still live is `is_live`'s business."""
        body, _, signature = token.partition(".")
        if not signature.isascii() or not hmac.compare_digest(signature, self._signature(body)):
            raise TokenError("signature")
        claims = json.loads(_decode(body))
        if not isinstance(claims, dict):
            raise TokenError("claims")
        return claims

    def live(
        self, token: str | None, *, rules: str, now: datetime, answers: str | None = None
    ) -> dict[str, Any] | None:
        """The claims of a token that may be used now: ours, not expired, made by these rules and, when their hash
        `answers` is known, for these answers. None for any other.
        """
        if not token:
            return None
        try:
            claims = self.read(token)
            expired = now >= datetime.fromisoformat(claims["expires"])
            same = claims["rules"] == rules and answers in (None, claims["answers"])
        except (KeyError, TypeError, ValueError):
            return None
        return claims if same and not expired else None

    def _signature(self, body: str) -> str:
        return _encode(hmac.new(self._key, body.encode(), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
