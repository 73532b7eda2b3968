"""The conversations: how each message was understood, notes, filters, and nothing a patient writes is HTML."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.storage import casework, turns
from bot.storage.erasure import erase

from .staffed import Office, assessment, booking, conversation


async def test_the_transcript_shows_how_it_was_understood(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    page = (await one.get(f"/conversations/{room}")).text
    for wanted in (
        "41 %",
        "Expected after treatment X1",
        "hurt",
        "preg.pregnant: negated, self",
        "NHS (2026-11-02)",
        "scalp",
        "X1.2",
        ": version 3 <code>",
        "0123456789ab",
        "action_answer",
    ):
        assert wanted in page


async def test_an_old_transcript_says_what_was_not_recorded_then(here: Office) -> None:
    one, room = await here.colleague("clinician"), conversation(here.ground)
    with here.ground.database.write() as connection:
        turn = turns.export_turns(here.ground.database, connection, room)[0]
        older = {
            name: value for name, value in turn["reading"].items() if name not in ("rule", "actions", "cards", "slots")
        }
        sealed = here.ground.database.seal(turns.turns.c.reading, turn["inbox"], older)
        connection.execute(update(turns.turns).values(reading=sealed))
    page = (await one.get(f"/conversations/{room}")).text
    assert "were not recorded at that time" in page
    assert "41 %" in page
    assert "X1.2" not in page


async def test_nothing_a_patient_writes_is_html(here: Office) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    room, one = conversation(here.ground, hostile), await here.colleague("admin")
    for path in (f"/conversations/{room}", "/review"):
        page = (await one.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?topic=pain_numbing", True),
        ("?topic=allergies", False),
        ("?unsure=1", True),
        ("?channel=web&language=en", True),
        ("?channel=telegram", False),
        ("?danger=1", False),
        ("?owner=me", False),
        ("?owner=bot", True),
        ("?verdict=clinician_review", True),
        ("?verdict=no_flag", False),
        ("?since=2099-01-01", False),
        ("?test=only", False),
        ("?find=CODE", True),
        ("?find=XXXX-XXXX", False),
    ],
)
async def test_filters(here: Office, query: str, found: bool) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    assessment(here.ground, room)
    code = booking(here.ground, room).code
    page = (await one.get("/conversations" + query.replace("CODE", code.lower()))).text
    assert (room in page) == found


async def test_notes_are_private_and_sealed(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician", "Ada Okafor")
    await one.post(f"/conversations/{room}/notes", text="Prefers mornings")
    assert "Prefers mornings" in (await one.get(f"/conversations/{room}")).text
    reception = await here.colleague("reception")
    assert "Prefers mornings" not in (await reception.get(f"/conversations/{room}")).text
    with here.ground.database.read() as connection:
        kept = connection.scalar(select(casework.notes.c.content))
    assert b"mornings" not in kept


async def test_a_stream_ends_with_its_conversation_and_carries_no_words(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    erase(here.ground.database, room)
    ended = await one.get(f"/conversations/{room}/events")
    assert (ended.status_code, ended.text) == (200, "")
    assert ended.headers["content-type"].startswith("text/event-stream")
