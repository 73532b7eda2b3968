"""The engine process: logs, model, server."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import structlog
import uvicorn

from bot.engine.without_tensorflow import leave_out
from bot.libyaml import use_libyaml
from bot.settings import ROOT, Settings

log = structlog.get_logger()


def quiet() -> None:
    """Switch off what Rasa and TensorFlow do by default: telemetry, and logs that hold what patients wrote."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    use_libyaml()
    # What libraries tell their own developers is no news to who runs this. A filter would not do: sanic sets its own.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    logging.getLogger("rasa").setLevel(logging.ERROR)
    logging.getLogger("rasa_sdk").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        # Rasa logs message texts at debug level through structlog: below warning nothing of Rasa's is kept.
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def run(settings: Settings, root: Path = ROOT) -> None:
    """Serve until stopped. Trains first if there is no model of the config, domain and data under `root`."""
    quiet()
    gc.disable()  # what a start makes is there to stay: looking for garbage in it took four tenths of the time
    from bot.engine.releases import present_model
    from bot.storage.database import open_database
    from bot.storage.turns import TurnStore

    database = open_database(settings, durable=False)
    store = TurnStore(database)

    def newest() -> Path:
        return present_model(database, root, settings.models_dir)

    model = newest()
    log.info("model_loading", model=model.name, tensorflow=not leave_out(root / "config.yml"))
    from actions.adapter import house, show_published
    from bot.engine.api import Engine, application
    from bot.engine.assistant import Assistant

    def load(path: Path) -> Assistant:
        assistant = Assistant(path, store.load_tracker)
        asyncio.run(assistant.read("hello"))  # loads what waits for a first message
        return assistant

    def load_anew(path: Path) -> Assistant:
        gc.unfreeze()
        assistant = load(path)
        gc.collect()  # the model before the last
        gc.freeze()
        return assistant

    trainings: list[subprocess.Popen[bytes]] = []

    def retrain(proposal: str) -> None:
        trainings[:] = [one for one in trainings if one.poll() is None]  # those that ended are let go
        command = [sys.executable, "-m", "bot.cli", "retrain", proposal, "--project", str(root)]
        trainings.append(subprocess.Popen(command))  # noqa: S603

    engine = Engine(load(model), store, newest, load_anew, lambda: show_published(house().library, database), retrain)
    gc.freeze()  # a model lives long: the collector need not look through it on every turn
    gc.set_threshold(10_000)  # a turn makes some thousand objects; the usual 700 would look for garbage all the time
    gc.enable()
    log.info("engine_ready", model=model.name)
    uvicorn.run(
        application(engine),
        host=settings.engine_host,
        port=settings.engine_port,
        ws="none",  # uvicorn's web sockets need a newer `websockets` than Rasa allows
        log_level="warning",
        access_log=False,
    )
