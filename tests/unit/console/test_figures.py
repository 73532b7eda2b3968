"""Figures that name nobody, and the messages that were misunderstood."""

from __future__ import annotations

import re

import pytest
import yaml

from bot.console.figures import Bar, Chart
from bot.console.review import without_names
from bot.envelope import Reply
from bot.storage import consents, conversations, outbox
from bot.storage.tables import new_id

from .staffed import Office, conversation


async def test_small_numbers_are_not_shown(here: Office) -> None:
    one = await here.colleague("editor")
    for _ in range(4):
        conversation(here.ground)
    conversation(here.ground, test=True)
    page = (await one.get("/figures")).text
    assert "&lt; 5" in page
    assert not re.search(r"<td>[1-4]</td>", page)
    for _ in range(4):
        conversation(here.ground)
    assert "<td>8</td>" in (await one.get("/figures?days=7")).text


def test_a_hidden_number_cannot_be_measured_from_the_picture() -> None:
    drawn = [Chart("x", [Bar("a", 40), Bar("b", n)]).placed()[1][2] for n in (1, 2, 3, 4)]
    assert len(set(drawn)) == 1


async def test_misunderstood_messages_are_labelled_without_names(here: Office) -> None:
    conversation(here.ground, "My name is Jane Roe, +44 7400 123456, how much is it?")
    one = await here.colleague("editor")
    page = (await one.get("/review")).text
    assert "[name]" in page
    assert "Roe" not in page
    assert "7400" not in page
    inbox = re.search(r'action="/review/messages/(\w+)"', page)
    assert inbox
    path = f"/review/messages/{inbox[1]}"
    assert (await one.post(path, topic="no_topic", wording="x")).status_code == 400
    await one.post(path, topic="price_payment", wording="This is Jane Roe, how much is it?")
    assert "Nothing to label" in (await one.get("/review")).text
    proposed = yaml.safe_load((await one.get("/review/examples")).text)
    assert proposed["nlu"][0]["intent"] == "price_payment"
    assert proposed["nlu"][0]["examples"] == "- This is [name], how much is it?\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to a.b@example.org", "write to [address]"),
        ("I'm called Ann Lee and it hurts", "I'm called [name] and it hurts"),
        ("see https://x.example/me", "see [link]"),
        ("I am 34 and had 2 sessions", "I am 34 and had 2 sessions"),
    ],
)
def test_what_is_left_out(text: str, left: str) -> None:
    assert without_names(text) == left


async def test_where_people_gave_up_is_the_last_question_they_were_asked(here: Office) -> None:
    ground, at = here.ground, here.ground.clock()
    with ground.database.write() as connection:
        for _ in range(6):
            room = new_id()
            conversations.ensure(connection, room, "web", at)
            consents.record(connection, room, consents.Consent("health", "given", "1", "web", at))
            for ref in ("gate.age", "meds.thinner"):
                outbox.append(ground.database, connection, room, Reply("question", ref, "?"), at)
            outbox.append(ground.database, connection, room, Reply("answer", "pain_numbing", "!"), at)
    page = (await (await here.colleague("editor")).get("/figures")).text
    label = ground.question_title("meds.thinner")
    assert label != "meds.thinner"
    assert re.search(rf'<th scope="row">{re.escape(label)}</th><td>6</td>', page)
