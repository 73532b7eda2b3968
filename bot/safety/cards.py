"""The fixed replies about danger, in eleven languages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.envelope import Choice, Kind, Link, Reply
from bot.safety.findings import Finding, Tier

CARDS = Path(__file__).parent / "cards"
LANGUAGES = ("en", "tr", "es", "de", "fr", "it", "pt", "pl", "nl", "ru", "ar")
MINOR, PRESSURE = "M1", "M2"
UNNAMED = "U0"  # to be seen today, whatever it is: no sign was named
FIRST_LINES = 3  # where self-harm cards have their numbers (ruling 12)
# Whom to phone, most important first; the order of the links under the card.
NUMBERS_BY_TIER = {
    "E": ("emergency", "clinic_emergency"),
    "U": ("clinic", "urgent_line", "emergency"),
    "X": ("clinic",),
    "SH": ("emergency", "crisis_line"),
    "M1": ("urgent_line", "emergency"),
    "M2": ("emergency", "support_line"),
}
TIERS: Mapping[str, Tier] = {"E": "emergency", "U": "urgent", "X": "expected", "SH": "self_harm", "M": "safeguarding"}


@lru_cache(maxsize=len(LANGUAGES))
def load_cards(language: str) -> Mapping[str, Any]:
    """The card file of `language`; English where there is none."""
    path = CARDS / f"{language if language in LANGUAGES else 'en'}.yml"
    cards: Mapping[str, Any] = yaml.safe_load((path if path.exists() else CARDS / "en.yml").read_text(encoding="utf-8"))
    return cards


def edition(flag: str, language: str = "en") -> str:
    """12 hex digits that change with the words of a card, for the record."""
    cards = load_cards(language)
    words = f"{cards['first'].get(tier_of(flag), '')}\0{cards['cards'][flag]}"
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def is_known(flag: str) -> bool:
    """Whether there is a card of this flag: what is stored may name one of another release."""
    return flag in load_cards("en")["cards"]


@cache
def tier_of(flag: str) -> Tier:
    """The tier a flag belongs to: "E1" is an emergency."""
    return TIERS[flag.rstrip("0123456789")]


def graver(known: str | None, flag: str) -> str:
    """Which of two flags stays open: an emergency is not made milder by an urgent sign that is told later."""
    stays = known and is_known(known) and tier_of(known) == "emergency" and tier_of(flag) == "urgent"
    return known if known and stays else flag


def alert(finding: Finding, clinic: Clinic, language: str = "en") -> Reply:
    """The card for `finding`: kind "alert", `ref` its flag, the first line what to do now, `tel:` links.

    With `finding.ask_if_now` it ends in the one question allowed, with the choices `alert:now` and `alert:not_now`.
    Who may be a minor is only asked that (`alert:adult`, `alert:minor`): it cannot happen "now".

    An expected effect is told in the same way, but as a "notice". Raises `ValueError` for a finding without a flag.
    """
    if finding.flag is None:
        raise ValueError("there is no card for a finding without a flag")
    reply = card(finding.flag, clinic, language)
    if not finding.ask_if_now:
        return reply
    if finding.flag == MINOR:
        choices = _choices(language, adult="alert:adult", minor="alert:minor")
        return Reply(reply.kind, MINOR, sentence("ask_if_adult", clinic, language), choices=choices)
    return Reply(
        kind=reply.kind,
        ref=reply.ref,
        text=f"{reply.text}\n\n{sentence('ask_if_now', clinic, language)}",
        choices=_choices(language, now="alert:now", not_now="alert:not_now"),
        links=reply.links,
    )


def card(flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """The fixed card of one flag."""
    cards = load_cards(language)
    tier = tier_of(flag)
    lines = [cards["first"][tier]] if tier in cards["first"] else []
    text = clinic.fill("\n".join([*lines, cards["cards"][flag]]))
    kind: Kind = "notice" if tier == "expected" else "alert"
    # The card on pressure by others is the only one that ends in a question of its own.
    choices = _choices(language, call_me="human:danger", safe="alert:safe") if flag == PRESSURE else ()
    return Reply(kind=kind, ref=flag, text=text, choices=choices, links=_links(flag, clinic))


def reminder(flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """The card again, for the start of the person's next conversation; the choice `alert:closed` ends it."""
    shown = card(flag, clinic, language)
    lines = shown.text.split("\n")
    at = FIRST_LINES if tier_of(flag) in ("self_harm", "safeguarding") else 1
    text = "\n".join([*lines[:at], sentence("reminder", clinic, language), *lines[at:]])
    return Reply("alert", flag, text, choices=_choices(language, close="alert:closed"), links=shown.links)


def follow_up(flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """The only thing said after an alarm by ourselves: "Have you been able to call?"."""
    choices = _choices(language, called="alert:called", not_called="alert:not_called")
    text = sentence("follow_up", clinic, language)
    return Reply("question", flag, text, choices=choices, links=_links(flag, clinic))


def seen_first(flag: str, clinic: Clinic, language: str = "en", *, called: bool = False) -> Reply:
    """In place of what usually holds after treatment, while the sign is not over: somebody has to look at it first.

    Whoever has `called` is not told to call again. The choice `alert:closed` ends it.
    """
    return _after_call("seen_first", flag, clinic, language, called=called)


def visit_waits(flag: str, clinic: Clinic, language: str = "en", *, called: bool = False) -> Reply:
    """For whoever asks about an appointment while the sign is not over; otherwise as `seen_first`."""
    return _after_call("visit_waits", flag, clinic, language, called=called)


def _after_call(key: str, flag: str, clinic: Clinic, language: str, *, called: bool) -> Reply:
    first = load_cards(language)["first"][tier_of(flag)]
    text = clinic.fill("\n".join([*([] if called else [first]), load_cards(language)["sentences"][key]]))
    return Reply("notice", flag, text, choices=_choices(language, close="alert:closed"), links=_links(flag, clinic))


def first_again(flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """What to do now, once more: for whoever goes on talking and is not understood, or asks for a person.

    After a mention of self-harm it is whom to talk to, and nothing ends.
    """
    cards, tier = load_cards(language), tier_of(flag)
    text = clinic.fill(cards["first"].get(tier) or cards["sentences"][f"net_{tier}"])
    choices = () if tier == "self_harm" else _choices(language, close="alert:closed")
    return Reply("notice", flag, text, choices=choices, links=_links(flag, clinic))


def better(flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """The answer to "I'm fine now": such signs come back, so the advice stays until `alert:closed` ends it.

    After a mention of self-harm nothing ends within the conversation.
    """
    tier = tier_of(flag)
    choices = () if tier == "self_harm" else _choices(language, close="alert:closed")
    text = sentence(f"better_{tier}", clinic, language)
    return Reply("text", flag, text, choices=choices, links=_links(flag, clinic))


def stays_closed(clinic: Clinic, language: str = "en") -> Reply:
    """For whoever said to be a minor and wants to be booked all the same; whom we got wrong can phone."""
    return Reply("notice", MINOR, sentence("minor_stays", clinic, language), links=(clinic.call("clinic"),))


def answer_choice(choice: str, flag: str, clinic: Clinic, language: str = "en") -> Reply:
    """The answer to a picked choice of an alert.

    These are `alert:now`, `not_now`, `called`, `not_called`, `safe`, `closed`, `adult` and `minor`.
    """
    if choice == "alert:not_now" and tier_of(flag) == "self_harm":
        return better(flag, clinic, language)  # no sign that could begin later: somebody who has taken it back
    key = f"{choice.partition(':')[2]}_reply"
    if key not in load_cards(language)["sentences"]:  # it is happening, or nobody has called yet: the card again
        return card(flag, clinic, language)
    return Reply("text", flag, sentence(key, clinic, language), links=_links(flag, clinic))


def safety_net(finding: Finding, language: str = "en") -> str | None:
    """One line to put after the answer when danger was only talked about; a template for `Clinic.fill`."""
    if finding.tier != "none" or finding.about is None:
        return None
    tier = tier_of(finding.about)
    if finding.certainty == "negated" and tier != "self_harm":
        return None
    net: str | None = load_cards(language)["sentences"].get(f"net_{tier}")
    return net


def sentence(key: str, clinic: Clinic, language: str = "en") -> str:
    """A fixed sentence of the card file, with the clinic's values filled in."""
    return clinic.fill(load_cards(language)["sentences"][key])


def _choices(language: str, **ids: str) -> tuple[Choice, ...]:
    titles = load_cards(language)["sentences"]
    return tuple(Choice(choice, titles[key]) for key, choice in ids.items())


def _links(flag: str, clinic: Clinic) -> tuple[Link, ...]:
    numbers = NUMBERS_BY_TIER.get(flag) or NUMBERS_BY_TIER[flag.rstrip("0123456789")]
    return tuple(clinic.call(number) for number in numbers)
