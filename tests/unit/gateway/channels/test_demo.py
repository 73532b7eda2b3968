"""The terminal as a patient's phone (`mesobot demo telegram`)."""

from __future__ import annotations

import pytest

from bot.demo import terminal
from bot.envelope import Choice, Reply

from .conftest import Line


async def test_lines_are_sent_and_buttons_pressed_by_their_number(
    telegram: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "QUIET_SECONDS", 0.3)
    telegram.house.engine.replies = [
        Reply("question", "q", "Which?", (Choice("a:1", "First"), Choice("a:2", "Second")))
    ]
    lines = iter(["hello", "2", "!again", "!forged", "!photo", "!quit"])
    monkeypatch.setattr(terminal, "_read", lambda: next(lines))
    await terminal.Phone(telegram.platform, telegram.sender).use()
    shown = capsys.readouterr().out
    assert telegram.heard == ["hello", "a:2"]
    assert "[2] Second" in shown
    assert "  401\n  403\n" in shown
    assert "don't send photos" in shown
