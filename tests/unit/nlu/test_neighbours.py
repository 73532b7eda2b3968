"""The quick look-up finds the examples that comparing with every one finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.nlu.neighbours import Neighbourhood

CHANCE = np.random.default_rng(7)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


# As sentences do, the rows lie around topics, and most of what tells them apart lies along some axes.
SPREAD = np.linspace(1.0, 0.05, 512) ** 2
TOPICS = CHANCE.normal(size=(60, 512)) * SPREAD
EXAMPLES = unit(TOPICS[CHANCE.integers(0, 60, 3000)] + 0.6 * CHANCE.normal(size=(3000, 512)) * SPREAD)
ASKED = unit(EXAMPLES[:40] + 0.3 * CHANCE.normal(size=(40, 512)) * SPREAD * 0.1)


def test_the_nearest_are_found_with_their_likeness() -> None:
    found = Neighbourhood.of(EXAMPLES).near(ASKED)
    for near, exact in zip(found, ASKED @ EXAMPLES.T, strict=True):
        assert len(set(np.argsort(-exact)[:20]) & set(near.places)) >= 19
        assert np.abs(near.likeness - exact[near.places]).max() < 1e-3


def test_it_is_the_same_after_saving(tmp_path: Path) -> None:
    before = Neighbourhood.of(EXAMPLES)
    before.save(tmp_path)
    after = Neighbourhood.load(tmp_path)
    for one, other in zip(before.near(ASKED), after.near(ASKED), strict=True):
        assert sorted(one.places) == sorted(other.places)
