"""The gateway's own sentences in Turkish."""

from __future__ import annotations

import yaml

from bot.clinic import PLACEHOLDER
from bot.gateway.wording import HERE
from bot.safety.guards import Guards

ENGLISH, TURKISH = (yaml.safe_load((HERE / f"{one}.yml").read_text(encoding="utf-8")) for one in ("en", "tr"))


def test_it_is_complete_and_in_step_with_english() -> None:
    assert TURKISH.pop("translation", "unreviewed")
    assert TURKISH.keys() == ENGLISH.keys()
    for key, text in TURKISH.items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ENGLISH[key])), key
        assert text != ENGLISH[key], key


def test_nothing_is_said_that_must_never_be_said() -> None:
    guards = Guards()
    for key, text in TURKISH.items():
        assert guards.violations(text, "tr") == (), key
