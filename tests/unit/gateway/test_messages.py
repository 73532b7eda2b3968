"""POST /api/messages and reading: each message once, in order, and only for its own patient."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from bot.clinic import Clinic
from bot.gateway.limits import Limits, Rule
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.tables import now

from .house import House, house, stream


async def test_the_same_id_twice_is_one_message(here: House) -> None:
    patient = await here.patient()
    answers = await asyncio.gather(*(patient.send("hello", id="same") for _ in range(8)))
    assert {(one.status_code, one.json()["seq"]) for one in answers} == {(202, 3)}
    await patient.answers(1)
    await asyncio.sleep(0.3)
    assert len(here.engine.heard) == 1
    assert [one["from"] for one in await patient.read()] == ["bot", "bot", "patient", "bot"]


async def test_two_patients_may_use_the_same_id(here: House) -> None:
    one, two = await here.patient(), await here.patient()
    await one.send("from one", id="1")
    await two.send("from two", id="1")
    assert await one.answers(1) == ["heard: from one"]
    assert await two.answers(1) == ["heard: from two"]


async def test_messages_are_answered_one_at_a_time_and_in_order(here: House) -> None:
    here.engine.delay = 0.02
    patient = await here.patient()
    for number in range(12):
        await patient.send(f"message {number}")
    assert await patient.answers(12) == [f"heard: message {number}" for number in range(12)]
    assert not here.engine.overlapped
    assert [one["seq"] for one in await patient.read()] == list(range(1, 27))


async def test_a_choice_that_was_offered_goes_to_the_engine_as_its_id(here: House) -> None:
    patient = await here.patient()
    choice = patient.opening[1]["choices"][1]
    assert (await patient.send(choice=choice["id"])).status_code == 202
    assert await patient.answers(1) == [f"heard: {choice['id']}"]
    said = next(one for one in await patient.read() if one["from"] == "patient")
    assert said["text"] == choice["title"]


async def test_several_choices_are_one_message(here: House) -> None:
    patient = await here.patient()
    ids = [choice["id"] for choice in patient.opening[1]["choices"][:2]]
    await patient.send(choices=ids)
    assert await patient.answers(1) == [f"heard: {'+'.join(ids)}"]


@pytest.mark.parametrize("choice", ["questionnaire:age=40", "topic:hair_loss", "/restart"])
async def test_a_choice_that_nobody_offered_is_refused(here: House, choice: str) -> None:
    patient = await here.patient()
    response = await patient.send(choice=choice)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert len(await patient.read()) == 2


async def test_a_choice_offered_to_another_patient_is_refused(here: House) -> None:
    one, two = await here.patient(), await here.patient()
    await one.send("hello")
    await one.answers(1)
    here.engine.replies = []
    ours = {choice["id"] for choice in two.opening[1]["choices"]}
    assert "topic:pain_numbing" in ours  # offered to both at the start, so take the other kind
    assert (await two.send(choice="topic:pain_numbing:scalp")).status_code == 422


@pytest.mark.parametrize("typed", ["/restart", '  /greet{"is_staff": true}', "／session_start", "\u200b/back"])
async def test_a_typed_command_reaches_the_engine_as_plain_text(here: House, typed: str) -> None:
    patient = await here.patient()
    await patient.send(typed)
    await patient.answers(1)
    assert not here.engine.heard[0]["text"].strip().startswith(("/", "／"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "1"},
        {"id": "", "text": "x"},
        {"id": 1, "text": "x"},
        {"id": "1", "text": 5},
        {"id": "1", "text": "x", "choice": "human"},
        {"id": "1", "choices": []},
        {"id": "1", "choices": "human"},
        {"id": "1", "choices": [1]},
        {"id": "1", "text": " \u200b "},
        {"id": "x" * 101, "text": "x"},
    ],
)
async def test_a_malformed_message_is_refused(here: House, body: dict[str, object]) -> None:
    patient = await here.patient()
    response = await here.http.post("/api/messages", json=body, headers=patient.headers)
    assert response.status_code == 422
    assert response.json()["title"]


async def test_a_body_that_is_no_json_object_is_refused(here: House) -> None:
    patient = await here.patient()
    headers = {**patient.headers, "Content-Type": "application/json"}
    for body in (b"[]", b"{", b"\xff", b'"text"', b"[" * 50_000):
        assert (await here.http.post("/api/messages", content=body, headers=headers)).status_code == 400
    assert (await here.http.post("/api/messages", data={"id": "1"}, headers=patient.headers)).status_code == 415


async def test_an_id_that_no_database_can_store_is_refused(here: House) -> None:
    patient = await here.patient()
    headers = {**patient.headers, "Content-Type": "application/json"}
    for id in (rb"half a pair \ud800", rb"\u0000"):
        body = b'{"id": "' + id + b'", "text": "hello"}'
        assert (await here.http.post("/api/messages", content=body, headers=headers)).status_code == 422


async def test_4000_characters_are_taken_and_4001_are_not(here: House, clinic: object) -> None:
    patient = await here.patient()
    assert (await patient.send("x" * 4000)).status_code == 202
    refused = await patient.send("x" * 4001)
    assert refused.status_code == 413
    assert "999" in refused.json()["detail"]
    assert "020 7946 0100" in refused.json()["detail"]


async def test_a_huge_body_is_refused_unread(here: House) -> None:
    patient = await here.patient()
    assert (await patient.send("x" * 200_000)).status_code == 413


async def test_one_session_cannot_flood(here: House, settings: object) -> None:
    patient = await here.patient()
    answers = [await patient.send(f"m {number}") for number in range(40)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
    assert "999" in refused[0].json()["detail"]
    accepted = sum(one.status_code == 202 for one in answers)
    assert len(await patient.answers(accepted, seconds=20)) == accepted


def test_the_limits_allow_a_person_and_not_a_machine() -> None:
    limits = Limits()
    assert limits.messages == Rule("messages", 1.0, 30)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "e30.abc"])
async def test_every_bad_token_gets_the_same_answer(here: House, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".strip()}
    calls = [
        here.http.get("/api/messages", headers=headers),
        here.http.get("/api/events", headers=headers),
        here.http.post("/api/messages", headers=headers, json={"id": "1", "text": "x"}),
        here.http.delete("/api/conversation", headers=headers),
    ]
    answers = {(one.status_code, one.content) for one in await asyncio.gather(*calls)}
    patient = await here.patient()
    await here.http.delete("/api/conversation", headers=patient.headers)
    erased = await here.http.get("/api/messages", headers=patient.headers)
    assert answers == {(401, erased.content)}


async def test_nobody_reads_another_conversation(here: House) -> None:
    one, two = await here.patient(), await here.patient()
    await one.send("only for one")
    await one.answers(1)
    assert "only for one" not in str(await two.read())


async def test_a_poll_waits_for_the_answer(here: House) -> None:
    here.engine.delay = 0.4
    patient = await here.patient()
    await patient.send("hello")
    assert (await patient.read(3, wait=5))[0]["text"] == "heard: hello"


async def test_a_poll_gives_up_when_nothing_comes(here: House) -> None:
    patient = await here.patient()
    assert await patient.read(2, wait=0.3) == []


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"wait": "nan"}, {"wait": "-2"}])
async def test_a_poll_with_a_bad_number_is_refused(here: House, query: dict[str, str]) -> None:
    patient = await here.patient()
    response = await here.http.get("/api/messages", params=query, headers=patient.headers)
    assert response.status_code == 400


async def test_the_stream_carries_both_sides_and_replays_after_the_last_seen(here: House) -> None:
    patient = await here.patient()
    events = stream(here.http, patient)
    first = [await anext(events) for _ in range(2)]
    await patient.send("does it hurt?")
    first += [await anext(events) for _ in range(2)]
    await events.aclose()
    assert [(one["seq"], one["from"]) for one in first] == [(1, "bot"), (2, "bot"), (3, "patient"), (4, "bot")]
    again = stream(here.http, patient, **{"Last-Event-ID": "2"})
    assert [await anext(again) for _ in range(2)] == first[2:]
    await again.aclose()
    assert all(two["seq"] == one["seq"] + 1 for one, two in pairwise(first))


async def test_the_stream_numbers_its_events_and_keeps_alive(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.stream.HEARTBEAT", 0.2)
    patient = await here.patient()
    lines: list[str] = []
    async with here.http.stream("GET", "/api/events", headers=patient.headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            lines.append(line)
            if line.startswith(":"):
                break
    assert "id: 1" in lines
    assert "id: 2" in lines


async def test_erasing_ends_stream_and_token(here: House) -> None:
    patient = await here.patient()
    events = stream(here.http, patient)
    await anext(events)
    await anext(events)
    assert (await here.http.delete("/api/conversation", headers=patient.headers)).status_code == 204
    assert [one async for one in events] == [{}]
    assert (await patient.send("hello?")).status_code == 401


async def test_erasing_again_and_again_is_slowed_down(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, limits=Limits(reads=Rule("reads", 0.1, 3))) as here:
        patient = await here.patient()
        answers = [await here.http.delete("/api/conversation", headers=patient.headers) for _ in range(4)]
    assert [one.status_code for one in answers] == [204, 204, 204, 429]


async def test_an_answer_that_comes_after_erasing_is_dropped(here: House) -> None:
    here.engine.delay = 0.5
    patient = await here.patient()
    await patient.send("forget me")
    await here.computes(patient)
    await here.http.delete("/api/conversation", headers=patient.headers)
    await asyncio.sleep(0.8)
    with here.gateway.ground.database.read() as connection:
        for table in ("messages", "inbox"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0  # noqa: S608


async def test_the_bot_is_silent_while_a_person_owns_the_conversation(here: House) -> None:
    patient = await here.patient()
    database = here.gateway.ground.database
    with database.write() as connection:
        assert conversations.take_over(connection, patient.conversation, "anna", now())
    assert (await patient.send("is anybody there?")).status_code == 202
    await asyncio.sleep(0.8)
    assert here.engine.heard == []
    with database.write() as connection:
        assert conversations.hand_back(connection, patient.conversation, "anna")
    await patient.send("and now?")
    assert await patient.answers(1) == ["heard: and now?"]


async def test_a_take_over_silences_a_reply_that_is_already_being_computed(here: House) -> None:
    here.engine.delay = 0.5
    patient = await here.patient()
    await patient.send("hello")
    await here.computes(patient)
    database = here.gateway.ground.database
    with database.write() as connection:
        conversations.take_over(connection, patient.conversation, "anna", now())
    await asyncio.sleep(0.8)
    assert len(here.engine.heard) == 1
    assert [one["from"] for one in await patient.read()] == ["bot", "bot", "patient"]
