"""A part of which nobody knows whether the platform took it: looked for before it is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.envelope import Reply
from bot.gateway.channels import delivery as delivering
from bot.gateway.channels.contract import SendError
from bot.storage import deliveries, outbox
from bot.storage.tables import now

from ..house import until
from .conftest import Line
from .test_delivery import dead


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(delivering, "LOOK_EVERY", 0.1)


def shown(line: Line, text: str) -> int:
    return sum(text in one for one in line.platform.texts(line.sender))


async def greeted(line: Line) -> None:
    await line.says("hello")
    await line.hears("heard: hello")
    await settled(line)


async def settled(line: Line) -> None:
    await until(lambda: set(line.deliveries()) == {"sent"})


def settles(line: Line, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long the gateway waits for reports of this platform."""
    channel = line.house.gateway.platforms._delivery._channels[line.platform.channel]
    monkeypatch.setattr(channel, "manner", replace(channel.manner, settles=timedelta(seconds=seconds)))


async def test_a_part_that_was_taken_is_not_shown_again_when_its_answer_gets_lost(line: Line) -> None:
    await greeted(line)
    line.platform.reports, line.platform.lost = True, 1
    await line.says("two")
    await line.hears("heard: two")
    await settled(line)
    # Telegram tells a bot nothing of what it sent: rather twice than never.
    assert shown(line, "heard: two") == (2 if line.platform.channel == "telegram" else 1)


async def test_a_part_that_was_not_taken_is_sent_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    await greeted(line)
    settles(line, monkeypatch, 0.3)
    line.platform.fail(504)
    await line.says("two")
    await line.hears("heard: two")
    await settled(line)
    assert shown(line, "heard: two") == 1


async def test_the_same_words_of_another_message_are_not_taken_for_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await greeted(line)
    settles(line, monkeypatch, 0.3)
    await line.says("again")
    await line.hears("heard: again")
    await settled(line)
    line.platform.fail(504)
    await line.says("again", 77)
    await until(lambda: shown(line, "heard: again") == 2)
    await settled(line)
    assert shown(line, "heard: again") == 2


async def test_a_refused_part_leaves_nothing_unclear(line: Line) -> None:
    await greeted(line)
    line.platform.fail(429)
    await line.says("two")
    await line.hears("heard: two")
    await settled(line)
    assert shown(line, "heard: two") == 1


async def test_a_card_of_danger_does_not_wait_for_reports(whatsapp: Line) -> None:
    await greeted(whatsapp)
    whatsapp.platform.lost = 1
    await whatsapp.says("my throat is closing")
    await until(lambda: shown(whatsapp, "Call 999 now") == 2, 5)


async def test_where_the_platform_may_not_be_asked_its_echoes_are_waited_for(
    messenger: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await greeted(messenger)
    channel = messenger.house.gateway.platforms._delivery._channels["messenger"]
    monkeypatch.setattr(channel, "find", _forbidden)
    messenger.platform.reports, messenger.platform.lost = True, 1
    await messenger.says("two")
    await messenger.hears("heard: two")
    await settled(messenger)
    assert shown(messenger, "heard: two") == 1
    assert dead(messenger) == []


async def _forbidden(*_: object) -> list[str]:
    raise SendError("find_403", permanent=True)


async def test_a_sender_that_was_overtaken_sends_no_more(telegram: Line) -> None:
    """As when a gateway sleeps through its lease, or the patient erases the chat meanwhile."""
    await greeted(telegram)
    room = telegram.house.engine.heard[0]["conversation"]
    database, far = telegram.house.gateway.ground.database, now() + timedelta(hours=1)
    lease = timedelta(seconds=30)
    with database.write() as connection:
        made = outbox.append(database, connection, room, Reply("answer", "x", "late"), far, delivery="pending")
        first = deliveries.take(database, connection, room, far, lease)
        assert first is not None
        assert deliveries.begin_part(connection, first, 0, far, lease) is not None
    with database.write() as connection:
        assert deliveries.take(database, connection, room, far + lease / 2, lease) is None
        second = deliveries.take(database, connection, room, far + 2 * lease, lease)
        assert second is not None
        assert set(second.unclear) == {0}
        assert deliveries.begin_part(connection, first, 1, far, lease) is None
        again = deliveries.begin_part(connection, second, 0, far, lease)
        assert again == deliveries.Begun(second.unclear[0].tag, far)
        deliveries.report(connection, "f" * 64, "sent", None, far, second.unclear[0].tag)
        assert deliveries.begin_part(connection, second, 0, far, lease) is None  # reported: not to be sent
        deliveries.part_sent(connection, room, made.id, 0, "f" * 64, far, last=True)
        assert deliveries.unknown(connection, ["f" * 64, "e" * 64]) == ["e" * 64]
