"""The engine starts without TensorFlow only when nothing in config.yml uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.engine.without_tensorflow import needless
from bot.settings import ROOT


@pytest.mark.parametrize(
    ("pipeline", "policies", "can"),
    [
        ("[{name: bot.nlu.reader.MessageReader}]", "[{name: RulePolicy}]", True),
        ("[{name: DIETClassifier}]", "[{name: RulePolicy}]", False),
        ("[{name: bot.nlu.reader.MessageReader}]", "[{name: TEDPolicy}]", False),
    ],
)
def test_it_is_needless_only_for_what_is_known(tmp_path: Path, pipeline: str, policies: str, can: bool) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"pipeline: {pipeline}\npolicies: {policies}\n")
    assert needless(config) is can


def test_rasa_is_imported_without_it_and_a_call_says_why() -> None:
    script = (
        "from pathlib import Path; from bot.engine.without_tensorflow import leave_out\n"
        f"assert leave_out(Path({str(ROOT / 'config.yml')!r}))\n"
        "import bot.engine.assistant, sys, tensorflow\n"
        "assert not [m for m in sys.modules if m.startswith(('tensorflow.python', 'jax'))]\n"
        "try: tensorflow.constant(1)\n"
        "except RuntimeError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout.strip() == "constant needs TensorFlow, which this engine was started without", done.stderr
