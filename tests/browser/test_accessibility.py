"""WCAG 2.2 AA: axe-core on every state, and what no checker sees: keyboard, focus, what is said aloud, sizes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from bot.envelope import Choice, Link, Progress, Reply

from .conftest import Visitor
from .screenshots import SHOTS

SMALL = 24  # CSS pixels, WCAG 2.5.8; what is not inside a sentence is 44 or more (2.5.5)


def _menu(visitor: Visitor) -> None:
    visitor.begin().button("Chat menu").click()


def _sheet(visitor: Visitor) -> None:
    _menu(visitor)
    visitor.button("Delete my data").click()
    expect(visitor.panel.get_by_role("dialog")).to_be_visible()


def _error(visitor: Visitor) -> None:
    visitor.begin().say("health questions").sees("Do any of these")
    visitor.button("Send my answers").click()


def _links(visitor: Visitor) -> None:
    visitor.begin().say("links").sees("Four of these")


def _ended(visitor: Visitor) -> None:
    _menu(visitor)
    visitor.button("End and clear").click()
    visitor.panel.get_by_role("dialog").get_by_role("button", name="End and clear").click()
    visitor.sees("cleared from this device")


def _staff(visitor: Visitor) -> None:
    visitor.begin()
    visitor.served.say(visitor.conversation, Reply("text", "staff", "Hello from Ada."), "Ada Okafor")
    visitor.sees("Hello from Ada.")


def _refused(visitor: Visitor) -> None:
    visitor.begin().page.route("**/api/messages", lambda route: route.fulfill(status=422, json={"detail": "No."}))
    visitor.say("x").sees("No.")


STATES: dict[str, Callable[[Visitor], None]] = {
    **{name: act for name, (_, act) in SHOTS.items()},
    "menu": _menu,
    "sheet": _sheet,
    "error": _error,
    "links": _links,
    "ended": _ended,
    "staff": _staff,
    "refused": _refused,
    "embed": lambda visitor: (visitor.visit("/embed"), None)[1],
}
SCREENS = {
    "desktop": {},
    "phone dark": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark", "has_touch": True},
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(visitors: Callable[..., Visitor], state: str, screen: str) -> None:
    options = dict(SCREENS[screen])
    if state == "rtl":
        options["locale"] = "ar"
    visitor = visitors(**options)
    STATES[state](visitor)
    assert visitor.violations() == []


def test_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.visit()
    press = visitor.page.keyboard.press
    visitor.launcher.focus()
    press("Enter")
    visitor.sees("Hello!")
    assert visitor.focused() == "message"
    visitor.page.keyboard.type("health questions")
    press("Enter")
    visitor.sees("Do any of these")
    visitor.panel.locator(".scroll").focus()
    for _ in range(2):
        press("Tab")
    press("Space")
    expect(visitor.panel.get_by_label("A bleeding disorder")).to_be_checked()
    for _ in range(6):
        press("Tab")
    assert visitor.focused() == "Send my answers"
    press("Enter")
    visitor.sees("heard: questionnaire:heart_blood:bleeding=true")
    assert visitor.focused() == "message"  # what was picked is gone; the focus is not lost with it


def test_focus_order_follows_the_eye(visitor: Visitor) -> None:
    visitor.begin()
    visitor.button("Chat menu").focus()
    order = []
    for _ in range(5):
        order.append(visitor.focused())
        visitor.page.keyboard.press("Tab")
    assert order[:4] == ["Chat menu", "Close chat", "Conversation", "What is mesotherapy?"]


def test_escape_closes_one_thing_at_a_time_and_gives_the_focus_back(visitor: Visitor) -> None:
    visitor.begin()
    visitor.button("Chat menu").click()
    assert visitor.focused() == "Talk to a person"
    visitor.page.keyboard.press("Escape")
    assert visitor.focused() == "Chat menu"
    visitor.button("Chat menu").click()
    visitor.button("Delete my data").click()
    assert visitor.focused() == "Cancel"
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel.get_by_role("dialog")).to_have_count(0)
    assert visitor.focused() == "Chat menu"
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
    assert "Ask a question" in visitor.focused()


def test_the_focus_returns_to_the_pages_own_button(visitor: Visitor) -> None:
    visitor.visit().page.get_by_role("button", name="Ask our assistant").click()
    visitor.sees("Hello!")
    visitor.page.keyboard.press("Escape")
    assert visitor.focused() == "Ask our assistant"


@pytest.mark.parametrize("named", ["Ask our assistant", "Does it hurt? →"])
def test_the_page_opens_it(visitor: Visitor, named: str) -> None:
    visitor.visit().page.get_by_role("button", name=named).click()
    visitor.sees("Hello!")
    expect(visitor.input).to_have_value("Does it hurt?" if "hurt" in named else "")


def test_a_phone_shows_nothing_else_and_no_keyboard(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True).begin()
    assert visitor.focused() == "title"
    assert visitor.panel.evaluate("one => one.matches(':modal')")
    box = visitor.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 780}
    visitor.button("Does it hurt?").click()
    visitor.sees("heard: topic:pain_numbing")
    assert visitor.focused() == "Conversation"


def test_what_is_said_aloud(visitor: Visitor) -> None:
    visitor.begin()
    log = visitor.panel.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    visitor.say("does it hurt?").sees("quick pricks")
    expect(visitor.panel.get_by_role("status").filter(has_text="4 suggestions available")).to_have_count(1)
    assert log.get_by_role("button").count() == 0  # buttons are offered, not read out with the answer
    visitor.page.reload()
    visitor.page.wait_for_selector("mesobot-chat .log[aria-live=off]", state="attached")
    visitor.sees("quick pricks")
    expect(log).to_have_attribute("aria-live", "polite")


def test_language_and_direction(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors(locale="ar-EG").visit()
    visitor.launcher.click()
    root = visitor.page.locator("mesobot-chat .root")
    expect(root).to_have_attribute("lang", "ar")
    expect(root).to_have_attribute("dir", "rtl")
    expect(visitor.panel.get_by_text("مترجم ولم يراجعه")).to_be_visible()
    expect(visitor.panel.locator("#disclosure")).to_have_text("مساعد آلي، وليس إنساناً ولا طبيباً")
    close = visitor.button("إغلاق المحادثة").bounding_box()
    menu = visitor.button("قائمة المحادثة").bounding_box()
    assert close is not None
    assert menu is not None
    assert close["x"] < menu["x"]
    turkish = visitors(locale="tr-TR").visit()
    expect(turkish.launcher).to_have_text("Soru sorun")
    unknown = visitors(locale="fr-FR").visit()
    expect(unknown.launcher).to_have_text("Ask a question")


@pytest.mark.parametrize("width", [320, 256])  # 256: a phone of 320 at 125 %
def test_it_fits_a_narrow_screen(visitors: Callable[..., Visitor], width: int) -> None:
    visitor = visitors(viewport={"width": width, "height": 560}).begin()
    for words, answer in (
        ("health questions", "Do any"),
        ("book", "When would"),
        ("verdict", "A clinician"),
        ("links", "Four"),
    ):
        visitor.say(words).sees(answer)
        scroll = visitor.panel.locator(".scroll")
        assert scroll.evaluate("one => one.scrollWidth <= one.clientWidth"), words
    inside = "() => document.documentElement.scrollWidth <= innerWidth"
    assert visitor.page.evaluate(inside)


def test_text_twice_as_large(visitor: Visitor, context: BrowserContext) -> None:
    visitor.begin().say("health questions").sees("Do any of these")
    visitor.page.locator("mesobot-chat .root").evaluate("one => one.style.fontSize = '200%'")
    assert visitor.panel.locator(".scroll").evaluate("one => one.scrollWidth <= one.clientWidth")
    visitor.button("Send my answers").scroll_into_view_if_needed()
    expect(visitor.button("Send my answers")).to_be_in_viewport()


def test_targets_are_large(visitor: Visitor) -> None:
    visitor.begin()
    room = visitor.conversation
    several = (Choice("questionnaire:x:a", "A"), Choice("questionnaire:x:none", "None of these"))
    visitor.served.say(room, Reply("alert", "E1", "Call 999 now.", links=(Link("999", "tel:999"),)))
    visitor.served.say(room, Reply("question", "x", "Which?", several, multiple=True, progress=Progress(1, 2)))
    visitor.sees("Which?")
    sizes = visitor.page.locator("mesobot-chat").evaluate(
        """host => [...host.shadowRoot.querySelectorAll('button, a, summary, label:not(.unseen), textarea')]
          .filter(one => one.checkVisibility())
          .map(one => [one.textContent || one.ariaLabel, one.getBoundingClientRect(), Boolean(one.closest('.foot'))])
          .map(([name, box, small]) => [name, Math.min(box.width, box.height), small])"""
    )
    assert len(sizes) >= 8
    for name, size, small in sizes:
        assert size >= (SMALL if small else 43.9), name


def test_no_motion_for_those_who_want_none(visitors: Callable[..., Visitor]) -> None:
    still = visitors(reduced_motion="reduce").begin()
    assert still.panel.evaluate("one => getComputedStyle(one).animationName") == "none"
    moving = visitors(reduced_motion="no-preference").begin()
    assert moving.panel.evaluate("one => getComputedStyle(one).animationName") == "rise"
