"""Programs under measurement: started on loopback, asked until they answer, ended by their own handle."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "MALLOC_ARENA_MAX": "2",
}


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A process that serves HTTP; a context manager that ends it."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> None:
        """Started at once. `log` gets what it prints."""
        self.started = time.perf_counter()
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                list(command), cwd=folder, env={**os.environ, **QUIET, **environment}, stdout=output, stderr=output
            )

    def wait(self, ask: Callable[[], bool], seconds: float = 900) -> float:
        """Seconds from the start until `ask` was true.

        Ends the program and raises `RuntimeError` when it never answers; a busy machine is given its time.
        """
        while time.perf_counter() - self.started < seconds:
            if self._process.poll() is not None:
                break
            try:
                if ask():
                    return time.perf_counter() - self.started
            except (httpx.HTTPError, ValueError):
                pass
            time.sleep(0.1)
        self.__exit__(None, None, None)
        raise RuntimeError(f"no answer; it said: {self._log.read_text(errors='replace')[-2000:]}")

    def megabytes(self) -> float:
        """Resident memory now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def processor_seconds(self) -> float:
        """Processor time so far, all threads: what other work on the machine changes least."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Served:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
