"""Messenger Platform (https://developers.facebook.com/docs/messenger-platform): text and quick replies."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from bot.gateway.channels import meta
from bot.gateway.channels.contract import Event, Heard, Manner, Media, Part, Report, fingerprint
from bot.gateway.limits import Rule

NAME = "messenger"
MANNER = Manner(
    longest=1900,  # documented: 2,000
    longest_with_choices=1900,
    buttons=13,
    button_title=20,
    overall=Rule("messenger", 40.0, 40),
    chat=Rule("messenger_chat", 1.0, 10),
    window=timedelta(hours=24),
)
ADDRESS = re.compile(r"[0-9]{5,30}")
PHOTOS = ("image", "video", "sticker")
PICK = re.compile(r"[0-9a-f]{32}\.[0-9]{1,3}")


class MessengerReader:
    """Reads what people write to the page. What the page itself says comes back as echoes and is left out."""

    object = "page"

    def events(self, entry: dict[str, Any]) -> list[Event]:
        found: list[Event] = []
        for events in meta.understood(_read, entry.get("messaging", ())):
            found += events
        return found


def _read(event: dict[str, Any]) -> list[Event]:
    if "delivery" in event:
        return [Report(NAME, fingerprint(NAME, mid), "delivered") for mid in event["delivery"].get("mids", ())]
    heard = _heard(event)
    return [] if heard is None else [heard]


def _heard(event: dict[str, Any]) -> Heard | None:
    address = event["sender"]["id"]
    if not ADDRESS.fullmatch(address):
        return None
    at = datetime.fromtimestamp(int(event["timestamp"]) / 1000, timezone.utc)
    if "postback" in event:
        return _pressed(event["postback"], address, at)
    # Echoes of what the page says, edits, reactions and read marks are no message of a patient.
    message = event.get("message") or {}
    if "mid" not in message or message.get("is_echo") or message.get("is_deleted"):
        return None
    id, text = fingerprint(NAME, message["mid"]), message.get("text")
    if "quick_reply" in message:
        return Heard(NAME, id, address, pick=str(message["quick_reply"]["payload"]), at=at)
    media: Media | None = None
    if message.get("attachments"):
        media = "photo" if message["attachments"][0].get("type") in PHOTOS else "other"
    if text is None and media is None:
        return None
    return Heard(NAME, id, address, text=None if text is None else str(text), media=media, at=at)


def _pressed(postback: dict[str, Any], address: str, at: datetime) -> Heard:
    id, payload = fingerprint(NAME, postback["mid"]), str(postback.get("payload", ""))
    if PICK.fullmatch(payload):
        return Heard(NAME, id, address, pick=payload, at=at)
    return Heard(NAME, id, address, started=True, at=at)  # "Get started"


class Messenger:
    """Sends as the page."""

    name = NAME
    manner = MANNER

    def __init__(self, client: httpx.AsyncClient, token: str, base: str) -> None:
        self._client = client
        self._token = token
        self._url = f"{base}/{meta.VERSION}/me/messages"

    async def send(self, address: str, part: Part) -> str:
        message: dict[str, Any] = {"text": part.text}
        if part.choices:
            message["quick_replies"] = [
                {"content_type": "text", "title": choice.title, "payload": choice.id} for choice in part.choices
            ]
        document = {"recipient": {"id": address}, "messaging_type": "RESPONSE", "message": message}
        body = await meta.send(self._client, self._url, self._token, document)
        return fingerprint(NAME, body["message_id"]) if "message_id" in body else ""

    async def invite(self, address: str) -> bool:
        return False

    async def acknowledge(self, mark: str) -> None:
        return None
