"""WhatsApp Cloud API (https://developers.facebook.com/docs/whatsapp/cloud-api): text, reply buttons and lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from bot.gateway.channels import meta
from bot.gateway.channels.contract import Event, Heard, Manner, Part, Report, State, fingerprint, tag_of
from bot.gateway.limits import Rule

NAME = "whatsapp"
MANNER = Manner(
    longest=4000,
    longest_with_choices=1000,  # documented: 1,024 in an interactive message
    buttons=3,
    button_title=20,
    rows=10,
    row_title=24,
    overall=Rule("whatsapp", 60.0, 60),
    chat=Rule("whatsapp_chat", 1 / 6, 40),  # documented: one in 6 seconds to a person, bursts of 45
    window=timedelta(hours=24),
    settles=timedelta(seconds=30),  # "sent" is reported within seconds, and again while we are away
)
ADDRESS = re.compile(r"[0-9]{5,20}")
PHOTOS = ("image", "video", "sticker")
SILENT = ("reaction", "system", "ephemeral")
STATES: Mapping[str, State] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}


class WhatsAppReader:
    """Reads what concerns our phone number; an app may serve several."""

    object = "whatsapp_business_account"

    def __init__(self, phone_number_id: str) -> None:
        self._id = phone_number_id

    def events(self, entry: dict[str, Any]) -> list[Event]:
        found: list[Event] = []
        for change in entry["changes"]:
            value = change["value"]
            if change.get("field") != "messages" or value["metadata"]["phone_number_id"] != self._id:
                continue
            found += meta.understood(_heard, value.get("messages", ()))
            found += meta.understood(_report, value.get("statuses", ()))
        return found


def _heard(message: dict[str, Any]) -> Heard | None:
    kind, address = message["type"], message["from"]
    if kind in SILENT or not ADDRESS.fullmatch(address):
        return None
    id = fingerprint(NAME, message["id"])
    at = datetime.fromtimestamp(int(message["timestamp"]), timezone.utc)
    if kind == "text":
        return Heard(NAME, id, address, text=str(message["text"]["body"]), at=at)
    if kind == "interactive":
        answer = message["interactive"]
        return Heard(NAME, id, address, pick=str(answer[answer["type"]]["id"]), at=at)
    if kind == "button":  # of a template
        return Heard(NAME, id, address, text=str(message["button"]["text"]), at=at)
    if kind == "request_welcome":
        return Heard(NAME, id, address, started=True, at=at)
    content = message.get(kind)
    caption = content.get("caption") if isinstance(content, dict) else None
    media = "photo" if kind in PHOTOS else "other"
    return Heard(NAME, id, address, text=caption and str(caption), media=media, at=at)  # type: ignore[arg-type]


def _report(status: dict[str, Any]) -> Report | None:
    state = STATES.get(status["status"])
    if state is None:
        return None
    fault = (status.get("errors") or [{}])[0].get("code")
    tag = tag_of(status.get("biz_opaque_callback_data"))
    return Report(NAME, fingerprint(NAME, status["id"]), state, None if fault is None else f"meta_{fault}", tag)


class WhatsApp:
    """Sends from one phone number id. `template` is `name:language` of an approved message that asks to write again."""

    name = NAME
    manner = MANNER

    def __init__(self, client: httpx.AsyncClient, phone_number_id: str, token: str, base: str, template: str) -> None:
        self._client = client
        self._token = token
        self._url = f"{base}/{meta.VERSION}/{phone_number_id}/messages"
        self._template = template

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        content: dict[str, Any] = {"type": "text", "text": {"body": part.text, "preview_url": False}}
        if part.choices:
            content = {"type": "interactive", "interactive": _interactive(part)}
        if tag:
            content["biz_opaque_callback_data"] = tag
        return await self._post(address, content)

    async def find(self, address: str, part: Part, since: datetime) -> list[str]:
        return []  # nothing that was sent can be read; its reports give the tag back

    async def invite(self, address: str) -> bool:
        if not self._template:
            return False
        name, _, language = self._template.partition(":")
        template = {"name": name, "language": {"code": language or "en"}}
        await self._post(address, {"type": "template", "template": template})
        return True

    async def acknowledge(self, mark: str) -> None:
        return None

    async def _post(self, address: str, content: dict[str, Any]) -> str:
        document = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": address, **content}
        body = await meta.send(self._client, self._url, self._token, document)
        messages = body.get("messages")
        return fingerprint(NAME, messages[0]["id"]) if messages else ""


def _interactive(part: Part) -> dict[str, Any]:
    body = {"text": part.text}
    if part.as_list:
        rows = [{"id": choice.id, "title": choice.title} for choice in part.choices]
        return {"type": "list", "body": body, "action": {"button": part.list_button, "sections": [{"rows": rows}]}}
    buttons = [{"type": "reply", "reply": {"id": choice.id, "title": choice.title}} for choice in part.choices]
    return {"type": "button", "body": body, "action": {"buttons": buttons}}
