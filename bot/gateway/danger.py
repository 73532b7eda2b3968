"""Looks for danger in every message, in this process, before anything else: it needs neither engine nor database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio.to_thread

from bot.clinic import Clinic
from bot.envelope import Reply
from bot.gateway.logs import log
from bot.safety import cards
from bot.safety.findings import Finding

SHOWN = frozenset({"emergency", "urgent", "self_harm", "safeguarding"})  # tiers whose card goes out at once
READ_AT_MOST = 20_000  # characters of an overlong message


@dataclass(frozen=True)
class Danger:
    """What was found. `words` led to it and are kept only encrypted."""

    flag: str
    tier: str
    card: Reply
    words: str


def of_the_page(text: str, language: str) -> str:
    """The language of the page, whatever the text is in."""
    return language


class UncheckedError(Exception):
    """The message could not be read for danger: the patient must be told whom to call."""


class Watch:
    """The check of `bot.safety`, made for a program that must always answer."""

    def __init__(
        self, read: Callable[[str, str], Finding], clinic: Clinic, spoken: Callable[[str, str], str] = of_the_page
    ) -> None:
        """`read` and `spoken` get a text and the language of the page or channel; `spoken` says which one it is in."""
        self._read = read
        self._clinic = clinic
        self._spoken = spoken

    def reminder(self, flag: str, language: str | None) -> Reply:
        """The card again, at the start of the person's next conversation."""
        return cards.reminder(flag, self._clinic, language or "en")

    async def check(self, text: str, language: str | None) -> Danger | None:
        """Raises `UncheckedError` when the check itself fails; that is on record."""
        if not text:
            return None
        return await anyio.to_thread.run_sync(self._check, text[:READ_AT_MOST], language or "en")

    def _check(self, text: str, language: str) -> Danger | None:
        try:
            finding = self._read(text, language)
            if finding.tier not in SHOWN:
                return None
            card = cards.alert(finding, self._clinic, self._spoken(text, language))
            return Danger(finding.flag or "", finding.tier, card, " | ".join(finding.words))
        except Exception as error:  # whatever it is, the patient must get an answer
            log.error("danger.check_failed", error=error)
            raise UncheckedError from error


def tier_of(flag: str) -> str:
    """The tier of a flag that an engine's card names; a flag nobody knows is at least urgent."""
    try:
        return cards.tier_of(flag)
    except KeyError:
        return "urgent"
