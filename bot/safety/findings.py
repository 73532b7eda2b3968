"""What triage says about a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["none", "expected", "urgent", "emergency", "self_harm", "safeguarding"]
Certainty = Literal["none", "sure", "unclear", "hypothetical", "past", "negated"]

# The higher one wins when several flags fit (ruling 11).
OPINION = "opinion"  # in place of a rule's name: only what was learned from examples saw it
RANK: dict[str, int] = {"none": 0, "expected": 1, "safeguarding": 2, "urgent": 3, "self_harm": 4, "emergency": 5}


@dataclass(frozen=True)
class Finding:
    """The danger in one message.

    `words` are the patient's own words that led to it. `certainty` "unclear" means: show the card and ask whether it
    is happening now. With tier "none", "hypothetical", "past" and "negated" say that a danger sign was only talked
    about, `about` names its flag, and `safety_net` has a line for it. `rule` names what fired, for whoever asks why: a
    rule of rules.yml ("E1.4"), or `OPINION`. `doubtful`: an alarm that a better opinion may take back.
    """

    tier: Tier = "none"
    flag: str | None = None
    words: tuple[str, ...] = ()
    certainty: Certainty = "none"
    about: str | None = None
    rule: str | None = field(default=None, compare=False)
    doubtful: bool = False

    @property
    def ask_if_now(self) -> bool:
        """True when the patient should be asked "Is this happening to you or someone now?"."""
        return self.certainty == "unclear"

    @property
    def alarms(self) -> bool:
        """True when the fixed card takes over the conversation and staff are told."""
        return self.tier in ("urgent", "emergency", "self_harm", "safeguarding")


NOTHING = Finding()
