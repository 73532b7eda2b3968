"""The project as read for training is what Rasa's own importers read, without their copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter

from bot.engine.project import Project
from bot.settings import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project with its smallest files of examples."""
    for name in ("config.yml", "domain.yml", "data/nlu/commands.yml", "data/nlu/conversation.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "data" / "rules", tmp_path / "data" / "rules")
    return tmp_path


def test_domain_rules_and_examples_are_those_that_rasa_reads(root: Path) -> None:
    ours = Project(root)
    theirs = TrainingDataImporter.load_from_config(
        str(root / "config.yml"), str(root / "domain.yml"), [str(root / "data")]
    )
    assert ours.get_domain().fingerprint() == theirs.get_domain().fingerprint()
    assert ours.get_stories().fingerprint() == theirs.get_stories().fingerprint()
    examples = {example.fingerprint() for example in ours.get_nlu_data().training_examples}
    assert examples == {example.fingerprint() for example in theirs.get_nlu_data().nlu_examples}
    assert len(examples) > 50
