"""On other people's pages: strict policies, hostile styles, their colours, their buttons, their statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route as ServedRoute

from bot.clinic import Clinic

from .conftest import Visitor
from .served import House, house, site

HOSTILE_CSS = """
html { font-size: 6px !important; }
* { display: none !important; color: red !important; font: 40px cursive !important; letter-spacing: 1em !important; }
html, body, p { display: block !important; }
mesobot-chat { all: revert !important; opacity: .9; display: none !important; position: static !important; }
button, div, dialog, textarea { background: lime !important; border: 9px solid !important; rotate: 9deg !important; }
"""
PLAIN = "<!doctype html><html lang=en><title>Site</title>{head}<body><main><h1>A site</h1></main>{body}"


@dataclass
class Elsewhere:
    """A site of another origin that the gateway knows, and the gateway."""

    url: str
    house: House
    pages: dict[str, tuple[str, str]]  # path -> page, policy

    def put(self, path: str, body: str = "", head: str = "", policy: str = "", script: str = "") -> str:
        """A page with the script tag (and these attributes of it); its address."""
        tag = f'<script type=module src="{self.house.url}/widget.js" data-clinic=linden {script}></script>'
        self.pages[path] = (PLAIN.format(head=head, body=body + tag), policy)
        return self.url + path


@pytest.fixture(scope="module")
def elsewhere(clinic: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    pages: dict[str, tuple[str, str]] = {}

    async def page(request: Request) -> Response:
        if request.url.path == "/hostile.css":
            return PlainTextResponse(HOSTILE_CSS, media_type="text/css")
        if request.url.path not in pages:
            return Response(status_code=204)
        body, policy = pages[request.url.path]
        return HTMLResponse(body, headers={"Content-Security-Policy": policy} if policy else {})

    folder: Path = tmp_path_factory.mktemp("elsewhere")
    with site(Starlette(routes=[ServedRoute("/{path:path}", page)])) as url, house(clinic, folder, (url,)) as served:
        yield Elsewhere(url, served, pages)


@pytest.fixture
def guest(visitors: Callable[..., Visitor], elsewhere: Elsewhere) -> Visitor:
    visitor = visitors()
    visitor.served = elsewhere.house
    return visitor


def test_a_strict_policy_with_trusted_types(guest: Visitor, elsewhere: Elsewhere) -> None:
    gateway = elsewhere.house.url
    policy = (
        f"default-src 'self'; script-src 'self' {gateway}; connect-src 'self' {gateway}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    guest.page.goto(elsewhere.put("/strict", policy=policy))
    guest.open().sees("Hello!")
    guest.say("health questions").sees("Do any of these")
    guest.say("hot and red")
    expect(guest.alert).to_be_visible()
    guest.page.evaluate("() => dispatchEvent(new Event('resize'))")
    assert guest.complaints == []


def test_default_src_self_is_enough_on_the_gateways_own_origin(visitor: Visitor) -> None:
    answer = visitor.page.request.get(visitor.served.url)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    visitor.begin().say("book").sees("When would suit you")
    visitor.button("Chat menu").click()
    visitor.button("Delete my data").click()
    assert visitor.complaints == []


def test_hostile_styles_change_nothing(guest: Visitor, elsewhere: Elsewhere) -> None:
    head = '<link rel=stylesheet href="/hostile.css">'
    guest.page.goto(elsewhere.put("/calm"))
    guest.open().sees("Hello!")
    measure = """one => { const s = getComputedStyle(one); const b = one.getBoundingClientRect();
      return [s.color, s.fontSize, s.letterSpacing, s.transform, Math.round(b.width), Math.round(b.height)] }"""
    calm = [guest.panel.evaluate(measure), guest.button("Does it hurt?").evaluate(measure)]
    guest.page.goto(elsewhere.put("/hostile", head=head))
    guest.sees("Hello!")
    assert [guest.panel.evaluate(measure), guest.button("Does it hurt?").evaluate(measure)] == calm


def test_nothing_comes_from_anywhere_else_and_no_cookie_is_set(guest: Visitor, elsewhere: Elsewhere) -> None:
    guest.page.goto(elsewhere.put("/alone"))
    guest.open().sees("Hello!")
    guest.say("does it hurt?").sees("quick pricks")
    hosts = (elsewhere.url, elsewhere.house.url)
    assert [url for url in guest.asked if not url.startswith(hosts)] == []
    assert guest.page.context.cookies() == []


def test_a_site_that_was_not_listed_gets_no_chat(guest: Visitor, elsewhere: Elsewhere) -> None:
    address = elsewhere.put("/unlisted").replace("localhost", "127.0.0.1")
    guest.page.goto(address)
    guest.launcher.click()
    expect(guest.panel.get_by_text("No connection.")).to_be_visible(timeout=15_000)
    expect(guest.panel.get_by_role("link", name="Call us: 020 7946 0100")).to_be_visible()


def test_the_sites_own_links_and_buttons_open_it(guest: Visitor, elsewhere: Elsewhere) -> None:
    body = "<a href='#mesobot'>Chat</a> <button data-mesobot-open>Open</button>"
    address = elsewhere.put("/openers", body=body)
    guest.page.goto(address)
    guest.page.wait_for_selector("mesobot-chat .launcher")
    for role, name in (("link", "Chat"), ("button", "Open")):
        guest.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]
        expect(guest.panel).to_be_visible()
        guest.page.keyboard.press("Escape")
        assert guest.focused() == name
    guest.page.goto("about:blank")
    guest.page.goto(address + "#mesobot")
    expect(guest.panel).to_be_visible()


def test_events_tell_that_but_not_what(guest: Visitor, elsewhere: Elsewhere) -> None:
    guest.page.add_init_script(
        """window.told = []; for (const name of ["ready", "open", "close", "sent", "received", "ended"])
          addEventListener(`mesobot:${name}`, event => told.push([event.type, event.detail]));"""
    )
    guest.page.goto(elsewhere.put("/events"))
    guest.open().sees("Hello!")
    guest.say("does it hurt?").sees("quick pricks")
    guest.page.keyboard.press("Escape")
    told = guest.page.evaluate("() => told")
    assert [name for name, _ in told if "received" not in name] == [
        "mesobot:ready",
        "mesobot:open",
        "mesobot:sent",
        "mesobot:close",
    ]
    assert all(detail is None for _, detail in told)


@pytest.mark.parametrize("accent", ["#ffef5c", "#f5a9c8", "#000000", "#777777", "rgb(0 128 255)", "no colour at all"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_accent_is_made_readable(
    visitors: Callable[..., Visitor], elsewhere: Elsewhere, accent: str, scheme: str
) -> None:
    guest = visitors(color_scheme=scheme)
    guest.served = elsewhere.house
    guest.page.goto(elsewhere.put("/accent", script=f'data-accent="{accent}"'))
    guest.open().sees("Hello!")
    guest.say("does it hurt?").sees("quick pricks")
    assert [line for line in guest.violations() if line.startswith("color-contrast")] == []


def test_a_page_may_choose_colour_and_scheme_by_style(guest: Visitor, elsewhere: Elsewhere) -> None:
    head = "<style>mesobot-chat { --mesobot-accent: rgb(122 62 107); --mesobot-radius: 3px }</style>"
    guest.page.goto(elsewhere.put("/style", head=head, script="data-theme=dark"))
    guest.page.emulate_media(color_scheme="light")
    fill = guest.open().page.locator("mesobot-chat .root")
    expect(fill).to_have_attribute("data-theme", "dark")
    body = guest.sees("Hello!").locator(".body")
    assert body.evaluate("one => getComputedStyle(one).borderTopLeftRadius") == "3px"


def test_the_element_may_be_written_by_the_page(guest: Visitor, elsewhere: Elsewhere) -> None:
    guest.page.goto(elsewhere.put("/element", body="<mesobot-chat data-clinic='own' data-lang='tr'></mesobot-chat>"))
    expect(guest.launcher).to_have_text("Soru sorun")
    expect(guest.page.locator("mesobot-chat")).to_have_count(1)


def test_it_greets_only_when_told_to_and_once(guest: Visitor, elsewhere: Elsewhere) -> None:
    guest.page.goto(elsewhere.put("/greeting", script="data-greeting=1"))
    bubble = guest.page.locator("mesobot-chat .greeting")
    expect(bubble).to_contain_text("automated assistant")
    assert guest.violations() == []
    bubble.get_by_role("button", name="No, thank you").click()
    expect(bubble).to_have_count(0)
    guest.page.reload()
    guest.page.wait_for_timeout(1800)
    expect(bubble).to_have_count(0)
    guest.page.goto(elsewhere.put("/silent"))
    guest.page.wait_for_timeout(1200)
    expect(bubble).to_have_count(0)


def test_a_page_that_reads_from_the_right_has_it_on_the_left(guest: Visitor, elsewhere: Elsewhere) -> None:
    address = elsewhere.put("/rtl")
    page, policy = elsewhere.pages["/rtl"]
    elsewhere.pages["/rtl"] = (page.replace("<html lang=en>", "<html lang=ar dir=rtl>"), policy)
    guest.page.goto(address)
    box = guest.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100


def test_without_javascript_there_are_phone_and_hours(visitor: Visitor) -> None:
    def without_scripts(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": "sandbox"})

    visitor.page.route(visitor.served.url + "/", without_scripts)
    visitor.page.goto(visitor.served.url + "/")
    fallback = visitor.page.locator("noscript p")
    expect(fallback).to_be_visible()
    expect(fallback).to_contain_text("The chat needs JavaScript. Please call us on 020 7946 0100.")
    expect(visitor.page.get_by_role("row", name="Monday 09:00–13:00, 14:00–18:00")).to_be_visible()


def test_the_snippets_name_this_address(visitor: Visitor) -> None:
    visitor.visit("/embed")
    code = visitor.page.locator("pre").all_inner_texts()
    assert any(f'src="{visitor.served.url}/widget.js"' in text for text in code)
    assert any("wp_enqueue_script_module" in text for text in code)
    assert any(f"script-src 'self' {visitor.served.url}" in text for text in code)
    assert any("<noscript>" in text and "020 7946 0100" in text and "Monday" in text for text in code)
