"""Replies as a platform shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinic import Clinic
from bot.envelope import Choice, Envelope, Link, Progress, Reply, Source
from bot.gateway.channels import messenger, telegram, twilio, whatsapp
from bot.gateway.channels.contract import Manner, Part
from bot.gateway.channels.rendering import Renderer, size, split
from bot.gateway.wording import Wording
from bot.safety import cards
from bot.safety.findings import Finding

from ..house import LIBRARY

MANNERS = (telegram.MANNER, twilio.SMS_MANNER, twilio.WHATSAPP_MANNER, whatsapp.MANNER, messenger.MANNER)


@pytest.fixture(scope="module")
def renderer(clinic: Clinic) -> Renderer:
    return Renderer(Wording(clinic, LIBRARY), "https://chat.example")


def parts(renderer: Renderer, reply: Reply, manner: Manner, first: int = 1) -> list[Part]:
    return renderer.parts(Envelope(7, "a" * 32, "bot", reply, "2026-11-23T00:00:00Z"), manner, "en", first)


def choices(count: int, title: str = "Choice") -> tuple[Choice, ...]:
    return tuple(Choice(f"q:{number}", f"{title} {number}") for number in range(count))


@given(st.text(max_size=400), st.integers(10, 100))
def test_splitting_loses_nothing_but_space(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(size(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_it_splits_at_sentences_and_never_inside_a_phone_number() -> None:
    assert split("One is done. Two is done. Three", 26) == ["One is done. Two is done.", "Three"]
    assert split("please call us on 020 7946 0000 today", 24) == ["please call us on", "020 7946 0000 today"]


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.overall.name)
def test_an_alert_is_never_parted_from_its_number(renderer: Renderer, clinic: Clinic, manner: Manner) -> None:
    for flag in ("E1", "E2", "E4", "SH1", "U1"):
        reply = cards.alert(Finding(cards.tier_of(flag), flag, (), "sure"), clinic, "en")  # type: ignore[arg-type]
        first = parts(renderer, reply, manner)[0].text
        numbers = [link.title for link in reply.links if link.href.startswith("tel:")]
        assert numbers
        assert all(number in first for number in numbers)
    long = Reply("alert", "E1", "Do this. " * 800, links=(Link("+44 20 7946 0000", "tel:+442079460000"),))
    assert parts(renderer, long, manner)[0].text.startswith("Call +44 20 7946 0000")


@pytest.mark.parametrize(
    ("manner", "count", "title", "native"),
    [
        (telegram.MANNER, 10, "x", True),
        (telegram.MANNER, 11, "x", False),
        (whatsapp.MANNER, 3, "x", True),
        (whatsapp.MANNER, 4, "x", True),
        (whatsapp.MANNER, 3, "twenty-two letters tit", True),  # too long for a button, not for a list
        (whatsapp.MANNER, 3, "more than twenty-four letters", False),
        (whatsapp.MANNER, 11, "x", False),
        (messenger.MANNER, 13, "x", True),
        (messenger.MANNER, 14, "x", False),
        (twilio.SMS_MANNER, 2, "x", False),
        (twilio.WHATSAPP_MANNER, 2, "x", False),
    ],
)
def test_choices_are_native_where_they_fit(
    renderer: Renderer, manner: Manner, count: int, title: str, native: bool
) -> None:
    made = parts(renderer, Reply("question", "q", "Which?", choices(count, title)), manner)
    assert bool(made[-1].choices) == native
    assert (f"{count}. {title} {count - 1}" in made[-1].text) != native


@pytest.mark.parametrize(
    ("count", "title", "as_list"), [(3, "x", False), (4, "x", True), (2, "twenty-two letters tit", True)]
)
def test_what_does_not_fit_whatsapp_buttons_is_a_list(
    renderer: Renderer, count: int, title: str, as_list: bool
) -> None:
    assert (
        parts(renderer, Reply("question", "q", "Which?", choices(count, title)), whatsapp.MANNER)[-1].as_list == as_list
    )


def test_titles_that_are_equal_are_numbered(renderer: Renderer) -> None:
    same = (Choice("a", "Yes"), Choice("b", "Yes"))
    assert not parts(renderer, Reply("question", "q", "Which?", same), whatsapp.MANNER)[-1].choices


def test_a_pick_fits_telegram_and_says_nothing(renderer: Renderer) -> None:
    (part,) = parts(renderer, Reply("question", "q", "Which?", choices(2)), telegram.MANNER)
    assert [choice.id for choice in part.choices] == ["a" * 32 + ".0", "a" * 32 + ".1"]
    assert all(len(choice.id.encode()) <= 64 for choice in part.choices)


def test_numbers_go_on_from_the_message_before(renderer: Renderer) -> None:
    (part,) = parts(renderer, Reply("question", "q", "Which?", choices(2), multiple=True), twilio.SMS_MANNER, 4)
    assert "4. Choice 0\n5. Choice 1" in part.text
    assert '"4, 5"' in part.text


def test_links_sources_and_progress_are_short_lines(renderer: Renderer) -> None:
    links = (
        Link("+44 20 7946 0000", "tel:+442079460000"),
        Link("Calendar file", "/api/bookings/x.ics"),
        Link("E-mail", "mailto:hello@example.org"),
        Link("Odd", "javascript:alert(1)"),
    )
    sources = (Source("NHS", "2026-11-22"), Source("BAD", "2026-11-22"), Source("Third", "2026-11-22"))
    reply = Reply("answer", "x", "Text.", links=links, sources=sources, progress=Progress(3, 12))
    (part,) = parts(renderer, reply, telegram.MANNER)
    assert part.text == (
        "Text.\n\nCall +44 20 7946 0000\n\nCalendar file: https://chat.example/api/bookings/x.ics\n"
        "E-mail: hello@example.org\nSource: NHS; BAD\nQuestion 3 of about 12"
    )


def test_a_number_that_the_text_names_is_not_repeated(renderer: Renderer) -> None:
    reply = Reply("notice", "x", "Call us on 020 7946 0000.", links=(Link("020 7946 0000", "tel:+442079460000"),))
    assert parts(renderer, reply, telegram.MANNER)[0].text == reply.text


def test_sms_has_no_letters_that_double_its_cost(renderer: Renderer) -> None:
    (part,) = parts(renderer, Reply("answer", "x", "It’s “fine” – mostly…"), twilio.SMS_MANNER)
    assert part.text == 'It\'s "fine" - mostly...'


def test_the_text_above_whatsapp_buttons_is_short_enough(renderer: Renderer) -> None:
    made = parts(renderer, Reply("question", "q", "A sentence of some length. " * 200, choices(3)), whatsapp.MANNER)
    assert size(made[-1].text) <= 1024
    assert made[-1].choices
    assert not any(part.choices for part in made[:-1])
