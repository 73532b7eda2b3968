"""Telegram: `sendMessage`, `answerCallbackQuery`, 429 with retry_after, updates with the secret header."""

from __future__ import annotations

import json
import time
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.platform import Platform, Taken

TOKEN = "7000:local-telegram"
SECRET = "telegram-secret_1"


class LocalTelegram(Platform):
    channel = "telegram"
    path = "/webhooks/telegram"
    address = "MESOBOT_TELEGRAM_URL"
    settings: ClassVar = {"MESOBOT_TELEGRAM_TOKEN": TOKEN, "MESOBOT_TELEGRAM_SECRET": SECRET}

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self.language = "en"  # of the phone

    def routes(self) -> list[Route]:
        return [Route("/bot{token}/{method}", self._method, methods=["POST"])]

    async def _method(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return JSONResponse({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        fault = await self.fault()
        if fault is not None:
            return fault
        body = await request.json()
        if request.path_params["method"] == "answerCallbackQuery":
            self.acknowledged.append(body["callback_query_id"])
            return JSONResponse({"ok": True, "result": True})
        if len(body["text"]) > 4096 or not body["text"]:
            return JSONResponse({"ok": False, "error_code": 400, "description": "Bad Request"}, 400)
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        picks = {button["text"]: button["callback_data"] for row in rows for button in row}
        if any(len(pick.encode()) > 64 for pick in picks.values()):
            return JSONResponse({"ok": False, "error_code": 400, "description": "BUTTON_DATA_INVALID"}, 400)
        id = next(self.ids)
        self.taken.append(Taken(str(body["chat_id"]), body["text"], picks, str(id), body))
        result = {"message_id": id, "chat": {"id": body["chat_id"]}}
        return self.answer(JSONResponse({"ok": True, "result": result}), self.taken[-1])

    def update(self, sender: str, id: int | None = None, **content: Any) -> bytes:
        number = next(self.ids) if id is None else id
        person = {"id": int(sender), "is_bot": False, "first_name": "Ada", "language_code": self.language}
        chat = {"id": int(sender), "type": "private"}
        message = {"message_id": number, "from": person, "chat": chat, "date": int(time.time())}
        kind = content.pop("kind", "message")
        return json.dumps({"update_id": number, kind: {**message, **content}}).encode()

    def text(self, sender: str, text: str, id: int | None = None) -> bytes:
        return self.update(sender, id, text=text)

    def photo(self, sender: str, caption: str = "") -> bytes:
        content: dict[str, Any] = {"photo": [{"file_id": "x"}], **({"caption": caption} if caption else {})}
        return self.update(sender, **content)

    def press(self, sender: str, pick: str, id: int | None = None) -> bytes:
        number = next(self.ids) if id is None else id
        person = {"id": int(sender), "is_bot": False, "first_name": "Ada", "language_code": self.language}
        message = {"message_id": 1, "chat": {"id": int(sender), "type": "private"}, "date": 0, "from": {"is_bot": True}}
        query = {"id": f"q{number}", "from": person, "message": message, "data": pick}
        return json.dumps({"update_id": number, "callback_query": query}).encode()

    def signed(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
