"""A danger card stays on top, call button first, until the patient closes it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from bot.envelope import Choice, Link, Reply

from .conftest import Visitor


def alarmed(visitor: Visitor) -> Visitor:
    visitor.begin().say("My throat is closing up")
    expect(visitor.alert).to_be_visible()
    return visitor


def test_the_card_is_announced_and_calls(visitor: Visitor) -> None:
    alarmed(visitor)
    expect(visitor.alert).to_have_text(
        re.compile(r"Important: Call 999 now\..*Call 999.*anaphylaxis.*020 7946 0101\.$", re.DOTALL)
    )
    call = visitor.alert.get_by_role("link", name="Call 999")
    expect(call).to_have_attribute("href", "tel:999")
    box = call.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert visitor.focused() == "message"  # a warning takes nobody's place in the page


def test_it_stays_above_later_messages_and_after_a_reload(visitor: Visitor) -> None:
    alarmed(visitor)
    for number in range(6):
        visitor.say(f"and another thing, number {number}").sees(f"heard: and another thing, number {number}")
    expect(visitor.alert.get_by_role("link", name="Call 999")).to_be_in_viewport()
    visitor.page.reload()
    expect(visitor.alert).to_be_visible()


def test_closed_by_the_patient_it_stays_closed_and_readable(visitor: Visitor) -> None:
    alarmed(visitor)
    visitor.button("Close this warning").click()
    expect(visitor.alert).to_have_count(0)
    visitor.sees("Say 'anaphylaxis'")
    visitor.page.reload()
    visitor.sees("Say 'anaphylaxis'")
    expect(visitor.alert).to_have_count(0)


def test_its_own_choices_settle_it(visitor: Visitor) -> None:
    visitor.begin()
    choices = (Choice("alert:called", "Yes, I have"), Choice("alert:not_called", "Not yet"))
    card = Reply("alert", "E1", "Have you been able to call?", choices=choices, links=(Link("999", "tel:999"),))
    visitor.served.say(visitor.conversation, card)
    visitor.alert.get_by_role("button", name="Yes, I have").click()
    expect(visitor.alert).to_have_count(0)
    visitor.sees("heard: alert:called")


def test_two_dangers_are_both_shown_the_same_one_once(visitor: Visitor) -> None:
    alarmed(visitor).say("and it is hot and red")
    expect(visitor.alert).to_have_count(2)
    visitor.say("my throat is closing I said")
    visitor.sees("my throat is closing I said")
    visitor.page.wait_for_timeout(500)
    expect(visitor.alert).to_have_count(2)


def test_it_opens_a_closed_chat(visitor: Visitor) -> None:
    visitor.begin()
    visitor.button("Close chat").click()
    visitor.served.say(visitor.conversation, Reply("alert", "E4", "Call 999 now.", links=(Link("999", "tel:999"),)))
    expect(visitor.alert).to_be_visible()


def test_danger_is_answered_when_nothing_can_be_stored(visitor: Visitor) -> None:
    visitor.begin()
    card = Reply("alert", "E1", "Call 999 now.", links=(Link("999", "tel:999"),)).as_dict()
    answer = {"seq": None, "envelopes": [{"v": 1, "seq": None, "id": "x", "from": "bot", **card, "at": ""}]}
    visitor.page.route("**/api/messages", lambda route: route.fulfill(status=200, json=answer))
    visitor.say("my throat is closing")
    expect(visitor.alert).to_be_visible()


def test_a_dead_session_does_not_swallow_a_cry_for_help(visitor: Visitor) -> None:
    visitor.begin()
    headers = {"Authorization": f"Bearer {visitor.token}"}
    answer = visitor.page.request.delete(f"{visitor.served.url}/api/conversation", headers=headers)
    assert answer.status == 204
    visitor.sees("This chat has ended.")
    visitor.say("My throat is closing up")
    expect(visitor.alert).to_be_visible()
    visitor.sees("My throat is closing up")
