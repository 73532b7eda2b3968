"""The facts are what the clinic texts say, and nothing that patients are told is left without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.knowledge.facts import Fact, load_facts
from bot.safety.guards import Guards

SEEDS = {path.name[:3]: path for path in (Path(__file__).parents[2] / "data" / "seeds").glob("*.txt")}
FACTS = load_facts()


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(str.maketrans("’‘“”", "''\"\""))).casefold()


@pytest.fixture(scope="module")
def seeds() -> dict[str, str]:
    return {f"S{int(name)}": flat(path.read_text(encoding="utf-8")) for name, path in SEEDS.items()}


@pytest.mark.parametrize("fact", FACTS.facts.values(), ids=lambda fact: fact.id)
def test_every_anchor_stands_in_its_text(fact: Fact, seeds: dict[str, str]) -> None:
    assert fact.anchors
    for text, words in fact.anchors.items():
        assert flat(words) in seeds[text], (fact.id, text)


def test_a_fact_that_must_not_be_said_names_its_guard() -> None:
    guards = {guard.id for guard in Guards().guards}
    for fact in FACTS.facts.values():
        assert fact.guard is None or fact.guard in guards
        assert fact.say != "never" or fact.guard, fact.id


def test_patient_wording_of_a_fact_passes_the_guards() -> None:
    guards = Guards()
    for fact in FACTS.facts.values():
        assert not guards.violations(fact.patient or ""), fact.id
    for conflict in FACTS.conflicts.values():
        assert not guards.violations(conflict.reconcile), conflict.id


def test_references_and_conflicts_exist() -> None:
    for fact in FACTS.facts.values():
        assert set(fact.refs) <= FACTS.refs.keys(), fact.id
        assert fact.conflict is None or fact.conflict in FACTS.conflicts, fact.id
    assert set(FACTS.plain) - {"clinics", "policy", "practice"} <= FACTS.refs.keys()
