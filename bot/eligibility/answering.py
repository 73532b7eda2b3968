"""What a turn says to the open question: picked choices, typed words, corrections, facts said in passing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue import Turn
from bot.eligibility.commands import Commands
from bot.eligibility.flow import Flow, Open
from bot.eligibility.questionnaire import Item, Questionnaire, Screen
from bot.eligibility.reading import Mention, Reader
from bot.eligibility.record import Fact, Record
from bot.eligibility.render import NO, UNSURE, YES, Renderer
from bot.eligibility.values import AnswerError, Value, enabled, read_value

SENTENCES = re.compile(r"(?<=[.!?؟])\s+|\n+")
NEW_VALUE = re.compile(r"\bto (yes|no)\b|:\s*(yes|no)\b", re.IGNORECASE)
# Topics that are never an answer, however well the words fit one.
ALWAYS_ASIDE = (
    "human_handoff",
    "emergency_red_flag",
    "post_treatment_concern",
    "complaint_refund",
    "reschedule_cancel",
)
# Topics that say nothing: such a text was an attempt to answer.
NO_TOPIC = ("unclear_fragment", "start_eligibility")
# A list of medicines may look like one of these topics; about any other topic it is a side question.
ABOUT_MEDICINES = (
    *NO_TOPIC,
    "blood_thinners_painkillers",
    "medicines_other",
    "medical_conditions",
    "skin_conditions",
    "allergies",
    "pregnancy_breastfeeding",
    "out_of_scope_medical",
    "out_of_scope_other",
    "greeting_smalltalk",
    "ingredients_products",
    "pre_care",
)
NAMES_OF_MEDICINES = ("meds.thinner.name", "meds.list")


@dataclass(frozen=True)
class Outcome:
    """taken: go on; missed: not understood (`say` why); aside: not for us; refused: consent or a gate was declined.

    `question`: the message also asked something, which somebody else answers before we go on.
    """

    kind: str
    link_id: str | None = None
    say: tuple[str, ...] = ()
    question: bool = False


TAKEN, MISSED, ASIDE = Outcome("taken"), Outcome("missed"), Outcome("aside")


class Answering:
    """Applies a turn to a record. Stateless itself."""

    def __init__(
        self, questionnaire: Questionnaire, flow: Flow, reader: Reader, commands: Commands, renderer: Renderer
    ) -> None:
        self._questionnaire = questionnaire
        self._flow = flow
        self._reader = reader
        self._commands = commands
        self._renderer = renderer

    # ---- picked

    def picked(self, record: Record, opened: Open, parts: Sequence[Sequence[str]]) -> Outcome:
        """Choice ids, split at their colons; those of one question."""
        name = parts[0][1]
        values = [part[2] for part in parts if len(part) > 2 and part[1] == name]
        if not values:
            return MISSED
        record.ask(None)
        if name == "change":
            return self._change(record, values[0])
        if name == "note":
            record.ask(Open("item", values[0]))
            return TAKEN
        if name in ("prefill", "conflict"):
            answer = parts[0][3] if len(parts[0]) > 3 else ""
            return (self._prefilled if name == "prefill" else self._resolved)(record, values[0], answer)
        if name == "unsure":
            return self._unsure_of(record, self._screen(values[0]), [part[3] for part in parts if len(part) > 3])
        if name in self._questionnaire.items:
            return self._picked_item(record, self._item(name), values)
        return self._picked_lines(record, self._screen(name), values)

    def declined(self, record: Record, opened: Open) -> Outcome:
        """ "Prefer not to say": the clinician asks; a gate ends the questionnaire (ruling 3)."""
        record.ask(None)
        if opened.kind == "consent":
            return Outcome("refused", "consent.health")
        if opened.kind in ("group", "unsure"):
            screen = self._screen(opened.ref)
            if self._is_gate(screen):
                return Outcome("refused", screen.ref)
            self._fill(record, screen, "asked-declined")
        elif opened.kind == "conflict":
            return self._resolved(record, opened.ref, UNSURE)
        elif opened.kind != "change":
            if self._item(opened.ref).is_gate:
                return Outcome("refused", opened.ref)
            record.set(opened.ref, "asked-declined", "chosen")
        return Outcome("taken", opened.ref, ("skipped",))

    # ---- typed

    def typed(self, record: Record, opened: Open, turn: Turn, disclosed: Sequence[Fact]) -> Outcome:
        """A typed message that is no command."""
        if record.state["finished"]:
            return self._after_the_end(record, turn, disclosed)
        numbered = self._numbered(record, opened, turn.text)
        if numbered:
            return self.picked(record, opened, numbered)
        short = self._commands.answer(turn.text)
        if opened.kind == "consent":
            return self._consented(record, turn, short or self._commands.lead(turn.text))
        if _topic(turn) in ALWAYS_ASIDE and turn.certainty == "sure" and short is None:
            return ASIDE
        asked, told = self._split(turn.text)
        if not told:
            return self._heard(record, disclosed, ASIDE, asked=True)
        corrected = self._corrected(record, opened, told)
        if corrected:
            return corrected
        before = dict(record.answers)
        outcome = self._read(record, opened, told, turn)
        if outcome.kind == "taken":
            touched = {link_id for link_id, value in record.answers.items() if before.get(link_id) != value}
            facts = [*disclosed, *self._medicine_facts(opened, told)]
            record.hear([self.sharpened(fact) for fact in facts if fact.link_id not in touched])
            return replace(outcome, question=asked)
        fallback = ASIDE if asked or self._is_aside(turn) else outcome
        facts = [*disclosed, *(self._facts(self._reader.mentions(told), told) if not outcome.say else ())]
        return self._heard(record, facts, fallback, asked=asked)

    def sharpened(self, fact: Fact) -> Fact:
        """A fact whose value is a code of its item, as far as its words tell which."""
        item = self._item(fact.link_id)
        if fact.value == "Y" and not any(option.code == "Y" for option in item.options):
            named = [one.code for one in self._reader.mentions(fact.words, [fact.link_id]) if one.code]
            return Fact(fact.link_id, named[0], fact.words) if named else fact
        if fact.value == "N":
            return Fact(fact.link_id, self._reader.denied_code(item) or "N", fact.words)
        return fact

    def _consented(self, record: Record, turn: Turn, short: str | None) -> Outcome:
        if short == YES:
            return self._consent(record)
        if short in (NO, "none"):
            return Outcome("refused", "consent.health")
        aside = self._commands.is_question(turn.text) or self._is_aside(turn)
        return ASIDE if aside and short is None else MISSED

    def _consent(self, record: Record) -> Outcome:
        at = record.now.isoformat()
        version = self._questionnaire.notice
        record.state["consent"] = {"version": version, "at": at}
        record.emit("consent_given", version=version, at=at, language=record.state["language"])
        record.set("consent.health", True, "chosen")
        return Outcome("taken", "consent.health", ("intro",))

    def _read(self, record: Record, opened: Open, text: str, turn: Turn) -> Outcome:
        if opened.kind == "item":
            return self._read_item(record, self._item(opened.ref), text, turn)
        if opened.kind == "group":
            return self._read_group(record, self._screen(opened.ref), text)
        if opened.kind == "unsure":
            screen = self._screen(opened.ref)
            named = {mention.item for mention in self._reader.mentions(text, {pick.item for pick in screen.picks})}
            return self._unsure_of(record, screen, sorted(named)) if named else MISSED
        short = self._commands.answer(text) or self._commands.lead(text)
        if opened.kind in ("prefill", "conflict"):
            if short is None:
                return self._read_item(record, self._item(opened.ref), text, turn)
            answer = {"yes": YES, "unsure": UNSURE}.get(short, NO)
            return (self._prefilled if opened.kind == "prefill" else self._resolved)(record, opened.ref, answer)
        if opened.kind == "review" and short == YES:
            record.set("final.confirm", True, "typed")
            return Outcome("taken", "final.confirm")
        if opened.kind == "review" and short in (NO, "none"):
            record.ask(Open("change", "change"))
            return TAKEN
        mentions = self._reader.mentions(text)
        return self._apply(record, mentions, text, rename=opened.kind == "change") if mentions else MISSED

    def _read_item(self, record: Record, item: Item, text: str, turn: Turn) -> Outcome:
        if item.link_id in NAMES_OF_MEDICINES and self._is_aside(turn, ABOUT_MEDICINES):
            return ASIDE
        reading = self._reader.read_item(item, text, turn.now.date())
        if reading.refused:
            return Outcome("missed", say=(reading.refused,))
        if reading.days:
            record.state["days"] = [day.isoformat() for day in reading.days]
            return TAKEN
        if reading.value is None:
            return Outcome("missed", say=("not_a_date",)) if item.type == "date" else MISSED
        record.ask(None)
        record.set(item.link_id, reading.value, "typed")
        if item.link_id == "meds.thinner" and reading.value == "Y":
            self._name_thinner(record, text)
        return Outcome("taken", item.link_id)

    def _read_group(self, record: Record, screen: Screen, text: str) -> Outcome:
        picks = self._flow.open_picks(screen, record.state)
        text_item = "meds.list" if any(pick.item == "meds.list" for pick in picks) else None
        reading = self._reader.read_group(picks, text, text_item)
        if reading.which:
            return Outcome("missed", say=("which_ones",))
        if reading.unsure:
            if self._is_gate(screen):
                return MISSED
            record.ask(Open("unsure", screen.ref))
            return TAKEN
        if not reading.found:
            return MISSED
        for link_id, value in reading.answers.items():
            record.set(link_id, value, "typed")
        for link_id in reading.opened:
            record.open(link_id)
        if reading.rest == "none":
            self._fill_none(record, screen)
            return Outcome("taken", screen.ref)
        return Outcome("taken", screen.ref, ("any_other",) if self._flow.open_picks(screen, record.state) else ())

    # ---- corrections and facts

    def _corrected(self, record: Record, opened: Open, text: str) -> Outcome | None:
        """ "Actually I do take aspirin", "change my answer about pregnancy"."""
        rename = self._commands.is_renaming(text)
        if not rename and not self._commands.is_correction(text):
            return None
        mentions = self._all_mentions(text)
        if not rename:
            # What the open question asks is answered, not corrected.
            asked = self._asked_items(record, opened)
            mentions = [mention for mention in mentions if mention.item not in asked]
        if not mentions:
            if rename:
                record.ask(Open("change", "change"))
                return TAKEN
            return None
        return self._apply(record, mentions, text, rename=rename)

    def _apply(self, record: Record, mentions: Sequence[Mention], text: str, *, rename: bool) -> Outcome:
        record.ask(None)
        if rename:
            mentions = mentions[:1]
        new = NEW_VALUE.search(text)
        for mention in mentions:
            item = self._item(mention.item)
            code = mention.code
            if rename:
                code = None if new is None else {"yes": "Y", "no": "N"}[(new[1] or new[2]).casefold()]
            value = self._legal(item, code)
            if mention.item in record.answers and value is not None:
                record.set(mention.item, value, "typed")
                if mention.item == "meds.thinner" and value == "Y":
                    self._name_thinner(record, text)
            elif mention.item in record.answers:
                self._ask_anew(record, item)
            else:
                record.hear(self._facts([mention], text))
        return Outcome("taken", mentions[0].item, ("changed",) if not rename or new else ())

    def _ask_anew(self, record: Record, item: Item) -> None:
        if enabled(item, record.seen):
            record.open(item.link_id)
            record.ask(Open("item", item.link_id))

    def _after_the_end(self, record: Record, turn: Turn, disclosed: Sequence[Fact]) -> Outcome:
        """A finished form takes corrections only; everything else is somebody else's."""
        asked, told = self._split(turn.text)
        if not told or asked:
            return ASIDE
        return self._corrected(record, Open("finished", ""), told) or ASIDE

    def _heard(self, record: Record, facts: Sequence[Fact], fallback: Outcome, *, asked: bool) -> Outcome:
        """Nothing was answered; but facts may have been told that concern other questions."""
        before = (list(record.state["prefill"]), list(record.state["to_resolve"]))
        record.hear([self.sharpened(fact) for fact in facts])
        if before == (record.state["prefill"], record.state["to_resolve"]):
            return fallback
        return Outcome("taken", None, ("noted",), question=asked)

    def _facts(self, mentions: Sequence[Mention], text: str) -> list[Fact]:
        words = text if len(text) <= 80 else ", ".join(dict.fromkeys(mention.words for mention in mentions))
        return [
            Fact(mention.item, mention.code or "Y", words)
            for mention in mentions
            if mention.code is not None or self._reader.affirmed_code(self._item(mention.item)) is None
        ]

    def _medicine_facts(self, opened: Open, text: str) -> list[Fact]:
        """Medicines named in an answer, as facts about the questions they belong to. An allergy is no intake."""
        if opened.ref.startswith("allergy.") or opened.ref in ("la.problem", "past.reaction"):
            return []
        facts = []
        for hit in self._reader.medicines(text).hits:
            item = self._questionnaire.items.get(hit.item or "")
            if item and item.options:
                code = self._reader.affirmed_code(item) or "Y"
                facts.append(Fact(item.link_id, code, text[hit.span[0] : hit.span[1]]))
        return facts

    def _all_mentions(self, text: str) -> list[Mention]:
        named = self._reader.mentions(text)
        known = {mention.item for mention in named}
        extra = [
            Mention(fact.link_id, self._reader.affirmed_code(self._item(fact.link_id)), fact.words)
            for fact in self._medicine_facts(Open("item", ""), text)
            if fact.link_id not in known
        ]
        return [*named, *extra]

    def _prefilled(self, record: Record, link_id: str, answer: str) -> Outcome:
        fact = next((fact for fact in record.state["prefill"] if fact["linkId"] == link_id), None)
        if fact is None:
            return MISSED
        item = self._item(link_id)
        record.state["prefill"].remove(fact)
        if answer == UNSURE:
            record.set(link_id, "asked-unknown", "confirmed")
            return Outcome("taken", link_id)
        if answer != YES:
            # "Not right" says nothing about the answer: the question is asked in its turn.
            record.emit("prefill_rejected", linkId=link_id, words=fact["words"])
            return Outcome("taken", link_id, ("noted",))
        record.emit("prefill_confirmed", **fact)
        value = self._legal(item, fact["value"])
        if value is None:
            record.open(link_id)
            return Outcome("taken", link_id)
        record.set(link_id, value, "confirmed")
        if link_id == "meds.thinner" and value == "Y":
            self._name_thinner(record, fact["words"])
        return Outcome("taken", link_id)

    def _resolved(self, record: Record, link_id: str, answer: str) -> Outcome:
        clash = next((clash for clash in record.state["to_resolve"] if clash["linkId"] == link_id), None)
        if clash is None:
            return MISSED
        item = self._item(link_id)
        record.state["to_resolve"].remove(clash)
        if answer == YES:
            value = self._legal(item, clash["value"])
            if value is None:
                self._ask_anew(record, item)
            else:
                record.set(link_id, value, "confirmed")
                if link_id == "meds.thinner":
                    self._name_thinner(record, clash["words"])
            return Outcome("taken", link_id)
        if answer == UNSURE:
            record.set(link_id, "asked-unknown", "chosen")
            return Outcome("taken", link_id)
        # The words still stand against the answer: asked once, then it is the clinician's (ruling 9).
        record.state["conflicts"][link_id] = clash["words"]
        record.emit("contradiction_kept", linkId=link_id, words=clash["words"])
        return Outcome("taken", link_id, ("noted",))

    # ---- small things

    def _picked_item(self, record: Record, item: Item, codes: Sequence[str]) -> Outcome:
        if item.link_id == "consent.health":
            return self._consent(record) if codes == ["true"] else Outcome("refused", item.link_id)
        if item.link_id == "final.confirm" and codes == ["false"]:
            record.ask(Open("change", "change"))
            return TAKEN
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

    def _picked_lines(self, record: Record, screen: Screen, values: Sequence[str]) -> Outcome:
        if len(values) > 1 and {"none", "unsure", "declined"} & set(values):
            return Outcome("missed", say=("which_ones",))
        if values[0] == "declined":
            return self.declined(record, Open("group", screen.ref))
        if values[0] == "unsure":
            record.ask(Open("unsure", screen.ref))
            return TAKEN
        if not self._flow.open_picks(screen, record.state):
            # An earlier group picked anew is a new answer to all of it.
            record.unset(self._flow.members(screen))
        if values[0] != "none":
            for value in values:
                link_id, _, code = value.partition("=")
                if code:
                    record.set(link_id, code, "chosen")
                else:
                    record.open(link_id)
        self._fill_none(record, screen)
        return Outcome("taken", screen.ref)

    def _unsure_of(self, record: Record, screen: Screen, link_ids: Sequence[str]) -> Outcome:
        record.ask(None)
        for link_id in link_ids:
            record.set(link_id, "asked-unknown", "chosen")
        self._fill_none(record, screen)
        return Outcome("taken", screen.ref, ("skipped",))

    def _change(self, record: Record, ref: str) -> Outcome:
        if ref in self._questionnaire.items and ref not in {one.ref for one in self._questionnaire.screens}:
            self._ask_anew(record, self._item(ref))
        else:
            record.unset(self._flow.members(self._screen(ref)))
        return Outcome("taken", ref)

    def _fill_none(self, record: Record, screen: Screen) -> None:
        for link_id in dict.fromkeys(pick.item for pick in self._flow.open_picks(screen, record.state)):
            record.set(link_id, self._questionnaire.none_codes.get(link_id, "N"), "chosen")

    def _fill(self, record: Record, screen: Screen, value: Value) -> None:
        for link_id in dict.fromkeys(pick.item for pick in self._flow.open_picks(screen, record.state)):
            record.set(link_id, value, "chosen")

    def _name_thinner(self, record: Record, text: str) -> None:
        """The name came with the answer: it is not asked for again."""
        name = self._reader.thinner_name(text)
        if name and "meds.thinner.name" not in record.answers:
            record.set("meds.thinner.name", name, "typed")

    def _numbered(self, record: Record, opened: Open, text: str) -> list[list[str]]:
        """ "1 and 3" as picks of what is shown; numbers that name nothing shown are left to be read as words."""
        numbers = self._reader.numbers(text)
        if not numbers or (opened.kind == "item" and self._item(opened.ref).type == "date"):
            return []
        shown = self._renderer.question(opened, record.state).choices
        if any(not 1 <= number <= len(shown) for number in numbers):
            return []
        parts = [shown[number - 1].id.split(":") for number in numbers]
        return [part for part in parts if part[0] == "questionnaire"]

    def _split(self, text: str) -> tuple[bool, str]:
        """(did the message ask something?, what it told)."""
        sentences = [sentence for sentence in SENTENCES.split(text) if sentence.strip()]
        told = [sentence for sentence in sentences if not self._commands.is_question(sentence)]
        return len(told) < len(sentences), " ".join(told)

    def _is_aside(self, turn: Turn, but: Sequence[str] = NO_TOPIC) -> bool:
        return bool(turn.topics) and turn.certainty in ("sure", "unsure") and turn.topics[0] not in but

    def _asked_items(self, record: Record, opened: Open) -> set[str]:
        if opened.kind == "group":
            return {pick.item for pick in self._flow.open_picks(self._screen(opened.ref), record.state)}
        return {opened.ref}

    def _legal(self, item: Item, value: Value | None) -> Value | None:
        try:
            return read_value(item, value, date.min)
        except AnswerError:
            return None

    def _is_gate(self, screen: Screen) -> bool:
        return any(self._item(pick.item).is_gate for pick in screen.picks)

    def _screen(self, ref: str) -> Screen:
        return next(screen for screen in self._questionnaire.screens if screen.ref == ref)

    def _item(self, link_id: str) -> Item:
        return self._questionnaire.items[link_id]


def _topic(turn: Turn) -> str:
    return turn.topics[0] if turn.topics else ""
