"""Picked choices, and what they settle: answers, group lines, facts confirmed, contradictions resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.eligibility.flow import Flow, Open
from bot.eligibility.questionnaire import ABSENT, Item, Questionnaire, Screen
from bot.eligibility.reading import Reader
from bot.eligibility.record import Record
from bot.eligibility.render import UNSURE, YES
from bot.eligibility.values import AnswerError, Value, codes_of, enabled, read_value

ALONE = {"none", "unsure", "declined"}  # lines of a group that go with no other
TO_CLINICIAN = "clinician"  # the line "something else": what was not understood goes to the clinician as it was typed


@dataclass(frozen=True)
class Outcome:
    """taken: go on; missed: not understood (`say` why); aside: not for us; refused: consent or a gate was declined;
    same, unanswered: how the re-check before an appointment ended.

    `question`: the message also asked something, which somebody else answers before we go on.
    """

    kind: str
    link_id: str | None = None
    say: tuple[str, ...] = ()
    question: bool = False


TAKEN, MISSED, ASIDE = Outcome("taken"), Outcome("missed"), Outcome("aside")


class Picking:
    """Applies picks to a record. Stateless itself."""

    def __init__(self, questionnaire: Questionnaire, flow: Flow, reader: Reader) -> None:
        self._questionnaire = questionnaire
        self._flow = flow
        self._reader = reader

    @property
    def items(self) -> Mapping[str, Item]:
        """Every item by its linkId."""
        return self._questionnaire.items

    def picked(self, record: Record, parts: Sequence[Sequence[str]]) -> Outcome:
        """Choice ids, split at their colons; those of one question."""
        name = parts[0][1]
        values = [part[2] for part in parts if len(part) > 2 and part[1] == name]
        last = [part[3] for part in parts if len(part) > 3]
        if not values or not self._is_known(name, values, last):
            return MISSED
        if name == "recheck":
            return self._rechecked(record, values)
        record.ask(None)
        if name in ("change", "note"):
            return self._change(record, values[0]) if name == "change" else self._noted(record, values[0])
        if name in ("prefill", "conflict"):
            settle = self.prefilled if name == "prefill" else self.resolved
            return settle(record, values[0], "".join(last))
        if name == "unsure":
            return self.unsure_of(record, self.screen(values[0]), last)
        return self._answered(record, name, values)

    def declined(self, record: Record, opened: Open) -> Outcome:
        """ "Prefer not to say": the clinician asks; a gate ends the questionnaire (ruling 3)."""
        record.ask(None)
        said = Outcome("taken", opened.ref, ("skipped",))
        if opened.kind in ("group", "unsure"):
            screen = self.screen(opened.ref)
            if self.is_gate(screen):
                return Outcome("refused", screen.ref)
            for link_id in self._waiting(record, screen):
                record.set(link_id, "asked-declined", "chosen")
            return replace(said, say=("skipped", *self.fill_none(record, screen)))
        if opened.kind == "conflict":
            return self.resolved(record, opened.ref, UNSURE)
        if opened.kind in ("change", "recheck"):
            return said if opened.kind == "change" else Outcome("unanswered")
        if opened.kind == "consent" or self.item(opened.ref).is_gate:
            return Outcome("refused", opened.ref)
        record.set(opened.ref, "asked-declined", "chosen")
        return said

    def consent(self, record: Record) -> Outcome:
        """The clear yes, with the notice that was shown."""
        at = record.now.isoformat()
        version = self._questionnaire.notice
        record.state["consent"] = {"version": version, "at": at}
        record.emit("consent_given", version=version, at=at, language=record.state["language"])
        record.set("consent.health", True, "chosen")
        return Outcome("taken", "consent.health", ("intro",))

    def meant(self, record: Record, answer: str) -> Outcome | None:
        """ "Sorry, I meant no": the answer before is changed; one that a word cannot tell is asked again."""
        before = [link_id for link_id in (record.state["trail"] or [[]])[-1] if link_id in record.answers]
        if not before or "consent.health" in before:
            return None
        screen = self._questionnaire.screen_of(before[0])
        value = {"yes": "Y", "no": "N", "none": "N", "unsure": ABSENT[0]}.get(answer)
        if before == ["final.confirm"]:
            record.ask(Open("change", "change"))
            return TAKEN
        if len(before) == 1 and self.legal(before[0], value) is not None:
            record.set(before[0], self.legal(before[0], value) or "", "typed")
            return Outcome("taken", before[0], ("changed",))
        record.unset(before)
        if value == "N" and screen.kind == "group" and not self.is_gate(screen):
            self.fill_none(record, screen)
            return Outcome("taken", screen.ref, ("changed",))
        return Outcome("taken", screen.ref, ("noted",))

    def prefilled(self, record: Record, link_id: str, answer: str) -> Outcome:
        """The answer to "You mentioned ... Is that right?"."""
        fact = next((fact for fact in record.state["prefill"] if fact["linkId"] == link_id), None)
        if fact is None:
            return MISSED
        record.settle(fact)
        if answer == UNSURE:
            record.set(link_id, "asked-unknown", "confirmed")
            return Outcome("taken", link_id)
        if answer != YES:
            # "Not right" says nothing about the answer: the question is asked in its turn.
            record.emit("prefill_rejected", linkId=link_id, words=fact["words"])
            return Outcome("taken", link_id, ("noted",))
        record.emit("prefill_confirmed", **fact)
        value = self.legal(link_id, fact["value"])
        if value is None:
            record.open(link_id)
        else:
            record.set(link_id, value, "confirmed")
            self.name_thinner(record, link_id, fact["words"])
        return Outcome("taken", link_id)

    def resolved(self, record: Record, link_id: str, answer: str) -> Outcome:
        """The answer to "Earlier you said no ... Does it apply to you?"."""
        clash = next((clash for clash in record.state["to_resolve"] if clash["linkId"] == link_id), None)
        if clash is None:
            return MISSED
        record.state["to_resolve"].remove(clash)
        if answer == UNSURE:
            record.set(link_id, "asked-unknown", "chosen")
            return Outcome("taken", link_id)
        if answer != YES:
            # The words still stand against the answer: asked once, then it is the clinician's (ruling 9).
            record.state["conflicts"][link_id] = clash["words"]
            record.emit("contradiction_kept", linkId=link_id, words=clash["words"])
            return Outcome("taken", link_id, ("noted",))
        value = self.legal(link_id, clash["value"])
        if value is None:
            self.ask_anew(record, link_id)
        else:
            record.set(link_id, value, "confirmed")
            self.name_thinner(record, link_id, clash["words"])
        return Outcome("taken", link_id)

    def unsure_of(self, record: Record, screen: Screen, link_ids: Sequence[str]) -> Outcome:
        """The lines of a group that the patient is not sure about; the others are none."""
        record.ask(None)
        for link_id in link_ids:
            record.set(link_id, "asked-unknown", "chosen")
        return Outcome("taken", screen.ref, ("skipped", *self.fill_none(record, screen)))

    def fill_none(self, record: Record, screen: Screen, *, pass_on: bool = False) -> tuple[str, ...]:
        """What was not picked from a group is a "none of these". What to say about words that were not understood."""
        for link_id in self._waiting(record, screen):
            record.set(link_id, self._questionnaire.none_codes.get(link_id, "N"), "chosen")
        unread = record.state.get("unread")
        if not unread or unread["ref"] != screen.ref:
            return ()
        if not (unread["partly"] or pass_on):
            record.state["unread"] = None
            return ()
        return self.pass_on(record, screen.ref, unread["words"])

    def pass_on(self, record: Record, ref: str, pieces: Sequence[str]) -> tuple[str, ...]:
        """Into the note for the clinician, who has to look at it: unknown is no "no". What to say about it."""
        if not pieces:
            return ()
        record.leave_unread(ref, pieces, partly=True)
        words = record.state["unread"]["words"]
        before = record.answers.get("final.other")
        said = [str(before)] if before and before not in ABSENT else []
        note = "; ".join([*said, *words])[: self.item("final.other").max_length]
        record.set("final.other", note, "typed")
        record.state["conflicts"]["final.other"] = "; ".join(words)
        return ("passed_on",)

    def ask_anew(self, record: Record, link_id: str) -> None:
        """Ask an item's own question now, if it counts."""
        if enabled(self.item(link_id), record.seen):
            record.open(link_id)
            record.ask(Open("item", link_id))

    def name_thinner(self, record: Record, link_id: str, words: str) -> None:
        """The name came with the answer "yes, a blood thinner": it is not asked for again."""
        name = self._reader.thinner_name(words)
        if link_id == "meds.thinner" and record.answers[link_id] == "Y" and name:
            record.set("meds.thinner.name", name, record.state["how"][link_id])

    def legal(self, link_id: str, value: Value | None) -> Value | None:
        """The value if the item takes it."""
        try:
            return read_value(self.item(link_id), value, date.min)
        except AnswerError:
            return None

    def is_harmless(self, link_id: str, value: Value) -> bool:
        """An answer that sets nothing off and opens no other question ("any allergy" asks which). One that the item
        does not know needs its question, so it is none.
        """
        item = self.item(link_id)
        legal = self.legal(link_id, value)
        outcomes = {
            effect.outcome
            for effect in self._questionnaire.effects_of(item)
            if legal is not None and set(codes_of(legal)) & {str(code) for code in effect.codes}
        }
        return legal is not None and outcomes <= {"no_flag"} and not self._opens(link_id, legal)

    def _opens(self, link_id: str, value: Value) -> bool:
        asked = (when for item in self.items.values() for when in item.enable_when if when.question == link_id)
        return any(when.operator == "=" and when.answer in codes_of(value) for when in asked)

    def is_gate(self, screen: Screen) -> bool:
        """Is it a screen whose questions cannot be declined?"""
        return any(self.item(pick.item).is_gate for pick in screen.picks)

    def screen(self, ref: str) -> Screen:
        """The screen of that name."""
        return next(screen for screen in self._questionnaire.screens if screen.ref == ref)

    def item(self, link_id: str) -> Item:
        """The item of that linkId."""
        return self._questionnaire.items[link_id]

    def _is_known(self, name: str, values: Sequence[str], last: Sequence[str]) -> bool:
        """Ids are our own, but may be those of an older version of the questionnaire."""
        screens = {screen.ref: screen for screen in self._questionnaire.screens}
        if name == "unsure":
            asked = [screens[value] for value in values if value in screens]
            return len(asked) == len(values) and {pick.item for screen in asked for pick in screen.picks} >= set(last)
        if name in ("change", "note", "prefill", "conflict", "recheck"):
            own = ("same", "unanswered", "other") if name == "recheck" else screens
            return all(value in own or value in self.items for value in values)
        if name in self.items:
            return True
        lines = (
            {f"{pick.item}={pick.code or ''}" for pick in screens[name].picks} | ALONE | {TO_CLINICIAN}
            if name in screens
            else set()
        )
        return all(value in lines for value in values)

    def _answered(self, record: Record, name: str, values: Sequence[str]) -> Outcome:
        if name == "consent.health":
            return self.consent(record) if values == ["true"] else Outcome("refused", name)
        if name in self._questionnaire.items:
            return self._item_answered(record, self.item(name), values)
        return self._lines_picked(record, self.screen(name), values)

    def _item_answered(self, record: Record, item: Item, codes: Sequence[str]) -> Outcome:
        given: object = list(codes) if item.repeats else codes[0]
        if codes == ["none"] and not item.options:
            given = ""
        try:
            value = read_value(item, given, record.now.date())
        except AnswerError as error:
            return Outcome("missed", say=("which_ones",) if error.name == "contradiction" else ())
        if value is None:
            return MISSED
        record.set(item.link_id, value, "chosen")
        return Outcome("taken", item.link_id)

    def _lines_picked(self, record: Record, screen: Screen, values: Sequence[str]) -> Outcome:
        if len(values) > 1 and ALONE & set(values):
            return Outcome("missed", say=("which_ones",))
        if values[0] == "declined":
            return self.declined(record, Open("group", screen.ref))
        if values[0] == "unsure":
            record.ask(Open("unsure", screen.ref))
            return TAKEN
        if not self._flow.open_picks(screen, record.state):
            # An earlier group picked anew is a new answer to all of it.
            record.unset(self._flow.members(screen))
        for value in values if values[0] != "none" else ():
            if value == TO_CLINICIAN:
                continue
            link_id, _, code = value.partition("=")
            if code:
                record.set(link_id, self._worse(record, link_id, code), "chosen")
            else:
                record.open(link_id)
        return Outcome("taken", screen.ref, self.fill_none(record, screen, pass_on=TO_CLINICIAN in values))

    def _worse(self, record: Record, link_id: str, code: str) -> str:
        """Two lines of one item picked together ("possibly pregnant" and "trying"): the graver one is kept."""
        before = record.answers.get(link_id)
        if before is None or not isinstance(before, str) or link_id not in record.set_now:
            return code
        order = self._questionnaire.precedence
        outcomes = {
            one: effect.outcome for effect in self._questionnaire.effects_of(self.item(link_id)) for one in effect.codes
        }
        return min((before, code), key=lambda one: order.index(outcomes.get(one, "no_flag")))

    def _rechecked(self, record: Record, values: Sequence[str]) -> Outcome:
        """What has changed since the form was filled in is asked anew."""
        if values in (["same"], ["unanswered"]):
            return Outcome(values[0])
        if {"same", "unanswered"} & set(values):
            return Outcome("missed", say=("which_ones",))
        changed = [link_id for link_id in values if link_id != "other"]
        record.ask(Open("change", "change") if "other" in values else None)
        for link_id in changed:
            record.open(link_id)
        return Outcome("taken", changed[0] if changed else None, ("noted",))

    def _noted(self, record: Record, link_id: str) -> Outcome:
        record.ask(Open("item", link_id))
        return TAKEN

    def _change(self, record: Record, ref: str) -> Outcome:
        if any(screen.ref == ref for screen in self._questionnaire.screens):
            record.unset(self._flow.members(self.screen(ref)))
        else:
            self.ask_anew(record, ref)
        return Outcome("taken", ref)

    def _waiting(self, record: Record, screen: Screen) -> list[str]:
        return list(dict.fromkeys(pick.item for pick in self._flow.open_picks(screen, record.state)))
