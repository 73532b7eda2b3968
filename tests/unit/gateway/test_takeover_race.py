"""A staff member takes over while the bot computes a reply: nothing of the bot stands after "you now talk with ..."."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from bot.clinic import Clinic
from bot.envelope import Reply
from bot.gateway.limits import Limits, Rule
from bot.settings import Settings
from bot.storage import conversations, outbox, requests
from bot.storage.tables import now
from tests.databases import BOTH

from .house import House, Patient, house

PATIENTS = 30
FREELY = Limits(*(Rule(name, 1000, 1000) for name in ("messages", "messages_long", "address", "sessions", "reads")))


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> str:
    """Both kinds, always: they take turns differently."""
    return str(request.param)


async def test_no_reply_in_flight_survives_a_take_over(settings: Settings, clinic: Clinic) -> None:
    moments = random.Random(7)  # noqa: S311
    outcomes: Counter[str] = Counter()
    async with house(settings, clinic, limits=FREELY) as here:
        here.engine.delay = 0.1

        async def visit(number: int) -> None:
            patient, staff = await here.patient(), f"staff-{number}"
            await patient.send("is anybody there?")
            while patient.conversation not in here.engine.at_once:  # the engine has it
                await asyncio.sleep(0.005)
            if number == 0:  # one at least is answered before, however busy the machine
                await patient.answers(1)
            await asyncio.sleep(moments.uniform(0, 0.3))
            joined = await asyncio.to_thread(_take_over, here, patient, staff)
            await patient.send("hello?")  # and what comes while a person owns it is theirs alone
            await asyncio.sleep(0.6)
            history = await patient.read()
            assert [one["seq"] for one in history if one["from"] == "bot" and one["seq"] > joined] == []
            outcomes["before" if any(one["ref"] == "echo" for one in history) else "silenced"] += 1
            await asyncio.to_thread(_hand_back, here, patient, staff)
            await patient.send("and now?")
            await patient.read_until(lambda one: one["text"] == "heard: and now?")

        await asyncio.gather(*(visit(number) for number in range(PATIENTS)))
    assert sum(outcomes.values()) == PATIENTS
    assert outcomes["before"] and outcomes["silenced"], outcomes  # noqa: PT018 - the moments fell on both sides


def _take_over(here: House, patient: Patient, staff: str) -> int:
    database = here.gateway.ground.database
    with database.write() as connection:
        assert conversations.take_over(connection, patient.conversation, staff, now())
        requests.taken(connection, patient.conversation, staff, now())
        said = Reply("notice", "human_joined", "You now talk with Ada.")
        return outbox.append(database, connection, patient.conversation, said, now(), sender="staff", name="Ada").seq


def _hand_back(here: House, patient: Patient, staff: str) -> None:
    with here.gateway.ground.database.write() as connection:
        assert conversations.hand_back(connection, patient.conversation, staff)
