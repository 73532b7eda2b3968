"""What "2", "1 and 3", "none" or a title stands for."""

from __future__ import annotations

import pytest

from bot.envelope import Choice, Envelope, Reply, Sender
from bot.gateway.channels import telegram, twilio
from bot.gateway.channels.picking import latest_run, pressed, run_before, written

AREAS = (Choice("area:face", "Face"), Choice("area:scalp", "Scalp"), Choice("human", "Talk to a person"))
MANY = (*(Choice(f"q:{letter}", letter.upper()) for letter in "abc"), Choice("q:none", "None of these"))
ONE = Reply("question", "area", "Which area?", AREAS)
SEVERAL = Reply("question", "conditions", "Any of these?", MANY, multiple=True)


def said(*replies: Reply | str) -> list[Envelope]:
    found = []
    for seq, reply in enumerate(replies, 1):
        sender: Sender = "patient" if isinstance(reply, str) else "bot"
        body = Reply("text", "message", reply) if isinstance(reply, str) else reply
        found.append(Envelope(seq, f"{seq:032x}", sender, body, "2026-11-23T00:00:00Z"))
    return found


def meant(text: str, *replies: Reply | str) -> tuple[str, ...]:
    run = latest_run(said(*replies))
    return written(text, run, twilio.SMS_MANNER, none_words={"none", "hicbiri"}, joining_words={"and", "ve"})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("2", ("area:scalp",)),
        (" 2. ", ("area:scalp",)),
        ("2)", ("area:scalp",)),
        ("2️⃣", ("area:scalp",)),
        ("٢", ("area:scalp",)),
        ("scalp", ("area:scalp",)),
        ("Talk to a person!", ("human",)),
        ("0", ()),
        ("4", ()),
        ("1, 2", ()),  # one is asked for
        ("none", ()),  # not among the choices
        ("2 weeks ago", ()),
        ("2-3", ()),
        ("-1", ()),
        ("1.5", ()),
        ("", ()),
        ("999", ()),
        ("020 7946 0000", ()),
    ],
)
def test_one_choice(text: str, ids: tuple[str, ...]) -> None:
    assert meant(text, "hi", ONE) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1, 3", ("q:a", "q:c")),
        ("3 1", ("q:c", "q:a")),
        ("1 and 3", ("q:a", "q:c")),
        ("1,1", ("q:a",)),
        ("NONE", ("q:none",)),
        ("HİÇBİRİ", ("q:none",)),
        ("hicbiri", ("q:none",)),
        ("1 ve 3", ("q:a", "q:c")),
        ("4", ("q:none",)),
        ("1, 9", ()),
        ("1 but not 3", ()),
    ],
)
def test_several_choices(text: str, ids: tuple[str, ...]) -> None:
    assert meant(text, "hi", SEVERAL) == ids


def test_numbers_belong_to_the_message_that_showed_them() -> None:
    two = ("hi", ONE, SEVERAL)
    assert meant("2", *two) == ("area:scalp",)
    assert meant("4, 6", *two) == ("q:a", "q:c")
    assert meant("3, 4", *two) == ()


def test_only_what_was_said_last_counts() -> None:
    assert meant("2", "hi", ONE, "face", Reply("answer", "x", "It depends.")) == ()
    assert meant("2", "hi", ONE, "a message that waits") == ("area:scalp",)
    assert meant("2") == ()


def test_a_later_open_question_takes_the_number() -> None:
    assert meant("2", "hi", ONE, Reply("question", "sessions", "How many sessions did you have?")) == ()


def test_a_person_who_asks_gets_the_number() -> None:
    run = said("hi", ONE)
    run.append(Envelope(3, "f" * 32, "staff", Reply("text", "staff", "How many?"), "2026-11-23T00:00:00Z", "Ada"))
    assert written("2", run[1:], twilio.SMS_MANNER, none_words=set(), joining_words=set()) == ()


def test_where_buttons_are_shown_a_number_is_a_word() -> None:
    run = latest_run(said("hi", ONE))
    assert written("2", run, telegram.MANNER, none_words=set(), joining_words=set()) == ()


def test_a_button_belongs_to_its_message() -> None:
    conversation = said("hi", ONE)
    assert pressed(f"{2:032x}.1", conversation) == "area:scalp"
    for wrong in (f"{2:032x}.3", f"{9:032x}.0", "area:scalp", "", f"{2:032x}.1\n", f"{2:032x}.1234"):
        assert pressed(wrong, conversation) is None


def test_a_run_ends_where_the_patient_wrote() -> None:
    conversation = said(ONE, "face", ONE, SEVERAL)
    assert [one.seq for one in run_before(conversation, 4)] == [3]
    assert [one.seq for one in latest_run(conversation)] == [3, 4]
