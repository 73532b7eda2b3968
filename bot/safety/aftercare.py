"""After-treatment triage: a short guided dialogue that ends in expected, call today, or emergency.

The reading of danger in typed words is `Triage`; this dialogue asks what a worried message left open, danger first, at
most four questions. It never grades: it points to one of the fixed cards by the time windows of redflags.yml.

Events: `("alert", {"flag", "tier"})` when it ends in a card that staff must know of, `("expected", {"flag"})` when it
ends in an ordinary effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import Clinic
from bot.dialogue import State, Step, Turn
from bot.envelope import Choice, Reply
from bot.safety.cards import UNNAMED, alert, card, tier_of
from bot.safety.findings import Finding
from bot.safety.triage import Mentions, Triage

NAME = "aftercare"
WORDING = Path(__file__).parent / "aftercare"
MOST_QUESTIONS = 4
QUESTIONS = ("danger", "what", "when", "change", "where")
# Matters where the same sign means another thing beyond the treated area, near the eye or on the scalp.
WHERE_MATTERS = ("itch", "blisters", "bumps")
DANGER = {"breath": "E1", "sight": "E2", "collapse": "E3", "colour": "E4", "fever": "E5", "bleeding": "E6"}
DAYS = {"today": 0.0, "two_days": 2.0, "three_days": 3.0, "week": 7.0, "two_weeks": 14.0, "longer": 15.0}
# The concept of a typed message -> the answer it gives, the telling ones first.
SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pus", ("pus", "smell", "ooze", "infected")),
    ("blisters", ("blister", "cold_sore")),
    ("sore", ("open_wound", "dark_scab", "scab", "skin_off")),
    ("rash", ("hives", "rash")),
    ("hair", ("bald", "hair_fall")),
    ("numb", ("numb", "crooked")),
    ("bumps", ("lump", "bump", "abscess")),
    ("bruise", ("bruise",)),
    ("swelling", ("swelling",)),
    ("itch", ("itchy",)),
    ("redness", ("red", "redness_mild", "dots")),
    ("pain", ("pain", "severe_pain")),
)
# Where the dialogue may be left for a question about something else.
OWN_TOPICS = frozenset({"post_treatment_concern", "emergency_red_flag", "bruising_swelling", "unclear_fragment"})


@dataclass(frozen=True)
class Answers:
    """What is known. `days` since treatment; `changes` of better, same, worse, fever."""

    what: str | None = None
    where: str | None = None
    days: float | None = None
    changes: frozenset[str] = frozenset()


def outcome(answers: Answers) -> str:
    """The flag that the answers point to by the reference's time windows."""
    what, days = answers.what, answers.days if answers.days is not None else DAYS["longer"]
    worse, fever = "worse" in answers.changes, "fever" in answers.changes
    if fever and worse:
        return "E5"
    if fever:
        return "U1"
    if answers.where == "eye" and what == "blisters":
        return "U4"
    late = {  # sign -> last day on which it is an ordinary effect, its card then, its card later or when worse
        "redness": (3, "X1", "U1"),
        "bumps": (3, "X2", "U2"),
        "swelling": (2, "X3", "U3" if days <= 2 else "U1"),
        "bruise": (14, "X4", "U5"),
        "pain": (3, "X5", "U6"),
        "itch": (3, "X5", "U3"),
    }
    always = {"numb": "U6", "rash": "U3", "blisters": "U4", "sore": "U7", "pus": "U1", "hair": "U8"}
    if what in late:
        last_day, expected, urgent = late[what]
        ordinary = days <= last_day and not worse and not (what == "itch" and answers.where == "beyond")
        return expected if ordinary else urgent
    return always.get(what or "", UNNAMED)


class Aftercare:
    """The dialogue for one clinic; safe to share between conversations."""

    def __init__(self, triage: Triage, clinic: Clinic) -> None:
        self._triage = triage
        self._clinic = clinic

    def start(self, turn: Turn) -> Step:
        """Open the dialogue with the worried message; what it says already is not asked.

        Of picks from a dialogue that is over only a danger sign counts, at once.
        """
        state: State = {"asked": [], "known": {}}
        step = self._danger_in(_answers(turn.choices), turn.language) or self._read_text(turn, state)
        if step is not None:
            return step
        return self._next(state, turn.language, first=True)

    def take(self, turn: Turn, state: State) -> Step:
        """The answer to the open question, in choices or words."""
        state = {**state, "asked": list(state["asked"]), "known": dict(state["known"])}
        if turn.choices:
            return self._picked(turn, state)
        before = dict(state["known"])
        step = self._read_text(turn, state)
        if step is not None:
            return step
        if not self._read_short(turn, state) and state["known"] == before:
            if turn.topics and turn.certainty == "sure" and turn.topics[0] not in OWN_TOPICS:
                return Step(state, taken=False)
            return self._again(turn, state)
        if state["asked"][-1] == "danger" and "danger" not in state["known"] and not state.get("pressed"):
            # "It's red since yesterday" says much, but not that none of the danger signs is there.
            return self._again(turn, {**state, "pressed": True})
        return self._next(state, turn.language)

    def _again(self, turn: Turn, state: State) -> Step:
        return Step(state, (self._question(state["asked"][-1], turn.language, again=True),))

    def resume(self, state: State, language: str = "en") -> Step:
        """The open question once more, after a side question."""
        return Step(state, (self._question(state["asked"][-1], language),))

    def _picked(self, turn: Turn, state: State) -> Step:
        if not any(choice.startswith(f"{NAME}:") for choice in turn.choices):
            return Step(state, taken=False)
        picks = _answers(turn.choices)
        if not picks:  # nothing but codes of an older release
            return self._again(turn, state)
        if alarm := self._danger_in(picks, turn.language):
            return alarm
        for question, answer in picks:
            if question == "change":
                state["known"]["change"] = [*state["known"].get("change", ()), answer]
            else:
                state["known"][question] = DAYS[answer] if question == "when" else answer
        return self._next(state, turn.language)

    def _danger_in(self, picks: Iterable[tuple[str, str]], language: str) -> Step | None:
        flags = [DANGER[answer] for question, answer in picks if question == "danger" and answer in DANGER]
        return self._alarm(Finding(tier_of(flags[0]), flags[0], (), "sure"), language) if flags else None

    def _read_text(self, turn: Turn, state: State) -> Step | None:
        """Take what the words say; a step when they are an alarm."""
        finding = self._triage.read(turn.text, turn.language)
        if finding.alarms and not finding.doubtful:  # the message's own reading, which knows more, took that back
            return self._alarm(finding, turn.language)
        mentions = self._triage.mentions(turn.text, turn.language)
        known = state["known"]
        for answer, concepts in SIGNS:
            if "what" not in known and mentions.has(*concepts):
                known["what"] = answer
        if "when" not in known and mentions.hours:
            known["when"] = max(mentions.hours) / 24
        if "change" not in known:
            changes = _changes(mentions)
            if changes:
                known["change"] = changes
        return None

    def _read_short(self, turn: Turn, state: State) -> bool:
        """A bare "no" to the danger question."""
        if state["asked"][-1] == "danger" and self._triage.mentions(turn.text, turn.language).denies:
            state["known"]["danger"] = "none"
            return True
        return False

    def _next(self, state: State, language: str, *, first: bool = False) -> Step:
        known = state["known"]
        if len(state["asked"]) < MOST_QUESTIONS:
            for question in QUESTIONS:
                if question in state["asked"] or (question in known and question != "danger"):
                    continue
                if question == "where" and known.get("what") not in WHERE_MATTERS:
                    continue
                state["asked"].append(question)
                return Step(state, (self._question(question, language, intro=first),))
        return self._end(known, language)

    def _end(self, known: Mapping[str, Any], language: str) -> Step:
        answers = Answers(known.get("what"), known.get("where"), known.get("when"), frozenset(known.get("change", ())))
        flag = outcome(answers)
        if tier_of(flag) != "expected":
            return self._alarm(Finding(tier_of(flag), flag, (), "sure"), language)
        reply = card(flag, self._clinic, language)
        later = self._clinic.fill(load_wording(language)["later"])
        full = Reply("answer", flag, f"{reply.text}\n{later}", links=reply.links)
        return Step(None, (full,), events=(("expected", {"flag": flag}),))

    def _alarm(self, finding: Finding, language: str) -> Step:
        event = ("alert", {"flag": finding.flag, "tier": finding.tier})
        return Step(None, (alert(finding, self._clinic, language),), events=(event,))

    def _question(self, name: str, language: str, *, intro: bool = False, again: bool = False) -> Reply:
        wording = load_wording(language)
        asked = wording["questions"][name]
        lead = [wording["intro"]] if intro else [self._clinic.fill(wording["again"])] if again else []
        choices = tuple(Choice(f"{NAME}:{name}:{answer}", title) for answer, title in asked["choices"].items())
        multiple = load_wording("en")["questions"][name]["multiple"]
        return Reply("question", f"aftercare.{name}", "\n".join([*lead, asked["text"]]), choices, multiple)


@lru_cache(maxsize=16)
def load_wording(language: str) -> Mapping[str, Any]:
    """The dialogue's texts in `language`; English where there is no such file."""
    path = WORDING / f"{language}.yml"
    wording: Mapping[str, Any] = yaml.safe_load(
        (path if path.exists() else WORDING / "en.yml").read_text(encoding="utf-8")
    )
    return wording


def _answers(choices: Iterable[str]) -> list[tuple[str, str]]:
    """(question, answer) of the picks that are ours, without codes that no question has: older messages keep theirs."""
    questions = load_wording("en")["questions"]
    parts = (choice.split(":") for choice in choices if choice.startswith(f"{NAME}:"))
    return [
        (question, answer)
        for _, question, answer in (one for one in parts if len(one) == 3)
        if question in questions and answer in questions[question]["choices"]
    ]


def _changes(mentions: Mentions) -> list[str]:
    def found(*concepts: str) -> bool:
        return mentions.has(*concepts)

    readings: Iterable[tuple[str, bool]] = (
        ("fever", found("fever", "unwell", "shiver")),
        ("worse", found("worse", "spread", "more_than", "stronger")),
        ("better", found("fading") or mentions.resolved),
    )
    return [name for name, there in readings if there]
