"""Training: a model per content of config, domain and data, so that nothing is trained twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
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

    Writes to a temporary folder and renames, so that a stopped training leaves nothing half made. Raises what Rasa's
    readers and the components raise.
    """
    target = model_path(root, models)
    if target.exists() and not force:
        return target
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    leave_out(root / "config.yml")
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models) as folder:
        archive = Path(folder) / "model.tar.gz"
        _run(root, archive)
        archive.replace(target)
    return target


def _run(root: Path, archive: Path) -> None:
    """Train everything in `root`, as `rasa train --force` does, into `archive`.

    Rasa's trainer keeps every component's result for a next training, which it finds by fingerprints of all examples,
    written out as text before and after each of them. A model per content is never trained twice: no need for either.
    """
    # Seconds of imports, only when there is something to train.
    from rasa.engine.constants import PLACEHOLDER_IMPORTER
    from rasa.engine.graph import ExecutionContext
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_COMPONENTS_DIR, LocalModelStorage
    from rasa.engine.validation import validate
    from rasa.shared.data import TrainingType

    from bot.engine.project import Project

    project = Project(root)
    config = project.get_config()
    model = Recipe.recipe_for_name(config["recipe"]).graph_config_for_recipe(config, {}, TrainingType.BOTH)
    validate(model)
    with tempfile.TemporaryDirectory() as folder:
        components = Path(folder) / MODEL_ARCHIVE_COMPONENTS_DIR
        components.mkdir()
        storage = LocalModelStorage(components)
        context = ExecutionContext(graph_schema=model.train_schema)
        runner = DaskGraphRunner.create(model.train_schema, storage, context)
        runner.run(inputs={PLACEHOLDER_IMPORTER: project})
        storage._persist_metadata(storage._create_model_metadata(project.get_domain(), model), Path(folder))
        # As Rasa packs it, but for the level: numbers hardly get smaller, the highest takes 5 s more for 2 % less.
        with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
            packed.add(folder, arcname="")
