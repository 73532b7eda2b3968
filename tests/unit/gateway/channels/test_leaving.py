"""Leaving: STOP and START as carriers want them, and a chat that is erased by asking for it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from bot.envelope import Choice, Reply
from bot.gateway.channels import unsaved
from bot.storage import conversations, deliveries, outbox, people
from bot.storage.tables import now
from tests.unit.gateway.house import until

from .conftest import Line

SURE = Reply("notice", "privacy_sure", "Shall I delete it all?", (Choice("privacy:erase", "Yes, delete it all"),))


def rooms(line: Line) -> int:
    with line.house.gateway.ground.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(conversations.conversations)) or 0)


async def test_after_stop_nothing_is_sent_until_start(sms: Line) -> None:
    await sms.says("hello")
    await sms.hears("heard: hello")
    await sms.says("Stop")
    await sms.hears("You will get no more messages")
    await until(lambda: sms.heard[-1] == "Stop")  # the engine ends its questions
    room, database = sms.house.engine.heard[0]["conversation"], sms.house.gateway.ground.database
    with database.write() as connection:
        staff = Reply("text", "staff", "Are you still there?")
        outbox.append(database, connection, room, staff, now(), sender="staff", delivery="pending")
    sms.house.gateway.ground.hub.wake(room)
    await until(lambda: sorted(sms.deliveries()[-2:]) == ["failed", "withdrawn"])
    with database.read() as connection:
        assert [one.fault for one in deliveries.dead_letters(connection)] == ["opted_out"]
    assert not any("heard: Stop" in text or "still there" in text for text in sms.platform.texts(sms.sender))
    await sms.says("START")
    await sms.hears("You get messages from")
    await sms.says("does it hurt")
    await sms.hears("heard: does it hurt")


async def test_stop_from_a_stranger_begins_no_conversation_and_help_says_who_this_is(sms: Line) -> None:
    await sms.says("STOP")
    await sms.hears("You will get no more messages")
    assert rooms(sms) == 0
    await sms.says("start")
    await sms.says("HELP")
    await sms.hears("Write STOP to get no more messages")
    assert sms.heard == []


async def test_yes_begins_again_after_stop_and_is_an_answer_otherwise(sms: Line) -> None:
    await sms.says("hello")
    await sms.hears("heard: hello")
    for word in ("yes", "start"):
        await sms.says(word)
        await sms.hears(f"heard: {word}")
    await sms.says("STOP")
    await sms.hears("You will get no more messages")
    await sms.says("Yes")
    await sms.hears("You get messages from")


async def test_danger_after_stop_is_answered(sms: Line) -> None:
    await sms.says("STOP")
    await sms.says("my throat is closing")
    await sms.hears("Call 999 now")


async def test_what_twilio_answered_itself_is_not_answered_twice(sms: Line) -> None:
    platform = sms.platform
    for word in ("STOP", "START", "HELP"):
        body = platform.fields(sms.sender, Body=word, OptOutType=word)  # type: ignore[attr-defined]
        assert (await platform.call(body)).status_code == 200
    await sms.says("hello")
    await sms.hears("heard: hello")
    texts = sms.platform.texts(sms.sender)
    assert not any("no more messages" in text for text in texts)


async def test_stop_is_an_ordinary_word_elsewhere(telegram: Line) -> None:
    await telegram.says("stop")
    await telegram.hears("heard: stop")


async def test_a_chat_is_erased_by_asking_for_it_and_does_not_come_back(line: Line) -> None:
    line.house.engine.replies = [SURE]
    hello = line.platform.text(line.sender, "delete my data", 501)
    await line.platform.call(hello)
    asked = await line.platform.until(line.sender, "Shall I delete it all?")
    await until(lambda: set(line.deliveries()) == {"sent"})
    if asked.picks:
        yes = line.platform.press(line.sender, asked.picks["Yes, delete it all"], 502)
    else:
        yes = line.platform.text(line.sender, "1", 502)
    assert (await line.platform.call(yes)).status_code == 200
    await line.hears("I deleted this chat")
    with line.house.gateway.ground.database.read() as connection:
        for table in (outbox.messages, people.identities):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    shown = len(line.platform.taken)
    for again in (hello, yes):
        assert (await line.platform.call(again)).status_code == 200
    await asyncio.sleep(0.2)
    assert (rooms(line), len(line.platform.taken)) == (1, shown)  # its empty row


async def test_the_last_sentence_of_an_erased_chat_is_said_when_the_platform_is_back(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved, "PAUSES", (0.05,) * 3)
    line.house.engine.replies = [SURE]
    await line.says("delete my data")
    asked = await line.platform.until(line.sender, "Shall I delete it all?")
    await until(lambda: set(line.deliveries()) == {"sent"})
    for status in (500, 429):
        line.platform.fail(status)
    if asked.picks:
        await line.platform.call(line.platform.press(line.sender, asked.picks["Yes, delete it all"]))
    else:
        await line.says("1")
    await line.hears("I deleted this chat")


async def test_photos_that_come_together_are_answered_once(telegram: Line) -> None:
    for _ in range(3):
        await telegram.platform.call(telegram.platform.photo(telegram.sender))
    await telegram.says("sorry")
    await telegram.hears("heard: sorry")
    assert sum("don't send photos" in text for text in telegram.platform.texts(telegram.sender)) == 1
