"""A model is trained once per content."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine.training import fingerprint, ingredients, model_path, train
from bot.settings import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain.yml", "data/nlu/a.yml", "bot/nlu/reader.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_the_fingerprint_changes_with_content_and_with_names(project: Path) -> None:
    before = fingerprint(project)
    (project / "data/nlu/a.yml").write_text("other")
    changed = fingerprint(project)
    (project / "data/nlu/a.yml").rename(project / "data/nlu/b.yml")
    assert len({before, changed, fingerprint(project)}) == 3


def test_the_fingerprint_ignores_what_is_no_ingredient(project: Path) -> None:
    before = fingerprint(project)
    (project / "README.md").write_text("words")
    assert fingerprint(project) == before


def test_an_existing_model_is_not_trained_again(project: Path, tmp_path: Path) -> None:
    target = model_path(project, tmp_path / "models")
    target.parent.mkdir()
    target.write_bytes(b"model")
    assert train(project, tmp_path / "models") == target


def test_the_held_out_examples_are_no_ingredient() -> None:
    assert not [path for path in ingredients(ROOT) if "tests" in path.relative_to(ROOT).parts]
