"""Actions run in the engine's process, and none can take a turn with it."""

from __future__ import annotations

import asyncio
import json

import pytest
from rasa.utils.endpoints import ClientResponseError
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.engine.in_process import InProcessActions


@pytest.fixture
def actions() -> InProcessActions:
    endpoint = InProcessActions(timeout=1)

    async def fails(dispatcher, tracker, domain):  # type: ignore[no-untyped-def]
        raise ZeroDivisionError

    async def hangs(dispatcher, tracker, domain):  # type: ignore[no-untyped-def]
        await asyncio.sleep(30)

    async def rejects(dispatcher, tracker, domain):  # type: ignore[no-untyped-def]
        raise ActionExecutionRejection("questionnaire")

    for name, function in (("fails", fails), ("hangs", hangs), ("rejects", rejects)):
        endpoint._executor.register_function(name, function)
    return endpoint


def call(action: str) -> dict[str, object]:
    tracker = {"sender_id": "c", "slots": {}, "latest_message": {}, "events": [], "paused": False}
    return {"next_action": action, "sender_id": "c", "tracker": {**tracker, "latest_action_name": "action_listen"}}


@pytest.mark.parametrize("action", ["fails", "hangs", "no_such_action"])
async def test_an_action_that_fails_says_nothing_and_changes_nothing(actions: InProcessActions, action: str) -> None:
    assert await actions.request(json=call(action)) == {"events": [], "responses": []}


async def test_a_rejection_reaches_rasa_as_it_would_from_an_action_server(actions: InProcessActions) -> None:
    with pytest.raises(ClientResponseError) as rejected:
        await actions.request(json=call("rejects"))
    assert rejected.value.status == 400
    assert json.loads(rejected.value.text)["action_name"] == "rejects"
