"""Training: a model per content of config, domain and data, so that nothing is trained twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.engine.without_tensorflow import leave_out

# What a model is made from. The code of our own components belongs to it: a changed classifier is another model.
INGREDIENTS = ("config.yml", "domain.yml", "data/nlu", "data/rules", "bot/nlu", "bot/knowledge/glossary.yml")
SUFFIXES = {".yml", ".py", ".jsonl"}


def ingredients(root: Path) -> Iterator[Path]:
    """The files a model is made from, in a stable order."""
    for name in INGREDIENTS:
        path = root / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in SUFFIXES)


def fingerprint(root: Path) -> str:
    """16 hex digits that change when the content or the name of an ingredient changes."""
    digest = hashlib.sha256()
    for path in ingredients(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path(root: Path, models: Path) -> Path:
    """Where the model of the present ingredients lies, or will lie."""
    return models / f"{fingerprint(root)}.tar.gz"


def train_apart(root: Path, models: Path) -> Path:
    """As `train`, in a process of its own: training takes memory that a serving engine would keep.

    Raises `subprocess.CalledProcessError` when training failed; its reasons are on standard error.
    """
    target = model_path(root, models)
    if not target.exists():
        environment = {**os.environ, "MESOBOT_MODELS_DIR": str(models)}
        command = [sys.executable, "-m", "bot.cli", "train", "--project", str(root)]
        subprocess.run(command, check=True, env=environment)  # noqa: S603 - our own command
    return target


def train(root: Path, models: Path, force: bool = False) -> Path:
    """The model of the present ingredients; trained only if it is not there yet (or `force`).

    Writes to a temporary folder and renames, so that a stopped training leaves nothing half made. Raises
    `RuntimeError` when Rasa reports that training failed.
    """
    target = model_path(root, models)
    if target.exists() and not force:
        return target
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    leave_out(root / "config.yml")
    import rasa.model_training  # seconds of imports, only when there is something to train

    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models) as folder:
        result = rasa.model_training.train(
            domain=str(root / "domain.yml"),
            config=str(root / "config.yml"),
            training_files=[str(root / "data")],
            output=folder,
            force_training=True,
            fixed_model_name="model",
        )
        if result.code != 0 or not result.model:
            raise RuntimeError(f"rasa train ended with code {result.code}")
        shutil.move(result.model, target)
    return target
