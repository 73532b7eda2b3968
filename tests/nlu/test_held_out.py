"""Understanding on examples that were never trained on stays above its floors."""

from __future__ import annotations

import yaml

from bot.engine.assistant import Assistant
from bot.engine.evaluation import FLOORS, HELD_OUT, broken_floors, figures, read_all, read_examples
from bot.storage.turns import TurnStore


def test_no_figure_is_below_its_floor(assistant: tuple[Assistant, TurnStore]) -> None:
    cases = {
        name: read_all(assistant[0], read_examples(HELD_OUT / f"{name}.jsonl"), name)
        for name in ("topics", "translated", "stories")
    }
    measured = figures(cases["topics"], cases["translated"], cases["stories"])
    assert not broken_floors(measured, yaml.safe_load(FLOORS.read_text(encoding="utf-8")))
