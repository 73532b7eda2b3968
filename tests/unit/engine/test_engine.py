"""The engine's API with the real model: a message is answered once, whatever the caller does."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest

from actions.adapter import house
from bot.engine.api import Engine, application
from bot.engine.assistant import Assistant
from bot.safety.cards import edition
from bot.storage import content, previews
from bot.storage.tables import new_id, now
from bot.storage.turns import TurnStore


@pytest.fixture
def client(assistant: tuple[Assistant, TurnStore]) -> httpx.AsyncClient:
    loaded, store = assistant

    def load(path: Path) -> Assistant:
        raise AssertionError("nothing changed, so nothing is loaded")

    engine = Engine(loaded, store, lambda: loaded.model, load)
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(engine)), base_url="http://engine")


def turn(text: str | None = None, **more: object) -> dict[str, object]:
    return {"id": new_id(), "conversation": new_id(), "text": text, "choices": [], "channel": "web", **more}


async def test_a_repeated_turn_returns_the_stored_replies(client: httpx.AsyncClient) -> None:
    body = turn("does it hurt?")
    first, second = await client.post("/turn", json=body), await client.post("/turn", json=body)
    assert first.json() == second.json()
    assert [reply["ref"] for reply in first.json()["replies"]] == ["pain_numbing"]


async def test_a_turn_keeps_what_it_knew(client: httpx.AsyncClient) -> None:
    danger = (await client.post("/turn", json=turn("my throat feels like it's closing, does it hurt?"))).json()[
        "reading"
    ]
    assert danger["rule"].startswith(f"{danger['flag']}.")
    assert danger["cards"][-1] == {"card": danger["flag"], "language": "en", "digest": edition(danger["flag"])}
    plain = (await client.post("/turn", json=turn("does it hurt on the scalp?"))).json()["reading"]
    assert plain["rule"] is None
    assert plain["actions"] == ["action_answer"]
    assert plain["cards"] == [asdict(house().library.edition("pain_numbing"))]
    assert plain["slots"]["area"] == "scalp"


async def test_the_record_of_a_preview_names_its_draft(client: httpx.AsyncClient) -> None:
    database, room = house().database, new_id()
    with database.write() as connection:
        draft = content.begin(database, connection, "pain_numbing", "en", {"short": "Draft words."}, new_id(), now())
        previews.put(connection, room, None, draft.id, now())
    (card,) = (await client.post("/turn", json=turn("does it hurt?", conversation=room))).json()["reading"]["cards"]
    assert card["number"] == draft.number
    assert card["digest"] != house().library.edition("pain_numbing").digest


async def test_a_picked_choice_needs_no_parser(client: httpx.AsyncClient) -> None:
    answer = await client.post("/turn", json=turn(choices=["topic:price_payment"]))
    assert answer.json()["replies"][0]["ref"] == "price_payment"


async def test_a_choice_nobody_knows_is_an_unclear_message(client: httpx.AsyncClient) -> None:
    answer = await client.post("/turn", json=turn(choices=["nonsense:1"]))
    assert answer.json()["replies"][0]["ref"] == "unclear_fragment"


@pytest.mark.parametrize("body", [{}, {"id": "a"}, {"id": "a", "conversation": "b"}])
async def test_a_turn_without_what_it_needs_is_refused(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    answer = await client.post("/turn", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_a_card_already_shown_is_not_repeated(client: httpx.AsyncClient) -> None:
    words = "my throat feels like it's closing"
    shown = (await client.post("/turn", json=turn(words))).json()["replies"]
    again = (await client.post("/turn", json=turn(words, alerted=shown[0]["ref"]))).json()["replies"]
    assert shown[0]["kind"] == "alert"
    assert again == []


async def test_parse_gives_the_documented_line(client: httpx.AsyncClient) -> None:
    line = (await client.post("/parse", json={"id": 7, "text": "I take Eliquis, does it hurt?"})).json()
    assert {"id", "topic", "confidence", "topics", "tier", "flag", "disclosures", "language"} <= set(line)
    assert line["id"] == 7


async def test_health_and_reload_name_the_model(
    client: httpx.AsyncClient, assistant: tuple[Assistant, TurnStore]
) -> None:
    for answer in (await client.get("/healthz"), await client.post("/reload")):
        assert answer.json()["model"] == assistant[0].model.name


async def test_a_preview_has_its_own_clock_and_words_and_nobody_else_s_conversation_does(
    client: httpx.AsyncClient,
) -> None:
    database, room, at = house().database, new_id(), now()
    sunday_night = datetime(2026, 12, 6, 23, 30, tzinfo=timezone.utc)
    with database.write() as connection:
        draft = content.begin(database, connection, "pain_numbing", "en", {"short": "Draft words."}, new_id(), at)
        previews.put(connection, room, sunday_night, draft.id, at)
    for conversation, kind, words in ((room, "human_closed", True), (new_id(), "human_open", False)):
        monday = "2026-12-07T11:00:00+00:00"
        answer = await client.post("/turn", json=turn("does it hurt?", conversation=conversation, at=monday))
        assert (answer.json()["replies"][0]["text"] == "Draft words.") == words
        person = await client.post("/turn", json=turn("a person please", conversation=conversation, at=monday))
        assert person.json()["replies"][0]["ref"] == kind


async def test_reload_shows_what_was_published_meanwhile(assistant: tuple[Assistant, TurnStore]) -> None:
    loaded, store = assistant
    refreshed: list[str] = []
    engine = Engine(loaded, store, lambda: loaded.model, lambda _: loaded, lambda: refreshed.append("content"))
    started: list[str] = []
    engine.retrain = started.append
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(engine)), base_url="http://e") as client:
        await client.post("/reload")
        assert refreshed == ["content"]
        id = new_id()
        assert (await client.post("/retrain", json={"proposal": id})).status_code == 202
        assert (await client.post("/retrain", json={"proposal": "; rm"})).status_code == 400
    assert started == [id]
