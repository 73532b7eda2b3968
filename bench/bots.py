"""The two bots that are compared: how each is trained, started and spoken to."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.processes import QUIET, Served
from bot.settings import ROOT

RASA = str(Path(sys.executable).with_name("rasa"))
# The address as a whole: Rasa's way to build one from parts needs an older SQLAlchemy than ours.
STORE = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  url: sqlite:///{}\n"
# As a patient of a clinic and as a user of the starter bot would write; each list is used round and round.
OUR_WORDS = (
    "Hello",
    "Does it hurt?",
    "How many sessions will I need?",
    "and on the scalp?",
    "What does it cost?",
    "What are the side effects and how long do they last?",
    "I take aspirin, is that a problem?",
    "Do you have parking?",
    "Who does the injections?",
    "Can I wear make-up afterwards?",
    "asdf qwer",
    "Thank you",
)
STARTER_WORDS = (
    "hello",
    "good morning",
    "I am sad",
    "yes",
    "no",
    "I feel great",
    "are you a bot?",
    "my day was horrible",
    "that really helped",
    "who am I talking to",
    "amazing",
    "bye",
)


@dataclass(frozen=True)
class Bot:
    """One side of the comparison."""

    name: str
    words: tuple[str, ...]
    serve: Callable[[int, Path], Served]
    path: str
    body: Callable[[str, str], dict[str, Any]]
    answered: Callable[[Any], bool]


def ours() -> Bot:
    """The engine alone, on a SQLite database of its own."""

    def serve(port: int, folder: Path) -> Served:
        environment = {"MESOBOT_DATA_DIR": str(folder / "ours"), "MESOBOT_ENGINE_PORT": str(port)}
        return Served([sys.executable, "-m", "bot.cli", "engine"], ROOT, folder / "ours.log", environment)

    def body(conversation: str, text: str) -> dict[str, Any]:
        return {"id": uuid4().hex, "conversation": conversation, "text": text, "channel": "web"}

    return Bot("ours", OUR_WORDS, serve, "/turn", body, lambda answer: bool(answer["replies"]))


def starter(project: Path) -> Bot:
    """The starter bot as `rasa run` serves it, with Rasa's SQLite tracker store."""

    def serve(port: int, folder: Path) -> Served:
        (folder / "starter").mkdir(exist_ok=True)
        (folder / "starter" / "endpoints.yml").write_text(STORE.format(folder / "starter.db"))
        command = [RASA, "run", "-i", "127.0.0.1", "-p", str(port)]
        command += ["--endpoints", str(folder / "starter" / "endpoints.yml")]
        return Served(command, project, folder / "starter.log", {})

    def body(conversation: str, text: str) -> dict[str, Any]:
        return {"sender": conversation, "message": text}

    # It answers some words with nothing, by design of its stories: any list is an answer.
    return Bot("starter", STARTER_WORDS, serve, "/webhooks/rest/webhook", body, lambda answer: isinstance(answer, list))


def trained_starter(folder: Path) -> Path:
    """The project that `rasa init` makes, trained; kept in `folder` by version so that the next run is quick."""
    key = hashlib.sha256(f"{version('rasa')} {version('tensorflow')} {sys.version}".encode()).hexdigest()[:12]
    project = folder / f"starter-{key}"
    if not (project / "models").is_dir():
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir(parents=True)
        with (folder / "starter-training.log").open("wb") as log:
            subprocess.run(
                [RASA, "init", "--no-prompt", "--init-dir", str(project)],
                check=True,
                stdout=log,
                stderr=log,
                env={**os.environ, **QUIET},
                cwd=project,
            )
    return project


def train_starter(project: Path, log: Path) -> tuple[float, float]:
    """Seconds, and seconds of the processor, that `rasa train --force` takes."""
    with tempfile.TemporaryDirectory() as out:
        return _timed([RASA, "train", "--force", "--out", out], project, log, {})


def train_ours(log: Path) -> tuple[float, float]:
    """Seconds, and seconds of the processor, that `mesobot train` takes when nothing is there yet."""
    with tempfile.TemporaryDirectory() as out:
        return _timed([sys.executable, "-m", "bot.cli", "train"], ROOT, log, {"MESOBOT_MODELS_DIR": out})


def _timed(command: list[str], folder: Path, log: Path, environment: dict[str, str]) -> tuple[float, float]:
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with log.open("wb") as output:
        subprocess.run(
            command, check=True, cwd=folder, stdout=output, stderr=output, env={**os.environ, **QUIET, **environment}
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
