"""What the preview sets up, and what can be taken away from it."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import yaml
from sqlalchemy import update

from bot.storage import content, conversations, previews
from bot.storage.tables import now

from .staffed import Colleague, Office, conversation


def _previewed(here: Office, one: Colleague) -> str:
    """A test conversation of this colleague."""
    room, c = conversation(here.ground, test=True), conversations.c
    with here.ground.database.write() as connection:
        connection.execute(update(conversations.conversations).where(c.id == room).values(person=one.id))
    return room


async def test_clock_and_draft_hold_in_the_test_conversation_from_now_on(here: Office) -> None:
    one, ground = await here.colleague("editor"), here.ground
    room = _previewed(here, one)
    with ground.database.write() as connection:
        texts = {"short": "Draft."}
        draft = content.begin(ground.database, connection, "pain_numbing", "en", texts, one.id, now())
    await one.get("/preview", params={"time": "2026-12-06T23:30", "version": draft.id})
    with ground.database.read() as connection:
        setup = previews.find(connection, room)
    assert setup is not None
    assert (setup.at, setup.version) == (datetime(2026, 12, 6, 23, 30, tzinfo=timezone.utc), draft.id)
    assert "draft 1" in (await one.get("/preview/inspector")).text  # beside the card's answer
    await one.get("/preview", params={"time": "nonsense", "version": "nonsense"})
    with ground.database.read() as connection:
        setup = previews.find(connection, room)
    assert setup is not None
    assert (setup.at, setup.version) == (None, None)


async def test_the_inspector_is_drawn_again_only_when_there_is_something_new(here: Office) -> None:
    one = await here.colleague("editor")
    _previewed(here, one)
    state = re.search(r'name="state" value="([^"]+)"', (await one.get("/preview/inspector")).text)
    assert state
    assert (await one.get("/preview/inspector", params={"state": state[1]})).status_code == 204
    _previewed(here, one)
    assert (await one.get("/preview/inspector", params={"state": state[1]})).status_code == 200


async def test_a_conversation_is_saved_as_a_transcript_test(here: Office) -> None:
    one = await here.colleague("editor")
    assert (await one.get("/preview/transcript")).status_code == 404
    _previewed(here, one)
    await one.get("/preview", params={"time": "2026-12-06T23:30"})
    steps = yaml.safe_load((await one.get("/preview/transcript")).text)
    assert steps == [
        {"at": "2026-12-06T23:30:00+00:00", "user": "Does it hurt?", "bot": ["answer pain_numbing"]},
    ]


async def test_nobody_sees_a_colleague_s_test(here: Office) -> None:
    one, other = await here.colleague("editor"), await here.colleague("editor")
    _previewed(here, one)
    assert "Does it hurt?" in (await one.get("/preview/inspector")).text
    assert "Does it hurt?" not in (await other.get("/preview/inspector")).text
