"""Messenger Platform (https://developers.facebook.com/docs/messenger-platform): text and quick replies."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from bot.gateway.channels import meta
from bot.gateway.channels.contract import Event, Heard, Manner, Media, Part, Report, fingerprint, tag_of
from bot.gateway.channels.sending import get
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
    settles=timedelta(seconds=30),  # echoes come within seconds, and again while we are away
)
ADDRESS = re.compile(r"[0-9]{5,30}")
PHOTOS = ("image", "video", "sticker")
FIELDS = "messages.limit(20){id,from,message,created_time}"
PICK = re.compile(r"[0-9a-f]{32}\.[0-9]{1,3}")


class MessengerReader:
    """Reads what people write to the page. What we say comes back as echoes, a proof that Messenger took it."""

    object = "page"

    def events(self, entry: dict[str, Any]) -> list[Event]:
        found: list[Event] = []
        for events in meta.understood(_read, entry.get("messaging", ())):
            found += events
        return found


def _read(event: dict[str, Any]) -> list[Event]:
    if "delivery" in event:
        return [Report(NAME, fingerprint(NAME, mid), "delivered") for mid in event["delivery"].get("mids", ())]
    message = event.get("message") or {}
    if message.get("is_echo"):
        tag = tag_of(message.get("metadata"))  # none when somebody writes from the page's inbox
        return [Report(NAME, fingerprint(NAME, message["mid"]), "sent", tag=tag)] if tag else []
    heard = _heard(event)
    return [] if heard is None else [heard]


def _heard(event: dict[str, Any]) -> Heard | None:
    address = event["sender"]["id"]
    if not ADDRESS.fullmatch(address):
        return None
    at = datetime.fromtimestamp(int(event["timestamp"]) / 1000, timezone.utc)
    if "postback" in event:
        return _pressed(event["postback"], address, at)
    # Edits, reactions and read marks are no message of a patient.
    message = event.get("message") or {}
    if "mid" not in message or message.get("is_deleted"):
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
        self._page = f"{base}/{meta.VERSION}/me"

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        message: dict[str, Any] = {"text": part.text, **({"metadata": tag} if tag else {})}
        if part.choices:
            message["quick_replies"] = [
                {"content_type": "text", "title": choice.title, "payload": choice.id} for choice in part.choices
            ]
        document = {"recipient": {"id": address}, "messaging_type": "RESPONSE", "message": message}
        body = await meta.send(self._client, f"{self._page}/messages", self._token, document)
        return fingerprint(NAME, body["message_id"]) if "message_id" in body else ""

    async def find(self, address: str, part: Part, since: datetime) -> list[str]:
        query = {"platform": "messenger", "user_id": address, "fields": FIELDS}
        headers = {"Authorization": f"Bearer {self._token}"}
        body = await get(self._client, f"{self._page}/conversations", params=query, headers=headers)
        try:
            messages = [one for room in body["data"] for one in room["messages"]["data"]]
            ours = [
                fingerprint(NAME, one["id"])
                for one in messages
                if one["from"]["id"] != address
                and one["message"] == part.text
                and datetime.strptime(one["created_time"], "%Y-%m-%dT%H:%M:%S%z") >= since
            ]
        except meta.ODD:
            return []
        return ours[::-1]  # they come newest first

    async def invite(self, address: str) -> bool:
        return False

    async def acknowledge(self, mark: str) -> None:
        return None
