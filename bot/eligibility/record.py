"""The state of one questionnaire during a turn: what changes it also leaves an event."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.eligibility.flow import Flow, Open, State
from bot.eligibility.questionnaire import ABSENT, Questionnaire
from bot.eligibility.values import Value, visible

FORM = 1  # of the state; a state of another form is not resumed
LATER = ("settled", "unread")  # keys that states of this form may still lack


@dataclass(frozen=True)
class Fact:
    """Something the patient said outside a question: shown for confirmation, never used silently."""

    link_id: str
    value: Value
    words: str


def new_state(now: datetime, language: str, version: str) -> State:
    """A questionnaire that has not begun."""
    return {
        "form": FORM,
        "version": version,
        "started": now.isoformat(),
        "language": language,
        "consent": None,  # {"version", "at"}
        "answers": {},  # linkId -> canonical value
        "how": {},  # linkId -> chosen | typed | confirmed
        "opened": [],  # named or picked, but their own question is still to be asked
        "prefill": [],  # facts still to be confirmed: {"linkId", "value", "words"}
        "settled": [],  # facts that were confirmed or not, for "go back"
        "to_resolve": [],  # contradictions still to be asked about: {"linkId", "value", "words"}
        "conflicts": {},  # linkId -> words; asked about and not resolved
        "unread": None,  # {"ref", "words", "partly"}: of a group's answer, what nobody understood
        "asked": None,  # a question outside the usual order, as {"kind", "ref"}
        "days": [],  # days to choose from, after an ambiguous date
        "misses": 0,
        "trail": [],  # linkIds set by each answering turn, for "go back"
        "finished": False,
    }


def is_current(state: Mapping[str, Any], questionnaire: Questionnaire) -> bool:
    """Was the state made by this release, with these questions? One that was not cannot be carried on."""
    needed = set(new_state(datetime.min, "", "")) - set(LATER)
    if (state.get("form"), state.get("version")) != (FORM, questionnaire.version) or needed - set(state):
        return False
    told = [fact["linkId"] for name in ("prefill", "to_resolve", "settled") for fact in state.get(name, ())]
    answered = [link_id for turn in state["trail"] for link_id in turn]
    named = {*state["answers"], *state["conflicts"], *state["opened"], *told, *answered}
    return named <= set(questionnaire.items) and _is_asked(state["asked"], questionnaire)


def _is_asked(asked: Mapping[str, str] | None, questionnaire: Questionnaire) -> bool:
    screens = {screen.ref for screen in questionnaire.screens}
    return asked is None or asked["ref"] in {"change", "recheck", *screens, *questionnaire.items}


class Record:
    """A working copy of a state; the caller's state is never changed."""

    def __init__(self, state: Mapping[str, Any], questionnaire: Questionnaire, flow: Flow, now: datetime) -> None:
        self.state: State = copy.deepcopy(dict(state))
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.now = now
        self._questionnaire = questionnaire
        self._flow = flow
        self._set_now: list[str] = []
        self._settled_now: list[str] = []
        self._was = visible(questionnaire, self.state["answers"])

    @property
    def answers(self) -> dict[str, Value]:
        """All answers, also of questions that fell away in this turn."""
        answers: dict[str, Value] = self.state["answers"]
        return answers

    @property
    def set_now(self) -> tuple[str, ...]:
        """What this turn has answered so far."""
        return tuple(self._set_now)

    @property
    def seen(self) -> dict[str, Value]:
        """The answers that count."""
        return visible(self._questionnaire, self.answers)

    def emit(self, name: str, **payload: Any) -> None:
        """Tell the caller something to store or act on."""
        self.events.append((name, payload))

    def set(self, link_id: str, value: Value, how: str) -> None:
        """Store an answer. An unresolved contradiction about it, and a wish to be asked, are settled by it."""
        if isinstance(value, str) and self._questionnaire.items[link_id].repeats and value not in ABSENT:
            value = [value]
        before = self.answers.get(link_id)
        self.answers[link_id] = value
        self.state["how"][link_id] = how
        self.state["conflicts"].pop(link_id, None)
        self.state["days"] = []
        self._forget_wishes(link_id)
        self._set_now.append(link_id)
        if before != value:
            self.emit("answer", linkId=link_id, value=value, how=how, previous=before, at=self.now.isoformat())

    def unset(self, link_ids: Iterable[str]) -> None:
        """Take answers back, to ask again. What was told against one of them is then only to be confirmed."""
        gone = [link_id for link_id in link_ids if link_id in self.answers]
        for link_id in gone:
            del self.answers[link_id]
            self.state["how"].pop(link_id, None)
            self.state["conflicts"].pop(link_id, None)
        told = [fact for fact in self.state["to_resolve"] if fact["linkId"] in gone]
        self.state["to_resolve"] = [fact for fact in self.state["to_resolve"] if fact not in told]
        self.state["prefill"] += self._not_kept(told)
        if gone:
            self.emit("answers_removed", linkIds=gone)

    def leave_unread(self, ref: str, pieces: Sequence[str], *, partly: bool) -> None:
        """Keep what nobody understood of an answer to the group `ref`, until the group is answered."""
        before = self.state.get("unread") or {"ref": ref, "words": [], "partly": False}
        kept = before["words"] if before["ref"] == ref or before["partly"] else []
        partly = partly or (before["ref"] == ref and before["partly"])
        self.state["unread"] = {"ref": ref, "words": list(dict.fromkeys([*kept, *pieces])), "partly": partly}

    def settle(self, fact: Mapping[str, Any]) -> None:
        """A fact mentioned earlier was asked about; the answer is kept by the caller."""
        self.state["prefill"].remove(fact)
        before = self.state.get("settled", ())  # states of before know no such list
        self.state["settled"] = [*(one for one in before if one["linkId"] != fact["linkId"]), fact]
        self._settled_now.append(str(fact["linkId"]))

    def go_back(self) -> None:
        """Take back what the last answering turn set, and ask again about the facts that it settled."""
        link_ids, settled = self.state["trail"].pop(), self.state.get("settled", ())
        self.unset(link_ids)
        again = [fact for fact in settled if fact["linkId"] in link_ids]
        self.state["settled"] = [fact for fact in settled if fact not in again]
        self.state["prefill"] = [*self._not_kept(again), *self.state["prefill"]]

    def open(self, link_id: str) -> None:
        """Have an item's own question asked, whatever its answer was."""
        self.unset([link_id])
        self._forget_wishes(link_id)
        self.state["opened"].append(link_id)

    def prune(self) -> tuple[str, ...]:
        """Drop answers to questions that fell away; those the patient had given (labels are worth a sentence)."""
        dropped = self._flow.dropped(self.answers)
        self.unset(dropped)
        return tuple(link_id for link_id in dropped if self._was.get(link_id) not in (None, "", "N", ["none"]))

    def hear(self, facts: Sequence[Fact]) -> None:
        """Facts beside an answer: against an answer they are a contradiction to ask about, else to be confirmed."""
        for fact in facts:
            known = self.seen.get(fact.link_id)
            if known is None:
                self._keep(fact)
            elif known != fact.value and self._denies(fact.link_id, known):
                self._dispute(fact)

    def ask(self, opened: Open | None) -> None:
        """Put a question outside the usual order, or end that."""
        self.state["asked"] = opened.as_dict() if opened else None

    def close_turn(self) -> None:
        """Remember what this turn answered, for "go back"."""
        if self._set_now or self._settled_now:
            self.state["trail"].append(list(dict.fromkeys([*self._set_now, *self._settled_now])))

    def _forget_wishes(self, link_id: str) -> None:
        self.state["opened"] = [one for one in self.state["opened"] if one != link_id]
        for name in ("prefill", "to_resolve"):
            self.state[name] = [fact for fact in self.state[name] if fact["linkId"] != link_id]

    def _keep(self, fact: Fact) -> None:
        self.state["prefill"] += self._not_kept([_json(fact)])

    def _not_kept(self, facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those about which nothing waits for its confirmation yet."""
        kept = {fact["linkId"] for fact in self.state["prefill"]}
        return [fact for fact in facts if fact["linkId"] not in kept]

    def _dispute(self, fact: Fact) -> None:
        asked = [*self.state["to_resolve"], *({"linkId": link_id} for link_id in self.state["conflicts"])]
        if all(known["linkId"] != fact.link_id for known in asked):
            self.state["to_resolve"].append(_json(fact))
            self.emit("contradiction", linkId=fact.link_id, words=fact.words)

    def _denies(self, link_id: str, value: Value) -> bool:
        return value in (none := self._questionnaire.none_codes.get(link_id, "N"), [none])


def _json(fact: Fact) -> dict[str, Any]:
    return {"linkId": fact.link_id, "value": fact.value, "words": fact.words}
