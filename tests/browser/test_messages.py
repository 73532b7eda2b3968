"""Everything the envelope knows is shown, and nothing of it is ever markup."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import Visitor


def test_it_greets_with_choices(visitor: Visitor) -> None:
    visitor.begin()
    visitor.sees("not a person or a doctor")
    expect(visitor.button("Does it hurt?")).to_be_visible()
    assert visitor.complaints == []
