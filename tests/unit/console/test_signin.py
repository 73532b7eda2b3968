"""Getting in: invitation, password, second step, lock, session."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pyotp
import pytest

from bot.console import passwords, signin
from bot.console.program import add_staff, demo_sign_in
from bot.storage import staff
from tests.databases import whatever_store

from .staffed import URL, Office

GOOD = "three green kettles sing"
FROM_HERE = {"Origin": URL}


async def _invite(office: Office, name: str = "Ada Okafor", role: str = "clinician") -> str:
    with office.ground.database.write() as connection:
        id = staff.add(connection, name, role, office.ground.clock())
    return f"/welcome/{signin.invitation(office.ground.database, id)}"


async def _signed_up(office: Office, name: str = "Ada Okafor") -> tuple[httpx.AsyncClient, pyotp.TOTP]:
    browser, path = office.browser(), await _invite(office, name)
    page = await browser.get(path)
    totp = pyotp.TOTP(re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", ""))  # type: ignore[index]
    code = totp.at(office.ground.clock())
    done = await browser.post(path, data={"password": GOOD, "code": code}, headers=FROM_HERE)
    assert done.status_code == 303, done.text
    return browser, totp


async def _try(office: Office, password: str = GOOD, code: str = "", name: str = "Ada Okafor") -> httpx.Response:
    async with office.browser() as browser:
        return await browser.post(
            "/sign-in", data={"name": name, "password": password, "code": code}, headers=FROM_HERE
        )


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too_short"),
        ("x" * 300, "too_long"),
        ("aaaaaaaaaaaaaa", "too_weak"),
        ("abcdefghijklmn", "too_weak"),
        ("12345678901234", "too_weak"),
        ("okafor loves tea", "has_name"),
        ("linden treatments", "has_name"),
        ("Password1234!x", "too_weak"),
        ("welcome2026!!!", "too_weak"),
        ("qwertyuiop[]", "too_weak"),
        (GOOD, None),
        ("d8#Kq0!zpV2m", None),
    ],
)
def test_password_strength(password: str, why: str | None) -> None:
    assert passwords.weakness(password, "Ada Okafor", "Linden Skin Clinic") == why


async def test_an_invitation_lets_choose_a_password_once(here: Office) -> None:
    browser, path = here.browser(), await _invite(here)
    weak = await browser.post(path, data={"password": "short"}, headers=FROM_HERE)
    assert weak.status_code == 400
    assert "at least 12" in weak.text
    assert (await browser.post(path, data={"password": GOOD}, headers=FROM_HERE)).status_code == 303
    assert (await browser.get("/")).status_code == 200
    assert (await here.browser().get(path)).status_code == 404
    assert (await _try(here)).status_code == 303


async def test_an_invitation_ends_after_a_day(here: Office) -> None:
    path = await _invite(here)
    here.turned = timedelta(hours=25)
    assert (await here.browser().get(path)).status_code == 404


async def test_production_wants_the_second_step(in_production: Office) -> None:
    path = await _invite(in_production, "Without Step")
    refused = await in_production.browser().post(path, data={"password": GOOD}, headers=FROM_HERE)
    assert refused.status_code == 400
    _, totp = await _signed_up(in_production)
    in_production.turned += timedelta(minutes=2)
    assert (await _try(in_production)).status_code == 401
    assert (await _try(in_production, code="000000")).status_code == 401
    code = totp.at(in_production.ground.clock())
    good = await _try(in_production, code=code)
    assert good.status_code == 303
    cookie = good.headers["set-cookie"]
    assert cookie.startswith("__Host-staff=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert (await _try(in_production, code=code)).status_code == 401  # a code counts once


@whatever_store
async def test_wrong_tries_lock_with_growing_pauses(here: Office) -> None:
    await _signed_up(here, "Ada Okafor")
    for name in ("Ada Okafor", "Nobody Known"):
        codes = [(await _try(here, "wrong password here", name=name)).status_code for _ in range(6)]
        assert codes == [401] * 5 + [429], name
    here.turned += timedelta(seconds=31)
    assert (await _try(here, "wrong password here")).status_code == 401
    here.turned += timedelta(seconds=31)
    assert (await _try(here)).status_code == 429  # now it is a minute


async def test_a_name_that_exists_is_told_by_nothing(here: Office) -> None:
    await _signed_up(here)
    known = await _try(here, "wrong password here")
    unknown = await _try(here, "wrong password here", name="Somebody Else")
    assert known.text.replace("Ada Okafor", "") == unknown.text.replace("Somebody Else", "")


async def test_a_session_ends_when_idle_and_when_ended(here: Office) -> None:
    someone = await here.colleague("admin")
    for _ in range(4):
        here.turned += timedelta(minutes=10)
        assert (await someone.get("/")).status_code == 200
    for _ in range(4):  # what the page asks by itself is no sign that somebody is there
        here.turned += timedelta(minutes=4)
        polled = await someone.get("/today", headers={"HX-Request": "true"})
    assert polled.status_code == 401
    assert polled.headers["hx-redirect"] == "/sign-in"
    assert (await someone.get("/")).headers["location"] == "/sign-in"
    other = await here.colleague("admin")
    await other.post("/sign-out")
    assert (await other.get("/")).status_code == 303


async def test_an_ended_account_is_out_at_once(here: Office) -> None:
    admin, leaving = await here.colleague("admin"), await here.colleague("editor")
    assert (await admin.post(f"/staff/{leaving.id}/disable")).status_code == 303
    assert (await leaving.get("/")).status_code == 303
    assert (await admin.post(f"/staff/{admin.id}/disable")).status_code == 400


@whatever_store
async def test_forms_must_come_from_our_own_pages(here: Office) -> None:
    someone = await here.colleague("admin")
    path, form = "/staff", {"name": "New Person", "role": "editor"}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        got = await someone.http.post(path, data={"csrf": someone.csrf, **form}, headers=headers)
        assert got.status_code == 403
    assert (await someone.http.post(path, data=form, headers=FROM_HERE)).status_code == 403
    other = await here.colleague("admin")
    assert (await someone.http.post(path, data={"csrf": other.csrf, **form}, headers=FROM_HERE)).status_code == 403
    added = await someone.post(path, **form)
    assert "/welcome/" in added.text


@whatever_store
async def test_headers(here: Office) -> None:
    someone = await here.colleague("admin")
    for path in ("/", "/sign-in", "/nothing", "/static/console.css"):
        headers = (await someone.get(path)).headers
        assert "script-src 'self';" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"


async def test_the_demo_signs_in_once_without_a_password(here: Office) -> None:
    path = demo_sign_in(here.ground.settings).partition(":8001")[2]
    browser = here.browser()
    assert "Sign in to the demo" in (await browser.get(path)).text
    assert (await browser.post(path, data={}, headers=FROM_HERE)).status_code == 303
    assert (await browser.get("/staff")).status_code == 200
    assert (await here.browser().get(path)).status_code == 404
    assert (await _try(here, "", name=signin.DEMO_LOGIN)).status_code == 401


def test_the_command_adds_and_invites(here: Office) -> None:
    first = add_staff(here.ground.settings, "Ada Okafor", "clinician")
    again = add_staff(here.ground.settings, "ada  OKAFOR", "clinician")
    assert first != again
    with pytest.raises(ValueError, match="role"):
        add_staff(here.ground.settings, "Bo", "boss")
    with pytest.raises(ValueError, match="exists"):
        add_staff(here.ground.settings, "Ada Okafor", "admin")
