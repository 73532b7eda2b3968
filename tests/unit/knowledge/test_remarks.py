"""Remarks that mean something only after what was just said."""

from __future__ import annotations

import pytest

from bot.clinic import Clinic
from bot.eligibility.commands import Commands
from bot.envelope import Choice, Reply
from bot.knowledge.library import Library
from bot.knowledge.remarks import Offer, Remarks

HUMAN = Choice("human", "Talk to a person")
PAIN, PRICE = Choice("topic:pain_numbing", "Does it hurt?"), Choice("topic:price_payment", "Prices and payment")
TWO = Offer("question", "unsure", (PAIN, PRICE, HUMAN))
ONE = Offer("question", "unsure", (PAIN, HUMAN))
STORY = Offer("question", "ask_back", (Choice("topic:bruising_swelling", "Yes, please"), PRICE, HUMAN))
VERDICT = Offer("verdict", "no_flag", (Choice("booking:start", "Book a consultation"), HUMAN))
ANSWER = Offer("answer", "pain_numbing", (Choice("detail:pain_numbing", "Tell me more"), PRICE))


@pytest.fixture(scope="module")
def remarks(library: Library) -> Remarks:
    return Remarks(library, Commands().answer)


@pytest.mark.parametrize(
    ("offer", "text", "picked"),
    [
        (TWO, "the second one please", ("topic:price_payment",)),
        (TWO, "ok, the first", ("topic:pain_numbing",)),
        (TWO, "the last one", ("topic:price_payment",)),
        (TWO, "la segunda", ("topic:price_payment",)),
        (TWO, "das zweite bitte", ("topic:price_payment",)),
        (TWO, "ikincisi", ("topic:price_payment",)),
        (TWO, "второе", ("topic:price_payment",)),
        (TWO, "الثاني", ("topic:price_payment",)),
        (TWO, "both please", ("topic:pain_numbing", "topic:price_payment")),
        (TWO, "the fourth", ()),
        (TWO, "yes", ()),
        (ONE, "yes", ("topic:pain_numbing",)),
        (ONE, "no", ()),
        (STORY, "evet", ("topic:bruising_swelling",)),
        (VERDICT, "yes please", ("booking:start",)),
        (VERDICT, "no", ()),
        (ANSWER, "the second one", ()),
        (ANSWER, "yes", ()),
        (None, "the second one", ()),
        (TWO, "the second one hurt me a lot last week", ()),
    ],
)
def test_what_a_few_words_pick(remarks: Remarks, offer: Offer | None, text: str, picked: tuple[str, ...]) -> None:
    assert remarks.picked(offer, text) == picked


@pytest.mark.parametrize(
    ("offer", "text", "ref"),
    [
        (ANSWER, "ok", "anything_else"),
        (ANSWER, "👍", "anything_else"),
        (ANSWER, "anladım", "anything_else"),
        (ANSWER, "the second one", "which_one"),
        (ANSWER, "yes", "ask_what"),
        (ANSWER, "no", "take_care"),
        (TWO, "ok", "which_one"),
        (TWO, "no", "ask_other"),
        (TWO, "yes", "which_one"),
        (Offer("question", "which_one", TWO.choices), "yes", "ask_what"),  # never the same question twice
        (ANSWER, "ich überlege es mir", "take_time"),
        (Offer("question", "ask_what", (HUMAN,)), "ja", "ask_what"),
    ],
)
def test_what_answers_a_remark(remarks: Remarks, clinic: Clinic, offer: Offer, text: str, ref: str) -> None:
    reply = remarks.reply(offer, text, topic="pain_numbing", told=("pre_care",), language="en", clinic=clinic)
    assert reply
    assert reply.ref == ref
    assert "topic:pre_care" not in [choice.id for choice in reply.choices]


@pytest.mark.parametrize("text", ["34", "😡", "my face is hot", "it hurts"])
def test_other_words_are_no_remark(remarks: Remarks, clinic: Clinic, text: str) -> None:
    assert remarks.reply(ANSWER, text, topic="pain_numbing", told=(), language="en", clinic=clinic) is None


def test_at_the_very_beginning_a_remark_means_nothing(remarks: Remarks, clinic: Clinic) -> None:
    assert remarks.reply(None, "ok", topic=None, told=(), language="en", clinic=clinic) is None


def test_several_picks_are_not_on_offer_in_words() -> None:
    group = Reply("question", "gate", "Do any of these apply?", choices=(PAIN, PRICE), multiple=True)
    assert Offer.of([group]) is None
    assert Offer.of([Reply("answer", "a", "..."), Reply("question", "unsure", "?", choices=(PAIN,))]) == Offer(
        "question", "unsure", (PAIN,)
    )


@pytest.mark.parametrize(("text", "picked"), [("yes", ("alert:called",)), ("ok", ())])
def test_ok_does_not_say_that_they_called(remarks: Remarks, text: str, picked: tuple[str, ...]) -> None:
    asked = Offer("question", "E1", (Choice("alert:called", "Yes, I have"), Choice("alert:not_called", "Not yet")))
    assert remarks.picked(asked, text) == picked


@pytest.mark.parametrize("text", ["I called but nobody answers", "went to voicemail", "geht niemand ran", "açmıyorlar"])
def test_a_call_that_nobody_took_is_none(remarks: Remarks, text: str) -> None:
    assert remarks.is_unreached(text)


@pytest.mark.parametrize(
    ("text", "had"),
    [
        ("I'm in A&E now", True),
        ("i already saw the doctor", True),
        ("bin in der Notaufnahme", True),
        ("I haven't seen a doctor", False),
        ("not in hospital yet", False),
        ("how much is it", False),
    ],
)
def test_help_that_has_come_is_told_from_help_that_has_not(remarks: Remarks, text: str, had: bool) -> None:
    assert remarks.is_looked_after(text) == had
