"""Looks for danger in every message, in this process, before anything else: it needs neither engine nor database.

Where it is in doubt and an engine is at hand, the engine's better opinion decides; without one, the card is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio.to_thread

from bot.clinic import Clinic
from bot.envelope import Reply
from bot.gateway.logs import log
from bot.gateway.text import READ_AT_MOST
from bot.safety import cards
from bot.safety.findings import Finding

SHOWN = frozenset({"emergency", "urgent", "self_harm", "safeguarding"})  # tiers whose card goes out at once
ENGINE_READS = 1000  # characters; of a longer message an engine has not seen everything (bot/nlu/splitter.py)
SECOND_LOOK = 0.7  # seconds that an engine has to take back what is doubtful


@dataclass(frozen=True)
class Danger:
    """What was found. `words` led to it and are kept only encrypted."""

    flag: str
    tier: str
    card: Reply
    words: str
    doubtful: bool = False


def of_the_page(text: str, language: str) -> str:
    """The language of the page, whatever the text is in."""
    return language


async def nobody(text: str) -> str | None:
    """No engine to ask."""
    return None


class UncheckedError(Exception):
    """The message could not be read for danger: the patient must be told whom to call."""


class Watch:
    """The check of `bot.safety`, made for a program that must always answer."""

    def __init__(
        self,
        read: Callable[[str, str], Finding],
        clinic: Clinic,
        spoken: Callable[[str, str], str] = of_the_page,
        again: Callable[[str], Awaitable[str | None]] = nobody,
    ) -> None:
        """`read` and `spoken` get a text and the language of the page or channel; `spoken` says which one it is in.

        `again` is the tier that an engine reads in a text, None when none answers.
        """
        self._read = read
        self._clinic = clinic
        self._spoken = spoken
        self._again = again

    def reminder(self, flag: str, language: str | None) -> Reply | None:
        """The card again, at the start of the person's next conversation; None when its flag is no longer known."""
        return cards.reminder(flag, self._clinic, language or "en") if cards.is_known(flag) else None

    async def check(self, text: str, language: str | None) -> Danger | None:
        """Raises `UncheckedError` when the check itself fails; that is on record."""
        if not text:
            return None
        danger = await anyio.to_thread.run_sync(self._check, text[:READ_AT_MOST], language or "en")
        if danger is None or not danger.doubtful or len(text) > ENGINE_READS:
            return danger
        return danger if await self._is_danger(text) else None

    async def _is_danger(self, text: str) -> bool:
        """Whether an engine thinks so too, or none can say."""
        try:
            tier = await asyncio.wait_for(self._again(text), SECOND_LOOK)
        except asyncio.TimeoutError:
            return True
        return tier is None or tier in SHOWN

    def _check(self, text: str, language: str) -> Danger | None:
        try:
            finding = self._read(text, language)
            if finding.tier not in SHOWN:
                return None
            card = cards.alert(finding, self._clinic, self._spoken(text, language))
            return Danger(finding.flag or "", finding.tier, card, " | ".join(finding.words), finding.doubtful)
        except Exception as error:  # whatever it is, the patient must get an answer
            log.error("danger.check_failed", error=error)
            raise UncheckedError from error


def tier_of(flag: str) -> str:
    """The tier of a flag that an engine's card names; a flag nobody knows is at least urgent."""
    try:
        return cards.tier_of(flag)
    except KeyError:
        return "urgent"
