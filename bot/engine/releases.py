"""Which model answers: the one that staff released, else the project's own."""

from __future__ import annotations

from pathlib import Path

import structlog

from bot.engine.training import fingerprint, train_apart
from bot.storage import retraining
from bot.storage.database import Database

log = structlog.get_logger()


def present_model(database: Database, root: Path, models: Path) -> Path:
    """The newest release if it was trained with this project and lies here; else the project's own, trained if need be.

    After an update of the project a release no longer counts: its corrections are trained anew from the console.
    """
    with database.read() as connection:
        newest = next(iter(retraining.released(connection, 1)), None)
    if newest is not None and newest.model:
        archive = models / f"{newest.model}.tar.gz"
        if newest.base == fingerprint(root) and archive.is_file():
            return archive
        log.warning("release_left_out", model=newest.model, there=archive.is_file())
    return train_apart(root, models)
