"""The questionnaire as a value: items, effects and chat screens, read once from questionnaire.yml and checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
WORDS = HERE / "words"  # what patients call things in other languages, by linkId
ABSENT = ("asked-unknown", "asked-declined")  # "not sure" and "prefer not to say"; never a "no"
OTHER = "*other*"  # in an effect's `if`: free text of an open-choice


class QuestionnaireError(ValueError):
    """questionnaire.yml cannot be used; the message lists every problem, one a line."""


@dataclass(frozen=True)
class Option:
    """One coded answer. `words` are what patients call it."""

    code: str
    display: str
    system: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """`enableWhen`: the item is asked when `question` has (or for `!=` has not) the answer."""

    question: str
    operator: str
    answer: str


@dataclass(frozen=True)
class Effect:
    """What an answer does. `ends` stops the asking; `final` does so whatever else was answered (ruling 4)."""

    codes: tuple[str | bool, ...]
    outcome: str
    hold: bool = False
    ends: bool = False
    final: bool = False
    store: bool = True
    clears: str = ""
    tell: str = ""
    staff: str = ""
    constraint: Mapping[str, int] | None = None
    since: str | None = None  # linkId of the date that a constraint counts from


@dataclass(frozen=True)
class Item:
    """One question. `again` is its second, simpler wording; `why` answers "why do you ask?"."""

    link_id: str
    group: str
    type: str
    label: str
    text: str
    again: str
    why: str
    options: tuple[Option, ...]
    effects: tuple[Effect, ...]
    enable_when: tuple[Condition, ...]
    sources: tuple[str, ...]
    words: tuple[str, ...]
    denied: tuple[str, ...]  # what says "no trouble here" when it is the whole answer: "it's for me"
    raw: Mapping[str, Any]
    required: bool = False
    repeats: bool = False
    enable_any: bool = False
    may_be_empty: bool = False
    max_length: int = 0
    help: str = ""

    @property
    def called(self) -> tuple[str, ...]:
        """What the question itself is called; naming it says nothing about the answer."""
        return tuple(self.raw.get("called", ()))

    @property
    def is_gate(self) -> bool:
        """Gate questions cannot be declined (ruling 3)."""
        return self.group == "gate"

    def display(self, code: str) -> str:
        """The words of a code; a code without words is its own."""
        return next((option.display for option in self.options if option.code == code), code)


@dataclass(frozen=True)
class Pick:
    """A line of "Do any of these apply?". Without a code it opens its item's own question."""

    item: str
    code: str | None
    title: str


@dataclass(frozen=True)
class Screen:
    """A step of the chat: one question (`ask`), several as picks, or the review. `ref` names it to machines."""

    ref: str
    kind: str  # ask | group | review
    title: str = ""
    text: str = ""
    again: str = ""
    why: str = ""
    picks: tuple[Pick, ...] = ()
    then: tuple[str, ...] = ()


@dataclass(frozen=True)
class Questionnaire:
    """Everything of questionnaire.yml. `version` names the questions, `rules` the effects."""

    url: str
    version: str
    rules: str
    notice: str
    valid_days: int
    title: str
    items: Mapping[str, Item]
    groups: Mapping[str, str]
    screens: tuple[Screen, ...]
    none_codes: Mapping[str, str]
    unsure: Effect
    review_tell: str
    precedence: tuple[str, ...]
    routes: tuple[str, ...]
    recheck: tuple[str, ...]
    recheck_hours: tuple[int, ...]
    recheck_text: str
    do_not_ask: tuple[str, ...]
    raw: Mapping[str, Any]

    def screen_of(self, link_id: str) -> Screen:
        """The screen that asks an item, alone, as a pick or as a follow-up."""
        for screen in self.screens:
            if screen.ref == link_id or link_id in screen.then or any(pick.item == link_id for pick in screen.picks):
                return screen
        raise KeyError(link_id)

    def effects_of(self, item: Item) -> Iterator[Effect]:
        """The item's own effects, then the default for "not sure" where the item says nothing about it."""
        yield from item.effects
        spoken_for = {code for effect in item.effects for code in effect.codes}
        left = tuple(code for code in self.unsure.codes if code not in spoken_for)
        if left and not item.is_gate:
            yield Effect(codes=left, outcome=self.unsure.outcome, tell=self.unsure.tell)


def load_questionnaire(path: Path = HERE / "questionnaire.yml") -> Questionnaire:
    """Read and check the questionnaire. Raises `QuestionnaireError` naming everything that is wrong."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema = json.loads((HERE / "questionnaire.schema.json").read_text(encoding="utf-8"))
    problems = [
        f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(raw)
    ]
    if problems:
        raise QuestionnaireError("\n".join(problems))
    words = list(_words_of_other_languages().values())
    items = {
        item["linkId"]: _item(item, group["linkId"], raw["option_sets"], words)
        for group in raw["items"]
        for item in group["items"]
    }
    questionnaire = Questionnaire(
        **{name: raw["meta"][name] for name in ("url", "version", "rules", "notice", "valid_days", "title")},
        items=items,
        groups={group["linkId"]: group["text"] for group in raw["items"]},
        screens=tuple(_screen(screen) for screen in raw["chat"]),
        none_codes=raw["none_codes"],
        unsure=_effect(raw["default_unsure"]),
        review_tell=raw["default_review"],
        precedence=tuple(raw["precedence"]),
        routes=tuple(raw["routes"]),
        recheck=tuple(raw["recheck"]["items"]),
        recheck_hours=tuple(raw["recheck"]["when_hours_before"]),
        recheck_text=raw["recheck"]["text"],
        do_not_ask=tuple(raw["do_not_ask"]),
        raw=raw,
    )
    if problems := list(_inconsistencies(questionnaire)):
        raise QuestionnaireError("\n".join(problems))
    return questionnaire


def _words_of_other_languages() -> dict[str, Mapping[str, Any]]:
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(WORDS.glob("*.yml"))}


def _item(raw: Mapping[str, Any], group: str, sets: Mapping[str, Any], words: Sequence[Mapping[str, Any]]) -> Item:
    options = raw.get("answerOption") or sets.get(raw.get("options", ""), [])
    others = [known[raw["linkId"]] for known in words if raw["linkId"] in known]
    return Item(
        link_id=raw["linkId"],
        group=group,
        type=raw["type"],
        label=raw["label"],
        text=raw["text"],
        again=raw["again"],
        why=raw["why"],
        options=tuple(Option(o["code"], o["display"], o.get("system"), _words(o, others)) for o in options),
        effects=tuple(_effect(effect) for effect in raw["effects"]),
        enable_when=tuple(
            Condition(when["question"], when["operator"], when["answer"]) for when in raw.get("enableWhen", ())
        ),
        sources=tuple(raw["sources"]),
        words=(*raw["words"], *(word for other in others for word in other.get("words", ()))),
        denied=(*raw.get("denied", ()), *(word for other in others for word in other.get("denied", ()))),
        raw=raw,
        required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        enable_any=raw.get("enableBehavior") == "any",
        may_be_empty=raw.get("may_be_empty", False),
        max_length=raw.get("maxLength", 0),
        help=raw.get("help", ""),
    )


def _words(option: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    told = (other.get("options", {}).get(option["code"], ()) for other in others)
    return (*option.get("words", ()), *(word for words in told for word in words))


def _effect(raw: Mapping[str, Any]) -> Effect:
    constraint = dict(raw.get("constraint", {}))
    since = constraint.pop("since", None)
    return Effect(
        codes=tuple(raw["if"]),
        outcome=raw["outcome"],
        hold=raw.get("hold", False),
        ends=raw.get("end", False) or raw.get("ends", False),
        final=raw.get("end", False),
        store=raw.get("store", True),
        clears=raw.get("clears", ""),
        tell=raw.get("tell", ""),
        staff=raw.get("staff", ""),
        constraint=constraint or None,
        since=since,
    )


def _screen(raw: Mapping[str, Any]) -> Screen:
    if "ask" in raw:
        return Screen(raw["ask"], "ask", then=tuple(raw.get("then", ())))
    if "review" in raw:
        picks = tuple(Pick(pick["item"], None, pick["title"]) for pick in raw["extras"])
        return Screen(raw["review"], "review", picks=picks)
    picks = tuple(Pick(pick["item"], pick.get("code"), pick["title"]) for pick in raw["picks"])
    return Screen(
        raw["group"], "group", raw["title"], raw["text"], raw["again"], raw["why"], picks, tuple(raw.get("then", ()))
    )


def _inconsistencies(questionnaire: Questionnaire) -> Iterator[str]:
    """What a schema cannot see: links and codes that point nowhere, and questions that no screen asks."""
    for language, words in _words_of_other_languages().items():
        for link_id, given in words.items():
            if link_id not in questionnaire.items:
                yield f"words/{language}.yml: unknown item {link_id!r}"
            elif stray := set(given.get("options", ())) - _codes(questionnaire.items[link_id]):
                yield f"words/{language}.yml: {link_id} has no answers {sorted(stray)}"
    for item in questionnaire.items.values():
        yield from _item_problems(questionnaire, item)
    for screen in questionnaire.screens:
        for pick in screen.picks:
            if pick.item not in questionnaire.items:
                yield f"chat {screen.ref}: unknown item {pick.item!r}"
            elif pick.code and pick.code not in {*ABSENT, *_codes(questionnaire.items[pick.item])}:
                yield f"chat {screen.ref}: {pick.item} has no answer {pick.code!r}"


def _item_problems(questionnaire: Questionnaire, item: Item) -> Iterator[str]:
    items = questionnaire.items
    for when in item.enable_when:
        if when.question not in items:
            yield f"{item.link_id}: enableWhen names {when.question!r}, which does not exist"
        elif when.answer not in _codes(items[when.question]):
            yield f"{item.link_id}: enableWhen waits for {when.answer!r}, which {when.question} does not offer"
    if len(item.enable_when) > 1 and "enableBehavior" not in item.raw:
        yield f"{item.link_id}: more than one enableWhen needs enableBehavior"
    for effect in item.effects:
        stray = set(effect.codes) - _codes(item) - {*ABSENT, OTHER, True, False}
        if stray:
            yield f"{item.link_id}: effect for unknown answers {sorted(map(str, stray))}"
        if effect.since and effect.since not in items:
            yield f"{item.link_id}: constraint counts from {effect.since!r}, which does not exist"
    try:
        questionnaire.screen_of(item.link_id)
    except KeyError:
        yield f"{item.link_id}: no screen asks it"


def _codes(item: Item) -> set[str]:
    return {option.code for option in item.options}
