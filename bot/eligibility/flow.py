"""What to ask next: a pure function of the questionnaire and what is known. Corrections need no code of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.eligibility.questionnaire import Item, Pick, Questionnaire, Screen
from bot.eligibility.values import Value, enabled, visible

State = dict[str, Any]
GATES = ("gate.age18", "gate")  # screens before which nothing mentioned earlier is used


@dataclass(frozen=True)
class Open:
    """The open question. `kind`: consent, item, group, unsure, prefill, conflict, change, review, recheck."""

    kind: str
    ref: str

    def as_dict(self) -> dict[str, str]:
        """JSON form, for the state."""
        return {"kind": self.kind, "ref": self.ref}


class Flow:
    """Walks the screens."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire

    def next(self, state: State) -> Open:
        """The next question of a state that has not ended."""
        if not state["consent"]:
            return Open("consent", "consent.health")
        if state["asked"]:
            return Open(**state["asked"])
        if state["to_resolve"]:
            return Open("conflict", state["to_resolve"][0]["linkId"])
        seen = visible(self._questionnaire, state["answers"])
        gates = {screen.ref for screen in self._questionnaire.screens if screen.ref in GATES}
        for screen in self._questionnaire.screens:
            mentioned = self._mentioned(state, seen, None if not gates else screen)
            if mentioned:
                return Open("prefill", mentioned)
            found = self._open_in(screen, state, seen)
            if found:
                return found
            gates.discard(screen.ref)
        return Open("review", "final.confirm")

    def open_picks(self, screen: Screen, state: State) -> tuple[Pick, ...]:
        """The lines of a group whose item counts and has no answer yet."""
        seen = visible(self._questionnaire, state["answers"])
        return tuple(
            pick
            for pick in screen.picks
            if pick.item not in seen and pick.item not in state["opened"] and enabled(self._item(pick.item), seen)
        )

    def members(self, screen: Screen) -> tuple[str, ...]:
        """Every linkId that a screen asks, follow-ups included."""
        own = [screen.ref] if screen.kind == "ask" else [pick.item for pick in screen.picks]
        return tuple(dict.fromkeys([*own, *screen.then]))

    def dropped(self, answers: dict[str, Value]) -> tuple[str, ...]:
        """Answers to questions that fell away."""
        seen = visible(self._questionnaire, answers)
        return tuple(link_id for link_id in answers if link_id not in seen)

    def place(self, opened: Open) -> int:
        """How many screens are done when `opened` is asked."""
        screens = self._questionnaire.screens
        for number, screen in enumerate(screens):
            if opened.ref in (screen.ref, *self.members(screen)) and opened.kind != "prefill":
                return number
        return 1

    def _mentioned(self, state: State, seen: dict[str, Value], screen: Screen | None) -> str | None:
        """A fact mentioned earlier that can be confirmed now; before the gates only one about a gate."""
        for fact in state["prefill"]:
            link_id = fact["linkId"]
            if link_id in seen or not enabled(self._item(link_id), seen):
                continue
            if screen is None or (screen.ref in GATES and link_id in self.members(screen)):
                return str(link_id)
        return None

    def _open_in(self, screen: Screen, state: State, seen: dict[str, Value]) -> Open | None:
        if screen.kind == "review":
            return None
        if screen.kind == "ask" and screen.ref not in seen and screen.ref != "consent.health":
            return Open("item", screen.ref)
        waiting = list(dict.fromkeys(pick.item for pick in self.open_picks(screen, state)))
        if len(waiting) > 1:
            return Open("group", screen.ref)
        follow_ups = [*waiting, *self._opened(screen, state), *screen.then]
        return next((Open("item", link_id) for link_id in follow_ups if self._is_due(link_id, seen)), None)

    def _opened(self, screen: Screen, state: State) -> Iterator[str]:
        picks: Sequence[Pick] = screen.picks
        return (pick.item for pick in picks if pick.item in state["opened"])

    def _is_due(self, link_id: str, seen: dict[str, Value]) -> bool:
        return link_id not in seen and enabled(self._item(link_id), seen)

    def _item(self, link_id: str) -> Item:
        return self._questionnaire.items[link_id]
