"""Twilio Programmable Messaging: SMS, and WhatsApp through Twilio (https://www.twilio.com/docs/messaging)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from bot.gateway.channels.contract import (
    OPTED_OUT,
    WINDOW_CLOSED,
    Call,
    Event,
    Heard,
    Keyword,
    MalformedError,
    Manner,
    Part,
    RefusedError,
    Report,
    SendError,
    State,
    fingerprint,
    tag_of,
)
from bot.gateway.channels.sending import get, post, retry_after
from bot.gateway.limits import Rule

SMS, WHATSAPP = "sms", "whatsapp_twilio"
PREFIX = "whatsapp:"
SETTLES = timedelta(seconds=20)  # a message may be listed a little after it was taken
# Buttons of WhatsApp need content templates at Twilio, one for each wording: choices are numbered text instead.
SMS_MANNER = Manner(
    longest=1500,  # Twilio takes 1,600 and cuts them into segments itself
    longest_with_choices=1500,
    overall=Rule("twilio_sms", 10.0, 20),
    chat=Rule("twilio_sms_chat", 1.0, 8),
    plain=True,
    insecure=True,
    settles=SETTLES,
)
WHATSAPP_MANNER = Manner(
    longest=1500,
    longest_with_choices=1500,
    overall=Rule("twilio_whatsapp", 40.0, 40),
    chat=Rule("twilio_whatsapp_chat", 1.0, 8),
    window=timedelta(hours=24),
    settles=SETTLES,
)
ADDRESS = re.compile(r"(whatsapp:)?\+[0-9]{5,18}")
STATES: Mapping[str, State] = {
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the defaults in every country. Twilio itself stops
# sending after one of the first, with error 21610; the second begin again, if the number had stopped.
KEYWORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), "stop"),
    **dict.fromkeys(("start", "unstop", "yes"), "start"),
    **dict.fromkeys(("help", "info"), "help"),
}
STOPPED = 21610
OUTSIDE_WINDOW = 63016
MOST_FIELDS = 200
TAG_FIELD = "part"  # of the address that reports go to
RECENT = 50  # messages to one number that are read


class TwilioWebhook:
    """`X-Twilio-Signature` is over the address that Twilio called and the form's fields, so these are read first."""

    path = "/webhooks/twilio"
    largest = 64 * 1024
    answer = ('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")
    redelivers = False

    def __init__(self, account: str, token: str) -> None:
        self._account = account
        self._validator = RequestValidator(token)

    def check(self, call: Call) -> None:
        signature = call.headers.get("x-twilio-signature")
        if signature is None:
            raise RefusedError(401)
        try:
            fields = _fields(call.body)
            right = self._validator.validate(call.url, fields, signature)
        except (MalformedError, ValueError):
            right = False
        if not right:
            raise RefusedError(403)

    def read(self, call: Call) -> list[Event]:
        fields = _fields(call.body)
        id, address = fields.get("MessageSid", ""), fields.get("From", "")
        if not id or fields.get("AccountSid", self._account) != self._account:
            return []
        status = fields.get("MessageStatus")
        if status is not None and "Body" not in fields:
            state = STATES.get(status)
            channel = WHATSAPP if fields.get("To", "").startswith(PREFIX) else SMS
            tag = tag_of(dict(parse_qsl(urlsplit(call.url).query)).get(TAG_FIELD))
            report = state and Report(channel, fingerprint("twilio", id), state, fields.get("ErrorCode"), tag)
            return [report] if report else []
        if not ADDRESS.fullmatch(address):  # short codes and names cannot be answered
            return []
        channel = WHATSAPP if address.startswith(PREFIX) else SMS
        text: str | None = fields.get("Body") or None
        media = None
        if fields.get("NumMedia", "0") != "0":
            media = "photo" if fields.get("MediaContentType0", "").startswith(("image/", "video/")) else "other"
        elif text is None:
            media = "other"  # a place, a contact card, a sticker
        # With Advanced Opt-Out Twilio says what it took the text for, and has replied by itself.
        said = fields.get("OptOutType", text or "").strip().casefold()
        keyword = KEYWORDS.get(said) if channel == SMS and media is None else None
        return [
            Heard(
                channel,
                fingerprint("twilio", id),
                address,
                text=None if keyword == "help" else text,
                media=media,  # type: ignore[arg-type]
                started=keyword == "start" and said != "yes",
                keyword=keyword,
                answered="OptOutType" in fields,
            )
        ]

    def challenge(self, query: Mapping[str, str]) -> str | None:
        return None


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one too
        raise MalformedError from None
    fields = dict(pairs)
    if len(fields) != len(pairs):  # which of two equal names did the signature mean?
        raise MalformedError
    return fields


class Twilio:
    """Sends from one number, WhatsApp sender or messaging service (`MG...`)."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        name: str,
        account: str,
        token: str,
        sender: str,
        base: str,
        callback: str,
        template: str = "",
    ) -> None:
        self.name = name
        self.manner = WHATSAPP_MANNER if name == WHATSAPP else SMS_MANNER
        self._client = client
        self._auth = (account, token)
        self._url = f"{base}/2010-04-01/Accounts/{account}/Messages.json"
        self._common = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self._callback = callback
        self._template = template

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        return await self._post({"To": address, "Body": part.text}, tag)

    async def find(self, address: str, part: Part, since: datetime) -> list[str]:
        # By its number only: a message that still waits at Twilio has no date of sending.
        query = {"To": address, "PageSize": str(RECENT)}
        body = await get(self._client, self._url, params=query, auth=self._auth)
        try:
            ours = [
                fingerprint("twilio", one["sid"])
                for one in body["messages"]
                if one["body"].strip() == part.text.strip()
                and one["direction"].startswith("outbound")
                and parsedate_to_datetime(one["date_created"]) >= since
            ]
        except (KeyError, TypeError, AttributeError, ValueError):
            return []
        return ours[::-1]  # they come newest first

    async def invite(self, address: str) -> bool:
        if not self._template:
            return False
        await self._post({"To": address, "ContentSid": self._template})
        return True

    async def acknowledge(self, mark: str) -> None:
        return None

    async def _post(self, form: dict[str, str], tag: str = "") -> str:
        if self._callback:
            form["StatusCallback"] = self._callback + (f"?{TAG_FIELD}={tag}" if tag else "")
        response, body = await post(self._client, self._url, data={**self._common, **form}, auth=self._auth)
        if response.is_success and isinstance(body.get("sid"), str):
            return fingerprint("twilio", body["sid"])
        raise _fault(response, body)


def _fault(response: httpx.Response, body: dict[str, Any]) -> SendError:
    code, status = body.get("code"), response.status_code
    if code == OUTSIDE_WINDOW:
        return SendError(WINDOW_CLOSED, permanent=True)
    if code == STOPPED:
        return SendError(OPTED_OUT, permanent=True)
    # 401 and 404 speak of the account, which the clinic can mend meanwhile.
    permanent = 400 <= status < 500 and status not in (401, 404, 408, 429)
    name = f"twilio_{code if isinstance(code, int) else status}"
    return SendError(name, permanent=permanent, retry_after=retry_after(response))
