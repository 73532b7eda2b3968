"""How a guided dialogue of the domain lives in a Rasa loop.

Rasa keeps the loop open and calls the action once per turn. A side question is rejected, Rasa's rules answer it, and
then call the action again within the same turn: that is when the open question is repeated. Danger is always rejected.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.adapter import DELETE_CHAT, as_turn, heard, house, keep_language, language, say
from bot.dialogue import State, Step, Turn
from bot.envelope import Reply

DANGER = "emergency_red_flag"
QUESTIONNAIRE = "questionnaire"


class Loop(Action, ABC):
    """One dialogue as one action. Its state lies in the slot `<dialogue>_state`."""

    dialogue: ClassVar[str]
    opened_by: ClassVar[str] = ""  # the intent whose rule leads here

    def name(self) -> str:
        return self.dialogue

    @abstractmethod
    def start(self, turn: Turn, tracker: Tracker) -> Step:
        """Open the dialogue with this turn."""

    @abstractmethod
    def advance(self, state: State, turn: Turn, tracker: Tracker) -> Step:
        """Take a turn of the open dialogue."""

    @abstractmethod
    def resume(self, state: State, spoken: str) -> tuple[Reply, ...]:
        """Repeat the open question in the language `spoken`."""

    async def events(self, step: Step, tracker: Tracker) -> list[EventType]:
        """Act on `step.events`; dialogues that store or book override it."""
        return []

    def said(self, step: Step, tracker: Tracker) -> tuple[Reply, ...]:
        """What the patient hears; a dialogue may add what only the channel decides."""
        return step.replies

    def left(self, step: Step) -> State | None:
        """The state that stays after the step; None closes the loop."""
        return step.state

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """See the module's docstring."""
        state = tracker.get_slot(f"{self.dialogue}_state")
        is_open = (tracker.active_loop or {}).get("name") == self.dialogue and state
        # Rejected and called again: the rule of the message leads back here, so nobody else has an answer.
        rejected = (tracker.active_loop or {}).get("rejected")
        if is_open and (rejected or tracker.latest_action_name != "action_listen"):
            # "Shall I delete it all?" is not followed by a question about something else.
            if DELETE_CHAT not in heard(tracker).choices:
                say(dispatcher, self.resume(state, language(tracker)))
            return []
        intent = (tracker.latest_message or {}).get("intent", {}).get("name")
        if is_open and intent == DANGER:
            raise ActionExecutionRejection(self.dialogue)
        turn = as_turn(tracker)
        step = self.advance(state, turn, tracker) if is_open else self.start(_opening(turn), tracker)
        if not step.taken and step.state == state:
            if is_open and intent == self.opened_by:  # rejected, it would lead back here and end nowhere
                say(dispatcher, self.resume(state, language(tracker)))
                return []
            raise ActionExecutionRejection(self.dialogue)
        say(dispatcher, self.said(step, tracker))
        left = self.left(step)
        loop = self.dialogue if left else self._interrupted(tracker)
        kept = [SlotSet(f"{self.dialogue}_state", left), ActiveLoop(loop)]
        if language(tracker) in house().clinic.languages:
            kept += keep_language(tracker)
        if loop is None and step.taken:
            # Rasa has no rule for a loop that closed itself: without this it would fall back again and again.
            kept.append(FollowupAction("action_listen"))
        # An answer and a question in one message: the answer is kept, the question is answered next, then we resume.
        # A rejection would lose the answer.
        side = [] if step.taken else [FollowupAction("action_answer")]
        own = await self.events(step, tracker)
        if any(event["event"] == "followup" for event in own):
            kept = [event for event in kept if event["event"] != "followup"]
        return [*kept, *own, *side]

    def _interrupted(self, tracker: Tracker) -> str | None:
        """The questionnaire goes on, or stays open for corrections, when what came between is over."""
        return QUESTIONNAIRE if self.dialogue != QUESTIONNAIRE and tracker.get_slot(f"{QUESTIONNAIRE}_state") else None


def _opening(turn: Turn) -> Turn:
    """A picked topic ("Book a consultation" under an answer) opens a dialogue; it answers none of its questions."""
    return replace(turn, choices=tuple(choice for choice in turn.choices if not choice.startswith("topic:")))
