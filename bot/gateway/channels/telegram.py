"""Telegram's Bot API (https://core.telegram.org/bots/api): private chats, text and inline buttons."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import httpx

from bot.gateway.channels.contract import (
    Call,
    Event,
    Heard,
    MalformedError,
    Manner,
    Part,
    RefusedError,
    SendError,
    fingerprint,
)
from bot.gateway.channels.sending import post, retry_after
from bot.gateway.limits import Rule

NAME = "telegram"
MANNER = Manner(
    longest=4000,
    longest_with_choices=4000,
    buttons=10,
    button_title=40,
    overall=Rule("telegram", 25.0, 25),  # documented: about 30 a second in all, one a second in a chat
    chat=Rule("telegram_chat", 1.0, 5),
)
HEADER = "x-telegram-bot-api-secret-token"
PHOTOS = ("photo", "video", "animation", "video_note")
OTHERS = ("voice", "audio", "sticker", "document", "location", "contact", "venue", "poll", "dice", "story", "game")
COMMAND = re.compile(r"/([a-z_]{1,32})(?:@\w+)?")
WRONG_TOKEN = (401, 404)


class TelegramWebhook:
    """Telegram sends the secret that `setWebhook` was given in a header; it signs nothing."""

    path = "/webhooks/telegram"
    largest = 256 * 1024
    answer = ("{}", "application/json")
    redelivers = True

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def check(self, call: Call) -> None:
        shown = call.headers.get(HEADER)
        if shown is None:
            raise RefusedError(401)
        if not hmac.compare_digest(shown.encode(), self._secret):
            raise RefusedError(403)

    def read(self, call: Call) -> list[Event]:
        try:
            update = json.loads(call.body)
            number = update["update_id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise MalformedError from None
        try:
            heard = _heard(update, fingerprint(NAME, number))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError):
            return []  # an update of a kind that this version does not know
        return [] if heard is None else [heard]

    def challenge(self, query: Mapping[str, str]) -> str | None:
        return None


def _heard(update: dict[str, Any], id: str) -> Heard | None:
    """None for edits, groups, bots and everything that is no message of a patient."""
    pressed = update.get("callback_query")
    message = pressed["message"] if pressed else update.get("message")
    if message is None:
        return None
    sender = (pressed or message)["from"]
    # In a group, others would read the answers.
    if message["chat"]["type"] != "private" or sender.get("is_bot"):
        return None
    address, language = str(int(message["chat"]["id"])), sender.get("language_code")
    heard = Heard(NAME, id, address, language=language if isinstance(language, str) else None)
    if pressed:
        return replace(heard, pick=str(pressed["data"]), acknowledge=str(pressed["id"]))
    heard = replace(heard, at=datetime.fromtimestamp(int(message["date"]), timezone.utc))
    text = message.get("text")
    if isinstance(text, str):
        started = text.split(maxsplit=1)[:1] == ["/start"]
        command = COMMAND.fullmatch(text)  # "/help" and "/stop" are words that apps suggest
        return replace(heard, started=started, text=None if started else command[1] if command else text)
    caption = message.get("caption")
    heard = replace(heard, text=caption if isinstance(caption, str) else None)
    if any(key in message for key in PHOTOS):
        return replace(heard, media="photo")
    return replace(heard, media="other") if any(key in message for key in OTHERS) else None


class Telegram:
    """Sends with the bot's token. The Bot API takes no key of ours and shows a bot nothing of what it sent: a part of
    which nobody knows is sent again (docs/decisions/0702-at-least-once.md)."""

    name = NAME
    manner = MANNER

    def __init__(self, client: httpx.AsyncClient, token: str, base: str) -> None:
        self._client = client
        self._url = f"{base}/bot{token}"

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        message: dict[str, Any] = {
            "chat_id": int(address),
            "text": part.text,
            "link_preview_options": {"is_disabled": True},
        }
        if part.choices:
            rows = [[{"text": choice.title, "callback_data": choice.id}] for choice in part.choices]
            message["reply_markup"] = {"inline_keyboard": rows}
        sent = await self._call("sendMessage", message)
        return fingerprint(NAME, f"{address}/{sent['message_id']}") if "message_id" in sent else ""

    async def find(self, address: str, part: Part, since: datetime) -> list[str]:
        return []

    async def invite(self, address: str) -> bool:
        return False

    async def acknowledge(self, mark: str) -> None:
        # Without it the pressed button shows a spinner for minutes.
        await self._call("answerCallbackQuery", {"callback_query_id": mark})

    async def _call(self, method: str, document: dict[str, Any]) -> dict[str, Any]:
        response, body = await post(self._client, f"{self._url}/{method}", json=document)
        if response.is_success and body.get("ok"):
            result = body.get("result")
            return result if isinstance(result, dict) else {}
        parameters = body.get("parameters")
        asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
        status = response.status_code
        # A wrong token can be mended by the clinic meanwhile; a blocked bot or a bad request cannot.
        permanent = 400 <= status < 500 and status != 429 and status not in WRONG_TOKEN
        raise SendError(f"telegram_{status}", permanent=permanent, retry_after=retry_after(response, asked))
