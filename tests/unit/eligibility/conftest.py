"""A healthy adult who asks about the face, and a patient who talks to the dialogue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clinic import load_clinic
from bot.dialogue import Step, Turn
from bot.eligibility.assessment import Assessment, assess
from bot.eligibility.dialogue import Dialogue, load_dialogue
from bot.eligibility.questionnaire import Questionnaire, load_questionnaire
from bot.eligibility.record import Fact
from bot.envelope import Reply

TODAY = date(2026, 11, 23)  # a Monday
ORDER = ["no_flag", "proceed_with_precaution", "clinician_review", "not_suitable_now"]  # of verdicts, worse and worse
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
PATIENCE = 100  # turns
QUESTIONNAIRE = load_questionnaire()
CLINIC = load_clinic(Path(__file__).parents[3] / "clinic.yml")
DIALOGUE = load_dialogue(CLINIC, QUESTIONNAIRE)

HEALTHY: dict[str, Any] = {
    "consent.health": True,
    "gate.self": "Y",
    "gate.age18": "Y",
    "gate.symptoms": "N",
    "request.area": ["face"],
    "preg.status": "60001007",
    "recent.procedure": ["none"],
    "mind.pressure": "Y",
    "mind.expect": "small",
    "final.confirm": True,
} | {
    link_id: "N"
    for link_id, item in QUESTIONNAIRE.items.items()
    if any(option.code == "N" for option in item.options)
    and not item.enable_when
    and link_id not in ("gate.self", "gate.age18", "mind.pressure")
}
HEALTHY |= {"preg.breastfeeding": "N", "skin.herpes": "N", "recent.dental": "N"}


def assessed(**changes: Any) -> Assessment:
    """The healthy adult with changes; names with __ for dots, None to leave one out."""
    return assess(QUESTIONNAIRE, changed(**changes), TODAY)


def changed(**changes: Any) -> dict[str, Any]:
    answers = HEALTHY | {name.replace("__", "."): value for name, value in changes.items()}
    return {link_id: value for link_id, value in answers.items() if value is not None}


class Patient:
    """Talks to the dialogue. The state goes through JSON between turns, as it does between programs."""

    def __init__(self, dialogue: Dialogue = DIALOGUE, *, prefill: Sequence[Fact] = ()) -> None:
        self.dialogue = dialogue
        self.turns = 0
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.state: dict[str, Any] | None = None
        self._took(dialogue.start(Turn(NOW), prefill=prefill))

    def says(
        self, *texts: str, topics: Sequence[str] = (), certainty: str = "unknown", disclosed: Sequence[Fact] = ()
    ) -> Reply:
        for text in texts:
            self._turn(Turn(NOW, text=text, topics=tuple(topics), certainty=certainty), disclosed)
        return self.reply

    def picks(self, *titles: str) -> Reply:
        """Choices by their titles (or ids)."""
        ids = {choice.title: choice.id for choice in self.reply.choices} | {
            choice.id: choice.id for choice in self.reply.choices
        }
        self._turn(Turn(NOW, choices=tuple(ids[title] for title in titles)))
        return self.reply

    def sends(self, *ids: str) -> Reply:
        """Choice ids, also of earlier questions."""
        self._turn(Turn(NOW, choices=ids))
        return self.reply

    def to(self, ref: str, answers: Mapping[str, Any] = HEALTHY) -> Reply:
        """Answer everything until `ref` is asked."""
        while self.reply.ref != ref:
            self.answers_open(answers)
        return self.reply

    def to_the_end(self, answers: Mapping[str, Any] = HEALTHY) -> Reply:
        while self.state is not None and not self.state["finished"]:
            self.answers_open(answers)
        return self.reply

    def answers_open(self, answers: Mapping[str, Any]) -> None:
        """One turn that answers the open question as `answers` says."""
        ref = self.reply.ref
        if ref in answers and ref in QUESTIONNAIRE.items:
            value = answers[ref]
            item = QUESTIONNAIRE.items[ref]
            if item.options or item.type == "boolean":
                codes = value if isinstance(value, list) else [str(value).lower() if value is True else str(value)]
                self.sends(*(f"questionnaire:{ref}:{code}" for code in codes))
            else:
                self.says(value or "none")
            return
        if ref in QUESTIONNAIRE.items:
            self.says("skip")
            return
        lines = []
        for choice in self.reply.choices:
            link_id, _, code = choice.id.removeprefix(f"questionnaire:{ref}:").partition("=")
            if link_id in QUESTIONNAIRE.items and link_id in answers and picked(link_id, code, answers[link_id]):
                lines.append(choice.id)
        self.sends(*(lines or [f"questionnaire:{ref}:none"]))

    @property
    def reply(self) -> Reply:
        return self.step.replies[-1] if self.step.replies else self._last

    @property
    def text(self) -> str:
        return "\n".join(reply.text for reply in self.step.replies)

    def event(self, name: str) -> dict[str, Any]:
        return next(payload for given, payload in reversed(self.events) if given == name)

    def has(self, name: str) -> bool:
        return any(given == name for given, _ in self.events)

    def titles(self) -> list[str]:
        return [choice.title for choice in self.reply.choices]

    def ids(self) -> list[str]:
        return [choice.id for choice in self.reply.choices]

    def _turn(self, turn: Turn, disclosed: Sequence[Fact] = ()) -> None:
        assert self.state is not None, "the dialogue has ended"
        assert self.turns < PATIENCE, "it goes round in circles"
        self.turns += 1
        self._took(self.dialogue.advance(self.state, turn, disclosed=disclosed))

    def _took(self, step: Step) -> None:
        self.step = step
        self.events += step.events
        finished = [payload for name, payload in step.events if name == "finished"]
        state = step.state if step.state is not None else finished[0]["state"] if finished else None
        self.state = None if state is None else json.loads(json.dumps(state))
        if not step.taken and self.state is not None and not step.replies:
            resumed = self.dialogue.resume(self.state, "en")
            self._last = resumed[-1] if resumed else getattr(self, "_last", None)
        elif step.replies:
            self._last = step.replies[-1]


def picked(link_id: str, code: str, value: Any) -> bool:
    """Would a patient with this answer pick this line?"""
    none = QUESTIONNAIRE.none_codes.get(link_id, "N")
    if not code:
        return value not in (none, [none], "")
    return bool(value == code)


@pytest.fixture
def questionnaire() -> Questionnaire:
    return QUESTIONNAIRE


@pytest.fixture
def patient() -> Patient:
    return Patient()
