"""Reading a YAML file, with the fast loader where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """The file's content; an empty file is an empty mapping."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Loader) or {}  # noqa: S506 (both loaders are safe ones)
