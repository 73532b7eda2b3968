"""A second opinion on whether a message speaks of danger, learned from examples.

A small network over the evidence of a message (`bot.safety.evidence`): it knows what people say around danger where no
rule has the word, and how far each rule is to be believed. It may only raise a finding, never lower one: what a `sure`
rule has found stands. What it raises is "unclear" (card first, then one question) unless a rule has seen it too.
Learned by `python -m bot.safety.learn`; `opinion.npz` holds arrays and a list of names, no code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.safety.cards import tier_of
from bot.safety.findings import RANK, Tier

MODEL = Path(__file__).parent / "opinion.npz"
HARMLESS = "none"  # labels that are no flag begin so
EXPECTED = "expected"
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Bars:
    """Probabilities of a tier above which the opinion raises it; chosen by cross-validation on the examples.

    `doubt`: a higher tier above its bar wins with that share of the likeliest one. `support`: of a flag that a rule has
    found. `certain`: any danger, which then no better opinion may take back. `part`: of the flag that words alone find
    in a part of the message. `around`: any danger in a part with what stands around it.
    """

    emergency: float
    self_harm: float
    urgent: float
    safeguarding: float
    doubt: float = 0.5
    support: float = 0.1
    certain: float = 0.97
    part: float = 0.9
    around: float = 0.0

    def of(self, tier: str) -> float:
        """The bar of a tier."""
        return float(getattr(self, tier))


TIERS: tuple[Tier, ...] = ("emergency", "self_harm", "urgent", "safeguarding")
# Of the gateway's opinion alone; of two opinions weighed together; of two on a part of the message.
BARS = Bars(emergency=0.035, self_harm=0.025, urgent=0.048, safeguarding=0.036, part=0.7)
TOGETHER = Bars(emergency=0.16, self_harm=0.1, urgent=0.2, safeguarding=0.3, support=0.2, part=0.98)
PARTLY = Bars(emergency=0.39, self_harm=0.62, urgent=0.6, safeguarding=0.71, support=0.2, around=0.1)
FAINT = 1e-6  # what neither of the two may fall below: they are never that sure


@dataclass(frozen=True)
class Opinion:
    """How likely each label is: `shares` of the flags and of what harmless messages are about, together 1."""

    shares: Mapping[str, float]

    @cached_property
    def flags(self) -> Mapping[str, float]:
        """The shares of the flags alone."""
        return {label: p for label, p in self.shares.items() if not harmless(label)}

    @property
    def danger(self) -> float:
        """The probability of any danger."""
        return sum(self.flags.values())

    @cached_property
    def _tiers(self) -> Mapping[str, float]:
        found: dict[str, float] = dict.fromkeys(TIERS, 0.0)
        for flag, p in self.flags.items():
            found[tier_of(flag)] += p
        return found

    def of_tier(self, tier: str) -> float:
        """The probability of a tier."""
        return self._tiers.get(tier, 0.0)

    def tier(self, bars: Bars = BARS) -> Tier | None:
        """The tier that is likely enough, or None. In doubt the higher one."""
        shares = {tier: share for tier in TIERS if (share := self.of_tier(tier)) >= bars.of(tier)}
        likely = [tier for tier, share in shares.items() if share >= bars.doubt * max(shares.values())]
        return max(likely, key=lambda tier: RANK[tier], default=None)

    def flag(self, tier: str) -> str:
        """The likeliest flag of a tier."""
        return max((flag for flag in self.flags if tier_of(flag) == tier), key=lambda flag: self.flags[flag])


@dataclass(frozen=True)
class Passage:
    """A part of a message and what the sentence encoder thinks of it; of a suspicious one also with what is around."""

    text: str
    sense: Opinion
    around: tuple[str, Opinion] | None = None


def together(first: Opinion, second: Opinion, weight: float = 0.5) -> Opinion:
    """Two opinions that err about other messages, as one; `weight` is that of the second.

    The geometric mean, label by label: they must mean the same danger, or the same harmless topic. What both think
    possible is worth more than what one of them is sure of.
    """
    means = {
        label: (first.shares.get(label, 0.0) + FAINT) ** (1 - weight) * (share + FAINT) ** weight
        for label, share in second.shares.items()
    }
    total = sum(means.values())
    return Opinion({label: mean / total for label, mean in means.items()})


class SecondOpinion:
    """The learned network: features -> `hidden` units -> labels. Build it once with `load()`."""

    def __init__(
        self, names: Sequence[str], labels: Sequence[str], hidden: Array, hidden_bias: Array, out: Array, bias: Array
    ) -> None:
        """`hidden` is (features, units), `out` (units, labels)."""
        self._place = {name: place for place, name in enumerate(names)}
        self.labels = tuple(labels)
        self._hidden, self._hidden_bias, self._out, self._bias = hidden, hidden_bias, out, bias

    @classmethod
    def load(cls, path: Path = MODEL) -> SecondOpinion:
        """Read the weights. Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(path, allow_pickle=False) as kept:
            hidden = kept["hidden"].astype(np.float32) * kept["scale"]
            names = bytes(kept["names"]).decode("utf-8").split("\n")
            return cls(names, kept["labels"].tolist(), hidden, kept["hidden_bias"], kept["out"], kept["bias"])

    @staticmethod
    def save(path: Path, names: Sequence[str], labels: Sequence[str], weights: Sequence[Any]) -> None:
        """Write `weights` (hidden, hidden bias, out, bias); the first, which is large, in one byte a number."""
        hidden, hidden_bias, out, bias = (np.asarray(one, dtype=np.float32) for one in weights)
        scale = np.maximum(np.abs(hidden).max(axis=0), 1e-9) / 127
        np.savez_compressed(
            path,
            names=np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
            labels=np.array(labels),
            hidden=np.round(hidden / scale).astype(np.int8),
            scale=scale,
            hidden_bias=hidden_bias,
            out=out,
            bias=bias,
        )

    def of(self, evidence: Collection[str]) -> Opinion:
        """The opinion on a message that shows `evidence`."""
        return Opinion(self._probabilities(self._units(evidence)))

    def telling(self, evidence: Collection[str], flag: str, features: Sequence[str]) -> list[float]:
        """How much each of `features` spoke for `flag`, where it stands in `evidence`."""
        alive = (self._units(evidence) > 0).astype(np.float32)
        calm = [place for place, label in enumerate(self.labels) if harmless(label)]
        towards = alive * (self._out[:, self.labels.index(flag)] - self._out[:, calm].mean(axis=1))
        return [float(self._hidden[place] @ towards) if (place := self._place.get(one)) is not None else 0.0
                for one in features]  # fmt: skip

    def _units(self, evidence: Collection[str]) -> Array:
        places = [place for one in evidence if (place := self._place.get(one)) is not None]
        return np.asarray(np.maximum(self._hidden.take(places, axis=0).sum(axis=0) + self._hidden_bias, 0.0))

    def _probabilities(self, units: Array) -> dict[str, float]:
        weights = units @ self._out + self._bias
        powers = np.exp(weights - weights.max())
        shares = powers / powers.sum()
        return dict(zip(self.labels, shares.tolist(), strict=True))


@cache
def harmless(label: str) -> bool:
    """True for the labels of messages that speak of no danger."""
    return label.startswith((HARMLESS, EXPECTED))
