"""From answers to an assessment: a pure function of questionnaire, answers and date.

The words are routing words. No outcome is a decision about treatment: a clinician reviews every completed form.

JSON form (`mesobot assess`, one line in, one line out; see `assess_line`):

    {"today": "2026-11-23", "answers": {"consent.health": true, "gate.self": "Y", ...}}
 -> {"status", "verdict", "hold", "earliest", "constraints", "reasons", and more: route, missing, refused, versions}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from bot.eligibility.medicines import read_medicines
from bot.eligibility.questionnaire import ABSENT, OTHER, Effect, Item, Questionnaire, load_questionnaire
from bot.eligibility.values import Value, codes_of, enabled, read_all, visible
from bot.safety.triage import Triage

# Free texts whose every word must be known; in the others only a known medicine counts.
LISTS_OF_MEDICINES = ("meds.list",)
TEXTS_WITH_MEDICINES = ("meds.thinner.name", *LISTS_OF_MEDICINES, "final.other")
TEXTS_WITH_DANGER = ("request.goal", "meds.list", "final.other")
GAPS = ("min_gap_days", "earliest_slot_days_after_last_dose", "no_slot_before_event_days")
CONFLICT = "conflict"  # the "answer" of an unresolved contradiction


@dataclass(frozen=True)
class Reason:
    """Why. `rule` is "linkId/answer"; `text` is for the patient, `staff` for the clinic; `clears` says what ends it."""

    linkId: str  # noqa: N815 (the wire name)
    outcome: str
    text: str
    source: str
    rule: str
    clears: str = ""
    staff: str = ""
    hold: bool = False


@dataclass(frozen=True)
class Assessment:
    """The outcome as a value.

    `status` is complete, incomplete (`verdict` is None then: no guess) or stopped. A stopped one has either a `route`
    (no_questions, triage, emergency_stop) and no verdict, or a verdict that no further answer can change.
    `hold`: no slot at all, only a call-back by a clinician. `earliest`: the first day that a service which may treat
    can be booked; that day itself is allowed.
    """

    status: str
    verdict: str | None
    route: str | None
    hold: bool
    earliest: str | None
    constraints: tuple[dict[str, Any], ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    refused: tuple[dict[str, str], ...]
    questionnaire: str
    rules: str
    today: str

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        fields = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


@dataclass(frozen=True)
class _Fired:
    """An effect that an answer set off. `item` is where it shows; `code` the answer."""

    item: Item
    code: str
    effect: Effect


def assess(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    today: date,
    *,
    conflicts: Collection[str] = (),
    is_danger: Callable[[str], bool] | None = None,
) -> Assessment:
    """Weigh `answers` (any form that `values` reads) as of `today`.

    `conflicts` are linkIds whose structured "no" a free text contradicts and nobody has resolved: clinician review.
    `is_danger` is the red-flag check for the free texts.
    """
    read, refused = read_all(questionnaire, answers, today)
    values = visible(questionnaire, read)
    fired = list(_fired(questionnaire, values, conflicts))
    route = _route(fired, values, is_danger)
    missing = tuple(_missing(questionnaire, values))
    ended = any(one.effect.final for one in fired) or (
        bool(missing or refused) and any(one.effect.ends for one in fired)
    )
    if route == "no_questions":
        # Without consent nothing else is weighed, whatever came along with the refusal.
        fired = [one for one in fired if one.item.is_gate and one.effect.outcome == "no_questions"]
    status = "stopped" if route or ended else "incomplete" if missing or refused else "complete"
    constraints = tuple(_constraints(fired, values, today))
    return Assessment(
        status=status,
        verdict=None if route or status == "incomplete" else _worst(questionnaire, fired),
        route=route,
        hold=any(one.effect.hold for one in fired),
        earliest=max((limit["earliest"] for limit in constraints if "earliest" in limit), default=None),
        constraints=constraints,
        reasons=tuple(_reasons(questionnaire, fired)),
        missing=missing,
        refused=tuple({"linkId": error.link_id, "error": error.name, "given": error.given} for error in refused),
        questionnaire=questionnaire.version,
        rules=questionnaire.rules,
        today=today.isoformat(),
    )


def as_assessment(raw: dict[str, Any]) -> Assessment:
    """The stored outcome as a value again."""
    fields = {name: raw.get(name) for name in Assessment.__dataclass_fields__}
    for name in ("constraints", "missing", "refused"):
        fields[name] = tuple(raw.get(name) or ())
    known = Reason.__dataclass_fields__
    fields["reasons"] = tuple(
        Reason(**{key: value for key, value in one.items() if key in known}) for one in raw.get("reasons") or ()
    )
    return Assessment(**fields)  # type: ignore[arg-type]


def assess_line(line: Mapping[str, Any], questionnaire: Questionnaire | None = None) -> dict[str, Any]:
    """One line of `mesobot assess`. Never raises: what cannot be read at all answers with `error`."""
    return _line(line, questionnaire, _is_danger)


def replay(stored: Mapping[str, Any], questionnaire: Questionnaire | None = None) -> dict[str, Any]:
    """Re-compute a stored `finished` record ({"answers", "conflicts", "assessment"}) with the rules of now.

    -> {"same": bool, "changed": [fields], "rules_then", "rules_now", "now": assessment}
    """
    then = stored["assessment"]
    line = {"today": then["today"], "answers": stored["answers"], "conflicts": stored.get("conflicts", ())}
    # Danger was looked for when the words were said; new rules for it do not change what was found then.
    now = _line(line, questionnaire, None)
    compared = ("status", "verdict", "route", "hold", "earliest", "constraints", "reasons", "missing")
    changed = [field for field in compared if then.get(field) != now.get(field)]
    return {
        "same": not changed,
        "changed": changed,
        "rules_then": then.get("rules"),
        "rules_now": now.get("rules"),
        "now": now,
    }


def _line(
    line: Mapping[str, Any], questionnaire: Questionnaire | None, is_danger: Callable[[str], bool] | None
) -> dict[str, Any]:
    try:
        today = date.fromisoformat(str(line["today"])[:10])
        answers = line["answers"]
        if not isinstance(answers, Mapping):
            raise TypeError("answers must be an object {linkId: value}")
        conflicts = [str(link_id) for link_id in line.get("conflicts", ())]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return {
            "status": "incomplete",
            "verdict": None,
            "hold": False,
            "earliest": None,
            "constraints": [],
            "reasons": [],
            "error": f"{type(error).__name__}: {error}",
        }
    return assess(questionnaire or _own(), answers, today, conflicts=conflicts, is_danger=is_danger).as_dict()


def _is_danger(text: str) -> bool:
    return bool(text.strip()) and _triage().read(text).tier in ("emergency", "self_harm")


@lru_cache(maxsize=1)
def _triage() -> Triage:
    return Triage.load()


@lru_cache(maxsize=1)
def _own() -> Questionnaire:
    return load_questionnaire()


def _fired(questionnaire: Questionnaire, values: Mapping[str, Value], conflicts: Collection[str]) -> Iterator[_Fired]:
    for link_id, value in values.items():
        item = questionnaire.items[link_id]
        for code in codes_of(value):
            yield from _fired_by(questionnaire, item, value if isinstance(value, bool) else code)
        if link_id in conflicts:
            yield _Fired(item, CONFLICT, Effect(codes=(), outcome="clinician_review", tell=questionnaire.review_tell))
    for link_id in TEXTS_WITH_MEDICINES:
        text = values.get(link_id)
        if isinstance(text, str) and text not in ("", *ABSENT):
            yield from _fired_by_medicines(questionnaire, link_id, text, values)


def _fired_by(questionnaire: Questionnaire, item: Item, code: str | bool) -> Iterator[_Fired]:
    if item.is_gate and code in ABSENT:
        # A gate that is not answered ends the questionnaire (ruling 3); unsure about a symptom is looked at first.
        route = "triage" if item.link_id == "gate.symptoms" and code == "asked-unknown" else "no_questions"
        yield _Fired(item, str(code), Effect(codes=(code,), outcome=route))
        return
    known = {option.code for option in item.options} | set(ABSENT)
    for effect in questionnaire.effects_of(item):
        other = OTHER in effect.codes and code not in known
        # `is`-safe: True == 1 must not meet a code, so booleans are compared with booleans only.
        if other or any(type(code) is type(one) and code == one for one in effect.codes):
            yield _Fired(item, str(code), effect)


def _fired_by_medicines(
    questionnaire: Questionnaire, link_id: str, text: str, values: Mapping[str, Value]
) -> Iterator[_Fired]:
    reading = read_medicines(text)
    classes: dict[str, Mapping[str, Any]] = questionnaire.raw["medicine_classes"]
    named = {hit.drug_class if hit.drug_class in classes else "unknown" for hit in reading.hits}
    if link_id in LISTS_OF_MEDICINES:
        named |= {"unknown"} if reading.unknown else set()
    else:
        named.discard("unknown")
    for drug_class in sorted(named):
        given = classes[drug_class]
        item = questionnaire.items[given["item"]]
        held = codes_of(values[item.link_id]) if item.link_id in values else []
        if "code" in given:
            if given["code"] not in held:
                yield from _fired_by(questionnaire, item, given["code"])
        elif not set(given.get("unless", ())) & set(held):
            effect = Effect(codes=(drug_class,), outcome=given["outcome"], tell=given.get("tell", ""))
            yield _Fired(item, drug_class, effect)


def _route(fired: list[_Fired], values: Mapping[str, Value], is_danger: Callable[[str], bool] | None) -> str | None:
    outcomes = {one.effect.outcome for one in fired}
    texts = [value for link_id in TEXTS_WITH_DANGER if isinstance(value := values.get(link_id), str)]
    if is_danger and any(is_danger(text) for text in texts):
        return "emergency_stop"
    return next((route for route in ("no_questions", "triage") if route in outcomes), None)


def _missing(questionnaire: Questionnaire, values: Mapping[str, Value]) -> Iterator[str]:
    """Required questions, and every enabled follow-up (ruling 1), that are neither answered nor declined."""
    for link_id, item in questionnaire.items.items():
        needed = item.required or (bool(item.enable_when) and not item.may_be_empty)
        if needed and values.get(link_id, "") == "" and enabled(item, values):
            yield link_id


def _worst(questionnaire: Questionnaire, fired: list[_Fired]) -> str:
    outcomes = {one.effect.outcome for one in fired}
    return next((outcome for outcome in questionnaire.precedence if outcome in outcomes), "no_flag")


def _reasons(questionnaire: Questionnaire, fired: list[_Fired]) -> list[Reason]:
    order = [*questionnaire.routes, *questionnaire.precedence]
    reasons: dict[tuple[str, str], Reason] = {}
    for one in fired:
        if one.effect.outcome in ("no_flag", "ask_more") or (one.code == CONFLICT and _is_said(one, fired)):
            continue
        reason = Reason(
            linkId=one.item.link_id,
            outcome=one.effect.outcome,
            text=one.effect.tell or (questionnaire.review_tell if one.effect.outcome == "clinician_review" else ""),
            source=", ".join(one.item.sources),
            rule=f"{one.item.link_id}/{one.code}",
            clears=one.effect.clears,
            staff=one.effect.staff,
            hold=one.effect.hold,
        )
        # Two picks of one effect, or two routes to it, are one reason.
        reasons.setdefault((reason.linkId, reason.text or reason.rule), reason)
    return sorted(reasons.values(), key=lambda reason: order.index(reason.outcome))


def _is_said(conflict: _Fired, fired: list[_Fired]) -> bool:
    """The contradicting text already gives a better reason."""
    return any(
        one.item is conflict.item and one.code != CONFLICT and one.effect.outcome == conflict.effect.outcome
        for one in fired
    )


def _constraints(fired: list[_Fired], values: Mapping[str, Value], today: date) -> Iterator[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    for one in fired:
        if not one.effect.constraint:
            continue
        limit: dict[str, Any] = {"linkId": one.item.link_id, **one.effect.constraint}
        gap = next((name for name in GAPS if name in one.effect.constraint), None)
        if gap:
            limit |= _days(gap, one.effect, values, today)
        if limit not in seen:
            seen.append(limit)
            yield limit


def _days(gap: str, effect: Effect, values: Mapping[str, Value], today: date) -> dict[str, str]:
    """First day after a gap. Without a date the gap counts from today (ruling 6)."""
    assert effect.constraint is not None  # noqa: S101 (only called with one)
    given = values.get(effect.since or "")
    if not isinstance(given, str) or given in ("", *ABSENT):
        return {"since": today.isoformat(), "earliest": _plus(today, effect.constraint[gap])}
    day = date.fromisoformat(given)
    # The event itself is the end of its gap: from the day after, nothing stands in the way.
    days = 1 if gap == "no_slot_before_event_days" else effect.constraint[gap]
    return {"since": given, "earliest": _plus(day, days)}


def _plus(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()
