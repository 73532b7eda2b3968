"""Answers as they come in (codes, displays, yes/no words, booleans, ISO dates, lists) -> canonical values.

A canonical value is JSON: `bool` for a boolean item, a code for a choice, a list of codes (or free text, for an
open-choice) for an item that repeats, an ISO date, a text; and for any item that is not a gate, one of `ABSENT`.
Liberal in the form, strict in the meaning: what cannot be read with certainty is refused by name, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.eligibility.questionnaire import ABSENT, Item, Questionnaire

Value = bool | str | list[str]

WORDS = {
    "Y": ("y", "yes", "true"),
    "N": ("n", "no", "false"),
    "asked-unknown": ("asked-unknown", "unknown", "not sure", "unsure", "not-sure", "don't know", "dont know"),
    "asked-declined": ("asked-declined", "declined", "prefer not to say", "skip", "skipped", "refused"),
}
CODE_OF = {word: code for code, words in WORDS.items() for word in words}
NONE = "none"
PAST_ONLY = "meds.nsaid.last"  # a date that has happened (ruling 6)


@dataclass  # not frozen: raising and re-raising sets attributes of an exception
class AnswerError(ValueError):
    """An answer that cannot be taken. `name` is stable: unknown_item, unknown_code, not_a_date, future_date, too_long,
    too_many, contradiction, not_text, cannot_decline, not_boolean.
    """

    link_id: str
    name: str
    given: str

    def __str__(self) -> str:
        return f"{self.link_id}: {self.name}: {self.given!r}"


def read_all(
    questionnaire: Questionnaire, answers: Mapping[str, Any], today: date
) -> tuple[dict[str, Value], tuple[AnswerError, ...]]:
    """Canonical values of everything that can be read, in the questionnaire's order, and what was refused."""
    values: dict[str, Value] = {}
    refused = [AnswerError(link_id, "unknown_item", "") for link_id in answers if link_id not in questionnaire.items]
    for link_id, item in questionnaire.items.items():
        try:
            value = read_value(item, answers.get(link_id), today)
        except AnswerError as error:
            refused.append(error)
        else:
            if value is not None:
                values[link_id] = value
    return values, tuple(refused)


def read_value(item: Item, given: Any, today: date) -> Value | None:
    """The canonical value, or None for "not answered". Raises `AnswerError`."""
    given = _unwrap(given)
    if given is None or given == []:
        return None
    absent = CODE_OF.get(_fold(given)) if isinstance(given, str) else None
    # "unsure" may be an item's own answer ("I'm not sure what is realistic") before it is a missing one.
    own = {_fold(word) for option in item.options for word in (option.code, option.display)}
    if absent in ABSENT and isinstance(given, str) and _fold(given) not in own:
        # Every health question can be declined, also those whose options forgot it (ruling 3); so can gates, which
        # then end the asking kindly.
        return absent
    if item.type == "boolean":
        return _boolean(item, given)
    if item.type == "date":
        return _day(item, given, today)
    if item.options:
        return _codes(item, given)
    return _text(item, given)


def enabled(item: Item, values: Mapping[str, Value]) -> bool:
    """Does the item's enableWhen hold? `values` holds only answers of enabled items."""
    if not item.enable_when:
        return True
    held = [_holds(when.operator, when.answer, values.get(when.question)) for when in item.enable_when]
    return any(held) if item.enable_any else all(held)


def visible(questionnaire: Questionnaire, values: Mapping[str, Value]) -> dict[str, Value]:
    """The answers that count: those of enabled items (an answer to a question that fell away does not)."""
    kept: dict[str, Value] = {}
    for link_id, item in questionnaire.items.items():
        if link_id in values and enabled(item, kept):
            kept[link_id] = values[link_id]
    return kept


def codes_of(value: Value) -> list[str]:
    """A value as a list of codes, for choices that repeat and those that do not."""
    return list(value) if isinstance(value, list) else [str(value)]


def _holds(operator: str, answer: str, value: Value | None) -> bool:
    has = value is not None and answer in codes_of(value)
    return has if operator == "=" else not has


def _unwrap(given: Any) -> Any:
    """FHIR's `{"valueCoding": {"code": ...}}` and `{"code": ...}` to the bare value."""
    if isinstance(given, Mapping):
        for key in ("valueCoding", "valueBoolean", "valueDate", "valueString", "code", "value"):
            if key in given:
                return _unwrap(given[key])
    if isinstance(given, (list, tuple, set, frozenset)):
        return [_unwrap(one) for one in given]
    return given


def _boolean(item: Item, given: Any) -> bool:
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, bool):
        return given
    code = CODE_OF.get(_fold(given)) if isinstance(given, str) else None
    if code not in ("Y", "N"):
        raise AnswerError(item.link_id, "not_boolean", str(given))
    return code == "Y"


def _codes(item: Item, given: Any) -> Value:
    several = given if isinstance(given, list) else _split(item, given)
    codes = list(dict.fromkeys(_code(item, one) for one in several))
    alone = [code for code in codes if code in (NONE, *ABSENT)]
    if len(codes) > 1 and alone:
        raise AnswerError(item.link_id, "contradiction", ", ".join(codes))
    if not item.repeats and len(codes) > 1:
        raise AnswerError(item.link_id, "too_many", ", ".join(codes))
    if not item.repeats or codes[0] in ABSENT:
        return codes[0]
    return sorted(codes, key=_order(item))


def _split(item: Item, given: Any) -> list[Any]:
    """ "latex, fish" is two answers where several are allowed; a display with a comma in it is one."""
    displays = {_fold(option.display) for option in item.options}
    if not item.repeats or not isinstance(given, str) or _fold(given) in displays:
        return [given]
    return [piece for piece in re.split(r"[,;]", given) if piece.strip()] or [given]


def _order(item: Item) -> Any:
    place = {option.code: number for number, option in enumerate(item.options)}
    return lambda code: (place.get(code, len(place)), code)


def _code(item: Item, given: Any) -> str:
    if isinstance(given, bool):
        given = "Y" if given else "N"
    if not isinstance(given, str) or not given.strip():
        raise AnswerError(item.link_id, "unknown_code", str(given))
    folded = _fold(given)
    for option in item.options:
        if folded in (_fold(option.code), _fold(option.display)):
            return option.code
    codes = {option.code for option in item.options}
    code = CODE_OF.get(folded, "")
    code = str(item.raw.get("aliases", {}).get(code, code))
    if code in codes or code in ABSENT:
        return code
    if folded in ("none", "none of these", "nothing") and "N" in item.raw.get("aliases", {}):
        return str(item.raw["aliases"]["N"])
    if item.type == "open-choice":
        return _text(item, given)
    raise AnswerError(item.link_id, "unknown_code", given)


def _day(item: Item, given: Any, today: date) -> str:
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, datetime):
        given = given.date()
    try:
        day = given if isinstance(given, date) else _iso(str(given))
    except ValueError as error:
        raise AnswerError(item.link_id, "not_a_date", str(given)) from error
    if item.link_id == PAST_ONLY and day > today:
        raise AnswerError(item.link_id, "future_date", day.isoformat())
    return day.isoformat()


def _iso(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?", text.strip()):
        raise ValueError(text)
    return date.fromisoformat(text.strip()[:10])


def _text(item: Item, given: Any) -> str:
    if isinstance(given, list):
        given = ", ".join(str(one) for one in given)
    if given is False and item.may_be_empty:
        return ""
    if not isinstance(given, str):
        raise AnswerError(item.link_id, "not_text", str(given))
    text = " ".join(unicodedata.normalize("NFKC", given).split())
    if item.max_length and len(text) > item.max_length:
        raise AnswerError(item.link_id, "too_long", f"{len(text)} of {item.max_length} characters")
    return text


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").casefold().split())
