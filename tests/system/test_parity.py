"""The same patient on every channel: the same turns, verdict, booking and records, and nothing left once erased.

`parity.yml` says what she does. She sees what her platform shows: buttons where there are some, numbers where not.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select

from bot.clinic import load_clinic
from bot.demo.meta import LocalMessenger, LocalWhatsApp
from bot.demo.platform import Platform
from bot.demo.serving import point, served
from bot.demo.telegram import LocalTelegram
from bot.demo.twilio import LocalTwilio
from bot.engine.api import Engine, application
from bot.engine.assistant import Assistant
from bot.envelope import Envelope
from bot.gateway import turns
from bot.gateway.app import create_app
from bot.gateway.channels import reception, whatsapp
from bot.gateway.gateway import Gateway
from bot.knowledge.library import Library
from bot.safety.triage import Triage
from bot.settings import from_environment
from bot.storage import conversations, deliveries, erasure, inbox, outbox, people
from bot.storage.turns import TurnStore
from tests.conversations.runner import steps

BEGIN = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
SCRIPT = Path(__file__).with_name("parity.yml")
SECONDS = 30.0  # for one turn
# An app shows its privacy notice; the page greets before it is written to, an app with the answer to "hello".
OPENING = ("privacy", "greeting", "greeting_smalltalk")


class Web:
    """The patient in the page."""

    channel = "web"

    def __init__(self, gateway: Gateway, http: httpx.AsyncClient) -> None:
        self._database = gateway.ground.database
        self._http = http
        self._numbers = itertools.count()
        self.room = ""

    async def begin(self) -> None:
        session = (await self._http.post("/api/sessions")).json()
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        self.room = session["conversation"]

    async def say(self, text: str) -> None:
        await self._post(text=text)

    async def pick(self, titles: list[str]) -> None:
        offered = {choice.title: choice.id for one in self.said() for choice in one.reply.choices}
        await self._post(choices=[offered[title] for title in titles])

    def titles(self, pick: Any) -> list[str]:
        """Titles as the transcript names them; a number is the nth of the last choices."""
        last = [one.reply.choices for one in self.said() if one.reply.choices][-1]
        picks = pick if isinstance(pick, list) else [pick]
        return [last[one].title if isinstance(one, int) else one for one in picks]

    async def _post(self, **body: Any) -> None:
        message = {"id": f"m{next(self._numbers)}", **body}
        response = await self._http.post("/api/messages", json=message, headers=self._headers)
        assert response.status_code == 202, response.text

    async def erase(self) -> None:
        assert (await self._http.delete("/api/conversation", headers=self._headers)).status_code == 204

    def said(self, after: int = 0) -> list[Envelope]:
        with self._database.read() as connection:
            return outbox.after(self._database, connection, self.room, after)

    def heard(self) -> list[str]:
        """Texts as she sees them."""
        return [one.reply.text for one in self.said() if one.sender != "patient"]

    async def answered(self) -> None:
        """Wait until nothing is left to answer or to send."""
        mine = (inbox.i.conversation == self.room, inbox.i.state.in_(inbox.OPEN))
        unsent = (outbox.m.conversation == self.room, outbox.m.delivery == "pending")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with self._database.read() as connection:
                waiting = [select(func.count()).select_from(inbox.inbox).where(*mine)]
                waiting += [select(func.count()).select_from(outbox.messages).where(*unsent)]
                if not any(connection.scalar(query) for query in waiting):
                    return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.channel}: no answer")

    def lost(self) -> list[str]:
        """Why messages did not reach her."""
        with self._database.read() as connection:
            return [one.fault for one in deliveries.dead_letters(connection) if one.conversation == self.room]


class OnPlatform(Web):
    """The patient in a messaging app."""

    def __init__(self, gateway: Gateway, http: httpx.AsyncClient, platform: Platform, address: str) -> None:
        super().__init__(gateway, http)
        self.channel = platform.channel
        self._platform = platform
        self._address = address

    async def begin(self) -> None:
        return None

    async def say(self, text: str) -> None:
        response = await self._platform.says(self._address, text)
        assert response.status_code == 200, response.text
        self._look()

    async def pick(self, titles: list[str]) -> None:
        for one in reversed([one for one in self._platform.taken if one.to == self._address]):
            if len(titles) == 1 and titles[0] in one.picks:
                body = self._platform.press(self._address, one.picks[titles[0]])
                assert (await self._platform.call(body)).status_code == 200
                return
            numbers = {title: number for number, title in re.findall(r"^(\d+)\. (.+)$", one.text, re.MULTILINE)}
            if set(titles) <= set(numbers):
                await self.say(" and ".join(numbers[title] for title in titles))
                return
        raise AssertionError(f"{self.channel}: {titles} is nowhere among {self.heard()[-3:]}")

    async def erase(self) -> None:
        await self.say("delete my data")
        await self.answered()
        await self.pick(["Delete this chat"])
        await self.answered()
        await self.pick(["Yes, delete it all"])
        await self._platform.until(self._address, "I deleted this chat")

    def heard(self) -> list[str]:
        return self._platform.texts(self._address)

    def _look(self) -> None:
        with self._database.read() as connection:
            newest = select(conversations.c.id).where(conversations.c.channel == self.channel)
            self.room = str(connection.scalar(newest.order_by(conversations.c.created.desc()).limit(1)))


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def patients(assistant: Assistant, store: TurnStore) -> AsyncIterator[list[Web]]:
    """One engine and one gateway for all of them."""
    telegram, (sms, whatsapp_twilio) = LocalTelegram(), LocalTwilio.both()
    meta_whatsapp, messenger = LocalWhatsApp(), LocalMessenger()
    platforms = {
        telegram: "7001001",
        sms: "+447400123456",
        whatsapp_twilio: "whatsapp:+447400123456",
        meta_whatsapp: "447400123456",
        messenger: "6001001001",
    }
    started = time.monotonic()
    engine = application(Engine(assistant, store, lambda: assistant.model, lambda _: assistant))
    async with served(*platforms) as secrets, serving(engine) as engine_url:
        settings = replace(from_environment(), engine_urls=(engine_url,), channel_secrets=secrets)
        gateway = Gateway(
            settings,
            load_clinic(settings.clinic),
            Triage.load().read,
            Library(),
            clock=lambda: BEGIN + timedelta(seconds=time.monotonic() - started),
        )
        async with serving(create_app(gateway)) as url, httpx.AsyncClient(base_url=url, timeout=20) as http:
            point(url, *platforms)
            yield [Web(gateway, http), *(OnPlatform(gateway, http, *one) for one in platforms.items())]
            gateway.ground.hub.close()


async def walk(patient: Web) -> list[tuple[str, ...]]:
    """Go through the script; what the bot did in each turn, as "kind ref"."""
    seen = []
    await patient.begin()
    for number, step in enumerate(steps(SCRIPT), start=1):
        if "pick" in step:
            await patient.pick(patient.titles(step["pick"]))
        else:
            await patient.say(str(step["user"]))
        await patient.answered()
        assert not patient.lost(), f"{patient.channel} step {number}"
        said = patient.said()
        mine = max(one.seq for one in said if one.sender == "patient")
        new = [one for one in said if one.seq > mine]
        seen.append(tuple(f"{one.reply.kind} {one.reply.ref}" for one in new))
        where = f"{patient.channel} step {number} {step}"
        assert list(seen[-1]) == step.get("bot", list(seen[-1])), f"{where}: {seen[-1]}\n{patient.heard()[-3:]}"
        for text in step.get("says", ()):
            assert any(text in one for one in patient.heard()[-len(new) :]), f"{where}: {patient.heard()[-3:]}"
    return seen


def record(patient: Web) -> Any:
    """All that is kept of the patient, without what is random or is the channel's own."""
    document = erasure.export(patient._database, patient.room)
    assert document is not None
    del document["delivery_parts"], document["handovers"], document["access"], document["exported_at"]
    document["messages"] = [one for one in document["messages"] if one["ref"] not in OPENING]
    return _plain(document, patient.channel)


def _plain(value: Any, channel: str) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child, channel) for key, child in value.items() if key not in ("seq", "last_seq")}
    if isinstance(value, list):
        return [_plain(child, channel) for child in value]
    if isinstance(value, str):
        value = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:(?!00\.000Z|00Z|00\+)[\d.]+(Z|\+00:00)", "<time>", value)
        value = re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", "<reference>", value)
        return re.sub(r"\b[0-9a-f]{32}\b", "<id>", "<channel>" if value == channel else value)
    return value


def differences(one: Any, other: Any, place: str) -> Iterator[str]:
    """Where two records differ, in a form that can be read."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from differences(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}[{number}]")
    elif one != other:
        yield f"{place}: {one!r} != {other!r}"


async def test_a_patient_gets_the_same_on_every_channel(
    assistant: tuple[Assistant, TurnStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    # She writes faster than people do, on a machine that may be slow; neither is a difference between channels.
    monkeypatch.setattr(turns, "NOTICE_AFTER", SECONDS)
    monkeypatch.setattr(reception, "SENDER", replace(reception.SENDER, burst=1000))
    pace = replace(whatsapp.MANNER.chat, burst=1000)
    monkeypatch.setattr(whatsapp.WhatsApp, "manner", replace(whatsapp.MANNER, chat=pace))
    async with patients(*assistant) as everybody:
        records = {}
        for patient in everybody:
            records[patient.channel] = (await walk(patient), record(patient))
            await patient.erase()
            assert erasure.export(patient._database, patient.room) is None
            with patient._database.read() as connection:
                assert connection.scalar(select(func.count()).select_from(people.identities)) == 0
        for channel, (seen, kept) in records.items():
            assert seen == records["web"][0], channel
            different = list(differences(kept, records["web"][1], channel))
            assert not different, "\n".join(different)
