from __future__ import annotations

from bot.storage import conversations, feedback, presence
from bot.storage.tables import new_id, now

from .house import House


async def test_it_begins_with_the_disclosure_and_choices(here: House) -> None:
    patient = await here.patient()
    first, greeting = patient.opening
    assert (first["seq"], first["ref"], first["from"]) == (1, "disclosure", "bot")
    assert "automated assistant" in first["text"]
    assert greeting["choices"]
    assert await patient.read() == patient.opening


async def test_it_answers_a_typed_message(here: House) -> None:
    patient = await here.patient()
    response = await patient.send("does it hurt?")
    assert (response.status_code, response.json()) == (202, {"seq": 3})
    assert await patient.answers(1) == ["heard: does it hurt?"]
    assert [(one["seq"], one["from"]) for one in await patient.read(2)] == [(3, "patient"), (4, "bot")]


async def test_it_is_held_in_the_language_that_it_is_answered_in_whatever_the_page_speaks(here: House) -> None:
    patient = await here.patient(language="en")
    here.engine.language = "tr"
    await patient.send("acıyor mu?")
    await patient.answers(1)
    with here.gateway.ground.database.read() as connection:
        room = conversations.find(connection, patient.conversation)
    assert room is not None
    assert room.language == "tr"


async def test_that_somebody_types_is_kept_only_while_a_person_speaks_there(here: House) -> None:
    patient = await here.patient()
    database = here.gateway.ground.database

    async def seen() -> bool:
        assert (await patient.http.post("/api/typing", headers=patient.headers)).status_code == 204
        with database.read() as connection:
            return presence.types(connection, patient.conversation, now())

    assert not await seen()
    with database.write() as connection:
        conversations.take_over(connection, patient.conversation, new_id(), now())
    assert await seen()


async def test_whether_an_answer_helped_is_kept_for_answers_of_the_bot_only(here: House) -> None:
    patient = await here.patient()
    await patient.send("does it hurt?")
    await patient.answers(1)

    async def rated(**body: object) -> int:
        return (await patient.http.post("/api/feedback", headers=patient.headers, json=body)).status_code

    assert await rated(seq=4, helpful=True) == 204
    assert await rated(seq=4, helpful=False) == 204  # a later word counts
    assert await rated(seq=3, helpful=False) == 422  # the patient's own message
    assert await rated(seq=99, helpful=False) == 422
    assert await rated(seq=True, helpful=False) == 422
    assert await rated(seq=4) == 422
    with here.gateway.ground.database.read() as connection:
        assert feedback.of(connection, patient.conversation) == {4: False}
        assert len(feedback.unhelpful(connection)) == 1
