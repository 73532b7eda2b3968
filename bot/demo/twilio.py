"""Twilio: `Messages.json` with basic authentication, signed forms, status callbacks. `kind` is sms or whatsapp."""

from __future__ import annotations

import base64
import contextlib
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from bot.demo.platform import Platform, Taken, form

ACCOUNT = "AC" + "0" * 32
TOKEN = "local-twilio-token"
OURS = "+15005550006"


class LocalTwilio(Platform):
    channel = "sms"
    path = "/webhooks/twilio"
    address = "MESOBOT_TWILIO_URL"
    prefix = ""
    settings: ClassVar = {
        "MESOBOT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "MESOBOT_TWILIO_AUTH_TOKEN": TOKEN,
        "MESOBOT_TWILIO_FROM": f"{OURS},whatsapp:{OURS}",
    }

    def __init__(self) -> None:
        super().__init__()
        self.other: LocalTwilio | None = None  # takes what is sent to the other kind of address

    @staticmethod
    def both() -> tuple[LocalTwilio, LocalTwilioWhatsApp]:
        """Text messages and WhatsApp of one account."""
        sms, whatsapp = LocalTwilio(), LocalTwilioWhatsApp()
        sms.other = whatsapp
        whatsapp.ids = sms.ids  # no two messages of an account share an id
        return sms, whatsapp

    def routes(self) -> list[Route]:
        return [Route(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self._messages, methods=["GET", "POST"])]

    async def _messages(self, request: Request) -> Response:
        right = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != right:
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        fields = await form(request) if request.method == "POST" else dict(request.query_params)
        ours = self.other is None or fields["To"].startswith("whatsapp:") == bool(self.prefix)
        kind = self if ours or self.other is None else self.other
        return await kind.take(fields) if request.method == "POST" else kind.listed(fields)

    def listed(self, fields: dict[str, str]) -> Response:
        """What was sent to a number, newest first."""
        messages = [
            {
                "sid": one.id,
                "to": one.to,
                "body": one.text,
                "direction": "outbound-api",
                "status": "queued",
                "date_created": format_datetime(one.at),
                "date_sent": None,
            }
            for one in self.taken
            if one.to == fields["To"]
        ]
        return JSONResponse({"messages": messages[::-1][: int(fields.get("PageSize", "50"))]})

    async def take(self, fields: dict[str, str]) -> Response:
        fault = await self.fault()
        if fault is not None:
            return fault
        if len(fields.get("Body", "")) > 1600:
            return JSONResponse({"code": 21617, "message": "too long", "status": 400}, 400)
        id = f"SM{next(self.ids):032d}"
        self.taken.append(Taken(fields["To"], fields.get("Body", fields.get("ContentSid", "")), {}, id, dict(fields)))
        return self.answer(JSONResponse({"sid": id, "status": "queued"}, 201), self.taken[-1])

    async def _report(self, taken: Taken) -> None:
        """To the address that came with the message; Twilio does not call again."""
        if url := taken.raw.get("StatusCallback"):
            body = self.status(taken.id, taken.to, "sent")
            async with httpx.AsyncClient(timeout=20) as http:
                with contextlib.suppress(httpx.HTTPError):
                    await http.post(url, content=body, headers=self.signed(body, url))

    def fields(self, sender: str, id: int | None = None, **more: str) -> bytes:
        number = next(self.ids) if id is None else id
        common = {"MessageSid": f"SM{number:032d}", "AccountSid": ACCOUNT, "From": sender, "To": self.prefix + OURS}
        return urlencode({**common, "NumMedia": "0", "SmsStatus": "received", **more}).encode()

    def text(self, sender: str, text: str, id: int | None = None) -> bytes:
        return self.fields(sender, id, Body=text)

    def press(self, sender: str, pick: str, id: int | None = None) -> bytes:
        raise NotImplementedError("numbered text only")

    def photo(self, sender: str, caption: str = "") -> bytes:
        return self.fields(sender, Body=caption, NumMedia="1", MediaContentType0="image/jpeg")

    def status(self, id: str, to: str, state: str, error: str = "") -> bytes:
        more = {"ErrorCode": error} if error else {}
        fields = {"MessageSid": id, "AccountSid": ACCOUNT, "To": to, "From": OURS, "MessageStatus": state, **more}
        return urlencode(fields).encode()

    def signed(self, body: bytes, url: str = "") -> dict[str, str]:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = RequestValidator(TOKEN).compute_signature(url or self.webhook, fields)
        return {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}


class LocalTwilioWhatsApp(LocalTwilio):
    channel = "whatsapp_twilio"
    prefix = "whatsapp:"
