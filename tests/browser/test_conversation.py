"""A conversation survives reloads, bad lines and second tabs, and ends when the patient wants it to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Route, expect

from bot.envelope import Reply

from .conftest import Visitor


def storage(visitor: Visitor) -> dict[str, Any]:
    return dict(
        visitor.page.evaluate(
            "() => ({session: {...sessionStorage}, local: {...localStorage}, cookies: document.cookie})"
        )
    )


def texts(visitor: Visitor) -> list[str]:
    return [text.strip() for text in visitor.messages.locator(".text").all_inner_texts()]


def test_history_is_there_after_a_reload(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    before = texts(visitor)
    visitor.page.reload()
    visitor.sees("quick pricks")
    expect(visitor.panel).to_be_visible()
    assert texts(visitor) == before
    expect(visitor.button("On the scalp")).to_be_visible()


def test_the_browser_keeps_a_token_and_no_word(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    kept = storage(visitor)
    assert kept["local"] == {}
    assert kept["cookies"] == ""
    (value,) = kept["session"].values()
    assert set(json.loads(value)) <= {"token", "seen", "closed", "open", "greeted"}
    assert "hurt" not in value


def test_no_health_word_in_any_address_or_title(visitor: Visitor) -> None:
    visitor.begin()
    title = visitor.page.title()
    visitor.say("I am pregnant").sees("heard: I am pregnant")
    assert visitor.page.title() == title
    assert not [url for url in visitor.asked if "pregnant" in url or visitor.token in url]


def test_looking_at_the_page_makes_no_conversation(visitor: Visitor) -> None:
    visitor.visit()
    visitor.page.wait_for_timeout(500)
    assert not [url for url in visitor.asked if "/api/" in url]


def test_end_and_clear(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    visitor.button("Chat menu").click()
    visitor.button("End and clear").click()
    sheet = visitor.panel.get_by_role("dialog", name="End this chat?")
    sheet.get_by_role("button", name="End and clear").click()
    visitor.sees("The chat is cleared from this device.")
    expect(visitor.messages).to_have_count(1)
    assert visitor.token == ""
    visitor.button("Start a new chat").click()
    visitor.sees("Hello!")


def test_delete_my_data(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    token = visitor.token
    visitor.button("Chat menu").click()
    visitor.button("Delete my data").click()
    visitor.button("Delete now").click()
    visitor.sees("are deleted")
    answer = visitor.page.request.get(
        f"{visitor.served.url}/api/messages", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status == 401
    assert visitor.token == ""


def test_delete_says_when_it_did_not_work(visitor: Visitor) -> None:
    visitor.begin()
    visitor.page.route("**/api/conversation", lambda route: route.fulfill(status=503, json={}))
    visitor.button("Chat menu").click()
    visitor.button("Delete my data").click()
    visitor.button("Delete now").click()
    visitor.sees("nothing was deleted")
    assert visitor.token


def test_download(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    visitor.button("Chat menu").click()
    with visitor.page.expect_download() as waited:
        visitor.button("Download this chat").click()
    assert waited.value.suggested_filename == "chat.txt"
    text = Path(waited.value.path()).read_text(encoding="utf-8")
    assert "not a person or a doctor" in text
    assert "You:\ndoes it hurt?" in text
    assert "quick pricks" in text


def test_talk_to_a_person_is_always_there(visitor: Visitor) -> None:
    visitor.begin().say("one question").sees("18 or older")
    visitor.button("Chat menu").click()
    visitor.button("Talk to a person").click()
    visitor.sees("heard: human")
    expect(visitor.panel.get_by_role("link", name="Call us: 020 7946 0100")).to_be_visible()


def test_unread_messages_are_counted_on_the_button(visitor: Visitor) -> None:
    visitor.begin()
    visitor.button("Close chat").click()
    for number in range(2):
        visitor.served.say(visitor.conversation, Reply("text", "staff", f"note {number}"), "Ada Okafor")
    expect(visitor.launcher).to_have_accessible_name("Ask a question 2 new messages")
    visitor.launcher.click()
    visitor.sees("note 1")
    visitor.button("Close chat").click()
    expect(visitor.launcher).to_have_accessible_name("Ask a question")


def test_offline_is_visible_and_messages_wait(visitor: Visitor, context: BrowserContext) -> None:
    visitor.begin()
    context.set_offline(True)
    visitor.say("first").say("second")
    expect(visitor.panel.get_by_text("No connection.")).to_be_visible()
    expect(visitor.panel.get_by_text("Waiting to be sent")).to_have_count(2)
    context.set_offline(False)
    visitor.sees("heard: first")
    visitor.sees("heard: second")
    expect(visitor.panel.get_by_text("Waiting to be sent")).to_have_count(0)
    expect(visitor.panel.get_by_text("No connection.")).to_have_count(0)
    said = [text for text in texts(visitor) if text in ("first", "second")]
    assert said == ["first", "second"]


def test_an_answer_lost_on_the_way_is_asked_for_again_under_the_same_id(visitor: Visitor) -> None:
    visitor.begin()
    ids: list[str] = []

    def lose_the_first(route: Route) -> None:
        ids.append(route.request.post_data_json["id"])
        if len(ids) == 1:
            route.fetch()  # the gateway has it
            route.abort()  # the browser never hears of it
        else:
            route.continue_()

    visitor.page.route(re.compile(r"/api/messages$"), lose_the_first)
    visitor.say("only once").sees("heard: only once")
    visitor.page.wait_for_timeout(2500)
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert texts(visitor).count("only once") == 1
    assert texts(visitor).count("heard: only once") == 1
    assert len([turn for turn in visitor.served.engine.heard if turn["text"] == "only once"]) == 1


def test_a_broken_stream_is_taken_up_where_it_ended(visitor: Visitor, context: BrowserContext) -> None:
    visitor.begin().say("before").sees("heard: before")
    context.set_offline(True)
    visitor.page.wait_for_timeout(300)
    visitor.served.say(visitor.conversation, Reply("text", "staff", "while you were away"), "Ada Okafor")
    context.set_offline(False)
    visitor.sees("while you were away")
    assert texts(visitor).count("heard: before") == 1
    assert texts(visitor).count("while you were away") == 1


def test_a_proxy_that_holds_the_stream_back_leads_to_long_polling(visitor: Visitor) -> None:
    visitor.page.route("**/api/events", lambda route: None)  # nothing comes through, ever
    visitor.visit().open()
    visitor.sees("Hello!")
    visitor.say("does it hurt?").sees("quick pricks", seconds=15)
    assert any("wait=25" in url for url in visitor.asked)


def test_two_tabs_show_one_conversation(visitor: Visitor) -> None:
    visitor.begin()
    with visitor.page.expect_popup() as opened:  # a tab opened from this one starts with a copy of its storage
        visitor.page.evaluate("() => { window.open(location.href) }")
    other = Visitor(opened.value, visitor.served)
    other.sees("Hello!")
    visitor.say("from the first").sees("heard: from the first")
    other.sees("heard: from the first")
    other.say("from the second").sees("heard: from the second")
    visitor.sees("heard: from the second")
    assert texts(visitor) == texts(other)
    other.button("Chat menu").click()
    other.button("Delete my data").click()
    other.button("Delete now").click()
    other.sees("are deleted")
    visitor.sees("This chat has ended.")
    assert "from the first" not in texts(visitor)


def test_two_people_are_two_conversations(visitors: Callable[..., Visitor]) -> None:
    one, two = visitors().begin(), visitors().begin()
    one.say("mine alone").sees("heard: mine alone")
    assert "mine alone" not in texts(two)


def test_back_and_forward(visitor: Visitor) -> None:
    visitor.begin().say("before").sees("heard: before")
    visitor.page.goto(f"{visitor.served.url}/embed")
    visitor.page.go_back()
    visitor.sees("heard: before")
    visitor.say("after").sees("heard: after")
    assert texts(visitor).count("heard: before") == 1


def test_a_page_that_comes_back_from_the_cache_listens_again(visitor: Visitor) -> None:
    visitor.begin()
    conversation = visitor.conversation
    visitor.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    visitor.page.wait_for_timeout(200)
    visitor.served.say(conversation, Reply("text", "staff", "meanwhile"), "Ada Okafor")
    visitor.page.wait_for_timeout(1500)
    assert "meanwhile" not in texts(visitor)
    visitor.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    visitor.sees("meanwhile")


def test_a_wrong_clock_changes_nothing(visitor: Visitor) -> None:
    visitor.page.clock.install(time="2011-01-01T00:00:00Z")
    visitor.begin().say("does it hurt?").sees("quick pricks")
    stamp = visitor.messages.locator("time").last.get_attribute("datetime")
    assert stamp is not None
    assert not stamp.startswith("2011")


def test_too_long_a_message_comes_back_into_the_field(visitor: Visitor) -> None:
    visitor.begin()
    visitor.input.evaluate("one => one.removeAttribute('maxlength')")
    visitor.say("much too long " * 400)
    visitor.sees("too long for me")
    expect(visitor.panel.get_by_text("Not sent")).to_be_visible()
    expect(visitor.input).to_have_value(re.compile("much too long"))


def test_a_busy_gateway_is_asked_again_and_says_why(visitor: Visitor) -> None:
    visitor.begin()
    answers = iter([(429, {"detail": "That was a lot at once."}), (503, {"detail": "Many people are writing."})])

    def busy(route: Route) -> None:
        status, problem = next(answers, (0, {}))
        if status:
            route.fulfill(status=status, json=problem, headers={"Retry-After": "1"})
        else:
            route.continue_()

    visitor.page.route(re.compile(r"/api/messages$"), busy)
    visitor.say("patience")
    expect(visitor.panel.get_by_text("That was a lot at once.")).to_be_visible()
    visitor.sees("heard: patience")
    expect(visitor.panel.get_by_text("Many people are writing.")).to_have_count(0)


def test_on_a_slow_line_every_message_arrives_once(visitor: Visitor, context: BrowserContext) -> None:
    tools = context.new_cdp_session(visitor.page)
    tools.send("Network.enable")
    slow = {"offline": False, "latency": 600, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    tools.send("Network.emulateNetworkConditions", slow)
    visitor.visit().open()
    visitor.sees("Hello!", seconds=20)
    visitor.say("one").say("two").say("three").sees("heard: three", seconds=20)
    assert [text for text in texts(visitor) if text in ("one", "two", "three")] == ["one", "two", "three"]


def test_many_messages_are_restored_in_order(visitor: Visitor) -> None:
    visitor.begin()
    conversation = visitor.conversation
    for number in range(230):  # more than one answer of the gateway holds
        visitor.served.say(conversation, Reply("text", "n", f"number {number}."))
    visitor.page.reload()
    visitor.sees("number 229.", seconds=20)
    numbers = [int(text[7:-1]) for text in texts(visitor) if text.startswith("number ")]
    assert numbers == list(range(230))
