"""Keeps TensorFlow out of the engine's memory when nothing in the model uses it: about 300 MB and seconds of start.

Rasa imports TensorFlow wherever its policies are defined, also for a pipeline of ours with RulePolicy, which never
calls it. Here `import tensorflow` by Rasa gives a stand-in whose names can be inherited from and written in
annotations, and which fails, saying why, as soon as anything is called. Training does the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from bot.safety.sentences import Sentences

NAMES = ("tensorflow", "keras")
OURS = "bot.nlu."
# Rasa's own policies that work without TensorFlow; any other name in config.yml keeps the real one.
PLAIN_POLICIES = {"RulePolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy"}


class _Name(type):
    """The class of every name in the stand-in: attributes are names again, calling one is an error."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(name, (), {})

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise RuntimeError(f"{cls.__name__} needs TensorFlow, which this engine was started without")


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__dict__["__getattr__"] = lambda name: _Name.__getattr__(_Name(spec.name, (), {}), name)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def needless(config: Path) -> bool:
    """Whether the pipeline and the policies of this config.yml work without TensorFlow."""
    given = yaml.safe_load(config.read_text(encoding="utf-8"))
    return all(str(one["name"]).startswith(OURS) for one in given.get("pipeline") or ()) and all(
        one["name"] in PLAIN_POLICIES for one in given.get("policies") or ()
    )


def leave_out(config: Path) -> bool:
    """Put the stand-in in place if `config` allows it and TensorFlow is not loaded yet; whether it is in place.

    Call before the first import of Rasa.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return True
    if "tensorflow" in sys.modules or not needless(config):
        return False
    Sentences()  # spaCy looks for TensorFlow too, and must find none rather than a stand-in
    sys.meta_path.insert(0, _Finder())
    return True
