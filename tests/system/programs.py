"""Both programs as processes of their own, to be killed: `python -m tests.system.programs gateway|engine PORT ...`.

The gateway is the real one. The engine answers like the real one's contract and keeps its turns in the real
TurnStore, without the minute of start-up that loading a model costs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import uvicorn

from bot.clinic import load_clinic
from bot.gateway.gateway import Gateway
from bot.gateway.limits import Limits, Rule
from bot.gateway.logs import configure_logs
from bot.gateway.program import make_server
from bot.knowledge.library import Library
from bot.settings import ROOT, from_environment
from bot.storage.database import open_database
from bot.storage.turns import TurnStore

ENDLESS = Limits(*(Rule(name, 1e6, 10**6) for name in ("messages", "messages_long", "address", "sessions", "reads")))


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests" / "unit"))
    from gateway.fake_engine import FakeEngine
    from gateway.house import read_danger

    settings = from_environment()
    if sys.argv[1] == "gateway":
        configure_logs()
        gateway = Gateway(settings, load_clinic(settings.clinic), read_danger, Library(), limits=ENDLESS)
        make_server(gateway).run()
        return
    engine = FakeEngine(TurnStore(open_database(settings)))
    engine.delay = 0.02
    uvicorn.run(engine.app, host="127.0.0.1", port=settings.engine_port, log_level="error", ws="none")


@dataclass
class Program:
    """A process that can be killed and started again on its port."""

    kind: str
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    module: ClassVar[str] = "tests.system.programs"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, self.kind],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=output,
            )

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

    module = "bot.cli"


async def up(url: str, seconds: float = 40) -> None:
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


if __name__ == "__main__":
    main()
