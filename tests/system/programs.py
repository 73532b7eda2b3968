"""Both programs as processes of their own, to be killed.

The gateway is the real one. The engine answers like the real one's contract and keeps its turns in the real
TurnStore, without the minute of start-up that loading a model costs. Both are forked from a process that has imported
everything: a start costs a few hundredths of a second, so that a hundred crashes fit into a minute.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn

from bot.clinic import load_clinic
from bot.gateway.gateway import Gateway
from bot.gateway.limits import Limits, Rule
from bot.gateway.logs import configure_logs
from bot.settings import ROOT, from_environment
from bot.storage.database import open_database
from bot.storage.turns import TurnStore

ENDLESS = Limits(*(Rule(name, 1e6, 10**6) for name in ("messages", "messages_long", "address", "sessions", "reads")))


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__", "tests.system.programs", "tests.system.warm"])


def serve(kind: str, environment: dict[str, str], log: Path) -> None:
    """What the new process does: `kind` is "gateway" or "engine"."""
    from tests.system import warm

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    settings = from_environment()
    if kind == "gateway":
        configure_logs()
        gateway = Gateway(settings, load_clinic(settings.clinic), warm.read_danger, warm.LIBRARY, limits=ENDLESS)
        warm.make_server(gateway).run()
        return
    engine = warm.FakeEngine(TurnStore(open_database(settings)))
    engine.delay = 0.02
    uvicorn.run(engine.app, host="127.0.0.1", port=settings.engine_port, log_level="error", ws="none")


class Forked:
    """A process of `FORKS` with the few methods of `subprocess.Popen` that are needed."""

    def __init__(self, process: BaseProcess) -> None:
        process.start()
        self._process = process
        self.pid = process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"process {self.pid} still runs")
        return self._process.exitcode

    def send_signal(self, sign: signal.Signals) -> None:
        os.kill(self.pid, sign)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@dataclass
class Program:
    """A process that can be killed and started again on its port."""

    kind: str
    environment: dict[str, str]
    log: Path
    process: Forked | subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        self.process = Forked(FORKS.Process(target=serve, args=(self.kind, self.environment, self.log)))

    def kill(self) -> None:
        """As the kernel does when memory runs out: no clean-up of any kind."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask nicely; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)


class Real(Program):
    """`mesobot gateway` or `mesobot engine`, as in production, the trained model included."""

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", self.kind],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=output,
            )


async def up(url: str, seconds: float = 120) -> None:
    """Wait until the gateway serves."""
    import httpx

    async def ask() -> None:
        async with httpx.AsyncClient(timeout=2) as http:
            while True:
                try:
                    if (await http.get(f"{url}/healthz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    await asyncio.wait_for(ask(), seconds)
