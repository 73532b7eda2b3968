"""The compact tracker leads to the same state as Rasa's own store of all events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.policies.rule_policy import RulePolicy  # noqa: F401 - registers what the domain needs
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.tracker import CompactTrackerStore, pack, unpack
from bot.settings import ROOT

DOMAIN = Domain.from_path(str(ROOT / "domain.yml"))
SLOTS = [slot.name for slot in DOMAIN.slots if slot.name not in ("requested_slot", "session_started_metadata")]
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=20), st.lists(st.booleans(), max_size=3))


def full_tracker(steps: list[tuple[str, object]]) -> DialogueStateTracker:
    """A conversation with every event kept."""
    events = [ActionExecuted("action_session_start"), ActionExecuted("action_listen")]
    for name, value in steps:
        events += [UserUttered("hello", {"name": "greeting_smalltalk"}), ActionExecuted("action_answer")]
        events.append(ActiveLoop(str(value)) if name == "loop" else SlotSet(name, value))
        events.append(ActionExecuted("action_listen"))
    return DialogueStateTracker.from_events("c", events, DOMAIN.slots)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(SLOTS), VALUES), st.tuples(st.just("loop"), st.sampled_from(DOMAIN.form_names))
    ),
    max_size=12,
)


@given(STEPS)
def test_slots_loop_and_next_states_are_those_of_the_full_conversation(steps: list[tuple[str, object]]) -> None:
    full = full_tracker(steps)
    compact = unpack("c", pack(full), DOMAIN)
    assert compact.current_slot_values() == full.current_slot_values()
    assert compact.active_loop_name == full.active_loop_name
    assert compact.latest_action_name == full.latest_action_name
    asked = UserUttered("does it hurt", {"name": "pain_numbing"})
    for tracker in (full, compact):
        tracker.update(asked, DOMAIN)
    assert compact.past_states(DOMAIN)[-1] == full.past_states(DOMAIN)[-1]


def test_its_size_does_not_grow_with_the_conversation() -> None:
    short, long = (pack(full_tracker([("last_topic", "pain_numbing")] * turns)) for turns in (2, 300))
    assert len(short) == len(long)


def test_a_slot_or_loop_that_the_domain_no_longer_has_is_dropped() -> None:
    packed = json.dumps({"v": 1, "slots": {"gone": 1, "area": "scalp"}, "loop": "gone", "paused": False}).encode()
    tracker = unpack("c", packed, DOMAIN)
    assert tracker.get_slot("area") == "scalp"
    assert tracker.active_loop_name is None


async def test_a_failing_database_ends_the_turn_instead_of_starting_a_new_conversation() -> None:
    def broken(_: str) -> bytes | None:
        raise OSError("locked")

    with pytest.raises(OSError, match="locked"):
        await CompactTrackerStore(DOMAIN, broken).retrieve("c")
