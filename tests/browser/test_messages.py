"""Everything the envelope knows is shown, and nothing of it is ever markup."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.envelope import Choice, Reply

from .conftest import Visitor
from .scripted_engine import HOSTILE


def test_it_greets_with_the_disclosure_and_choices(visitor: Visitor) -> None:
    visitor.begin()
    visitor.sees("not a person or a doctor")
    expect(visitor.panel.locator("#disclosure")).to_have_text("Automated assistant, not a person or a doctor")
    expect(visitor.button("Does it hurt?")).to_be_visible()
    assert visitor.complaints == []


def test_an_answer_shows_where_it_comes_from(visitor: Visitor) -> None:
    answer = visitor.begin().say("does it hurt?").sees("quick pricks")
    summary = answer.locator("summary")
    expect(summary).to_have_text("2 sources · Reviewed October 18, 2026")  # the oldest review counts
    summary.click()
    expect(answer.get_by_text("NHS, cosmetic procedures · Reviewed November 2, 2026")).to_be_visible()


def test_a_pick_is_sent_by_its_id_and_then_gone(visitor: Visitor) -> None:
    visitor.begin().say("does it hurt?").sees("quick pricks")
    visitor.button("On the scalp").click()
    visitor.sees("heard: area:pain_numbing:scalp")
    expect(visitor.button("On the scalp")).to_have_count(0)
    expect(visitor.messages.filter(has_text="On the scalp")).to_have_count(1)


def test_none_of_these_goes_with_nothing_else(visitor: Visitor) -> None:
    visitor.begin().say("health questions").sees("Do any of these")
    box = visitor.panel.get_by_label
    box("A bleeding disorder").check()
    box("None of these").check()
    expect(box("A bleeding disorder")).not_to_be_checked()
    box("Raised or thick scars (keloids)").check()
    expect(box("None of these")).not_to_be_checked()
    box("A bleeding disorder").check()
    visitor.button("Send my answers").click()
    visitor.sees("questionnaire:heart_blood:bleeding=true+questionnaire:heart_blood:keloid=true")


def test_nothing_picked_is_said_in_words(visitor: Visitor) -> None:
    visitor.begin().say("health questions").sees("Do any of these")
    visitor.button("Send my answers").click()
    expect(visitor.panel.get_by_text("Please pick at least one line")).to_be_visible()
    visitor.panel.get_by_label("None of these").check()
    expect(visitor.panel.get_by_text("Please pick at least one line")).to_have_count(0)


def test_a_question_shows_how_far_it_is(visitor: Visitor) -> None:
    question = visitor.begin().say("one question").sees("18 or older")
    expect(question.get_by_text("Question 1 of about 11")).to_be_visible()
    visitor.button("Yes").click()
    visitor.sees("heard: questionnaire:age:true")


def test_a_verdict_is_a_card_with_lists_and_ways_on(visitor: Visitor) -> None:
    card = visitor.begin().say("verdict").sees("A clinician should look")
    expect(card.get_by_role("heading")).to_have_text("Result of your health questions")
    expect(card.locator("li")).to_have_count(3)
    expect(card.get_by_role("link", name="Call 020 7946 0100")).to_have_attribute("href", "tel:+442079460100")
    expect(visitor.button("Book a consultation")).to_be_visible()


def test_slots_stand_under_their_days_and_a_booking_has_its_calendar_file(visitor: Visitor) -> None:
    visitor.begin().say("book").sees("When would suit you")
    day = visitor.panel.get_by_role("group", name="Wednesday 25 November")
    expect(day.get_by_role("button")).to_have_text(["09:30", "10:15", "14:00", "16:30"])
    day.get_by_role("button", name="14:00").click()
    visitor.sees("Wednesday 25 November, 14:00")
    card = visitor.sees("is booked")
    link = card.get_by_role("link", name="Add to your calendar")
    expect(link).to_have_attribute("href", f"{visitor.served.url}/bookings/K7QP2MXD.ics")


def test_staff_write_under_their_name(visitor: Visitor) -> None:
    visitor.begin()
    visitor.served.say(visitor.conversation, Reply("text", "staff", "Hello, this is Ada."), "Ada Okafor")
    expect(visitor.sees("this is Ada").get_by_text("Ada Okafor, our team")).to_be_visible()


def test_dots_until_the_answer(visitor: Visitor) -> None:
    visitor.begin()
    visitor.served.engine.delay = 1.0
    try:
        visitor.say("slowly")
        expect(visitor.panel.locator(".typing")).to_be_visible()
        visitor.sees("heard: slowly")
        expect(visitor.panel.locator(".typing")).to_be_hidden()
    finally:
        visitor.served.engine.delay = 0.0


def test_only_links_of_the_list_are_shown(visitor: Visitor) -> None:
    answer = visitor.begin().say("links").sees("Four of these")
    hrefs = answer.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    assert hrefs == [
        "tel:+442079460100",
        "mailto:hello@linden.example.org",
        "https://www.nhs.uk/x",
        f"{visitor.served.url}/privacy",
    ]
    outside = answer.get_by_role("link", name=re.compile("NHS page"))
    expect(outside).to_have_attribute("rel", "noopener noreferrer")
    expect(outside).to_contain_text("opens in a new tab")


def test_hostile_text_stays_text(visitor: Visitor) -> None:
    dialogs: list[str] = []
    visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    visitor.begin().say("hostile " + HOSTILE[0]).sees(HOSTILE[3])
    for text in HOSTILE:
        assert text in visitor.sees(text.replace("\u202e", "")[:18]).locator(".text").inner_text()
        expect(visitor.button(text)).to_have_count(1)
    inside = "() => document.querySelector('mesobot-chat').shadowRoot.querySelectorAll('script, img, iframe, b').length"
    assert visitor.page.evaluate(inside) == 0
    assert visitor.page.evaluate("() => window.broken") is None
    assert dialogs == []
    visitor.page.reload()
    visitor.sees(HOSTILE[3])
    assert dialogs == []
    assert visitor.complaints == []


def test_each_message_reads_in_its_own_direction(visitor: Visitor) -> None:
    arabic = visitor.begin().say("arabic").sees("يشعر معظم").locator(".text")
    assert arabic.evaluate("one => getComputedStyle(one).direction") == "rtl"
    english = visitor.sees("Hello!").locator(".text")
    assert english.evaluate("one => getComputedStyle(one).direction") == "ltr"


def test_a_phone_number_keeps_its_order_among_arabic_words(visitor: Visitor) -> None:
    visitor.begin()
    visitor.served.say(visitor.conversation, Reply("text", "call", "اتصل على 020 7946 0100 الآن"))
    number = visitor.sees("اتصل على").locator(".number")
    expect(number).to_have_text("020 7946 0100")
    expect(number).to_have_attribute("dir", "ltr")


@pytest.mark.parametrize("kind", ["answer", "text", "notice", "unheard-of"])
def test_a_kind_of_the_future_is_shown_as_text(visitor: Visitor, kind: str) -> None:
    visitor.begin()
    visitor.served.say(visitor.conversation, Reply(kind, "x", f"as {kind}", choices=(Choice("a:b", f"go {kind}"),)))  # type: ignore[arg-type]
    visitor.sees(f"as {kind}")
    expect(visitor.button(f"go {kind}")).to_be_visible()


def test_a_long_answer_is_read_from_its_beginning(visitor: Visitor) -> None:
    first = visitor.begin().say("a long one").sees("Paragraph 0").locator("p").first
    visitor.sees("Paragraph 7")
    expect(first).to_be_in_viewport()
