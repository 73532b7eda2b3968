"""What the conversation knows of an open alarm, whatever release wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.alarm import ask_whether_called, open_alarm, says_better


def tracker(slot: str | None, text: str = "I'm fine now", **known: str) -> Tracker:
    latest = {"text": text, "reading": {}}
    events: list[dict[str, Any]] = [{"event": "user", "metadata": known}]
    return Tracker("someone", {"alarm": slot}, latest, events, False, None, {}, "action_listen")


@pytest.mark.parametrize("gone", ["U99", "Z1", "", None])
def test_an_alarm_of_another_release_is_none(gone: str | None) -> None:
    known = tracker(gone)
    assert open_alarm(known) is None
    assert ask_whether_called(known) is None
    assert not says_better(known)


@pytest.mark.parametrize("gone", ["U99", "Z1"])
def test_what_the_gateway_knows_of_another_release_is_none(gone: str) -> None:
    assert open_alarm(tracker("E1", alarm=gone)) is None
    assert not says_better(tracker("E1", alarm=gone))


def test_an_alarm_that_we_know_is_open() -> None:
    assert open_alarm(tracker("E1")) == "E1"
    assert open_alarm(tracker(None, alarm="U1")) == "U1"
