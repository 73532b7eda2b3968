"""Meta's Graph API: WhatsApp Cloud and Messenger, signed bodies, batches, statuses, echoes, documented error codes."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.platform import Platform, Taken

APP_SECRET = "local-meta-secret"
VERIFY_TOKEN = "local-verify"
TOKEN = "local-graph-token"
NUMBER = "15550001"
PAGE = "9"
SHARED = {"MESOBOT_META_APP_SECRET": APP_SECRET, "MESOBOT_META_VERIFY_TOKEN": VERIFY_TOKEN}


class _Graph(Platform):
    path = "/webhooks/meta"
    address = "MESOBOT_META_URL"

    def signed(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}

    def error(self, code: int, status: int = 400, **headers: str) -> None:
        """Let the next call fail with a code of the documentation."""
        self.fail(status, {"error": {"code": code, "message": "local"}}, **headers)

    async def _sent(self, request: Request) -> Response:
        return self.refused(request) or await self.fault() or self.take(await request.json())

    @staticmethod
    def refused(request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        return JSONResponse({"error": {"code": 190, "message": "token"}}, 401)

    def take(self, body: dict[str, Any]) -> Response:
        raise NotImplementedError


class LocalWhatsApp(_Graph):
    channel = "whatsapp"
    settings: ClassVar = {**SHARED, "MESOBOT_META_PHONE_NUMBER_ID": NUMBER, "MESOBOT_META_ACCESS_TOKEN": TOKEN}

    def routes(self) -> list[Route]:
        return [Route(f"/{{version}}/{NUMBER}/messages", self._sent, methods=["POST"])]

    def take(self, body: dict[str, Any]) -> Response:
        text, picks = "", dict[str, str]()
        if body["type"] == "text":
            text = body["text"]["body"]
        elif body["type"] == "template":
            text = f"template {body['template']['name']}"
        else:
            shown = body["interactive"]
            text = shown["body"]["text"]
            if shown["type"] == "button":
                picks = {one["reply"]["title"]: one["reply"]["id"] for one in shown["action"]["buttons"]}
                fits = len(picks) <= 3 and all(len(title) <= 20 for title in picks)
            else:
                picks = {one["title"]: one["id"] for one in shown["action"]["sections"][0]["rows"]}
                fits = len(picks) <= 10 and all(len(title) <= 24 for title in picks)
            if not fits or len(text) > 1024:
                return JSONResponse({"error": {"code": 100, "message": "Invalid parameter"}}, 400)
        id = f"wamid.{next(self.ids)}"
        self.taken.append(Taken(body["to"], text, picks, id, body))
        return self.answer(JSONResponse({"messaging_product": "whatsapp", "messages": [{"id": id}]}), self.taken[-1])

    def batch(self, *values: dict[str, Any], number: str = NUMBER) -> bytes:
        changes = [
            {"field": "messages", "value": {"metadata": {"phone_number_id": number}, **value}} for value in values
        ]
        return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()

    def message(self, sender: str, id: int | None = None, **content: Any) -> dict[str, Any]:
        number = next(self.ids) if id is None else id
        common = {"from": sender, "id": f"wamid.in{number}", "timestamp": str(int(time.time()))}
        return {"messages": [{**common, **content}]}

    def text(self, sender: str, text: str, id: int | None = None) -> bytes:
        return self.batch(self.message(sender, id, type="text", text={"body": text}))

    def press(self, sender: str, pick: str, id: int | None = None) -> bytes:
        answer = {"type": "button_reply", "button_reply": {"id": pick, "title": "x"}}
        return self.batch(self.message(sender, id, type="interactive", interactive=answer))

    def photo(self, sender: str, caption: str = "") -> bytes:
        image = {"id": "1", **({"caption": caption} if caption else {})}
        return self.batch(self.message(sender, type="image", image=image))

    def report(self, taken: Taken) -> bytes:
        return self.status(taken.id, "sent", tag=taken.raw.get("biz_opaque_callback_data"))

    def status(self, id: str, state: str, error: int | None = None, tag: str | None = None) -> bytes:
        status: dict[str, Any] = {"id": id, "status": state, "timestamp": str(int(time.time()))}
        if tag:
            status["biz_opaque_callback_data"] = tag
        if error:
            status["errors"] = [{"code": error}]
        return self.batch({"statuses": [status]})


class LocalMessenger(_Graph):
    channel = "messenger"
    settings: ClassVar = {**SHARED, "MESOBOT_META_PAGE_TOKEN": TOKEN}

    def routes(self) -> list[Route]:
        return [
            Route("/{version}/me/messages", self._sent, methods=["POST"]),
            Route("/{version}/me/conversations", self._conversations, methods=["GET"]),
        ]

    async def _conversations(self, request: Request) -> Response:
        """What page and person wrote, newest first."""
        if refused := self.refused(request):
            return refused
        person = request.query_params["user_id"]
        messages = [
            {
                "id": one.id,
                "message": one.text,
                "from": {"id": PAGE},
                "created_time": one.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            }
            for one in self.taken
            if one.to == person
        ]
        return JSONResponse({"data": [{"id": f"t_{person}", "messages": {"data": messages[::-1][:20]}}]})

    def take(self, body: dict[str, Any]) -> Response:
        message = body["message"]
        replies = message.get("quick_replies", [])
        picks = {one["title"]: one["payload"] for one in replies}
        if len(message["text"]) > 2000 or len(replies) > 13 or any(len(title) > 20 for title in picks):
            return JSONResponse({"error": {"code": 100, "message": "Invalid parameter"}}, 400)
        id = f"m_{next(self.ids)}"
        self.taken.append(Taken(body["recipient"]["id"], message["text"], picks, id, body))
        return self.answer(JSONResponse({"recipient_id": body["recipient"]["id"], "message_id": id}), self.taken[-1])

    def report(self, taken: Taken) -> bytes:
        metadata = taken.raw["message"].get("metadata")
        echo = {"is_echo": True, "app_id": 1, "mid": taken.id, "text": taken.text}
        people = {"sender": {"id": PAGE}, "recipient": {"id": taken.to}, "timestamp": int(time.time() * 1000)}
        return self.batch({**people, "message": {**echo, **({"metadata": metadata} if metadata else {})}})

    def batch(self, *events: dict[str, Any]) -> bytes:
        return json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": list(events)}]}).encode()

    def event(self, sender: str, **content: Any) -> dict[str, Any]:
        common = {"sender": {"id": sender}, "recipient": {"id": PAGE}, "timestamp": int(time.time() * 1000)}
        return {**common, **content}

    def message(self, sender: str, id: int | None = None, **content: Any) -> dict[str, Any]:
        number = next(self.ids) if id is None else id
        return self.event(sender, message={"mid": f"m_in{number}", **content})

    def text(self, sender: str, text: str, id: int | None = None) -> bytes:
        return self.batch(self.message(sender, id, text=text))

    def press(self, sender: str, pick: str, id: int | None = None) -> bytes:
        return self.batch(self.message(sender, id, text="x", quick_reply={"payload": pick}))

    def photo(self, sender: str, caption: str = "") -> bytes:
        return self.batch(self.message(sender, attachments=[{"type": "image"}]))
