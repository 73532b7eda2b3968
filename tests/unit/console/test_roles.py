"""Every page, as every role and as nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.console.app import every_page
from bot.console.ground import Ground
from bot.console.preview import Preview
from bot.console.roles import ROLES
from bot.console.visit import Page

from .staffed import Office, alert, assessment, booking, conversation, request

# Written by hand, apart from the code: R reception, C clinician, E editor, A admin, N nobody, K a key of its own.
MATRIX = {
    "GET /sign-in": "RCEAN",
    "POST /sign-in": "RCEAN",
    "POST /sign-out": "RCEA",
    "GET /welcome/{token}": "RCEAN",
    "POST /welcome/{token}": "RCEAN",
    "GET /": "RCEA",
    "GET /today": "RCEA",
    "GET /urgent": "RCA",
    "POST /alerts/{id}/acknowledge": "RCA",
    "POST /alerts/{id}/close": "RCA",
    "POST /letters/{id}/again": "RCA",
    "POST /letters/{id}/done": "RCA",
    "GET /conversations": "RCA",
    "GET /conversations/{id}": "RCA",
    "GET /conversations/{id}/news": "RCA",
    "POST /conversations/{id}/take": "RCA",
    "POST /conversations/{id}/write": "RCA",
    "POST /conversations/{id}/back": "RCA",
    "POST /conversations/{id}/notes": "CA",
    "GET /eligibility": "CA",
    "GET /eligibility/{id}": "CA",
    "GET /eligibility/{id}/fhir": "CA",
    "GET /eligibility/{id}/pdf": "CA",
    "POST /eligibility/{id}/decide": "CA",
    "GET /bookings": "RCA",
    "GET /bookings/{id}": "RCA",
    "GET /bookings/{id}/fhir": "RCA",
    "POST /bookings/{id}/confirm": "RCA",
    "POST /bookings/{id}/cancel": "RCA",
    "POST /bookings/{id}/no-show": "RCA",
    "POST /bookings/{id}/move": "RCA",
    "POST /bookings/blocks": "RCA",
    "POST /bookings/blocks/{id}/free": "RCA",
    "GET /bookings/feed": "RCA",
    "POST /bookings/feed": "RCA",
    "POST /bookings/feed/end": "RCA",
    "GET /calendar/{token}.ics": "K",
    "GET /content": "CEA",
    "POST /content/check": "CEA",
    "GET /content/danger": "CEA",
    "GET /content/phrases": "CEA",
    "GET /content/{topic}": "CEA",
    "POST /content/{topic}/{language}/draft": "CEA",
    "POST /content/{topic}/{language}/save": "CEA",
    "POST /content/{topic}/{language}/submit": "CEA",
    "POST /content/{topic}/{language}/discard": "CEA",
    "POST /content/{topic}/{language}/return": "C",
    "POST /content/{topic}/{language}/sign": "C",
    "POST /content/{topic}/{language}/publish": "CEA",
    "GET /figures": "CEA",
    "GET /review": "CEA",
    "GET /review/examples": "CEA",
    "POST /review/messages/{inbox}": "CEA",
    "GET /review/corrections": "CEA",
    "POST /review/corrections/{id}/confirm": "CEA",
    "POST /review/corrections/{id}/out": "CEA",
    "GET /review/models": "CEA",
    "POST /review/models": "CEA",
    "POST /review/models/back": "CA",
    "GET /review/models/{id}": "CEA",
    "GET /review/models/{id}/progress": "CEA",
    "POST /review/models/{id}/release": "CA",
    "GET /staff": "A",
    "POST /staff": "A",
    "POST /staff/{id}/invite": "A",
    "POST /staff/{id}/disable": "A",
    "GET /access": "A",
    "GET /preview": "CEA",
    "GET /preview/inspector": "CEA",
    "GET /preview/transcript": "CEA",
    "GET /preview/run/{key}/widget.js": "K",
    "GET /preview/run/{key}/widget/widget.css": "K",
    "GET /preview/run/{key}/widget/config.json": "K",
    "POST /preview/run/{key}/api/sessions": "K",
    "POST /preview/run/{key}/api/messages": "K",
    "GET /preview/run/{key}/api/messages": "K",
    "GET /preview/run/{key}/api/events": "K",
    "POST /preview/run/{key}/api/typing": "K",
    "POST /preview/run/{key}/api/feedback": "K",
    "GET /conversations/{id}/events": "RCA",
    "DELETE /preview/run/{key}/api/conversation": "K",
}
LETTER = {"reception": "R", "clinician": "C", "editor": "E", "admin": "A"}


def _pages(ground: Ground) -> dict[str, Page]:
    return {f"{page.method} {page.path}": page for page in every_page(Preview(ground))}


def test_the_table_names_every_page(ground: Ground) -> None:
    assert set(_pages(ground)) == set(MATRIX)


def _path(page: Page, ids: dict[str, str], otherwise: str) -> str:
    """The page's address with things that exist, where there are some."""
    first = page.path.split("/")[1]
    if page.path == "/conversations/{id}/events":  # of a conversation that exists, it would go on for half an hour
        otherwise = "0" * 32
    filled = {"id": ids.get(first, otherwise), "topic": "pain_numbing", "language": "en", "inbox": otherwise}
    for name in ("id", "topic", "language", "inbox", "token", "key"):
        page_path = f"{{{name}}}"
        filled.setdefault(name, "none")
        page = replace(page, path=page.path.replace(page_path, filled[name]))
    return page.path


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_what_the_table_says(here: Office, role: str) -> None:
    ground, someone, room = here.ground, await here.colleague(role), conversation(here.ground)
    request(ground, room)
    ids = {
        "alerts": alert(ground, room),
        "eligibility": assessment(ground, room),
        "bookings": booking(ground, room).id,
    }
    for key, page in _pages(ground).items():
        path = _path(page, ids, room)
        if page.method == "GET":
            got = await someone.get(path, params={"after": "0"} if path.endswith("news") else {})
        elif page.method == "POST":
            got = await someone.post(path, text="hello", topic="pain_numbing", version="none")
        else:
            got = await someone.http.delete(path)
        allowed = LETTER[role] in MATRIX[key]
        assert (got.status_code != 403) == allowed, f"{role} {key}: {got.status_code}"
        assert got.status_code < 500, f"{role} {key}"
        if key == "POST /sign-out":
            someone = await here.colleague(role)


async def test_nobody_sees_only_the_door(here: Office) -> None:
    ground = here.ground
    room = conversation(ground)
    async with here.browser() as nobody:
        for key, page in _pages(ground).items():
            path = _path(page, {}, room)
            got = await nobody.request(page.method, path, data={}, headers={"Origin": "http://console.test"})
            if "N" in MATRIX[key]:
                assert got.status_code in (200, 401, 404), key
            elif "K" in MATRIX[key]:
                assert got.status_code == 403, key
            else:
                assert got.status_code in (303, 401), key
                assert got.headers.get("location", "/sign-in") == "/sign-in", key
                assert "hurt" not in got.text, key


async def test_reception_reads_no_health_answers(here: Office) -> None:
    room = conversation(here.ground, "I take warfarin")
    request(here.ground, room)
    assessment(here.ground, room)
    reception = await here.colleague("reception")
    for path in ("/", "/conversations", f"/conversations/{room}"):
        text = (await reception.get(path)).text
        assert "warfarin" not in text, path
        assert "Asked about the price" not in text, path
        assert "preg.pregnant" not in text, path
    await reception.post(f"/conversations/{room}/take")
    page = (await reception.get(f"/conversations/{room}")).text
    assert "warfarin" not in page
    assert "is here now" in page  # what is said from now on is theirs to read
