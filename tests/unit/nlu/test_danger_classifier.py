"""What the encoder knows of danger: the whole message is seen with its parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.danger_classifier import MODEL
from bot.nlu.networks import Matrix, Networks, pooled
from bot.safety.labelled import to_learn_from
from bot.safety.learn import ARGUABLE, DANGER, examples
from bot.safety.measure import load_lines
from bot.safety.opinion import HARMLESS, TIERS, SecondOpinion

WHOLE = np.array([0.6, 0.0, -0.8], dtype=np.float32)


def test_a_message_of_one_thought_is_its_own_part() -> None:
    assert np.array_equal(pooled(WHOLE, np.empty((0, 3))), pooled(WHOLE, WHOLE[None]))


def test_a_sign_in_one_part_is_not_lost_among_calm_ones() -> None:
    calm, sign = np.tile(WHOLE, (9, 1)), np.array([[0.0, 1.0, 0.0]], dtype=np.float32)
    row = pooled(WHOLE, np.concatenate([calm, sign]))
    assert row.reshape(3, 3)[1, 1] == pooled(WHOLE, sign).reshape(3, 3)[1, 1]


def shares(sense: Networks, rows: Matrix) -> list[Mapping[str, float]]:
    return [one.shares for one in sense.opinions(rows)]


def test_networks_are_averaged_and_are_the_same_after_saving(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    shapes = ((2, 9, 4), (2, 4), (2, 4, 3), (2, 3))
    sense = Networks(("E1", "none", "none:pain"), *(chance.normal(size=shape).astype(np.float32) for shape in shapes))
    sense.save(tmp_path / "danger.npz")
    rows = np.stack([pooled(WHOLE, WHOLE[None]), pooled(-WHOLE, WHOLE[None])])
    (before, other), (after, _) = shares(sense, rows), shares(Networks.load(tmp_path / "danger.npz"), rows)
    assert before != other
    assert sum(before.values()) == pytest.approx(1)
    assert after == pytest.approx(before, abs=0.01)
    alone = [Networks(sense.labels, *(field[[k]] for field in list(vars(sense).values())[1:])) for k in (0, 1)]
    assert before["E1"] == pytest.approx(sum(shares(one, rows)[0]["E1"] for one in alone) / 2)


def test_both_opinions_speak_of_the_same_labels() -> None:
    labels = set(Networks.load(MODEL).labels)
    assert labels == set(SecondOpinion.load().labels) == {label for _, label in examples()}


def test_what_tells_facts_is_harmless_unless_it_was_labelled_otherwise() -> None:
    labels = {text.casefold(): label for text, label in examples()}
    labelled = {line["text"].casefold(): line["tier"] for line in load_lines(sorted(DANGER.glob("*.jsonl")))}
    facts = {line["text"].casefold() for line in load_lines(to_learn_from()) if "disclosures" in line}
    assert {labels[text].partition(":")[0] for text in facts - set(labelled)} == {HARMLESS}
    assert {text for text, tier in labelled.items() if tier == ARGUABLE}.isdisjoint(labels)
    dangers = [text for text in facts if labelled.get(text) in TIERS]
    assert len(dangers) > 300
    assert all(labels[text] != HARMLESS for text in dangers)
