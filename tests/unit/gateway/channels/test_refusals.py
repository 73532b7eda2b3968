"""What is forged, unsigned, replayed, oversized, malformed or out of order is refused or does no harm."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from sqlalchemy import func, select
from starlette.datastructures import Headers

from bot.clinic import Clinic
from bot.demo.meta import NUMBER, LocalMessenger, LocalWhatsApp
from bot.demo.platform import Taken
from bot.demo.telegram import LocalTelegram
from bot.demo.twilio import LocalTwilio
from bot.gateway.channels.contract import Call, MalformedError
from bot.gateway.channels.messenger import MessengerReader
from bot.gateway.channels.meta import MetaWebhook
from bot.gateway.channels.telegram import TelegramWebhook
from bot.gateway.channels.whatsapp import WhatsAppReader
from bot.settings import Settings
from bot.storage import conversations, inbox
from tests.databases import whatever_store

from ..house import house
from .conftest import Line


def stored(line: Line) -> int:
    with line.house.gateway.ground.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(inbox.inbox)) or 0)


def rooms(line: Line) -> int:
    with line.house.gateway.ground.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(conversations.conversations)) or 0)


@whatever_store
async def test_unsigned_is_401_and_forged_is_403(line: Line) -> None:
    body = line.platform.text(line.sender, "hello")
    bare = {"Content-Type": line.platform.signed(body)["Content-Type"]}
    assert (await line.platform.call(body, bare)).status_code == 401
    for change in ("x", "", "é".encode(), "sha256=", "sha256=" + "0" * 64):
        forged = {
            name: value if name == "Content-Type" else change for name, value in line.platform.signed(body).items()
        }
        assert (await line.platform.call(body, forged)).status_code == 403
    assert stored(line) == rooms(line) == 0


@whatever_store
async def test_a_signature_of_another_body_is_refused(line: Line) -> None:
    if line.platform.channel == "telegram":
        pytest.skip("Telegram signs no bodies")
    right = line.platform.signed(line.platform.text(line.sender, "hello"))
    assert (await line.platform.call(line.platform.text(line.sender, "bye"), right)).status_code == 403
    assert stored(line) == 0


@whatever_store
async def test_too_large_a_body_is_refused_before_it_is_read(line: Line) -> None:
    body = b"x" * (3 * 1024 * 1024 + 1)
    assert (await line.platform.call(body, {"Content-Type": "application/json"})).status_code == 413

    async def drip() -> object:
        for _ in range(50):
            yield b"x" * 100_000

    async with httpx.AsyncClient() as http:
        try:
            response = await http.post(line.platform.webhook, content=drip())  # type: ignore[arg-type]
            assert response.status_code == 413
        except httpx.WriteError:
            pass  # hung up on, as it should be


NONSENSE = (b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 60_000, b"{}", b"a=1&a=2", b"%ff=%ff")


async def test_malformed_bodies_do_no_harm(line: Line) -> None:
    for body in NONSENSE:
        try:
            headers = line.platform.signed(body)
        except ValueError:
            headers = line.platform.signed(b"")  # no form at all: no right signature exists
        assert (await line.platform.call(body, headers)).status_code in (200, 400, 403)
    assert stored(line) == rooms(line) == 0


def _spoilt(value: object) -> list[object]:
    """Every copy of a JSON value with one member replaced by something of another kind."""
    found: list[object] = []
    if isinstance(value, dict):
        for key in value:
            for other in (None, 0, "", [], {}, [None], {"x": None}, "\ud800", -1, 10**30):
                found.append({**value, key: other})
            found += [{**value, key: child} for child in _spoilt(value[key])]
            found.append({name: child for name, child in value.items() if name != key})
    if isinstance(value, list):
        for at, one in enumerate(value):
            found += [[*value[:at], child, *value[at + 1 :]] for child in _spoilt(one)]
    return found


@pytest.mark.parametrize("kind", [LocalTelegram, LocalWhatsApp, LocalMessenger], ids=lambda kind: kind.channel)
def test_a_body_with_any_member_spoilt_is_read_without_a_crash(kind: type[LocalTelegram]) -> None:
    platform = kind()
    meta = MetaWebhook("s", "v", [WhatsAppReader(NUMBER), MessengerReader()])
    webhook = TelegramWebhook("s") if kind is LocalTelegram else meta
    bodies = [platform.text("447400123456", "hi"), platform.press("447400123456", "x"), platform.photo("447400123456")]
    raw = {"message": {"metadata": "0" * 32}, "biz_opaque_callback_data": "0" * 32}
    bodies.append(platform.report(Taken("447400123456", "hello", {}, "id", raw)))
    for body in filter(None, bodies):
        for spoilt in _spoilt(json.loads(body)):
            try:
                for event in webhook.read(Call("", Headers(), json.dumps(spoilt).encode())):
                    assert isinstance(event.channel, str)
                    assert re.fullmatch(r"(?:[0-9a-f]{32})?", getattr(event, "tag", ""))
                    assert isinstance(getattr(event, "address", ""), str)
                    assert isinstance(getattr(event, "text", ""), str | None)
            except MalformedError:
                pass


@pytest.mark.parametrize("kind", ["text", "photo", "status"])
async def test_a_form_with_any_field_missing_or_odd_does_no_harm(sms: Line, kind: str) -> None:
    platform = sms.platform
    assert isinstance(platform, LocalTwilio)
    whole = {
        "text": platform.text(sms.sender, "hi"),
        "photo": platform.photo(sms.sender),
        "status": platform.status("SM1", sms.sender, "failed", "30005"),
    }[kind]
    fields = dict(parse_qsl(whole.decode(), keep_blank_values=True))
    for name in fields:
        for other in (None, "", "\x00", "é", "[]", "-1"):
            changed = {**fields, name: other}
            if other is None:
                del changed[name]
            answer = await platform.call(urlencode(changed).encode())
            assert answer.status_code == 200, (name, other)


@whatever_store
async def test_a_body_that_trickles_in_is_not_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.protection.BODY_SECONDS", 0.2)
    address = httpx.URL(line.house.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(f"POST {line.platform.path} HTTP/1.1\r\nHost: {address.host}\r\nContent-Length: 90\r\n\r\n{{".encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 30)
    writer.close()


async def test_a_message_that_comes_again_is_answered_once(line: Line) -> None:
    body = line.platform.text(line.sender, "once", 77)
    answers = await asyncio.gather(*(line.platform.call(body) for _ in range(6)))
    # Two first messages at one moment may make a database ask for another try: then the platform sends it again.
    assert {answer.status_code for answer in answers} <= {200, 503}
    await line.hears("heard: once")
    assert (await line.platform.call(body)).status_code == 200
    await asyncio.sleep(0.3)
    assert line.heard == ["once"]
    assert stored(line) == rooms(line) == 1


async def test_an_old_message_played_back_is_left_out(line: Line) -> None:
    body = line.platform.text(line.sender, "from last month")
    if line.platform.channel in ("sms", "whatsapp_twilio"):
        pytest.skip("Twilio's calls carry no time; its message ids are known for as long as the conversation is kept")
    for now in (str(int(time.time())), str(int(time.time() * 1000))[:10]):
        body = body.replace(now.encode(), str(int(now) - 30 * 86400).encode())
    assert (await line.platform.call(body)).status_code == 200
    assert stored(line) == 0


async def test_out_of_order_messages_are_all_answered(line: Line) -> None:
    for number in (305, 303, 304):
        await line.says(f"message {number}", number)
    for number in (303, 304, 305):
        await line.hears(f"heard: message {number}")


@whatever_store
async def test_a_flood_is_slowed_down_and_told_so_once_but_danger_always_passes(line: Line) -> None:
    line.house.engine.replies = []
    await asyncio.gather(*(line.says(f"m{number}") for number in range(40)))
    await line.hears("That was a lot at once")
    assert stored(line) < 40
    await line.says("my throat is closing")
    await line.hears("Call 999 now")
    assert sum("a lot at once" in text for text in line.platform.texts(line.sender)) == 1


@whatever_store
async def test_get_is_refused_but_for_the_right_verification(line: Line) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "42"}
    response = await line.house.http.get(line.platform.path, params=query)
    assert response.status_code == 403
    if line.platform.path == "/webhooks/meta":
        response = await line.house.http.get(line.platform.path, params={**query, "hub.verify_token": "local-verify"})
        assert (response.status_code, response.text) == (200, "42")
        assert response.headers["content-type"].startswith("text/plain")


Body = Callable[[LocalTelegram], bytes]


@pytest.mark.parametrize(
    "body",
    [
        lambda it: it.update("1", kind="edited_message", text="changed"),
        lambda it: it.update("1", text="to all", chat={"id": -5, "type": "group"}),
        lambda it: it.update("1", text="beep", **{"from": {"id": 1, "is_bot": True}}),
        lambda it: it.update("1", kind="my_chat_member"),
        lambda it: it.update("1", new_chat_title="x"),
    ],
    ids=["edited", "group", "bot", "membership", "service"],
)
@whatever_store
async def test_telegram_events_that_are_no_message_are_left_out(telegram: Line, body: Body) -> None:
    platform = telegram.platform
    assert isinstance(platform, LocalTelegram)
    assert (await platform.call(body(platform))).status_code == 200
    assert rooms(telegram) == 0


@whatever_store
async def test_echoes_reads_and_deletions_of_messenger_are_left_out(messenger: Line) -> None:
    platform = messenger.platform
    assert isinstance(platform, LocalMessenger)
    sender = messenger.sender
    body = platform.batch(
        platform.message(sender, text="we said", is_echo=True),
        platform.event(sender, read={"watermark": 1}),
        platform.event(sender, reaction={"mid": "m_1", "action": "react"}),
        platform.event(sender, message_edit={"mid": "m_1", "text": "changed"}),
        platform.message(sender, text="gone", is_deleted=True),
        platform.event(sender, nonsense=1),
        platform.message(sender, text="the one that counts"),
    )
    assert (await platform.call(body)).status_code == 200
    await messenger.hears("heard: the one that counts")
    assert messenger.heard == ["the one that counts"]


async def test_a_batch_of_whatsapp_is_taken_message_by_message(whatsapp: Line) -> None:
    platform = whatsapp.platform
    assert isinstance(platform, LocalWhatsApp)
    body = platform.batch(
        platform.message("447400123457", type="text", text={"body": "first"}),
        {"messages": [{"type": "text"}, {"nonsense": 1}, None]},
        platform.message(whatsapp.sender, type="reaction", reaction={"emoji": "x"}),
        platform.message(whatsapp.sender, type="text", text={"body": "second"}),
    )
    assert (await platform.call(body)).status_code == 200
    await platform.until("447400123457", "heard: first")
    await whatsapp.hears("heard: second")
    other = platform.batch(platform.message(whatsapp.sender, type="text", text={"body": "not ours"}), number="999")
    assert (await platform.call(other)).status_code == 200
    assert stored(whatsapp) == 2


@whatever_store
async def test_twilio_behind_a_proxy_signs_the_public_address(settings: Settings, clinic: Clinic) -> None:
    platform = LocalTwilio()
    body = platform.text("+447400123456", "hello")
    secrets = dict(platform.settings)
    for more, headers, status in (
        ({"public_url": "https://clinic.example"}, {}, 200),
        (
            {"trusted_proxies": ("127.0.0.1",)},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "clinic.example"},
            200,
        ),
        ({}, {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "clinic.example"}, 403),
    ):
        configured = replace(settings, channel_secrets=secrets, **more)
        async with house(configured, clinic) as here:
            signed = platform.signed(body, "https://clinic.example/webhooks/twilio")
            response = await here.http.post("/webhooks/twilio", content=body, headers={**signed, **headers})
            assert response.status_code == status


async def test_short_codes_and_names_are_left_out(sms: Line) -> None:
    platform = sms.platform
    assert isinstance(platform, LocalTwilio)
    assert (await platform.call(platform.fields("ACME", Body="buy"))).status_code == 200
    assert stored(sms) == 0


@whatever_store
async def test_production_mounts_only_what_is_configured(settings: Settings, clinic: Clinic) -> None:
    secrets = dict(LocalTelegram.settings)
    keys = ("A" * 43 + "=",)
    production = replace(settings, env="production", secret_key="s" * 40, data_keys=keys, channel_secrets=secrets)
    async with house(production, clinic) as here:
        assert (await here.http.post("/webhooks/telegram", content=b"{}")).status_code == 401
        assert (await here.http.post("/webhooks/twilio", content=b"")).status_code == 404
        assert (await here.http.post("/webhooks/meta", content=b"{}")).status_code == 404


@whatever_store
async def test_the_demo_makes_up_secrets_and_keeps_them(settings: Settings, clinic: Clinic) -> None:
    for _ in range(2):
        async with house(settings, clinic) as here:
            for path in ("/webhooks/telegram", "/webhooks/twilio", "/webhooks/meta"):
                assert (await here.http.post(path, content=b"{}")).status_code == 401
            file = settings.data_dir / "channels.json"
            assert file.stat().st_mode & 0o077 == 0
            secret = json.loads(file.read_text())["MESOBOT_TELEGRAM_SECRET"]
            body = LocalTelegram().text("7001", f"hello {_}")
            response = await here.http.post(
                "/webhooks/telegram", content=body, headers={"X-Telegram-Bot-Api-Secret-Token": secret}
            )
            assert response.status_code == 200
    sent = settings.data_dir / "channels" / "telegram.jsonl"
    assert "automated assistant" in sent.read_text()
