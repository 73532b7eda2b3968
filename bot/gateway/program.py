"""`mesobot gateway`: reads what a gateway needs, serves, and stops without losing a message."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import uvicorn

from bot.clinic import load_clinic
from bot.gateway.app import create_app
from bot.gateway.gateway import Gateway
from bot.gateway.logs import configure_logs, log
from bot.knowledge.library import Library
from bot.safety.triage import Triage
from bot.settings import Settings, SettingsError

GRACE_SECONDS = 12


class Server(uvicorn.Server):
    """uvicorn waits for open requests when told to stop; event streams must hear of it to end."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own handler: it raises the signal again at the end, and a clean stop would look like a crash.
        log.info("gateway.stopping", signal=sig)
        self._gateway.ground.hub.close()
        self.force_exit = self.should_exit and sig == signal.SIGINT  # a second Ctrl-C
        self.should_exit = True


def build(settings: Settings) -> Gateway:
    """A gateway with the clinic, the danger check and the wording of this installation. Raises `SettingsError`."""
    problems = settings.problems()
    if problems:
        raise SettingsError("\n".join(problems))
    clinic = load_clinic(settings.clinic)
    triage = Triage.load()
    return Gateway(settings, clinic, triage.read, Library(), spoken=triage.spoken)


def make_server(gateway: Gateway) -> Server:
    """The HTTP server of a gateway; `serve()` it in an event loop of your own, or `run()` it."""
    settings = gateway.settings
    config = uvicorn.Config(
        create_app(gateway),
        host=settings.host,
        port=settings.port,
        ws="none",
        log_config=None,
        access_log=False,  # paths and addresses of patients are nobody's business
        server_header=False,
        proxy_headers=False,  # `protection.address_of` reads them, from trusted proxies only
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, gateway)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    configure_logs()
    try:
        gateway = build(settings)
    except SettingsError as error:
        sys.exit(str(error))
    log.info("gateway.starting", port=settings.port)
    make_server(gateway).run()
