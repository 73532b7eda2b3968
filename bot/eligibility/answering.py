"""What typed words do: answer the open question, correct another, tell facts in passing, or belong to somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.dialogue import Turn
from bot.eligibility.commands import Commands
from bot.eligibility.dates import read_age
from bot.eligibility.flow import Flow, Open
from bot.eligibility.folding import normal
from bot.eligibility.naming import Mention
from bot.eligibility.picking import ASIDE, MISSED, TAKEN, Outcome, Picking
from bot.eligibility.questionnaire import ABSENT, Item, Screen
from bot.eligibility.reading import ADULT, GroupReading, Reader
from bot.eligibility.record import Fact, Record
from bot.eligibility.render import NO, QUOTABLE, UNSURE, YES, Renderer, names_of
from bot.eligibility.values import Value

SENTENCES = re.compile(r"(?<=[.!?؟])\s+|\n+")
NEW_VALUE = re.compile(r"\bto (yes|no)\b|:\s*(yes|no)\b", re.IGNORECASE)
# Topics that are never an answer, however well the words fit one.
ELSEWHERE = ("human_handoff", "emergency_red_flag", "post_treatment_concern", "complaint_refund", "reschedule_cancel")
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
AREA = "request.area"
UNKNOWN = ABSENT[0]
NAMES_OF_MEDICINES = ("meds.thinner.name", "meds.list")


class Answering:
    """Applies typed words to a record. Stateless itself."""

    def __init__(self, flow: Flow, reader: Reader, commands: Commands, renderer: Renderer, picking: Picking) -> None:
        self._flow = flow
        self._reader = reader
        self._commands = commands
        self._renderer = renderer
        self._picking = picking

    def typed(self, record: Record, opened: Open, turn: Turn, disclosed: Sequence[Fact]) -> Outcome:
        """A typed message that is no command."""
        if record.state["finished"] and opened.kind != "recheck":
            return self._after_the_end(record, turn, disclosed)
        numbered = self._numbered(record, opened, turn.text)
        if numbered:
            return self._picking.picked(record, numbered)
        if opened.kind == "consent":
            return self._consented(turn)(record)
        about = turn.topics[0] if turn.topics and turn.certainty == "sure" else None
        if about in ELSEWHERE and not self._commands.answer(turn.text):
            return ASIDE
        told = self._split(turn.text)[1]
        if not told:
            return self._heard(record, self.grave(disclosed), ASIDE, asked=True)
        return self._corrected(record, opened, told, turn) or self._told(record, opened, turn, told, disclosed)

    def _told(self, record: Record, opened: Open, turn: Turn, told: str, disclosed: Sequence[Fact]) -> Outcome:
        asked, asked_items = self._split(turn.text)[0], self._asked_items(record, opened)
        before = dict(record.answers)
        if opened.ref == AREA:  # "hair" says where, not what is wrong with it
            disclosed = [fact for fact in disclosed if not fact.link_id.startswith("hair.")]
        outcome = self._read(record, opened, told, turn)
        denied = any((fact.link_id, fact.value) == (opened.ref, "N") for fact in disclosed)
        if denied and outcome.kind == "missed" and opened.kind in ("prefill", "conflict"):
            outcome = self._read_claim(record, opened, told, turn, NO)  # "je ne suis pas enceinte"
        if outcome.kind in ("same", "unanswered"):
            return outcome
        if outcome.kind == "taken":
            touched = {link_id for link_id, value in record.answers.items() if before.get(link_id) != value}
            touched |= set(record.state["opened"])
            facts = [
                *self.grave(disclosed),
                *self._medicine_facts(opened, told),
                *self.grave(self._beside(opened, asked_items, told)),
            ]
            record.hear([self.sharpened(fact) for fact in facts if fact.link_id not in touched])
            return replace(outcome, question=asked)
        fallback = ASIDE if asked or self._is_aside(turn) else outcome
        others = [one for one in self._reader.mentions(told, asked_items) if one.item not in asked_items]
        facts = self.grave([*disclosed, *(self._facts(others, told) if not outcome.say else ())])
        return self._heard(record, facts, fallback, asked=asked)

    def sharpened(self, fact: Fact) -> Fact:
        """A fact whose value is a code of its item, as far as its words tell which."""
        item = self._picking.item(fact.link_id)
        if fact.value != "N" and self._picking.legal(fact.link_id, fact.value) is None:
            # A medicine's name, or a plain "yes" to a question that wants to know more.
            fact = replace(fact, value=self._reader.affirmed_code(item) or "Y")
        if fact.value == "Y" and not any(option.code == "Y" for option in item.options):
            named = [one.code for one in self._reader.mentions_of(fact.words, [fact.link_id]) if one.code]
            return Fact(fact.link_id, named[0], fact.words) if named else fact
        if fact.value == "N" and not any(option.code == "N" for option in item.options):
            return Fact(fact.link_id, self._reader.denied_code(item) or "N", fact.words)
        return fact

    def _consented(self, turn: Turn) -> Callable[[Record], Outcome]:
        whole = self._commands.answer(turn.text)
        if whole is None and turn.topics[:1] == ("book_appointment",):
            return lambda _: ASIDE  # "ok, book it" agrees to something else
        short = whole or self._commands.lead(turn.text)
        if "?" in turn.text or (short == YES and self._commands.exception(turn.text) is not None):
            # "Ok, but why?" and "yes, but don't store it" are no clear yes.
            return lambda _: ASIDE if "?" in turn.text else MISSED
        if short == YES:
            return self._picking.consent
        if short in (NO, "none"):
            return lambda _: Outcome("refused", "consent.health")
        aside = short is None and (self._commands.is_question(turn.text) or self._is_aside(turn))
        return lambda _: ASIDE if aside else MISSED

    def _read(self, record: Record, opened: Open, text: str, turn: Turn) -> Outcome:
        text = self._commands.past_waiting(text)
        if opened.kind == "item":
            return self._read_item(record, self._picking.item(opened.ref), text, turn)
        if opened.kind == "group":
            return self._read_group(record, self._picking.screen(opened.ref), text, turn)
        if opened.kind == "unsure":
            screen = self._picking.screen(opened.ref)
            named = {mention.item for mention in self._reader.mentions_of(text, {pick.item for pick in screen.picks})}
            return self._picking.unsure_of(record, screen, sorted(named)) if named else MISSED
        short = self._commands.answer(text) or self._commands.lead(text)
        if opened.kind in ("prefill", "conflict"):
            return self._read_claim(record, opened, text, turn, short)
        read = self._read_recheck if opened.kind == "recheck" else self._read_review
        return read(record, opened, text, short)

    def _read_claim(self, record: Record, opened: Open, text: str, turn: Turn, short: str | None) -> Outcome:
        """To "is that right?" and "does it apply to you?"."""
        settled = {YES: YES, UNSURE: UNSURE, NO: NO, "none": NO}.get(short or "")
        if settled is None:
            return self._read_item(record, self._picking.item(opened.ref), text, turn)
        settle = self._picking.prefilled if opened.kind == "prefill" else self._picking.resolved
        return settle(record, opened.ref, settled)

    def _read_review(self, record: Record, opened: Open, text: str, short: str | None) -> Outcome:
        if opened.kind == "review" and short in (YES, "fine"):
            record.set("final.confirm", True, "typed")
            return Outcome("taken", "final.confirm")
        if opened.kind == "review" and short in (NO, "none"):
            record.ask(Open("change", "change"))
            return TAKEN
        mentions = self._all_mentions(text)
        if opened.kind == "change" and not mentions and self._commands.answer(text):
            record.ask(None)  # "none", "it's fine": nothing to change after all, so back to the review
            return TAKEN
        return self._apply(record, mentions, text, rename=opened.kind == "change") if mentions else MISSED

    def _read_recheck(self, record: Record, opened: Open, text: str, short: str | None) -> Outcome:
        """ "No", "nothing has changed", or what has: "I started antibiotics on Monday"."""
        if self._commands.answer(text) in (NO, "none", "unchanged"):
            return Outcome("same")
        if mentions := self._all_mentions(text):
            return self._apply(record, mentions, text, rename=False)
        if short == "unsure":
            return Outcome("unanswered")
        return Outcome("missed", say=("which_ones",)) if short == YES else MISSED

    def _read_item(self, record: Record, item: Item, text: str, turn: Turn) -> Outcome:
        is_unsure = self._commands.lead(text) == UNSURE
        if item.link_id in NAMES_OF_MEDICINES and self._is_aside(turn, ABOUT_MEDICINES) and not is_unsure:
            return ASIDE
        reading = self._reader.read_item(item, text, turn.now.date())
        record.state["days"] = []
        if reading.refused:
            return Outcome("missed", say=(reading.refused,))
        if reading.days:
            record.state["days"] = [day.isoformat() for day in reading.days]
            return TAKEN
        if reading.value is None:
            return Outcome("missed", say=("not_a_date",)) if item.type == "date" else MISSED
        record.ask(None)
        record.set(item.link_id, reading.value, "typed")
        self._picking.name_thinner(record, item.link_id, text)
        return Outcome("taken", item.link_id)

    def _read_group(self, record: Record, screen: Screen, text: str, turn: Turn) -> Outcome:
        picks = self._flow.open_picks(screen, record.state)
        text_item = "meds.list" if any(pick.item == "meds.list" for pick in picks) else None
        reading = self._reader.read_group(picks, text, text_item)
        is_gate = self._picking.is_gate(screen)
        if reading.unsure and not is_gate:
            record.ask(Open("unsure", screen.ref))
            return TAKEN
        if not reading.found or reading.which or reading.unsure:
            if reading.unread and not is_gate:
                record.leave_unread(screen.ref, reading.unread, partly=False)
            if reading.unsure:
                return Outcome("missed", say=("gate_unsure",))
            return Outcome("missed", say=("which_ones",)) if reading.which else MISSED
        return self._take_group(record, screen, reading, self._details(reading, text, turn))

    def _take_group(self, record: Record, screen: Screen, reading: GroupReading, details: dict[str, Value]) -> Outcome:
        for link_id, value in reading.answers.items():
            record.set(link_id, value, "typed")
        for link_id in reading.opened:
            record.open(link_id)
        for link_id, value in details.items():
            record.set(link_id, value, "typed")
        if reading.unread and not self._picking.is_gate(screen) and self._flow.open_picks(screen, record.state):
            # What was understood is kept; what was not is asked back, and never counts as a "no".
            record.leave_unread(screen.ref, reading.unread, partly=True)
            return Outcome("taken", screen.ref, ("partly",))
        if reading.rest == "none":
            return Outcome("taken", screen.ref, self._picking.fill_none(record, screen))
        if reading.rest == "unsure":
            record.ask(Open("unsure", screen.ref))
            return TAKEN
        return Outcome("taken", screen.ref, ("any_other",) if self._flow.open_picks(screen, record.state) else ())

    def _details(self, reading: GroupReading, text: str, turn: Turn) -> dict[str, Value]:
        named = [*reading.opened, *(link_id for link_id, value in reading.answers.items() if value not in ("N", ""))]
        found = self._reader.details(named, text, turn.now.date())
        return {link_id: value for link_id, value in found.items() if link_id not in reading.answers}

    def _corrected(self, record: Record, opened: Open, text: str, turn: Turn) -> Outcome | None:
        """ "Actually I do take aspirin", "change my answer about pregnancy", "sorry, I meant no"."""
        if meant := self._commands.meant(text):
            return self._picking.meant(record, meant)
        rename = self._commands.is_renaming(text)
        if not rename and not self._commands.is_correction(text):
            return None
        age = read_age(text, turn.now.date())
        if age is not None and age < ADULT and record.answers.get("gate.age18") == "Y":
            record.set("gate.age18", "N", "typed")
            return Outcome("taken", "gate.age18")
        mentions = self._all_mentions(text)
        if not rename:
            # What the open question asks is answered, not corrected.
            mentions = [one for one in mentions if one.item not in self._asked_items(record, opened)]
        if not mentions:
            corrected = self._area(record, opened, text) or self._unknown_medicine(record, text)
            if corrected is None and (rename or (opened.kind == "group" and self._commands.means_another(text))):
                record.ask(Open("change", "change"))
                return TAKEN
            is_other = opened.kind in ("prefill", "conflict") and self._commands.means_another(text)
            return MISSED if corrected is None and is_other else corrected
        return self._apply(record, mentions, text, rename=rename)

    def _area(self, record: Record, opened: Open, text: str) -> Outcome | None:
        """ "No, I meant the face": the places asked about first are named by their own words only."""
        if opened.ref == AREA or opened.kind == "finished" or AREA not in record.answers:
            return None
        item, said = self._picking.item(AREA), self._commands.corrected(text)
        named = self._reader.named_options(item, said) or self._reader.named_options(item, text)
        codes = [code for code in named if code != UNKNOWN]
        if not codes:
            return None
        record.ask(None)
        record.set(AREA, codes, "typed")
        return Outcome("taken", AREA, ("changed",))

    def _unknown_medicine(self, record: Record, text: str) -> Outcome | None:
        """ "I forgot, I also take ...": a name of no question joins the list, and the clinician looks at it."""
        names = [*self._reader.unlisted(text), *(self._commands.content(name) for name in self._reader.unread(text))]
        if not names or "meds.list" not in record.answers or not self._reader.names_medicines(text):
            return None
        before = record.answers["meds.list"]
        known = [str(before)] if before and before not in ABSENT else []
        record.set("meds.list", ", ".join([*known, *names]), "typed")
        return Outcome("taken", "meds.list", ("changed",))

    def _apply(self, record: Record, mentions: Sequence[Mention], text: str, *, rename: bool) -> Outcome:
        """Change the answers that are named; what was not answered yet is kept for its confirmation."""
        record.ask(None)
        new = NEW_VALUE.search(text)
        said = "noted"
        for mention in mentions[:1] if rename else mentions:
            code = mention.code
            if rename:
                code = None if new is None else {"yes": "Y", "no": "N"}[(new[1] or new[2]).casefold()]
            value = self._picking.legal(mention.item, code)
            if mention.item not in record.answers:
                record.hear([self.sharpened(fact) for fact in self._facts([mention], text)])
            elif value is None:
                self._picking.ask_anew(record, mention.item)
            else:
                said = "changed"
                record.set(mention.item, value, "typed")
                self._picking.name_thinner(record, mention.item, text)
        passed_on = self._picking.pass_on(record, "correction", [] if rename else self._reader.unread(text))
        return Outcome("taken", mentions[0].item, (said, *passed_on))

    def _after_the_end(self, record: Record, turn: Turn, disclosed: Sequence[Fact]) -> Outcome:
        """A finished form takes corrections, and what is told against a "no"; everything else is somebody else's."""
        asked, told = self._split(turn.text)
        if told and not asked and (corrected := self._corrected(record, Open("finished", ""), told, turn)):
            return corrected
        record.hear([fact for fact in self.grave(disclosed) if fact.link_id in record.seen])
        disputed = record.state["to_resolve"][-1:]
        return Outcome("taken", disputed[0]["linkId"], ("noted",), question=asked) if disputed else ASIDE

    def _heard(self, record: Record, facts: Sequence[Fact], fallback: Outcome, *, asked: bool) -> Outcome:
        """Nothing was answered; but facts may have been told that concern other questions."""
        before = (list(record.state["prefill"]), list(record.state["to_resolve"]))
        record.hear([self.sharpened(fact) for fact in facts])
        if before == (record.state["prefill"], record.state["to_resolve"]):
            return fallback
        return Outcome("taken", None, ("noted",), question=asked)

    def grave(self, facts: Sequence[Fact]) -> list[Fact]:
        """Sharpened, without what would change nothing: nobody wants to confirm "no ..." or "past the menopause"."""
        sharp = [self.sharpened(fact) for fact in facts if fact.link_id in self._picking.items]
        return [fact for fact in sharp if not self._picking.is_harmless(fact.link_id, fact.value)]

    def _facts(self, mentions: Sequence[Mention], text: str) -> list[Fact]:
        """What is named and not denied, as facts to be confirmed."""
        words = text if len(text) <= QUOTABLE else ", ".join(dict.fromkeys(mention.words for mention in mentions))
        facts = []
        for mention in mentions:
            item = self._picking.item(mention.item)
            only_named = mention.code is None and self._reader.affirmed_code(item) is not None
            if not only_named and mention.code != self._reader.denied_code(item):
                facts.append(Fact(mention.item, mention.code or "Y", words))
        return facts

    def _beside(self, opened: Open, asked_items: set[str], text: str) -> list[Fact]:
        """Other questions named in an answer. Wishes, areas, hair and allergies only borrow their words."""
        if opened.ref.startswith(("request.", "allergy.", "hair.")) or opened.kind in ("prefill", "conflict"):
            return []
        return self._facts(
            [one for one in self._reader.mentions(text, asked_items) if one.item not in asked_items], text
        )

    def _medicine_facts(self, opened: Open, text: str) -> list[Fact]:
        """Medicines named in an answer, as facts about the questions they belong to. An allergy is no intake."""
        if opened.ref.startswith("allergy.") or opened.ref in ("la.problem", "past.reaction"):
            return []
        facts = []
        allergies = [mention.span for mention in self._reader.mentions_of(text, ["allergy.any"])]
        for hit in self._reader.medicines(text).hits:
            item = self._picking.items.get(hit.item or "")
            if any(_in_one_clause(text, hit.span, span) for span in allergies):
                continue  # "allergic to penicillin" is no penicillin taken
            if item and item.options:
                code = self._reader.affirmed_code(item) or "Y"
                facts.append(Fact(item.link_id, code, text[hit.span[0] : hit.span[1]]))
        return facts

    def _all_mentions(self, text: str) -> list[Mention]:
        named = self._reader.mentions(text)
        known = {mention.item for mention in named}
        extra = [
            Mention(fact.link_id, self._reader.affirmed_code(self._picking.item(fact.link_id)), fact.words)
            for fact in self._medicine_facts(Open("item", ""), text)
            if fact.link_id not in known
        ]
        return [*named, *extra]

    def _numbered(self, record: Record, opened: Open, text: str) -> list[list[str]]:
        """ "1 and 3", or a title, as picks of what is shown; other numbers are left to be read as words."""
        shown = self._renderer.question(opened, record.state).choices
        titled = [choice.id for choice in shown if normal(text) in names_of(choice)]
        if titled and titled[0].startswith("questionnaire:"):
            return [titled[0].split(":")]
        numbers = self._reader.numbers(text)
        if not numbers or (opened.kind == "item" and self._picking.item(opened.ref).type == "date"):
            return []
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
            return {pick.item for pick in self._flow.open_picks(self._picking.screen(opened.ref), record.state)}
        if opened.kind == "recheck":
            return set(self._picking.items)
        return {opened.ref}


def _in_one_clause(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Does no mark stand between the two places?"""
    return not re.search(r"[,;.!?\n]", text[min(one[1], other[1]) : max(one[0], other[0])])
