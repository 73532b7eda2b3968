"""The console in a browser: every screen for everybody's eyes, the take-over with a real patient, the preview."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bot.console import signin
from bot.storage import conversations, staff
from bot.storage.tables import now

from .conftest import Visitor
from .console_served import DESKTOP, PHONE, ConsoleHouse, Desk, Furnished, console_of, furnish
from .served import House


@pytest.fixture(scope="module")
def console(served: House) -> Iterator[ConsoleHouse]:
    with console_of(served) as running:
        yield running


@pytest.fixture(scope="module")
def there(console: ConsoleHouse) -> Furnished:
    return furnish(console)


@pytest.fixture
def desks(browser: Browser, console: ConsoleHouse) -> Iterator[Callable[..., Desk]]:
    """Makes colleagues, each with a browser."""
    made: list[BrowserContext] = []

    def make(role: str = "admin", name: str = "", **options: Any) -> Desk:
        context = browser.new_context(**{**DESKTOP, "reduced_motion": "reduce", **options})
        context.set_default_timeout(30_000)
        made.append(context)
        return console.desk(context, role, name)

    yield make
    for context in made:
        context.close()


def test_axe_finds_nothing_at_the_door(browser: Browser, console: ConsoleHouse) -> None:
    context = browser.new_context(**PHONE)
    desk = Desk(context.new_page(), console.url, "", [], console)
    with console.ground.database.write() as connection:
        id = staff.add(connection, "New Colleague", "editor", now())
    for path in ("/sign-in", f"/welcome/{signin.invitation(console.ground.database, id)}", "/nowhere"):
        desk.visit(path)
        assert desk.violations() == [], path
        assert desk.fits(), path
    context.close()


def test_a_first_sign_in_with_the_second_step(browser: Browser, console: ConsoleHouse) -> None:
    with console.ground.database.write() as connection:
        id = staff.add(connection, "Cem Yilmaz", "reception", now())
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{console.url}/welcome/{signin.invitation(console.ground.database, id)}")
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("New password").fill("three green kettles sing")
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.get_by_role("link", name="Health answers")).to_have_count(0)
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in context.cookies())
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("cem yilmaz")
    page.get_by_label("Password").fill("three green kettles sing")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")  # the code is missing
    context.close()


def test_an_alert_is_acknowledged_and_closed(desks: Callable[..., Desk], there: Furnished) -> None:
    desk = desks("reception").visit("/")
    card = desk.page.get_by_role("region", name="Danger")
    expect(desk.page.locator("#urgent")).to_contain_text("alert")
    expect(card).to_contain_text("for more than 5 minutes")
    card.get_by_role("button", name="Acknowledge").first.click()
    expect(card).to_contain_text(f"acknowledged by {desk.name}")
    before = card.locator("article").count()
    card.get_by_role("button", name="Close alert").first.click()
    expect(card.locator("article")).to_have_count(before - 1)


def test_a_person_takes_over_speaks_and_hands_back(visitor: Visitor, desks: Callable[..., Desk]) -> None:
    visitor.begin().say("hello there").sees("heard: hello there")
    desk = desks("clinician", "Ada Okafor").visit(f"/conversations/{visitor.conversation}")
    desk.page.get_by_role("button", name="Take over").click()
    expect(desk.page.locator(".banner")).to_contain_text("You speak here")
    visitor.sees("Ada Okafor from our team is here now.")
    visitor.say("can I bring my sister?")
    # The page shows it by itself, while a draft is being written.
    desk.page.get_by_label("Your message").fill("Of course, please do.")
    expect(desk.page.locator(".transcript")).to_contain_text("can I bring my sister?")
    desk.page.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.sees("Of course, please do.")).to_contain_text("Ada Okafor")
    assert not any(one["text"] == "can I bring my sister?" for one in visitor.served.engine.heard)
    desk.page.get_by_label("Last message (optional)").fill("See you then!")
    desk.page.get_by_role("button", name="Hand back to the bot").click()
    visitor.sees("See you then!")
    visitor.sees("I'm the automated assistant again")
    visitor.say("and parking?").sees("heard: and parking?")


def test_staff_see_the_patient_type_and_whether_an_answer_helped(visitor: Visitor, desks: Callable[..., Desk]) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    desk = desks("clinician").visit(f"/conversations/{visitor.conversation}")
    expect(desk.page.locator(".transcript")).to_contain_text("does it hurt?")
    visitor.messages.last.get_by_role("button", name="This did not help").click()
    desk.page.get_by_role("button", name="Take over").click()
    expect(desk.page.locator(".transcript")).to_contain_text("did not help")
    visitor.sees("from our team is here now")
    visitor.page.locator("mesobot-chat #message").press_sequentially("wait", delay=40)
    expect(desk.page.locator("#typing")).to_have_text("The patient is typing…")
    expect(desk.page.locator("#typing")).to_have_text("", timeout=15_000)  # and that they stopped
    assert not any(one["text"] == "wait" for one in visitor.served.engine.heard)
    assert desk.complaints == []


def test_a_card_is_written_signed_and_published(desks: Callable[..., Desk]) -> None:
    editor, ada = desks("editor"), desks("clinician", "Ada Signs")
    path = "/content/bruising_swelling"
    editor.visit(path).page.get_by_role("button", name="Write a new version").click()
    short = editor.page.get_by_label("short", exact=True)
    expect(short).to_be_visible()
    editor.page.wait_for_load_state()  # until then no script listens to what is typed
    short.fill("It is completely safe and melts fat.")
    expect(editor.page.locator("#v1")).to_contain_text("melts fat")  # while it is being written
    editor.page.get_by_role("button", name="Save and ask for a signature").click()
    expect(editor.page.locator(".told")).to_contain_text("do not pass the checks")
    editor.page.get_by_label("short", exact=True).fill("You may see a small bruise. It goes away in a week.")
    editor.page.get_by_role("button", name="Save and ask for a signature").click()
    expect(editor.page.locator("aside")).to_contain_text("A clinician has to read and sign it")
    ada.visit(path).page.get_by_label("I have read every text").check()
    ada.page.get_by_role("button", name="Sign as Ada Signs").click()
    ada.page.get_by_role("button", name="Publish version 1").click()
    expect(ada.page.locator("aside")).to_contain_text("patients read this")
    expect(ada.page.locator("main")).to_contain_text("signed by Ada Signs")
    assert editor.complaints + ada.complaints == []


def test_a_closed_gate_offers_no_release(desks: Callable[..., Desk], there: Furnished) -> None:
    desk = desks("clinician").visit("/review/models")
    desk.page.locator(f"a[href='/review/models/{there.model}']").click()
    gate = desk.page.get_by_role("region", name="Gate")
    expect(gate).to_contain_text("It must not be released")
    expect(gate).to_contain_text("Does it hurt? would fall from 91.0 % to 78.0 %")
    expect(gate).to_contain_text("A colleague has to agree")
    expect(desk.page.get_by_role("button", name="Release it")).to_have_count(0)


def test_a_reply_in_flight_is_not_said_over_a_person(visitor: Visitor, desks: Callable[..., Desk]) -> None:
    visitor.begin()
    desk = desks("clinician").visit(f"/conversations/{visitor.conversation}")
    visitor.served.engine.delay = 3.0
    try:
        visitor.say("tell me everything")
        expect(desk.page.locator(".transcript")).to_contain_text("tell me everything")
        desk.page.get_by_role("button", name="Take over").click()
        visitor.sees("from our team is here now")
        visitor.page.wait_for_timeout(4000)
    finally:
        visitor.served.engine.delay = 0.0
    assert any(one["text"] == "tell me everything" for one in visitor.served.engine.heard)  # it was being answered
    expect(visitor.messages.filter(has_text="heard: tell me everything")).to_have_count(0)
    expect(desk.page.locator(".transcript")).not_to_contain_text("heard: tell me everything")


def test_two_colleagues_cannot_both_own_it(visitor: Visitor, desks: Callable[..., Desk]) -> None:
    visitor.begin().say("hello").sees("heard: hello")
    both = [desks("clinician"), desks("reception")]
    for desk in both:  # both see the button, and nothing renews their page any more
        desk.page.route(re.compile(r"/news\?"), lambda route: route.abort())
        desk.visit(f"/conversations/{visitor.conversation}")
        desk.page.get_by_role("button", name="Take over").wait_for()
    for desk in both:
        desk.page.get_by_role("button", name="Take over").click()
    expect(both[0].page.locator(".banner")).to_contain_text("You speak here")
    expect(both[1].page.locator(".told")).to_contain_text("A colleague was first")
    expect(both[1].page.locator(".banner")).to_contain_text(f"{both[0].name} speaks here")
    expect(both[1].page.get_by_label("Your message")).to_have_count(0)
    expect(visitor.messages.filter(has_text="from our team is here now")).to_have_count(1)


def test_the_preview_is_a_test_and_shows_what_was_said(desks: Callable[..., Desk], console: ConsoleHouse) -> None:
    desk = desks("editor").visit("/preview")
    panel = desk.page.locator("mesobot-chat")
    panel.locator(".launcher").click()
    panel.locator("#message").fill("My throat is closing up")
    panel.locator("#message").press("Enter")
    panel.get_by_role("alert").first.wait_for()
    expect(desk.page.locator("#seen")).to_contain_text("My throat is closing up")
    with console.ground.database.read() as connection:
        c = conversations.c
        id = connection.scalar(c.id.table.select().with_only_columns(c.id).where(c.test).order_by(c.created.desc()))
        room = conversations.find(connection, str(id))
    assert room is not None
    assert room.test
    admin = desks("admin").visit("/")
    expect(admin.page.get_by_role("region", name="Danger").locator(f"a[href*='{room.id}']")).to_have_count(0)
    admin.visit("/conversations")
    expect(admin.page.locator(f"a[href*='{room.id}']")).to_have_count(0)
    admin.visit("/conversations?test=only")
    expect(admin.page.locator(f"a[href*='{room.id}']")).to_have_count(1)
    assert desk.complaints == []


def test_by_keyboard_alone(desks: Callable[..., Desk]) -> None:
    desk = desks().visit("/")
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("() => document.activeElement.id") == "main"


def test_a_text_is_checked_while_it_is_written(desks: Callable[..., Desk]) -> None:
    desk = desks("editor").visit("/content")
    desk.page.get_by_text("Check a text", exact=True).first.click()
    desk.page.get_by_role("textbox", name="Check a text").type("It is completely safe and melts fat.")
    expect(desk.page.locator("#verdict")).to_contain_text("melts fat")
