"""Where alerts go: a signed webhook, an e-mail, or (demo) a file. One contract: `send` returns, or raises.

An alert carries ids, flag and times, never a word of the patient: it travels outside our encryption.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx

from bot.settings import Settings
from bot.storage.tables import new_id

SECONDS = 8.0


class DeliveryError(Exception):
    """The outlet did not take it. The message names the kind of failure only."""


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
        """Hand over, within `SECONDS`. Raises `DeliveryError`."""


class Webhook:
    """POST with `Mesobot-Signature: t=<unix time>,v1=<HMAC-SHA256 of "t.body">`; any 2xx is a receipt."""

    name = "webhook"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._key = hmac.new(secret.encode(), b"mesobot.alert-webhook.v1", hashlib.sha256).digest()

    async def send(self, note: Note) -> None:
        body = json.dumps({"type": "alert", **asdict(note)}).encode()
        stamp = str(int(datetime.now(timezone.utc).timestamp()))
        signature = hmac.new(self._key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Mesobot-Signature": f"t={stamp},v1={signature}",
            "Idempotency-Key": f"{note.alert}-{note.escalation}",
        }
        try:
            async with httpx.AsyncClient(timeout=SECONDS) as client:
                response = await client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise DeliveryError(type(error).__name__) from None
        if not response.is_success:
            raise DeliveryError(f"status {response.status_code}")


class Mail:
    """E-mail through `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://`."""

    name = "email"

    def __init__(self, smtp_url: str, to: str, clinic: str) -> None:
        self._url = urlsplit(smtp_url)
        self._to = to
        self._clinic = clinic

    async def send(self, note: Note) -> None:
        tls = self._url.scheme == "smtps"
        try:
            await aiosmtplib.send(
                mail(note, self._to, self._clinic),
                hostname=self._url.hostname,
                port=self._url.port,
                username=unquote(self._url.username) if self._url.username else None,
                password=unquote(self._url.password) if self._url.password else None,
                use_tls=tls,
                timeout=SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise DeliveryError(type(error).__name__) from None


class MailDrop:
    """Writes the e-mail into a folder: what the demo does, so that it can be seen without a mail server."""

    name = "mail_drop"

    def __init__(self, folder: Path, clinic: str) -> None:
        self._folder = folder
        self._clinic = clinic

    async def send(self, note: Note) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"alert-{note.alert}-{note.escalation}.eml"
            path.write_bytes(bytes(mail(note, "staff@example.org", self._clinic)))
        except OSError as error:
            raise DeliveryError(type(error).__name__) from None


def mail(note: Note, to: str, clinic: str) -> EmailMessage:
    """The e-mail. Subject and text carry no health word: they pass through servers that are not ours."""
    message = EmailMessage()
    again = f" (reminder {note.escalation})" if note.escalation else ""
    message["Subject"] = f"Mesobot: a conversation needs you{again}"
    message["From"] = to
    message["To"] = to
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    message["Message-ID"] = f"<{new_id()}@mesobot.invalid>"
    message.set_content(
        f"{clinic}\n\nConversation {note.conversation}\nAlert {note.alert}\nSince {note.raised_at}\n\n"
        "Open the console, read it, and acknowledge the alert.\n"
    )
    return message


def make_outlets(settings: Settings, clinic: str) -> list[Outlet]:
    """The outlets of the settings; the demo writes mails into its data folder when none is configured."""
    outlets: list[Outlet] = []
    if settings.alert_webhook:
        outlets.append(Webhook(settings.alert_webhook, settings.secret_key))
    if settings.alert_email and settings.smtp_url:
        outlets.append(Mail(settings.smtp_url, settings.alert_email, clinic))
    if not outlets and settings.env == "demo":
        outlets.append(MailDrop(settings.data_dir / "mail", clinic))
    return outlets
