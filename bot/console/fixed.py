"""Wording that stays in files: the cards about danger, and the fixed phrases. Shown with its checks, not edited here.

Both programs say these words, some of them with the database away, and a danger card changes only together with its
eleven languages and the tests of its signs (docs/decisions/0905).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from starlette.responses import Response

from bot.console.content import Checked, checked, chosen_language
from bot.console.ground import Ground
from bot.console.visit import Page, Visit
from bot.console.wording import flat
from bot.safety import cards
from bot.settings import ROOT

RED_FLAGS = ROOT / "bot" / "safety" / "redflags.yml"
# Catalogues of fixed phrases, each a folder with a file per language. Of some only these parts are read by patients.
CATALOGUES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "chat": ("bot/knowledge/phrases", ()),
    "booking": ("bot/booking/phrases", ("sentences", "choices")),
    "questions": ("bot/eligibility/wording", ("sentences",)),
    "aftercare": ("bot/safety/aftercare", ()),
    "gateway": ("bot/gateway/phrases", ()),
}
NO_WORDS = ("language", "translation")


@dataclass(frozen=True)
class Text:
    """A text beside its English, with what the checks say of it."""

    name: str
    english: str
    text: str
    check: Checked


@dataclass(frozen=True)
class DangerCard:
    """What is said about one danger sign."""

    flag: str
    tier: str
    title: str
    text: Text
    edition: str
    sources: list[str]


def pages() -> list[Page]:
    return [
        Page("/content/danger", danger, "content", place="content"),
        Page("/content/phrases", phrases, "content", place="content"),
    ]


async def danger(visit: Visit) -> Response:
    """Every danger card in one of its languages beside English, with sources and what the guards say."""
    language = visit.query("language") if visit.query("language") in cards.LANGUAGES else "en"
    shown, said = _danger_cards(visit.ground, language), _sentences(visit.ground, language)
    faults = sum(1 for text in [*(one.text for one in shown), *said] if text.check.violations)
    return visit.render(
        "danger.html",
        cards=shown,
        sentences=said,
        faults=faults,
        language=language,
        languages=cards.LANGUAGES,
        reviewed=str(cards.load_cards(language)["translation"]),
    )


async def phrases(visit: Visit) -> Response:
    """The fixed phrases of one catalogue in one of the clinic's languages beside English."""
    language, catalogue = chosen_language(visit), visit.query("of")
    catalogue = catalogue if catalogue in CATALOGUES else next(iter(CATALOGUES))
    texts, reviewed = _phrases(visit.ground, catalogue, language)
    faults = sum(1 for one in texts if one.check.violations)
    return visit.render(
        "phrases.html",
        texts=texts,
        faults=faults,
        catalogue=catalogue,
        catalogues=list(CATALOGUES),
        language=language,
        reviewed=reviewed,
    )


def _danger_cards(ground: Ground, language: str) -> list[DangerCard]:
    english, ours, refs = cards.load_cards("en"), cards.load_cards(language), ground.library.facts.refs
    known = _red_flags()  # all but `cards.UNNAMED`

    def words(of: Mapping[str, Any], flag: str) -> str:
        first = of["first"].get(cards.tier_of(flag), "")
        return "\n".join(filter(None, (first, of["cards"][flag])))

    return [
        DangerCard(
            flag=flag,
            tier=cards.tier_of(flag),
            title=str(known.get(flag, {}).get("title", "")),
            text=_text(ground, flag, words(english, flag), words(ours, flag), language),
            edition=cards.edition(flag, language),
            sources=[refs.get(id, id) for id in known.get(flag, {}).get("sources", ())],
        )
        for flag in english["cards"]
    ]


def _sentences(ground: Ground, language: str) -> list[Text]:
    english, ours = cards.load_cards("en")["sentences"], cards.load_cards(language)["sentences"]
    return [_text(ground, name, text, ours.get(name, ""), language) for name, text in english.items()]


def _phrases(ground: Ground, catalogue: str, language: str) -> tuple[list[Text], str]:
    folder, parts = CATALOGUES[catalogue]
    english, _ = _read(ROOT / folder / "en.yml", parts)
    path = ROOT / folder / f"{language}.yml"
    ours, reviewed = _read(path, parts) if path.exists() else ({}, "")
    return [_text(ground, name, text, ours.get(name, ""), language) for name, text in english.items()], reviewed


def _text(ground: Ground, name: str, english: str, ours: str, language: str) -> Text:
    # What a phrase is filled with is known where it is said, so only a difference from the English counts.
    filled = checked(ground, ours, language, english=english if ours and language != "en" else None, fills=english)
    return Text(name, english, ours, filled)


@cache
def _read(path: Path, parts: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """Texts of a catalogue by dotted keys, and what its file says of its review."""
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    chosen = [given.get(part) or {} for part in parts] if parts else [given]
    found = [pair for one in chosen for pair in flat(one)]
    texts = {key: text for key, text in found if key not in NO_WORDS and text not in ("True", "False")}
    return texts, str(given.get("translation") or "")


@cache
def _red_flags() -> Mapping[str, Mapping[str, Any]]:
    return {one["id"]: one for one in yaml.safe_load(RED_FLAGS.read_text(encoding="utf-8"))["flags"]}
