"""`mesobot serve`: engine, gateway and staff console as child processes, watched.

Production runs them apart under its own supervisor; this is for one machine and for trying it out.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from bot.console.program import demo_sign_in
from bot.settings import Settings

PATIENCE = 1.0  # seconds before the first restart; doubles up to LONGEST
LONGEST = 60.0
HEALTHY = 60.0  # an engine that ran this long is restarted at once again
CONSOLE_PATIENCE = 10.0  # a console that ends is started again after so long


def serve(settings: Settings) -> int:
    """Run until interrupted or until the gateway ends. The gateway answers emergencies while the engine starts."""
    children = {name: start(name) for name in ("gateway", "engine", "console")}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started, wait, announced = time.monotonic(), PATIENCE, False
    console_started = started
    try:
        while children["gateway"].poll() is None:
            if children["engine"].poll() is not None:
                wait = PATIENCE if time.monotonic() - started > HEALTHY else min(wait * 2, LONGEST)
                print(f"the engine ended; starting it again in {wait:.0f} s", flush=True)
                time.sleep(wait)
                children["engine"], started = start("engine"), time.monotonic()
            if children["console"].poll() is not None and time.monotonic() - console_started > CONSOLE_PATIENCE:
                children["console"], console_started = start("console"), time.monotonic()
            if not announced and answers(settings.engines[0]) and answers(f"http://127.0.0.1:{settings.port}"):
                print(f"\n  Patients   http://{settings.host}:{settings.port}/", flush=True)
                print(f"  Staff      http://{settings.host}:{settings.console_port}/", flush=True)
                if link := demo_sign_in(settings):
                    print(f"             sign in to the demo, once: {link}", flush=True)
                print(flush=True)
                announced = True
            time.sleep(0.5)
        return int(children["gateway"].returncode or 0)
    finally:
        stop(children.values())


def start(
    name: str, environment: Mapping[str, str] | None = None, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start one of our programs; it inherits environment and screen unless others are given."""
    command = [sys.executable, "-m", "bot.cli", name]
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603 - our own program


def stop(children: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ask them to end, and wait."""
    children = list(children)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()


def answers(base: str) -> bool:
    """Whether the program at this address says that it can serve."""
    try:
        with urlopen(f"{base}/healthz", timeout=1) as response:  # noqa: S310 - address from our settings
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
