"""Typed words -> answers. Reads only what was asked, or what is named; everything else is left to the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.eligibility.commands import Commands
from bot.eligibility.dates import DayReading, read_age, read_day, read_day_near
from bot.eligibility.folding import fold, plain
from bot.eligibility.medicines import MedicineReading, read_medicines
from bot.eligibility.naming import Mention, Namer
from bot.eligibility.questionnaire import ABSENT, Item, Pick, Questionnaire
from bot.eligibility.values import AnswerError, Value, read_value

PAST = ("meds.nsaid.last", "recent.procedure.date")
AHEAD = ("request.event.date",)
OLD = 60  # days; "4 December" said of a tablet means next month's, which is then refused
ADULT = 18
TAKES = re.compile(
    r"\b(tak(e|ing)|tablets?|pills?|inhaler|mg|mcg|injections?|vitamins?|hap|kullan\w+|al[ıi]yorum)\b", re.I
)
TELLS = re.compile(
    r"\b(have|had|got|suffer\w*|diagnosed|took|tak(e|ing)|var|oldum|tengo|habe|j'ai|ho|tenho|mam|heb)\b", re.I
)
LAY = re.compile(r"thin|sulandır|clot|coagul|platelet|doac|noac", re.IGNORECASE)
STORY = 25  # words; longer is a story, not a list of allergies
BETWEEN = r"(?:[\s,.;)&+#(]|and)"  # numbers in a list
NUMBERS_ONLY = re.compile(rf"^[\s#(]*\d{{1,2}}(?:{BETWEEN}+\d{{1,2}})*{BETWEEN}*$", re.IGNORECASE)


@dataclass(frozen=True)
class ItemReading:
    """What a text says to one question: a value, days to choose from, or the reason why it cannot be taken."""

    value: Value | None = None
    days: tuple[date, ...] = ()
    refused: str | None = None

    @property
    def found(self) -> bool:
        """Was it meant as an answer?"""
        return self.value is not None or bool(self.days) or self.refused is not None


@dataclass
class GroupReading:
    """What a text says to "Do any of these apply?".

    `answers` by linkId; `opened` are named without saying enough; `rest` says what the others are: "none" (the text
    spoke about the whole group), "unsure", or None (ask for them again). `unread` are pieces that nobody understood.
    """

    answers: dict[str, Value] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    rest: str | None = None
    unread: list[str] = field(default_factory=list)
    which: bool = False  # "yes": which ones?
    unsure: bool = False

    @property
    def found(self) -> bool:
        """Was it meant as an answer?"""
        return bool(self.answers or self.opened or self.rest or self.which or self.unsure)


class Reader:
    """Reads typed answers with the questionnaire's own words and the commands of all languages."""

    def __init__(self, questionnaire: Questionnaire, commands: Commands) -> None:
        self._questionnaire = questionnaire
        self._commands = commands
        self.names = Namer(questionnaire, commands)

    def mentions(self, text: str, first: Iterable[str] = ()) -> list[Mention]:
        """Items named in `text`; of two equals the one in `first` wins."""
        return self.names.mentions(text, first)

    def mentions_of(self, text: str, items: Iterable[str]) -> list[Mention]:
        """Those of `mentions` that name one of `items`."""
        return self.names.mentions_of(text, items)

    def read_item(self, item: Item, text: str, today: date) -> ItemReading:
        """An answer to one question."""
        if item.type == "date":
            return self._read_day(item, text, today)
        if item.options or item.type == "boolean":
            return self._read_choice(item, text, today)
        return self._read_text(item, text, today)

    def details(self, link_ids: Iterable[str], text: str, today: date) -> dict[str, Value]:
        """What the text says beside naming a question: which of its options, and when ("botox 2 weeks ago")."""
        found: dict[str, Value] = {}
        items = self._questionnaire.items
        for link_id in link_ids:
            item = items[link_id]
            named = [code for code in self.names.named_options(item, text) if code not in ("Y", "N")]
            if named and item.options and (item.repeats or len(named) == 1):
                found[link_id] = list(named) if item.repeats else named[0]
        dated = [item for item in items.values() if item.type == "date" and self._hangs_on(item, link_ids)]
        if len(dated) == 1:
            value = self._read_day(dated[0], text, today).value
            if value is not None and value not in ABSENT:
                found[dated[0].link_id] = value
        return found

    def _hangs_on(self, item: Item, link_ids: Iterable[str]) -> bool:
        return bool({when.question for when in item.enable_when} & set(link_ids))

    def read_group(self, picks: Sequence[Pick], text: str, text_item: str | None = None) -> GroupReading:
        """An answer to a group. `text_item` takes names of medicines that belong to none of the picks."""
        text = plain(text)
        short = self._commands.answer(text)
        if short in ("none", "no", "fine"):
            return GroupReading(rest="none")
        if short in ("yes", "unsure"):
            return GroupReading(which=short == "yes", unsure=short == "unsure")
        reading = GroupReading()
        if denied := [pick.item for pick in picks if self.names.denies(pick.item, text)]:
            items = self._questionnaire.items
            return GroupReading({link_id: self.denied_code(items[link_id]) or "N" for link_id in denied})
        lead = self._commands.lead(text)
        exception = self._commands.exception(text) if lead in ("none", "no") else None
        if exception is not None and self._denied_something(picks, text[: len(text) - len(exception)]):
            exception = None  # "no allergies, but ...": the "no" has its name
        may_name = lead == "no" or self._commands.is_none_of(text)
        denies_all = lead in ("no", "none") and not (may_name and self._denied_something(picks, text))
        about = text if exception is None else exception
        self._collect(picks, about, reading)
        self._collect_allergies(picks, about, reading)
        hits = self._collect_medicines(picks, about, reading, text_item) if text_item else []
        self._leave_unread(about, reading, hits, text_item, is_list=exception is not None)
        if denies_all and exception is None and not TELLS.search(about):
            reading.unread = []  # "none, I'm fit as a fiddle"
        denies_all = denies_all or (bool(reading.answers) and self._commands.closes(text))
        if self._affirms(reading) or (denies_all and (exception is None or not reading.unread)):
            reading.rest = "none"
        if reading.rest and self._commands.leaves_open(about):
            reading.rest = "unsure" if self._commands.uncertain(text) else None
        return reading

    def unread(self, text: str) -> list[str]:
        """The pieces of a text that name nothing we know, in the patient's words."""
        spans = [hit.span for hit in self.medicines(plain(text)).hits]
        return self._commands.not_understood(text, [*spans, *(mention.span for mention in self.mentions(text))])

    def unlisted(self, text: str) -> list[str]:
        """Names of medicines that no question of their own asks about."""
        own = {link_id for link_id, item in self._questionnaire.items.items() if item.options}
        return [text[hit.span[0] : hit.span[1]] for hit in self.medicines(text).hits if hit.item not in own]

    def names_medicines(self, text: str) -> bool:
        """Does the text say that something is taken?"""
        return bool(TAKES.search(text)) and not self._commands.negated(fold(plain(text)))

    def medicines(self, text: str) -> MedicineReading:
        """Names of medicines in a text."""
        return read_medicines(text)

    def thinner_name(self, text: str) -> str | None:
        """What the blood thinner is called. "Blood thinner" and "daily aspirin" only say what it is."""
        hits = [hit for hit in read_medicines(text).hits if hit.item == "meds.thinner"]
        names = [text[hit.span[0] : hit.span[1]] for hit in hits]
        return next((name for name in names if not LAY.search(name)), None)

    def numbers(self, text: str) -> list[int]:
        """ "1 and 3" -> [1, 3]; empty when the message is anything but numbers."""
        if not NUMBERS_ONLY.match(text):
            return []
        return [int(number) for number in re.findall(r"\d{1,2}", text)]

    def named_options(self, item: Item, text: str) -> list[str]:
        """The codes of a question's options that the text names and does not deny."""
        return self.names.named_options(item, text)

    def affirmed_code(self, item: Item) -> str | None:
        """The code that naming the item stands for; None when its question must be asked to know."""
        return self.names.affirmed_code(item)

    def denied_code(self, item: Item) -> str | None:
        """The code that denying the item stands for."""
        return self.names.denied_code(item)

    def _read_choice(self, item: Item, text: str, today: date) -> ItemReading:
        if item.link_id == "gate.age18":
            if (age := read_age(text, today)) is not None:
                return ItemReading("Y" if age >= ADULT else "N")
            if self._commands.only_agrees(text):
                return ItemReading(refused=None)  # with what was said before; a minor's "ok" opens nothing
        short = self._short(item, text)
        if short is not None:
            return ItemReading(short)
        if item.type == "open-choice":
            return self._read_open(item, text, today)
        named = self.names.named_options(item, text)
        if named and (item.repeats or len(named) == 1):
            return ItemReading(named if item.repeats else named[0])
        # "No" to "Which area?": none of them fits, or the patient would rather not say.
        none_fits = not item.is_gate and self._commands.answer(text) in ("no", "none")
        return ItemReading(refused="none_fits" if none_fits else None)

    def _read_open(self, item: Item, text: str, today: date) -> ItemReading:
        """Every piece is an option or kept as it was typed: nothing that a patient names is dropped."""
        codes: list[str] = []
        for piece in re.split(r"[,;\n]|\band\b|\bplus\b", text):
            codes += self.names.named_options(item, piece) or [piece.strip(" .!")]
        codes = [code for code in dict.fromkeys(codes) if code]
        if not codes or len(text.split()) > STORY:
            return ItemReading()
        try:
            return ItemReading(read_value(item, codes, today))
        except AnswerError:
            return ItemReading()

    def _short(self, item: Item, text: str) -> Value | None:
        """Yes, no, unsure, an option's own words, or a longer answer that begins so."""
        whole = self._commands.answer(text)
        lead = whole or self._commands.lead(text)
        if whole is None and lead in ("no", "none") and self._commands.exception(text) is not None:
            return None  # "no, but ...": ask again rather than guess
        given: object = {"yes": "Y", "no": "N", "none": "N", "unsure": "asked-unknown"}.get(lead or "", text)
        if item.is_gate and lead in ("unsure", "none"):
            return None  # "none" is no answer to "are you 18 or older?"
        if item.type == "boolean" and given in ("Y", "N"):
            return given == "Y"
        try:
            value = read_value(item, given, date.min)
        except AnswerError:
            return None
        free = isinstance(value, list) and any(code not in _codes(item) for code in value)
        return None if free and value != list(ABSENT) else value

    def _read_day(self, item: Item, text: str, today: date) -> ItemReading:
        if self._commands.answer(text) == "unsure":
            return ItemReading("asked-unknown")
        if item.link_id in PAST:
            found = read_day(text, today)
            ahead = read_day(text, today, ahead=True)
            if found.day and ahead.day and (today - found.day).days > OLD > (ahead.day - today).days > 0:
                found = ahead
        elif item.link_id in AHEAD:
            found = read_day(text, today, ahead=True)
        else:
            found = read_day_near(text, today)
        return self._day_taken(item, found, today)

    def _day_taken(self, item: Item, found: DayReading, today: date) -> ItemReading:
        if found.day is None:
            return ItemReading(days=found.choices)
        try:
            return ItemReading(read_value(item, found.day, today))
        except AnswerError as error:
            return ItemReading(refused=error.name)

    def _read_text(self, item: Item, text: str, today: date) -> ItemReading:
        short = self._commands.answer(text)
        if short == "unsure" or (item.type == "string" and self._commands.lead(text) == "unsure"):
            return ItemReading("asked-unknown")
        if short in ("no", "none") and item.may_be_empty:
            return ItemReading("")
        if short is not None:
            return ItemReading()
        try:
            return ItemReading(read_value(item, text, today))
        except AnswerError as error:
            return ItemReading(refused=error.name)

    def _collect(self, picks: Sequence[Pick], text: str, reading: GroupReading) -> None:
        for mention in self.mentions_of(text, {pick.item for pick in picks}):
            if mention.code is None:
                if mention.item not in reading.answers and mention.item not in reading.opened:
                    reading.opened.append(mention.item)
                continue
            # Of two codes for one item the affirmed one is kept: "not pregnant ... but trying".
            item = self._questionnaire.items[mention.item]
            if mention.item not in reading.answers or mention.code != self.denied_code(item):
                reading.answers[mention.item] = mention.code
        reading.opened = [link_id for link_id in reading.opened if link_id not in reading.answers]

    def _collect_allergies(self, picks: Sequence[Pick], text: str, reading: GroupReading) -> None:
        """ "Allergic to latex and kiwi" says which ones, too; a name that is no option is kept as it was typed."""
        if reading.answers.get("allergy.any") != "Y" or not any(pick.item == "allergy.any" for pick in picks):
            return
        item = self._questionnaire.items["allergy.which"]
        named = self.mentions(text)
        others = [mention.span for mention in named if mention.item != "allergy.any"]
        found: list[str] = []
        for piece in self._commands.not_understood(text, others):
            codes = self.names.named_options(item, piece)
            words = [mention.words for mention in self.mentions_of(piece, ["allergy.any"])]
            found += codes or [self._commands.content(piece, words)]
        if names := [name for name in dict.fromkeys(found) if name]:
            reading.answers["allergy.which"] = names

    def _collect_medicines(
        self, picks: Sequence[Pick], text: str, reading: GroupReading, text_item: str
    ) -> list[tuple[int, int]]:
        """Medicines by their class; those of no line go to `text_item`. Where they stand."""
        items = {pick.item for pick in picks}
        others: list[str] = []
        hits = self.medicines(text).hits
        for hit in hits:
            name = text[hit.span[0] : hit.span[1]]
            item = self._questionnaire.items.get(hit.item or "")
            if item is None or item.link_id not in items or item.link_id == text_item:
                others.append(name)
                continue
            code = self.affirmed_code(item)
            if code is None or self._commands.is_over(fold(text[: hit.span[0]]), fold(text[hit.span[1] :])):
                if item.link_id not in reading.opened:
                    reading.opened.append(item.link_id)
                reading.answers.pop(item.link_id, None)
                continue
            reading.answers[item.link_id] = code
            thinner = self.thinner_name(name)
            if item.link_id == "meds.thinner" and thinner:
                reading.answers["meds.thinner.name"] = thinner
        if others:
            self._add_to_list(reading, text_item, others)
        return [hit.span for hit in hits]

    def _leave_unread(
        self,
        text: str,
        reading: GroupReading,
        hits: Sequence[tuple[int, int]],
        text_item: str | None,
        *,
        is_list: bool,
    ) -> None:
        """What nobody understood. Beside medicines it is one more name, which the clinician looks at."""
        is_denied = self._commands.negated(fold(text))
        named = [self._questionnaire.items[link_id] for link_id in (*reading.answers, *reading.opened)]
        unread = [piece for piece in self.unread(text) if not any(self.named_options(item, piece) for item in named)]
        if "allergy.which" in reading.answers:
            unread = []  # what it does not know stands there as it was typed
        if text_item and unread and (hits or is_list or TAKES.search(text)):
            self._add_to_list(reading, text_item, unread)
            return
        reading.unread = unread
        if text_item and not (reading.answers or reading.opened) and TAKES.search(text) and not is_denied:
            reading.opened.append(text_item)  # "just the pill": which one?

    def _add_to_list(self, reading: GroupReading, text_item: str, names: Sequence[str]) -> None:
        before = reading.answers.get(text_item)
        reading.answers[text_item] = ", ".join([*([str(before)] if before else []), *names])
        reading.opened = [link_id for link_id in reading.opened if link_id != text_item]

    def _affirms(self, reading: GroupReading) -> bool:
        """Was something picked, so that the patient has spoken about the whole group?"""
        items = self._questionnaire.items
        return bool(reading.opened) or any(
            value != self.denied_code(items[link_id]) for link_id, value in reading.answers.items()
        )

    def _denied_something(self, picks: Sequence[Pick], text: str) -> bool:
        """ "No diabetes": the "no" belongs to a name, not to the whole group."""
        return bool(self.mentions_of(text, {pick.item for pick in picks}))


def _codes(item: Item) -> set[str]:
    return {option.code for option in item.options} | set(ABSENT)
