"""Custom actions in the engine's own process: no action server, no HTTP, a timeout, and nothing that can raise.

Stock Rasa waits 300 s for an action, loses the turn when it raises, and re-checks a JSON schema for 30 ms on every
call (rasa/core/actions/action.py). Here an action has `timeout` seconds; one that fails says nothing, and the engine
answers with the designed sentence.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

log = structlog.get_logger()


class InProcessActions(EndpointConfig):
    """An action endpoint that calls the SDK's executor instead of a server."""

    def __init__(self, package: str = "actions", timeout: float = 4.0) -> None:
        """Imports `package` and registers its actions; `timeout` in seconds."""
        # selective_domain: actions here never read the domain, and sending it costs a deep copy each time
        super().__init__(url="in-process", selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        self._timeout = timeout
        # Our actions return the SDK's own event objects, so Rasa's schema check can only cost time.
        RemoteAction._validate_action_result = lambda self, result: True

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> dict[str, Any]:
        """Run the action named in `json`. A rejection becomes the 400 that Rasa expects of an action server."""
        action = str(json["next_action"])
        try:
            result = await asyncio.wait_for(self._executor.run(json), self._timeout)
            return result or {"events": [], "responses": []}
        except ActionExecutionRejection as rejection:
            raise ClientResponseError(400, "rejected", _rejection(action)) from rejection
        except asyncio.TimeoutError:
            log.error("action_timed_out", action=action, seconds=self._timeout)
        except Exception as error:  # an action that fails must not take the turn with it
            log.error("action_failed", action=action, error=type(error).__name__)
        return {"events": [], "responses": []}


def _rejection(action: str) -> str:
    return json.dumps({"action_name": action, "error": "not for this dialogue"})
