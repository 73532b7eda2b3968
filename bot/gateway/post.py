"""The ways out: signed webhooks, and e-mail through SMTP or (demo) into a folder.

One contract: they return, or raise `OutletError`.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx

from bot.booking.outlets import SECONDS, OutletError, verdict_on
from bot.settings import Settings
from bot.storage.tables import new_id, now


class Post(Protocol):
    """A way for an e-mail to leave."""

    async def deliver(self, message: EmailMessage) -> None:
        """Hand over within `SECONDS`. Raises `OutletError`."""


class SmtpPost:
    """Through `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    async def deliver(self, message: EmailMessage) -> None:
        try:
            await aiosmtplib.send(
                message,
                hostname=self._url.hostname,
                port=self._url.port,
                username=unquote(self._url.username) if self._url.username else None,
                password=unquote(self._url.password) if self._url.password else None,
                use_tls=self._url.scheme == "smtps",
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPResponseException as error:
            raise OutletError(f"smtp {error.code}", permanent=500 <= error.code < 600) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = all(one.code >= 500 for one in error.recipients)
            raise OutletError("recipient refused", permanent=refused) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise OutletError(type(error).__name__) from None


class DropPost:
    """Into a folder, one file a message: what the demo does, so that it can be seen without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: EmailMessage) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{message['Message-ID'].strip('<>').partition('@')[0]}.eml").write_bytes(bytes(message))
        except OSError as error:
            raise OutletError(type(error).__name__) from None


class NoPost:
    """No mail server is configured: every e-mail is refused, and the job that wanted it is shown to staff."""

    async def deliver(self, message: EmailMessage) -> None:
        raise OutletError("no mail server", permanent=True)


def make_post(settings: Settings) -> Post:
    """The post of the settings."""
    if settings.smtp_url:
        return SmtpPost(settings.smtp_url)
    return DropPost(settings.data_dir / "mail") if settings.env == "demo" else NoPost()


async def post_signed(url: str, body: bytes, signature: str, key: str) -> None:
    """POST JSON to a webhook; any 2xx is a receipt. `key` is the same for every attempt. Raises `OutletError`."""
    headers = {"Content-Type": "application/json", "Mesobot-Signature": signature, "Idempotency-Key": key}
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            response = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise OutletError(type(error).__name__) from None
    except httpx.InvalidURL as error:
        raise OutletError(type(error).__name__, permanent=True) from None
    refusal = verdict_on(response.status_code)
    if refusal is not None:
        raise refusal


def letter(sender: str, to: str, subject: str, text: str, *, calendar: bytes | None = None) -> EmailMessage:
    """An e-mail, perhaps with a calendar file."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = to
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{new_id()}@mesobot.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if calendar is not None:
        message.add_attachment(calendar, maintype="text", subtype="calendar", filename="appointment.ics")
    return message
