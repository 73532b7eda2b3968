"""The graph without a scheduler gives what Rasa's runner gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa.engine.graph import GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner

from bot.engine.graph import StraightRunner


def node(needs: dict[str, str]) -> SchemaNode:
    return SchemaNode(needs, GraphComponent, "create", "run", {}, is_target=not needs)


SCHEMA = GraphSchema(
    {
        "end": node({"left": "left", "right": "right"}),
        "left": node({"message": "start"}),
        "right": node({"message": "start", "other": "__given__"}),
        "start": node({"text": "__message__"}),
        "apart": node({"text": "__message__"}),
    }
)


def runner(calls: list[str]) -> Any:
    """Rasa's runner, whose nodes write down what they were given."""

    def instantiated(name: str) -> Any:
        def run(*given: tuple[str, Any]) -> tuple[str, Any]:
            calls.append(name)
            return name, f"{name}({', '.join(str(value) for _, value in given)})"

        return run

    rasas = DaskGraphRunner.__new__(DaskGraphRunner)
    rasas._graph_schema = SCHEMA
    rasas._instantiated_nodes = {name: instantiated(name) for name in SCHEMA.nodes}
    rasas._execution_context = SimpleNamespace()
    return rasas


@pytest.mark.parametrize("targets", [["end"], ["left"], ["right", "left"], ["end", "apart"]])
def test_the_same_outputs_from_the_same_nodes(targets: list[str]) -> None:
    theirs: list[str] = []
    ours: list[str] = []
    inputs = {"__message__": "m", "__given__": "g"}
    expected = runner(theirs).run(inputs, targets)
    straight = StraightRunner(runner(ours))
    assert straight.run(inputs, targets) == expected
    assert sorted(ours) == sorted(theirs)
    assert straight.run(inputs, targets) == expected  # the order is kept, the results are not


def test_a_component_that_fails_is_heard_of() -> None:
    broken = runner([])
    broken._instantiated_nodes["start"] = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        StraightRunner(broken).run({"__message__": "m"}, ["start"])
