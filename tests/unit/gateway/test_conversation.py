from __future__ import annotations

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
