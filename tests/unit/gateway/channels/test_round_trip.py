"""The same for every platform: what a person sends is answered, once, in their own conversation."""

from __future__ import annotations

from sqlalchemy import select

from bot.envelope import Choice, Reply
from bot.storage import conversations, inbox, people

from ..house import until
from .conftest import Line


async def test_it_answers_and_shows_who_speaks_and_where_privacy_is_explained(line: Line) -> None:
    await line.says("does it hurt")
    await line.hears("heard: does it hurt")
    texts = line.platform.texts(line.sender)
    assert "automated assistant" in texts[0]
    assert any("linden.example.org/privacy" in text for text in texts[:3])
    await until(lambda: set(line.deliveries()) == {"sent"})


async def test_the_second_message_finds_the_same_conversation(line: Line) -> None:
    await line.says("one")
    await line.hears("heard: one")
    await line.says("two")
    await line.hears("heard: two")
    assert len({one["conversation"] for one in line.house.engine.heard}) == 1
    assert sum("automated assistant" in text for text in line.platform.texts(line.sender)) == 1


async def test_danger_is_answered_with_the_card_before_all_else_also_without_an_engine(line: Line) -> None:
    line.house.engine.status = 503
    await line.says("my throat is closing")
    card = await line.hears("Call 999 now")
    assert card == line.platform.texts(line.sender)[0]
    await line.hears("automated assistant")


async def test_a_choice_comes_back_as_its_id(line: Line) -> None:
    line.house.engine.replies = [Reply("question", "q", "Which?", (Choice("a:1", "First"), Choice("a:2", "Second")))]
    await line.says("ask me")
    asked = await line.platform.until(line.sender, "Which?")
    if asked.picks:
        await line.platform.call(line.platform.press(line.sender, asked.picks["Second"]))
    else:
        assert "1. First\n2. Second" in asked.text
        await line.says("2")
    await until(lambda: line.heard[-1] == "a:2")


async def test_several_choices_are_numbers_everywhere(line: Line) -> None:
    choices = (Choice("q:x", "Asthma"), Choice("q:y", "Blood thinners"), Choice("q:none", "None of these"))
    line.house.engine.replies = [Reply("question", "q", "Do any apply?", choices, multiple=True)]
    await line.says("ask me")
    asked = await line.hears("Do any apply?")
    assert "1. Asthma\n2. Blood thinners\n3. None of these\n" in asked
    assert '"none"' in asked
    await line.says("1, 2")
    await until(lambda: line.heard[-1] == "q:x+q:y")
    await line.says("None.")
    await until(lambda: line.heard[-1] == "q:none")


async def test_a_photo_is_answered_politely_and_its_caption_read(line: Line) -> None:
    caption = "" if line.platform.channel == "messenger" else "is this normal"
    response = await line.platform.call(line.platform.photo(line.sender, caption))
    assert response.status_code == 200
    await line.hears("Please don't send photos here")
    if caption:
        await line.hears("heard: is this normal")


async def test_no_address_is_a_conversation_id_or_stored_in_the_clear(line: Line) -> None:
    await line.says("hello")
    await line.hears("heard: hello")
    digits = line.sender.rpartition("+")[2]
    database = line.house.gateway.ground.database
    with database.read() as connection:
        for table in (conversations.conversations, inbox.inbox, people.identities):
            for row in connection.execute(select(table)):
                assert digits not in repr(tuple(row))
    files = [path for path in line.house.gateway.settings.data_dir.iterdir() if path.is_file()]
    assert files
    assert not any(digits.encode() in path.read_bytes() for path in files)
