"""Headers, origins, addresses: what every answer carries and who may call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.requests import Request

from bot.clinic import Clinic
from bot.gateway.limits import Limits, MemoryLimiter, Rule
from bot.gateway.protection import address_of
from bot.settings import Settings
from tests.databases import whatever_store

from .house import House, house

CLINIC_SITE = "https://linden.example.org"


@pytest.fixture
async def listed(settings: Settings, clinic: Clinic) -> AsyncIterator[House]:
    async with house(replace(settings, allowed_origins=(CLINIC_SITE, "*")), clinic) as both:
        yield both


@pytest.mark.parametrize("path", ["/", "/widget.js", "/openapi.json", "/healthz", "/api/messages", "/nowhere"])
@whatever_store
async def test_every_answer_carries_the_security_headers(here: House, path: str) -> None:
    headers = (await here.http.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@whatever_store
async def test_the_page_has_nothing_inline(here: House) -> None:
    page = (await here.http.get("/")).text
    assert "style=" not in page
    assert "onclick" not in page
    assert page.count("<script") == page.count('<script type="module" src=')
    assert "Linden Skin Clinic" in page
    assert "{{" not in page


@whatever_store
async def test_the_api_is_never_cached(here: House) -> None:
    assert (await here.http.get("/api/messages")).headers["cache-control"] == "no-store"


@whatever_store
async def test_a_page_of_another_site_is_refused(here: House) -> None:
    response = await here.http.post("/api/sessions", headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


@whatever_store
async def test_its_own_page_may_call(here: House) -> None:
    assert (await here.http.post("/api/sessions", headers={"Origin": here.url})).status_code == 201


@whatever_store
async def test_a_listed_site_may_call_and_a_star_lists_nobody(listed: House) -> None:
    response = await listed.http.post("/api/sessions", headers={"Origin": CLINIC_SITE})
    assert response.status_code == 201
    assert response.headers["access-control-allow-origin"] == CLINIC_SITE
    assert (await listed.http.post("/api/sessions", headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await listed.http.post("/api/sessions", headers={"Origin": "null"})).status_code == 403


@whatever_store
async def test_a_preflight_is_answered_for_listed_sites_only(listed: House) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = await listed.http.options("/api/messages", headers={"Origin": CLINIC_SITE, **ask})
    assert allowed.status_code == 204
    assert "Authorization" in allowed.headers["access-control-allow-headers"]
    refused = await listed.http.options("/api/messages", headers={"Origin": "https://evil.example", **ask})
    assert refused.status_code == 403


@whatever_store
async def test_a_token_made_on_one_site_is_worth_nothing_on_another(listed: House) -> None:
    session = (await listed.http.post("/api/sessions", headers={"Origin": CLINIC_SITE})).json()
    headers = {"Authorization": f"Bearer {session['token']}", "Origin": listed.url}
    assert (await listed.http.get("/api/messages", headers=headers)).status_code == 401


@whatever_store
async def test_unknown_paths_and_methods_are_problems_too(here: House) -> None:
    for response in (await here.http.get("/nowhere"), await here.http.put("/api/messages")):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


def request_from(peer: str, forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())]
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


def test_a_forwarded_address_counts_from_trusted_proxies_only() -> None:
    assert address_of(request_from("10.0.0.1", "6.6.6.6, 1.2.3.4"), ("10.0.0.1",)) == "1.2.3.4"
    assert address_of(request_from("9.9.9.9", "1.2.3.4"), ("10.0.0.1",)) == "9.9.9.9"
    assert address_of(request_from("10.0.0.1", ""), ("10.0.0.1",)) == "10.0.0.1"


@whatever_store
async def test_one_address_cannot_open_sessions_without_end(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, limits=replace(Limits(), sessions=Rule("sessions", 0.5, 3))) as here:
        answers = [(await here.http.post("/api/sessions")).status_code for _ in range(5)]
        assert answers == [201, 201, 201, 429, 429]


async def test_the_limiter_gives_back_over_time() -> None:
    time = [0.0]
    limiter, rule = MemoryLimiter(clock=lambda: time[0]), Rule("r", 2.0, 4)
    assert [await limiter.hit(rule, "a") for _ in range(4)] == [0.0] * 4
    assert await limiter.hit(rule, "a") == pytest.approx(0.5)
    assert await limiter.hit(rule, "b") == 0.0
    time[0] = 0.5
    assert await limiter.hit(rule, "a") == 0.0
    assert await limiter.hit(rule, "a") > 0


async def test_health_says_what_works(here: House) -> None:
    response = await here.http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": True, "engine": True})


async def test_health_is_fine_without_an_engine(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, engine_up=False) as here:
        response = await here.http.get("/healthz")
        assert (response.status_code, response.json()["status"]) == (200, "degraded")
