"""Two colleagues, one patient, one bot: who speaks is decided once."""

from __future__ import annotations

import asyncio

from bot.storage import conversations, outbox, requests

from .staffed import Office, conversation, request


def _said(office: Office, room: str) -> list[tuple[str, str, str | None]]:
    with office.ground.database.read() as connection:
        found = outbox.after(office.ground.database, connection, room, 0)
    return [(one.sender, one.reply.ref, one.name) for one in found]


async def test_of_many_who_click_at_once_one_owns_it(here: Office) -> None:
    room = conversation(here.ground)
    request(here.ground, room)
    everyone = [await here.colleague(role) for role in ("reception", "clinician", "admin") * 3]
    answers = await asyncio.gather(*(one.post(f"/conversations/{room}/take") for one in everyone))
    late = [answer.headers["location"].endswith("told=too_late") for answer in answers]
    assert late.count(False) == 1
    owner = everyone[late.index(False)]
    with here.ground.database.read() as connection:
        found = conversations.find(connection, room)
        assert found is not None
        assert found.owner == owner.id
        assert requests.waiting(here.ground.database, connection) == []
    assert [ref for _, ref, _ in _said(here, room)].count("human_joined") == 1
    for other in everyone:
        if other is not owner:
            refused = await other.post(f"/conversations/{room}/write", text="me too")
            assert refused.headers["location"].endswith("told=not_owner")
            refused = await other.post(f"/conversations/{room}/back")
            assert refused.headers["location"].endswith("told=not_owner")
    assert not any(ref == "staff" for _, ref, _ in _said(here, room))


async def test_the_same_click_twice_says_it_once(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician", "Ada Okafor")
    for _ in range(2):
        await one.post(f"/conversations/{room}/take")
    assert _said(here, room)[-1] == ("staff", "human_joined", "Ada Okafor")
    assert [ref for _, ref, _ in _said(here, room)].count("human_joined") == 1


async def test_from_take_over_to_hand_back(here: Office) -> None:
    room, ada = conversation(here.ground, channel="whatsapp"), await here.colleague("clinician", "Ada Okafor")
    bo = await here.colleague("clinician", "Bo Lindqvist")
    await ada.post(f"/conversations/{room}/take")
    await ada.post(f"/conversations/{room}/write", text="Hello!\r\nHow can I help?")
    await ada.post(f"/conversations/{room}/back", text="Goodbye.")
    assert _said(here, room)[-4:] == [
        ("staff", "human_joined", "Ada Okafor"),
        ("staff", "staff", "Ada Okafor"),
        ("staff", "staff", "Ada Okafor"),
        ("bot", "human_left", None),
    ]
    with here.ground.database.read() as connection:  # a platform's channel sends them
        states = connection.execute(outbox.messages.select().order_by(outbox.m.seq)).all()
    assert [row.delivery for row in states][-4:] == ["pending"] * 4
    late = await ada.post(f"/conversations/{room}/write", text="one more thing")
    assert late.headers["location"].endswith("told=not_owner")
    taken = await bo.post(f"/conversations/{room}/take")
    assert "told" not in taken.headers["location"]


async def test_an_erased_conversation_cannot_be_taken(here: Office) -> None:
    from bot.storage.erasure import erase

    room, ada = conversation(here.ground), await here.colleague("clinician")
    erase(here.ground.database, room)
    assert (await ada.post(f"/conversations/{room}/take")).headers["location"].endswith("told=too_late")
    assert (await ada.get(f"/conversations/{room}")).status_code == 404


async def test_news_tell_when_somebody_else_took_it(here: Office) -> None:
    room = conversation(here.ground)
    ada, bo = await here.colleague("clinician"), await here.colleague("clinician")
    path = f"/conversations/{room}/news?after=2&owner="
    assert (await bo.get(path)).status_code == 204
    await ada.post(f"/conversations/{room}/take")
    assert (await bo.get(path)).headers["hx-refresh"] == "true"
    shown = await bo.get(path + ada.id)
    assert "is here now" in shown.text
    assert "Does it hurt?" not in shown.text  # only what is new
