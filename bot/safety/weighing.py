"""How the gateway's opinion on danger and the engine's are weighed together, and what that may raise.

The gateway's knows words, concepts and rules; the engine's, which has the sentence encoder, knows sense. Both must see
something, or one of them must be very sure.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.safety.findings import OPINION, RANK, Finding
from bot.safety.opinion import Bars, Opinion

TOGETHER = Bars(alarm=0.15, self_harm=0.1, safeguarding=0.15)
PART = 0.5  # what a part alone, without its context, needs more
WEIGHT = 2.0  # of the encoder's odds beside those of the gateway's opinion
CHANCE = 5e-4  # what the whole message must leave to a part; talk of self-harm needs none
FAINT = 1e-4  # what neither of the two may fall below: they are never that sure


def together(words: Opinion, sense: Opinion) -> Opinion:
    """What the gateway's opinion (`words`) and the encoder's (`sense`) say together: their odds multiplied."""
    odds = _odds(words.danger) * _odds(sense.danger) ** WEIGHT
    shares = {flag: (words.flags.get(flag, 0.0) + FAINT) * (p + FAINT) ** WEIGHT for flag, p in sense.flags.items()}
    danger, total = odds / (1 + odds), sum(shares.values())
    return Opinion({flag: danger * share / total for flag, share in shares.items()})


def _odds(probability: float) -> float:
    return (probability + FAINT) / (1 - probability + FAINT)


def raised(finding: Finding, opinions: Sequence[Opinion]) -> Finding:
    """The finding, or a higher one when the opinion on the whole message, or on a part, is sure enough of it.

    `opinions`: of the whole message, then of its parts.
    """
    for place, thought in enumerate(opinions):
        tier = thought.tier(TOGETHER, PART if place else 0.0)
        if tier is None or RANK[tier] <= RANK[finding.tier]:
            continue
        if not place or tier == "self_harm" or opinions[0].danger >= CHANCE:
            finding = Finding(tier, thought.flag(tier), finding.words, "unclear", rule=OPINION)
    return finding
