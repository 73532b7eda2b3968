"""Danger rules: which concepts, together, make which flag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import yaml

from bot.safety.concepts import Hit
from bot.safety.scope import Scope, Status

RULES = Path(__file__).parent / "rules.yml"
NEAR = 12  # words between two signs of one rule, unless the rule says otherwise
MOST_COMBINATIONS = 400


@dataclass(frozen=True)
class Rule:
    """One way a flag shows itself.

    Every entry of `signs` must be there, near each other, and not negated; an entry is a set of concepts of which one
    is enough. `context` concepts must be anywhere in the message and not negated, `unless` none in the same sentence,
    `unless_anywhere` none in the message. `after` and `before` bound the hours since treatment; `before` also holds
    when no time is given. `ask` makes the finding unclear: card first, then one question. `despite` names what does not
    take the sign away: "habit", "past", "hypothetical". `sure` rules alarm alone; the others are evidence that the
    second opinion weighs (`bot.safety.opinion`), and alarm alone only where there is no second opinion. `name` is the
    flag with the rule's place among that flag's rules.
    """

    flag: str
    signs: tuple[frozenset[str], ...]
    context: tuple[frozenset[str], ...] = ()
    unless: frozenset[str] = frozenset()
    unless_anywhere: frozenset[str] = frozenset()
    near: int = NEAR
    after: float | None = None
    before: float | None = None
    ask: bool = False
    despite: frozenset[Status] = frozenset()
    sure: bool = False
    name: str = ""


@dataclass(frozen=True)
class Match:
    """A rule that applies, with its hits and how present they are."""

    rule: Rule
    hits: tuple[Hit, ...]
    status: Status


def load_rules(path: Path = RULES) -> tuple[Rule, ...]:
    """Read the rules file: flag -> list of rules."""
    data: Mapping[str, Sequence[Mapping[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        _rule(flag, given, f"{flag}.{place}") for flag, rules in data.items() for place, given in enumerate(rules, 1)
    )


def _rule(flag: str, given: Mapping[str, Any], name: str) -> Rule:
    unknown = set(given) - {
        "signs",
        "context",
        "unless",
        "unless_anywhere",
        "near",
        "after",
        "before",
        "ask",
        "despite",
        "sure",
    }
    if unknown:
        raise ValueError(f"{RULES.name}: {flag}: unknown key {sorted(unknown)}")
    return Rule(
        flag=flag,
        signs=tuple(_either(names) for names in given["signs"]),
        context=tuple(_either(names) for names in given.get("context", ())),
        unless=frozenset(given.get("unless", ())),
        unless_anywhere=frozenset(given.get("unless_anywhere", ())),
        near=given.get("near", NEAR),
        after=given.get("after"),
        before=given.get("before"),
        ask=given.get("ask", False),
        despite=frozenset(Status[name.upper()] for name in given.get("despite", ())),
        sure=given.get("sure", False),
        name=name,
    )


def _either(names: str) -> frozenset[str]:
    return frozenset(names.replace(" ", "").split("|"))


class Reading:
    """What the rules look at: the hits of one message by concept, their scope, and the hours since treatment."""

    def __init__(self, hits: Iterable[Hit], scope: Scope, hours: Sequence[float]) -> None:
        self.scope = scope
        self.hours = hours
        self.by_concept: dict[str, list[Hit]] = {}
        for hit in hits:
            self.by_concept.setdefault(hit.concept, []).append(hit)
        self.sentences = {
            concept: {scope.sentence[hit.start] for hit in found} for concept, found in self.by_concept.items()
        }

    def apply(self, rule: Rule) -> Match | None:
        """The most present way in which `rule` fits, or None."""
        if not all(not concepts.isdisjoint(self.by_concept) for concepts in (*rule.signs, *rule.context)):
            return None
        if not rule.unless_anywhere.isdisjoint(self.by_concept) or not self._in_time(rule):
            return None
        if not all(self._asserted(concepts) for concepts in rule.context):
            return None
        best: Match | None = None
        for hits in self._combinations(rule):
            status = max(self._status(hit, rule) for hit in hits)
            if best is None or status < best.status:
                best = Match(rule, hits, status)
                if status == Status.PRESENT:
                    break
        return best

    def _status(self, hit: Hit, rule: Rule) -> Status:
        status = self.scope.of(hit.start, hit.end)
        return Status.PRESENT if status in rule.despite else status

    def _combinations(self, rule: Rule) -> Iterable[tuple[Hit, ...]]:
        choices = [[hit for concept in concepts for hit in self.by_concept.get(concept, ())] for concepts in rule.signs]
        for hits in islice(product(*choices), MOST_COMBINATIONS):
            if self._distinct(hits) and self._close(hits, rule.near) and not self._excluded(hits, rule.unless):
                yield hits

    def _distinct(self, hits: tuple[Hit, ...]) -> bool:
        """Two signs of a rule are two places in the text, unless one phrase carries both."""
        spans = [(hit.start, hit.end) for hit in hits]
        return len(set(spans)) == len(spans) or all(end - start > 1 for start, end in spans)

    def _close(self, hits: tuple[Hit, ...], near: int) -> bool:
        ordered = sorted(hits, key=lambda hit: hit.start)
        return all(later.start - earlier.end <= near for earlier, later in zip(ordered, ordered[1:]))  # noqa: B905, RUF007

    def _excluded(self, hits: tuple[Hit, ...], unless: frozenset[str]) -> bool:
        there = {self.scope.sentence[hit.start] for hit in hits}
        return any(not there.isdisjoint(self.sentences.get(concept, ())) for concept in unless)

    def _asserted(self, concepts: frozenset[str]) -> bool:
        return any(
            self.scope.of(hit.start, hit.end) < Status.NEGATED
            for concept in concepts
            for hit in self.by_concept.get(concept, ())
        )

    def _in_time(self, rule: Rule) -> bool:
        if rule.after is not None and not any(hours >= rule.after for hours in self.hours):
            return False
        return rule.before is None or not self.hours or max(self.hours) <= rule.before
