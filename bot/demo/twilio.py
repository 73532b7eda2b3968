"""Twilio: `Messages.json` with basic authentication, signed forms, status callbacks. `kind` is sms or whatsapp."""

from __future__ import annotations

import base64
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

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
        return sms, whatsapp

    def routes(self) -> list[Route]:
        return [Route(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self._send, methods=["POST"])]

    async def _send(self, request: Request) -> Response:
        right = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != right:
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        fields = await form(request)
        ours = fields["To"].startswith("whatsapp:") == bool(self.prefix)
        return await (self if ours or self.other is None else self.other).take(fields)

    async def take(self, fields: dict[str, str]) -> Response:
        fault = await self.fault()
        if fault is not None:
            return fault
        if len(fields.get("Body", "")) > 1600:
            return JSONResponse({"code": 21617, "message": "too long", "status": 400}, 400)
        id = f"SM{next(self.ids):032d}"
        self.taken.append(Taken(fields["To"], fields.get("Body", fields.get("ContentSid", "")), {}, id, dict(fields)))
        return JSONResponse({"sid": id, "status": "queued"}, 201)

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
