"""Danger that is told piece by piece: "it has been numb since yesterday", "cold, too", "and it's white".

Each message is read by itself first. Where one of the last few, or this one, speaks of what a treatment left or of
danger, they are read together, too. That may only raise what was found: a graver tier than any of them had alone,
and than the alarm that is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.safety.cards import is_known, tier_of
from bot.safety.findings import RANK, Finding
from bot.storage.tables import moment

LATELY = "lately"  # the slot
MOST, LONGEST = 3, 300  # messages that are kept, characters of each
NEAR = timedelta(minutes=30)  # what was said before is another matter
WORRIES = ("post_treatment_concern", "emergency_red_flag", "bruising_swelling", "side_effects_risks")
Said = Mapping[str, Any]  # {"text", "tier", "worries", "asks", "at"}


def said(text: str, reading: Mapping[str, Any], at: str) -> dict[str, Any]:
    """A message as it is kept for the next ones."""
    topics = {one["topic"] for one in reading.get("topics", ())}
    tier = str(reading.get("tier", "none"))
    worries = tier != "none" or bool(topics & set(WORRIES))
    asks = bool(reading.get("asks")) and reading.get("certainty") == "sure" and not worries
    return {"text": text[:LONGEST], "tier": tier, "worries": worries, "asks": asks, "at": at}


def kept(before: Sequence[Said], now: Sequence[Said], alarm: str | None) -> list[Said]:
    """What the next message is read together with. A danger that was taken back takes all of it along."""
    near = [*before, *now][-MOST:]
    taken_back = alarm is None and any(Finding(one["tier"]).alarms for one in near)
    return [] if taken_back else near


def together(before: Sequence[Said], now: Said) -> str | None:
    """The text to read besides the message itself, in the order said.

    None where nothing worries, nothing is near, or the message plainly asks about something else.
    """
    near = _near(before, str(now["at"]))
    if not near or now["asks"] or not any(one["worries"] for one in (*near, now)):
        return None
    return " ".join(_ended(str(one["text"])) for one in (*near, now))


def raised(
    reading: Mapping[str, Any], whole: Mapping[str, Any], before: Sequence[Said], alarm: str | None = None
) -> dict[str, Any] | None:
    """`reading` with the danger of `whole`, what was read together; None where that is no graver than each alone.

    `alarm` is the flag of the open one, which may be told of further back than what is read.
    """
    known = tier_of(alarm) if alarm and is_known(alarm) else "none"
    alone = max(RANK[tier] for tier in (known, str(reading["tier"]), *(str(one["tier"]) for one in before)))
    if not Finding(whole["tier"]).alarms or RANK[whole["tier"]] <= alone:
        return None
    danger = {name: whole[name] for name in ("tier", "flag", "rule", "words", "danger", "about")}
    first = whole["topics"][0]
    others = [one for one in reading["topics"] if one["topic"] != first["topic"]]
    return {**reading, **danger, "topics": [first, *others], "certainty": "sure"}


def _near(before: Sequence[Said], at: str) -> list[Said]:
    now = moment(at)
    return [one for one in before if now - moment(str(one["at"])) <= NEAR]


def _ended(text: str) -> str:
    """With a full stop, so that each stays a sentence of its own."""
    return text if text.rstrip().endswith((".", "!", "?", "…", "؟")) else f"{text.rstrip()}."
