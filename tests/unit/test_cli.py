"""The commands that an operator types: for a letter from a patient, and before patients come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import ROOT, from_environment
from bot.storage import conversations
from bot.storage.database import open_database
from bot.storage.tables import new_id, now


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MESOBOT_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MESOBOT_DATABASE_URL", raising=False)
    database, id = open_database(from_environment()), new_id()
    with database.write() as connection:
        conversations.ensure(connection, id, "web", now())
    database.close()
    return id


def test_a_conversation_is_exported_until_it_is_erased(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", room]) == 0
    assert json.loads(capsys.readouterr().out)["conversation"]["id"] == room
    assert main(["erase", room]) == 0
    for command in ("export", "erase"):
        assert main([command, room]) == 1
    assert capsys.readouterr().out == "erased\n"


def test_an_unknown_conversation_is_said_to_be_unknown(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("export", "erase"):
        assert main([command, new_id()]) == 1
    assert "nothing is held" in capsys.readouterr().err


def test_a_language_in_which_danger_is_not_read_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given, ours = (ROOT / "clinic.yml").read_text(encoding="utf-8"), "languages: [en, tr]"
    (tmp_path / "clinic.yml").write_text(given.replace(ours, "languages: [en, tr, sv]"), encoding="utf-8")
    monkeypatch.setenv("MESOBOT_CLINIC", str(tmp_path / "clinic.yml"))
    assert ours in given
    assert main(["check"]) == 1
    assert capsys.readouterr().out == "clinic.yml: languages: danger is not read in 'sv'\n"
