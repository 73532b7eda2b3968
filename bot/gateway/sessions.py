"""Who may speak in a conversation: whoever holds the token that was made with it. No other id is ever trusted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from bot.storage.tables import new_id

LIFE = timedelta(hours=12)
REMEMBERED = timedelta(days=90)  # for this long an old token still tells that two conversations are one person's
LONGEST_TOKEN = 500


@dataclass(frozen=True)
class Session:
    """What a token says: the conversation, and the page it was made for ("" when no browser made it)."""

    conversation: str
    origin: str
    expires: datetime


class Sessions:
    """Makes and reads tokens. Nothing is stored: a token is worth what its signature, time and conversation are."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(
            secret,
            salt="mesobot.web-session.v1",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def begin(self, now: datetime, origin: str = "", conversation: str | None = None) -> tuple[str, Session]:
        """A token for a conversation with a new random id, or for one whose patient proved to be theirs."""
        session = Session(conversation or new_id(), origin, now + LIFE)
        payload = {"c": session.conversation, "o": origin, "e": int(session.expires.timestamp())}
        token = self._signer.dumps(payload)
        return token if isinstance(token, str) else token.decode(), session

    def read(self, token: str, now: datetime, origin: str = "") -> Session | None:
        """The session of a token. None for every other string, always in the same way."""
        session = self._open(token, now, timedelta())
        if session is None or (session.origin and origin and session.origin != origin):
            return None
        return session

    def recall(self, token: str, now: datetime) -> str | None:
        """The conversation of a token that may have expired: good for finding the person again, for nothing else."""
        session = self._open(token, now, REMEMBERED)
        return session.conversation if session else None

    def _open(self, token: str, now: datetime, grace: timedelta) -> Session | None:
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            payload = self._signer.loads(token)
            expires = datetime.fromtimestamp(payload["e"], tz=now.tzinfo)
            session = Session(payload["c"], payload["o"], expires)
        except (BadData, KeyError, TypeError, ValueError):
            return None
        return session if now < expires + grace else None
