"""The console's texts, from texts/en.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "texts"


class Texts:
    """`texts("today.title")`; `{name}` is filled. A key that nobody knows is an error, not an empty page."""

    def __init__(self, language: str = "en", folder: Path = FOLDER) -> None:
        self.all = dict(flat(yaml.safe_load((folder / f"{language}.yml").read_text(encoding="utf-8"))))

    def __call__(self, key: str, **values: object) -> str:
        return self.all[key].format_map(values) if values else self.all[key]

    def or_plain(self, key: str, otherwise: str) -> str:
        """The text, or `otherwise` for a code that the catalogue does not name."""
        return self.all.get(key, otherwise)


def flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Texts of a catalogue with dotted keys."""
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found += flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found
