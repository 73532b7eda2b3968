"""Sending: tried again, in order, alerts first, never for ever; what the platform reports is kept."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest

from bot.booking.repository import Contact
from bot.demo.meta import LocalWhatsApp
from bot.demo.telegram import LocalTelegram
from bot.demo.twilio import LocalTwilio
from bot.envelope import Reply
from bot.gateway.channels import delivery as delivering
from bot.storage import conversations, deliveries, outbox
from bot.storage.bookings import StoredBookings
from bot.storage.tables import now

from ..house import database_away, until
from .conftest import Line


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(delivering, "LOOK_EVERY", 0.1)


def dead(line: Line) -> list[str]:
    with line.house.gateway.ground.database.read() as connection:
        return [one.fault for one in deliveries.dead_letters(connection)]


async def test_a_failing_platform_is_asked_again_and_order_is_kept(line: Line) -> None:
    for status in (500, 502, 429):
        line.platform.fail(status)
    await line.says("one")
    await line.says("two")
    await line.hears("heard: two")
    texts = line.platform.texts(line.sender)
    assert [text.split("\n")[0] for text in texts if "heard" in text] == ["heard: one", "heard: two"]
    assert "automated assistant" in texts[0]
    assert len(texts) == len(set(texts)) == 4  # who speaks, privacy, and the two answers


async def test_it_waits_as_long_as_the_platform_asks(telegram: Line) -> None:
    telegram.platform.fail(429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 1}})
    began = asyncio.get_running_loop().time()
    await telegram.says("hello")
    await telegram.hears("automated assistant")
    assert asyncio.get_running_loop().time() - began >= 0.9


async def test_retry_after_of_the_header_is_kept_too(sms: Line) -> None:
    sms.platform.fail(429, {"code": 20429}, Retry_After="1")
    began = asyncio.get_running_loop().time()
    await sms.says("hello")
    await sms.hears("automated assistant")
    assert asyncio.get_running_loop().time() - began >= 0.9


async def test_what_can_never_work_becomes_a_dead_letter_and_the_next_goes_on(telegram: Line) -> None:
    telegram.platform.fail(403, {"ok": False, "error_code": 403, "description": "bot was blocked by the user"})
    await telegram.says("hello")
    await telegram.hears("heard: hello")
    assert dead(telegram) == ["telegram_403"]
    assert telegram.deliveries()[0] == "failed"


async def test_it_gives_up_after_many_tries(telegram: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "ATTEMPTS", 3)
    monkeypatch.setattr(delivering, "LONGEST_PAUSE", 0.1)
    for _ in range(3):
        telegram.platform.fail(500)
    await telegram.says("hello")
    await telegram.hears("heard: hello")
    assert dead(telegram) == ["telegram_500"]


async def test_an_alert_overtakes_what_waits(telegram: Line) -> None:
    await telegram.says("hello")
    await telegram.hears("heard: hello")
    telegram.platform.fail(429, {"parameters": {"retry_after": 3}})
    await telegram.says("two")
    await until(lambda: not telegram.platform.faults)
    await telegram.says("my throat is closing")
    await telegram.hears("Call 999 now", 2)
    assert "heard: two" not in "".join(telegram.platform.texts(telegram.sender))


async def test_a_long_text_is_sent_in_parts_and_only_missing_parts_are_sent_again(messenger: Line) -> None:
    long = " ".join(f"This is sentence number {number} of a long answer." for number in range(90))
    messenger.house.engine.replies = [Reply("answer", "long", long)]
    await messenger.says("tell me all")
    await messenger.hears("automated")
    await messenger.hears("sentence number 0 ")
    messenger.platform.fail(500)
    await messenger.hears("number 89 ")
    parts = [text for text in messenger.platform.texts(messenger.sender) if "sentence number" in text]
    assert " ".join(parts) == long
    assert len(parts) == 3
    assert all(part.endswith(".") for part in parts)


async def test_a_person_who_took_over_is_not_talked_over(telegram: Line) -> None:
    await telegram.says("hello")
    await telegram.hears("heard: hello")
    room = telegram.house.engine.heard[0]["conversation"]
    database = telegram.house.gateway.ground.database
    with database.write() as connection:
        conversations.take_over(connection, room, "staff-1", now())
        outbox.append(database, connection, room, Reply("answer", "late", "I am late"), now(), delivery="pending")
        outbox.append(
            database, connection, room, Reply("text", "staff", "Ada here"), now(), sender="staff", delivery="pending"
        )
    telegram.house.gateway.ground.hub.wake(room)
    await telegram.hears("Ada here")
    assert not any("late" in text for text in telegram.platform.texts(telegram.sender))
    assert "withdrawn" in telegram.deliveries()


async def test_reports_move_forward_only_and_a_failure_is_a_dead_letter(sms: Line) -> None:
    platform = sms.platform
    assert isinstance(platform, LocalTwilio)
    await sms.says("hello")
    await sms.hears("heard: hello")
    await until(lambda: set(sms.deliveries()) == {"sent"})
    first = platform.taken[0]
    for state in ("delivered", "sent", "nonsense"):
        assert (await platform.call(platform.status(first.id, first.to, state))).status_code == 200
    assert dead(sms) == []
    assert (await platform.call(platform.status(first.id, first.to, "undelivered", "30005"))).status_code == 200
    assert dead(sms) == ["30005"]
    assert (await platform.call(platform.status("SMunknown", first.to, "failed"))).status_code == 200


async def test_whatsapp_reports_are_read(whatsapp: Line) -> None:
    platform = whatsapp.platform
    assert isinstance(platform, LocalWhatsApp)
    await whatsapp.says("hello")
    await whatsapp.hears("heard: hello")
    await until(lambda: set(whatsapp.deliveries()) == {"sent"})
    for state in ("read", "delivered"):
        assert (await platform.call(platform.status(platform.taken[0].id, state))).status_code == 200
    assert (await platform.call(platform.status(platform.taken[0].id, "failed", 131026))).status_code == 200
    assert dead(whatsapp) == ["meta_131026"]


async def test_after_the_window_a_patient_is_asked_to_write_and_then_gets_what_was_held(
    whatsapp: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = whatsapp.house.gateway
    channel = gateway.platforms._delivery._channels["whatsapp"]
    monkeypatch.setattr(channel, "_template", "please_write:en")
    await whatsapp.says("hello")
    await whatsapp.hears("heard: hello")
    await until(lambda: set(whatsapp.deliveries()) == {"sent"})
    room = whatsapp.house.engine.heard[0]["conversation"]
    later = now() + timedelta(hours=30)
    monkeypatch.setattr(gateway.platforms._delivery, "_clock", lambda: later)
    database = gateway.ground.database
    with database.write() as connection:
        for text in ("Your visit is tomorrow", "Bring your card"):
            reply = Reply("text", "staff", text)
            outbox.append(database, connection, room, reply, now(), sender="staff", delivery="pending")
    gateway.ground.hub.wake(room)
    await until(lambda: whatsapp.deliveries().count("held") == 2)
    assert whatsapp.platform.texts(whatsapp.sender).count("template please_write") == 1
    monkeypatch.setattr(gateway.platforms._delivery, "_clock", now)
    await whatsapp.says("yes?")
    await whatsapp.hears("Your visit is tomorrow")
    await whatsapp.hears("Bring your card")


async def test_without_a_template_a_patient_who_gave_an_e_mail_address_is_written_to(whatsapp: Line) -> None:
    platform, database = whatsapp.platform, whatsapp.house.gateway.ground.database
    assert isinstance(platform, LocalWhatsApp)
    await whatsapp.says("hello")
    await whatsapp.hears("heard: hello")
    await until(lambda: set(whatsapp.deliveries()) == {"sent"})
    room = whatsapp.house.engine.heard[0]["conversation"]
    contact, day = Contact("Pat Example", "email", "pat@example.org"), date(2027, 3, 1)
    StoredBookings(database).remind_to_return(room, contact, day, at=now())
    with database.write() as connection:
        for text in ("Your result is here", "Please call us"):
            reply = Reply("text", "staff", text)
            outbox.append(database, connection, room, reply, now(), sender="staff", delivery="pending")
    platform.error(131047)
    platform.error(131047)
    whatsapp.house.gateway.ground.hub.wake(room)
    await until(lambda: whatsapp.deliveries().count("held") == 2)
    (mail,) = (whatsapp.house.gateway.settings.data_dir / "mail").iterdir()
    written = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert written["To"] == "pat@example.org"
    assert "result" not in written.as_string()
    assert dead(whatsapp) == []


async def test_without_a_template_a_closed_window_is_a_dead_letter(whatsapp: Line) -> None:
    platform = whatsapp.platform
    assert isinstance(platform, LocalWhatsApp)
    platform.error(131047)
    await whatsapp.says("hello")
    await whatsapp.hears("heard: hello")
    assert dead(whatsapp) == ["window_closed"]


async def test_a_pressed_button_is_acknowledged_and_an_old_one_explained(telegram: Line) -> None:
    platform = telegram.platform
    assert isinstance(platform, LocalTelegram)
    await telegram.says("hello")
    await telegram.hears("heard: hello")
    assert (await platform.call(platform.press(telegram.sender, "0" * 32 + ".0"))).status_code == 200
    await telegram.hears("That choice is from an earlier question")
    await until(lambda: len(platform.acknowledged) == 1)


async def test_start_greets_once(telegram: Line) -> None:
    await telegram.says("/start")
    await telegram.hears("What would you like to know?")
    await telegram.says("/start again")
    await telegram.hears("Welcome back")
    assert telegram.heard == []


async def test_whoever_begins_with_words_is_answered_and_not_greeted_too(line: Line) -> None:
    await line.says("hello")
    await line.hears("heard: hello")
    texts = line.platform.texts(line.sender)
    assert "automated assistant" in texts[0]
    assert not any("What would you like to know?" in text for text in texts)


async def test_a_command_is_the_word_it_names(telegram: Line) -> None:
    await telegram.says("/help@linden_bot")
    await telegram.hears("heard: help")


async def test_the_first_message_says_in_which_language_to_greet(sms: Line) -> None:
    await sms.says("bana uygun mu öğrenmek istiyorum")
    await sms.hears("Ben otomatik bir asistanım")


@pytest.mark.parametrize(
    ("written", "greeting"), [("ok", "Ben otomatik bir asistanım"), ("does it hurt a lot?", "automated assistant")]
)
async def test_the_language_of_the_phone_is_a_hint(telegram: Line, written: str, greeting: str) -> None:
    platform = telegram.platform
    assert isinstance(platform, LocalTelegram)
    platform.language = "tr"
    await telegram.says(written)
    await telegram.hears(greeting)


async def test_the_card_goes_out_while_the_database_is_away(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database_away(line.house.gateway, monkeypatch):
        for _ in range(2):  # the platform sends it again
            assert (await line.platform.says(line.sender, "my throat is closing", 5)).status_code == 503
        await line.hears("Call 999 now")
        assert (await line.platform.says(line.sender, "hello", 6)).status_code == 503
        await asyncio.sleep(0.2)
        assert sum("Call 999" in text for text in line.platform.texts(line.sender)) == 1
        told = any("could not take your message" in text for text in line.platform.texts(line.sender))
        assert told == (line.platform.path == "/webhooks/twilio")  # the others send it again by themselves
    await line.says("hello", 6)
    await line.hears("heard: hello")
