"""Rasa's message processor without what this project never asks of it.

On every turn Rasa looks for what its users may have configured: intents that the domain lacks, slots to be taken from
the text, and for each rule whether it fits each earlier state of the conversation, once for the text and once for the
intent. Here the data is checked before training, actions set every slot, and no slot steers a rule (domain.yml).
What a turn does stays the same: tests/conversations/test_both_stores.py takes every conversation through both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from rasa.core.actions.action import Action, ActionListen, action_for_index
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.graph import StraightRunner
from bot.engine.lately import LATELY, raised, said, together

SITUATIONS = 2000  # remembered, some kilobytes each
_resolve_by_type = Event.resolve_by_type


class Processor(MessageProcessor):
    """Gives the replies, slots and loops that its base class gives."""

    def __init__(self, *given: Any, **more: Any) -> None:
        """As `MessageProcessor`: loads the model (seconds)."""
        super().__init__(*given, **more)
        runner: DaskGraphRunner = self.graph_runner  # type: ignore[has-type]
        straight = self.graph_runner = StraightRunner(runner)
        self._extracts_slots = any(
            mapping.get("type") != "custom" or "action" in mapping
            for slot in self.domain.slots
            for mapping in slot.mappings
        )
        self._steering = {slot.name for slot in self.domain.slots if slot.influence_conversation}
        self._rules_only = all(
            isinstance(policy, RulePolicy) and not any('"text"' in rule for rule in policy.lookup[RULES])
            for policy in straight.components(Policy)
        )
        self._predictions: OrderedDict[Hashable, PolicyPrediction] = OrderedDict()
        self._actions: dict[int, Action] = {}
        # Looks through all classes of events, for every event that an action returns.
        Event.resolve_by_type = staticmethod(lru_cache(_resolve_by_type))

    async def parse_message(
        self, message: UserMessage, tracker: DialogueStateTracker | None = None, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """As the base class, and together with what was said just before: see `bot.engine.lately`."""
        parsed: dict[str, Any] = await super().parse_message(message, tracker, only_output_properties)
        reading, at = parsed.get("reading"), (message.metadata or {}).get("at")
        # The questions after a treatment weigh what they are told themselves.
        before = tracker.get_slot(LATELY) if tracker and tracker.active_loop_name != "aftercare" else None
        if not before or not reading or not at or not (text := together(before, said(message.text, reading, str(at)))):
            return parsed
        whole = await super().parse_message(UserMessage(text, sender_id=message.sender_id), tracker)
        alarm = (message.metadata or {}).get("alarm", tracker.get_slot("alarm") if tracker else None)
        graver = raised(reading, whole["reading"], before, alarm)
        return {**parsed, "reading": graver, "intent": whole["intent"]} if graver else parsed

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """`rasa data validate` has seen to it that the domain knows every intent."""

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Slots hold what patients said: never logged, so not written out either."""

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Whether the turn goes on. Listening does nothing, and needs no copy of the tracker for that."""
        if not isinstance(action, ActionListen):
            return bool(await super()._run_action(action, tracker, output_channel, nlg, prediction))
        self._log_action_on_tracker(tracker, action, [], prediction)
        return False

    def _log_action_on_tracker(
        self, tracker: DialogueStateTracker, action: Action, events: list[Event] | None, prediction: PolicyPrediction
    ) -> None:
        """As the base class, which copies every event deeply for a line of a log that is never written."""
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Nothing to do where only actions set slots."""
        if not self._extracts_slots:
            return tracker
        return await super().run_action_extract_slots(output_channel, tracker)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """The next action, made once instead of all of them each time. Raises Rasa's `ActionLimitReached`."""
        if self.is_action_limit_reached(tracker, self.should_predict_another_action(tracker.latest_action_name)):
            raise ActionLimitReached("too many actions without listening")
        prediction = self._predict_next_with_tracker(tracker)
        place = prediction.max_confidence_index
        action = self._actions.get(place) or action_for_index(place, self.domain, self.action_endpoint)
        if not isinstance(action, FormAction):  # a form keeps what it learned of a conversation
            self._actions[place] = action
        return action, prediction

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        """Looks the rules up once for each situation, as long as no rule asks for the words of a message.

        A situation is everything that rules can ask for: intents, actions and loops of the conversation, in order.
        """
        if not self._rules_only or tracker.followup_action:
            return super()._predict_next_with_tracker(tracker)
        events = tracker.applied_events()
        situation = tuple(told for event in events if (told := _told(event, self._steering)) is not None)
        prediction = self._predictions.get(situation)
        if prediction is None:
            prediction = self._predictions[situation] = super()._predict_next_with_tracker(tracker)
            while len(self._predictions) > SITUATIONS:
                self._predictions.popitem(last=False)
        return prediction


def _told(event: Event, steering: set[str]) -> Hashable:
    """What a rule can know of an event; None for nothing."""
    if isinstance(event, SlotSet):
        return str(event) if event.key in steering else None
    if isinstance(event, BotUttered):
        return None
    if isinstance(event, UserUttered):
        return ("user", event.intent_name, str(event.entities), event.use_text_for_featurization)
    if isinstance(event, ActionExecuted):
        return ("bot", event.action_name, event.action_text, event.hide_rule_turn)
    return str(event)
