"""Typed words -> answers. Reads only what was asked, or what is named; everything else is left to the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.eligibility.commands import Commands, normal
from bot.eligibility.dates import DayReading, read_age, read_day, read_day_near
from bot.eligibility.medicines import MedicineReading, read_medicines
from bot.eligibility.questionnaire import ABSENT, Item, Pick, Questionnaire
from bot.eligibility.values import AnswerError, Value, read_value

PAST = ("meds.nsaid.last", "recent.procedure.date")
AHEAD = ("request.event.date",)
OLD = 60  # days; "4 December" said of a tablet means next month's, which is then refused
# Questions that other people belong to: scars in the family, a pregnant partner, who is asking, who is pushing.
ABOUT_FAMILY = ("skin.keloid", "hair.5ari", "gate.self", "mind.pressure")
ADULT = 18
LAY = re.compile(r"thin|clot|coagul|platelet|doac|noac", re.IGNORECASE)
STORY = 25  # words; longer is a story, not a list of allergies
NUMBERS_ONLY = re.compile(r"^[\s#(]*\d{1,2}([\s,.;)&+#(]+|and)*((\d{1,2})([\s,.;)&+#(]+|and)*)*$", re.IGNORECASE)


@dataclass(frozen=True)
class Mention:
    """An item named in a text. `code` is what the words say, None when they only name it."""

    item: str
    code: str | None
    words: str


@dataclass(frozen=True)
class Phrase:
    """Words that name an item. `probe` is a piece of them: a text without it needs no search."""

    pattern: re.Pattern[str]
    probe: str
    item: str
    code: str | None


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
    spoke about the whole group), or None (ask for them again).
    """

    answers: dict[str, Value] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    rest: str | None = None
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
        self._phrases = tuple(self._all_phrases())

    def mentions(self, text: str, first: Iterable[str] = ()) -> list[Mention]:
        """Items named in `text`, longest names first, none inside another; of two equals the one in `first` wins."""
        preferred = set(first)
        taken: list[tuple[int, int]] = []
        found: list[tuple[int, Mention]] = []
        said = text.casefold().replace("’", "'")
        near = [phrase for phrase in self._phrases if phrase.probe in said]
        for phrase in sorted(near, key=lambda one: (-len(one.pattern.pattern), one.item not in preferred)):
            item, code = phrase.item, phrase.code
            for match in phrase.pattern.finditer(said):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                taken.append(match.span())
                if item not in ABOUT_FAMILY and self._commands.about_others(said[: match.start()]):
                    continue
                found.append(
                    (
                        match.start(),
                        Mention(item, self._turned(item, code, said[: match.start()], said[match.end() :]), match[0]),
                    )
                )
        return [mention for _, mention in sorted(found, key=lambda pair: pair[0])]

    def mentions_of(self, text: str, items: Iterable[str]) -> list[Mention]:
        """Those of `mentions` that name one of `items`. "Flu jab" is a vaccine, also when the flu is asked about."""
        wanted = set(items)
        return [mention for mention in self.mentions(text, wanted) if mention.item in wanted]

    def read_item(self, item: Item, text: str, today: date) -> ItemReading:
        """An answer to one question."""
        if item.type == "date":
            return self._read_day(item, text, today)
        if item.options or item.type == "boolean":
            return self._read_choice(item, text, today)
        return self._read_text(item, text, today)

    def read_group(self, picks: Sequence[Pick], text: str, text_item: str | None = None) -> GroupReading:
        """An answer to a group. `text_item` takes names of medicines that belong to none of the picks."""
        short = self._commands.answer(text)
        if short in ("none", "no"):
            return GroupReading(rest="none")
        if short == "yes":
            return GroupReading(which=True)
        if short == "unsure":
            return GroupReading(unsure=True)
        reading = GroupReading()
        lead = self._commands.lead(text)
        exception = self._commands.exception(text) if lead in ("none", "no") else None
        denies_all = lead == "none" or (lead == "no" and not self._denied_something(picks, text))
        about = exception if exception is not None and self._denied_something(picks, exception) else text
        self._collect(picks, about, reading)
        if text_item:
            self._collect_medicines(picks, about, reading, text_item)
        denies_all = denies_all or (bool(reading.answers) and self._commands.closes(text))
        if self._affirms(reading) or (denies_all and (exception is None or not exception.strip())):
            reading.rest = "none"
        return reading

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

    def affirmed_code(self, item: Item) -> str | None:
        """The code that naming the item stands for; None when its question must be asked to know."""
        if item.raw.get("only_named"):
            return None  # "high blood pressure, but under control"
        codes = {
            pick.code for screen in self._questionnaire.screens for pick in screen.picks if pick.item == item.link_id
        }
        if len(codes) == 1:
            return codes.pop()
        return "Y" if not codes and any(option.code == "Y" for option in item.options) else None

    def denied_code(self, item: Item) -> str | None:
        """The code that denying the item stands for."""
        none = self._questionnaire.none_codes.get(item.link_id)
        if none is not None:
            return none
        return "N" if any(option.code == "N" for option in item.options) else None

    def _all_phrases(self) -> Iterator[Phrase]:
        coded = {(pick.item, pick.code) for screen in self._questionnaire.screens for pick in screen.picks if pick.code}
        for link_id, item in self._questionnaire.items.items():
            if link_id == "consent.health":
                continue
            affirmed = self.affirmed_code(item)
            for word in item.words:
                yield Phrase(_phrase(word), _probe(word), link_id, affirmed)
            # "Your own decision" is the name of a question whose trouble is the opposite.
            named = affirmed if affirmed == "Y" else None
            yield Phrase(_phrase(item.label), _probe(item.label), link_id, named)
            for option in item.options:
                if (link_id, option.code) in coded or link_id == "preg.status":
                    for word in option.words:
                        yield Phrase(_phrase(word), _probe(word), link_id, option.code)

    def _turned(self, link_id: str, code: str | None, before: str, after: str) -> str | None:
        """The code after "not" or "not sure if" in the same clause."""
        if self._commands.uncertain(before, after):
            return None if self._questionnaire.items[link_id].is_gate else "asked-unknown"
        if not self._commands.negated(before, after):
            return code
        item = self._questionnaire.items[link_id]
        affirmed = self.affirmed_code(item)
        denied = self.denied_code(item)
        return denied if code is None or code == affirmed or affirmed is None else affirmed

    def _read_choice(self, item: Item, text: str, today: date) -> ItemReading:
        if item.link_id == "gate.age18" and (age := read_age(text, today)) is not None:
            return ItemReading("Y" if age >= ADULT else "N")
        short = self._short(item, text)
        if short is not None:
            return ItemReading(short)
        if item.type == "open-choice":
            return self._read_open(item, text, today)
        named = list(dict.fromkeys(self._named_options(item, text)))
        if named and (item.repeats or len(named) == 1):
            return ItemReading(named if item.repeats else named[0])
        return ItemReading()

    def _read_open(self, item: Item, text: str, today: date) -> ItemReading:
        """Every piece is an option or kept as it was typed: nothing that a patient names is dropped."""
        codes: list[str] = []
        for piece in re.split(r"[,;\n]|\band\b|\bplus\b", text):
            codes += self._named_options(item, piece) or [piece.strip(" .!")]
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
        if given == "asked-unknown" and item.is_gate:
            return None
        if item.type == "boolean" and given in ("Y", "N"):
            return given == "Y"
        try:
            value = read_value(item, given, date.min)
        except AnswerError:
            return None
        free = isinstance(value, list) and any(code not in _codes(item) for code in value)
        return None if free and value != list(ABSENT) else value

    def _named_options(self, item: Item, text: str) -> list[str]:
        said = text.casefold().replace("’", "'")
        phrases = [(_phrase(word), option.code) for option in item.options for word in (option.display, *option.words)]
        taken: list[tuple[int, int]] = []
        codes: list[str] = []
        for pattern, code in sorted(phrases, key=lambda phrase: -len(phrase[0].pattern)):
            for match in pattern.finditer(said):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                taken.append(match.span())
                around = said[: match.start()], said[match.end() :]
                if self._commands.uncertain(*around):
                    codes.append("asked-unknown")
                elif not self._commands.negated(*around) or code in ("60001007",):
                    codes.append(code)
        if not codes and any(option.code == "Y" for option in item.options):
            codes = [mention.code for mention in self.mentions_of(text, [item.link_id]) if mention.code]
        return codes

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
        if short == "unsure":
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

    def _collect_medicines(self, picks: Sequence[Pick], text: str, reading: GroupReading, text_item: str) -> None:
        items = {pick.item for pick in picks}
        others: list[str] = []
        for hit in self.medicines(text).hits:
            name = text[hit.span[0] : hit.span[1]]
            item = self._questionnaire.items.get(hit.item or "")
            if item is None or item.link_id not in items or item.link_id == text_item:
                if hit.item is not None:
                    others.append(name)
                continue
            code = self.affirmed_code(item)
            if code is None:
                if item.link_id not in reading.opened:
                    reading.opened.append(item.link_id)
                reading.answers.pop(item.link_id, None)
                continue
            reading.answers[item.link_id] = code
            thinner = self.thinner_name(name)
            if item.link_id == "meds.thinner" and thinner:
                reading.answers["meds.thinner.name"] = thinner
        if others:
            reading.answers[text_item] = ", ".join(others)
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


def _phrase(word: str) -> re.Pattern[str]:
    said = normal(word) if not word.endswith("*") else normal(word[:-1])
    body = r"[\s\W]+".join(re.escape(part) for part in said.split())
    return re.compile(rf"(?<!\w){body}" + (r"\w*" if word.endswith("*") else r"(?!\w)"))


def _probe(word: str) -> str:
    return normal(word.rstrip("*")).split()[0]
