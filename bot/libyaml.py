"""YAML read by libyaml: ten times as fast, and the content is many files."""

from __future__ import annotations

import yaml


def use_libyaml() -> None:
    """Let `yaml.safe_load` use the C parser where it is installed. For programs to call at their start."""
    if yaml.__with_libyaml__:
        setattr(yaml, "SafeLoader", yaml.CSafeLoader)  # noqa: B010 - mypy knows it as a class, not as a name
