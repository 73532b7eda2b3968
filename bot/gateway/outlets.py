"""Where alerts go: a signed webhook, an e-mail, or (demo) a file. One contract: `send` returns, or raises.

An alert carries ids, flag and times, never a word of the patient: it travels outside our encryption.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from bot.booking.outlets import signature
from bot.gateway.post import DropPost, Post, letter, post_signed
from bot.settings import Settings
from bot.storage.tables import now

PURPOSE = b"mesobot.alert-webhook.v1"


@dataclass(frozen=True)
class Note:
    """What staff are told: look into the console, conversation so and so."""

    alert: str
    conversation: str
    flag: str
    tier: str
    raised_at: str
    escalation: int = 0


class Outlet(Protocol):
    """A way to reach staff."""

    name: str

    async def send(self, note: Note) -> None:
        """Hand over within `bot.booking.outlets.SECONDS`. Raises `OutletError`."""


class Webhook:
    """POST with `Mesobot-Signature` and `Idempotency-Key`; any 2xx is a receipt."""

    name = "webhook"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret

    async def send(self, note: Note) -> None:
        body = json.dumps({"type": "alert", **asdict(note)}).encode()
        signed = signature(self._secret, body, now(), PURPOSE)
        await post_signed(self._url, body, signed, f"{note.alert}-{note.escalation}")


class Mail:
    """An e-mail. Subject and text carry no health word: they pass through servers that are not ours."""

    name = "email"

    def __init__(self, post: Post, to: str, clinic: str) -> None:
        self._post = post
        self._to = to
        self._clinic = clinic

    async def send(self, note: Note) -> None:
        again = f" (reminder {note.escalation})" if note.escalation else ""
        subject = f"Mesobot: a conversation needs you{again}"
        text = (
            f"{self._clinic}\n\nConversation {note.conversation}\nAlert {note.alert}\nSince {note.raised_at}\n\n"
            "Open the console, read it, and acknowledge the alert.\n"
        )
        await self._post.deliver(letter(self._to, self._to, subject, text))


def make_outlets(settings: Settings, clinic: str, post: Post) -> list[Outlet]:
    """The outlets of the settings; the demo writes mails into its data folder when none is configured."""
    outlets: list[Outlet] = []
    if settings.alert_webhook:
        outlets.append(Webhook(settings.alert_webhook, settings.secret_key))
    if settings.alert_email and settings.smtp_url:
        outlets.append(Mail(post, settings.alert_email, clinic))
    if not outlets and settings.env == "demo":
        outlets.append(Mail(DropPost(settings.data_dir / "mail"), "staff@example.org", clinic))
    return outlets
