"""What the parts of booking hand to each other: one turn of a conversation with its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.booking.desk import Visitor
from bot.booking.replies import FORM
from bot.dialogue import State, Turn


@dataclass
class Talk:
    """One turn: the state (changed in place), what the patient did, and who it is."""

    state: State
    turn: Turn
    visitor: Visitor

    @property
    def language(self) -> str:
        """Language to answer in."""
        return str(self.state["language"])

    @property
    def now(self) -> datetime:
        """When it is."""
        return self.turn.now


def new_state(purpose: str, language: str) -> State:
    """The state of a dialogue that has not asked anything."""
    return {"v": FORM, "purpose": purpose, "stage": "when", "language": language, "misses": 0, "wanted": {}}
