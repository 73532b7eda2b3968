"""Health questions by SMS: a warning, and a link that carries the conversation to the web chat once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clinic import Clinic
from bot.demo.twilio import LocalTwilio
from bot.envelope import Choice, Reply
from bot.gateway.channels.rendering import Renderer
from bot.gateway.channels.twilio import SMS_MANNER
from bot.gateway.wording import Wording
from bot.settings import Settings
from bot.storage import consents, handovers
from bot.storage.tables import now

from ..house import LIBRARY, until
from .conftest import Line, line_to

QUESTION = Reply(
    "question", "consent.health", "May we ask?", (Choice("questionnaire:consent.health:true", "Yes, I agree"),)
)


@pytest.fixture
async def asked(settings: Settings, clinic: Clinic) -> AsyncIterator[tuple[Line, str]]:
    """Someone who was asked a health question by SMS, and the token of the link they got."""
    async for line in line_to(settings, clinic, LocalTwilio()):
        line.house.engine.replies = [QUESTION]
        await line.says("can I have it?")
        await line.hears("May we ask?")
        warning = await line.hears("Text messages are not private")
        found = re.search(r"/continue#([\w-]+)", warning)
        assert found
        yield line, found[1]


async def test_the_warning_comes_before_the_question_and_only_once(asked: tuple[Line, str]) -> None:
    line, _ = asked
    texts = line.platform.texts(line.sender)
    assert "not private" in texts[-2]
    assert "May we ask?" in texts[-1]
    await line.says("1")
    await until(lambda: line.heard[-1] == "questionnaire:consent.health:true")
    await asyncio.sleep(0.3)
    assert sum("not private" in text for text in line.platform.texts(line.sender)) == 1


async def test_the_link_holds_nothing_but_a_random_token(asked: tuple[Line, str]) -> None:
    line, token = asked
    assert re.fullmatch(r"[\w-]{32}", token)
    assert token not in repr(line.house.engine.heard)
    files = [path for path in line.house.gateway.settings.data_dir.iterdir() if path.is_file()]
    assert not any(token.encode() in path.read_bytes() for path in files)


async def test_the_conversation_goes_on_in_the_web_chat(asked: tuple[Line, str]) -> None:
    line, token = asked
    http = line.house.http
    assert (await http.get("/continue")).status_code == 200  # a preview uses nothing up
    answer = await http.post("/continue", json={"token": token, "agreed": True})
    assert answer.status_code == 201
    body = answer.json()
    headers = {"Authorization": f"Bearer {body['token']}"}
    messages = (await http.get("/api/messages", headers=headers)).json()["messages"]
    assert {"can I have it?", "May we ask?"} <= {one["text"] for one in messages}
    assert messages[-1]["ref"] == "continue_done"
    before = len(line.platform.taken)
    pick = {"id": "m1", "choice": "questionnaire:consent.health:true"}
    assert (await http.post("/api/messages", json=pick, headers=headers)).status_code == 202
    await until(lambda: line.house.engine.heard[-1]["conversation"] == body["conversation"])
    await asyncio.sleep(0.3)
    assert len(line.platform.taken) == before  # nothing of it goes by SMS any more
    await line.says("a new message by SMS")
    while line.heard[-1] != "a new message by SMS":
        await asyncio.sleep(0.02)
    assert line.house.engine.heard[-1]["conversation"] != body["conversation"]
    with line.house.gateway.ground.database.read() as connection:
        assert consents.given(connection, body["conversation"], "web_chat")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"token": "x", "agreed": True}, 410),
        ({"agreed": True}, 422),
        ({"token": "x" * 101, "agreed": True}, 422),
        ({"token": ["x"], "agreed": True}, 422),
    ],
)
async def test_wrong_tokens_open_nothing(asked: tuple[Line, str], body: dict[str, object], status: int) -> None:
    assert (await asked[0].house.http.post("/continue", json=body)).status_code == status


async def test_consent_is_needed_and_a_link_works_once(asked: tuple[Line, str]) -> None:
    line, token = asked
    post = line.house.http.post
    assert (await post("/continue", json={"token": token})).status_code == 422
    assert (await post("/continue", json={"token": token, "agreed": "yes"})).status_code == 422
    answers = await asyncio.gather(*(post("/continue", json={"token": token, "agreed": True}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410, 410]


async def test_a_link_is_short_lived_and_ends_with_the_next(asked: tuple[Line, str]) -> None:
    line, token = asked
    database = line.house.gateway.ground.database
    with database.write() as connection:
        assert handovers.use(connection, token, now() + timedelta(minutes=31)) is None
        handovers.offer(connection, line.house.engine.heard[0]["conversation"], now())
        assert handovers.use(connection, token, now()) is None


async def test_without_a_public_address_there_is_a_warning_and_no_link(settings: Settings, clinic: Clinic) -> None:
    platform = LocalTwilio()
    keys = ("A" * 43 + "=",)
    production = replace(settings, env="production", secret_key="s" * 40, data_keys=keys)
    async for line in line_to(production, clinic, platform):
        line.house.engine.replies = [QUESTION]
        await line.says("can I have it?")
        await line.hears("May we ask?")
        warning = await line.hears("Text messages are not private")
        assert "/continue" not in warning


async def test_other_channels_are_not_warned(telegram: Line) -> None:
    telegram.house.engine.replies = [QUESTION]
    await telegram.says("can I have it?")
    await telegram.hears("May we ask?")
    assert not any("not private" in text for text in telegram.platform.texts(telegram.sender))


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_warning_is_one_message(settings: Settings, clinic: Clinic, language: str) -> None:
    """Its part has one number: two would be told apart by nobody after a crash."""
    wording = Wording(clinic, LIBRARY)
    link = "https://chat." + "a-long-name." * 8 + "example/continue#" + "x" * 32
    said = wording.say("sms_health_warning", language, link=link)
    assert len(Renderer(wording, "").notice(said, SMS_MANNER)) == 1
