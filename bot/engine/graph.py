"""Runs a loaded model's graph in order, without a scheduler.

Rasa hands the graph to Dask on every message and again on every prediction; for eleven nodes in one thread the
scheduling costs more than some of the nodes. The nodes, their order and their results are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from rasa.engine.runner.dask import DaskGraphRunner

T = TypeVar("T")


class StraightRunner:
    """Stands in for the runner that Rasa made: `run` with the same inputs gives the same outputs."""

    def __init__(self, runner: DaskGraphRunner) -> None:
        """Takes over the nodes of `runner`, which are loaded already."""
        self._nodes = runner._instantiated_nodes
        self._schema = runner._graph_schema
        self._orders: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}

    def run(self, inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None) -> dict[str, Any]:
        """Outputs of `targets`. Raises what the components raise."""
        wanted = tuple(targets or self._schema.target_names)
        made = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._order(wanted):
            if name not in made:
                made[name] = self._nodes[name](*(made.get(need, need) for need in needs))
        return {name: made[name][1] for name in wanted}

    def components(self, kind: type[T]) -> Iterator[T]:
        """The loaded components of a class."""
        for node in self._nodes.values():
            if isinstance(node._component, kind):
                yield node._component

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """(node, what it needs) pairs, what is needed first; worked out once per set of targets."""
        if targets not in self._orders:
            nodes = self._schema.minimal_graph_schema(list(targets)).nodes
            needs = {name: tuple(node.needs.values()) for name, node in nodes.items()}
            order = TopologicalSorter(needs).static_order()
            self._orders[targets] = [(name, needs[name]) for name in order if name in needs]
        return self._orders[targets]
