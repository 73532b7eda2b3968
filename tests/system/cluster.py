"""Servers that a test may kill and start again on the same port: PostgreSQL, Redis and nginx, all on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers import free_port, missing, postgresql_tool


class Server:
    """A process with a port. `kill` ends it without a chance to clean up."""

    sign = signal.SIGKILL

    def __init__(self, command: Sequence[str], port: int, log: Path, **popen: Any) -> None:
        self.port = port
        self._command = list(command)
        self._log = log
        self._popen = popen
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(self._command, stdout=output, stderr=output, **self._popen)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(self.sign)
        self.process.wait(20)


class Postgres(Server):
    """Stopped in its "immediate" way: as a crash, the log is replayed at the next start."""

    sign = signal.SIGQUIT

    def __init__(self) -> None:
        initdb, server = postgresql_tool("initdb"), postgresql_tool("postgres")
        if initdb is None or server is None:
            missing("postgresql")
        self.folder = Path(tempfile.mkdtemp(prefix="mesobot-cluster-"))  # a short path for its socket
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        rights: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        data, port = str(self.folder / "data"), free_port()
        create = [initdb, "-D", data, "-U", "mesobot", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(create, check=True, capture_output=True, cwd=self.folder, **rights)
        options = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={self.folder}"]
        options += ["max_connections=200"]
        command = [server, "-D", data, *(part for option in options for part in ("-c", option))]
        super().__init__(command, port, self.folder.parent / f"{self.folder.name}.log", cwd=self.folder, **rights)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://mesobot@127.0.0.1:{self.port}/postgres"

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)


class Redis(Server):
    """Keeps nothing on disk, as in production: the database is the truth."""

    def __init__(self, folder: Path) -> None:
        program, port = shutil.which("redis-server"), free_port()
        if program is None:
            missing("redis-server")
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        super().__init__(command, port, folder / "redis.log")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class Nginx(Server):
    """The proxy of deploy/nginx.conf, its names replaced by loopback addresses."""

    def __init__(self, folder: Path, template: Path, gateways: Sequence[int]) -> None:
        program, port = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), free_port()
        if program is None:
            missing("nginx")
        servers = "".join(f"    server 127.0.0.1:{gateway} max_fails=1 fail_timeout=1s;\n" for gateway in gateways)
        text = template.read_text(encoding="utf-8")
        text = text.replace("    server gateway:8000 max_fails=1 fail_timeout=2s;\n", servers)
        text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/tmp/nginx", str(folder))  # noqa: S108
        configuration = folder / "nginx.conf"
        configuration.write_text(text, encoding="utf-8")
        command = [program, "-c", str(configuration), "-e", str(folder / "error.log"), "-g", "daemon off;"]
        super().__init__(command, port, folder / "nginx.log")

    sign = signal.SIGTERM  # a killed master leaves its workers behind, still listening
