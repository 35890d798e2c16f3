"""A real redis-server for tests: of its own, on a free port of loopback, ended by its process id."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tradehall.launch import free_ports


class RedisServer:
    """`start` after `kill` finds what the server had kept: with `durable` every write, else nothing."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._program = os.environ.get("TRADEHALL_REDIS", "redis-server")
        self._folder = folder
        self._durable = durable
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def installed(self) -> bool:
        return shutil.which(self._program) is not None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> "RedisServer":
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else ["--appendonly", "no"]
        self._process = subprocess.Popen(
            [self._program, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder), "--save", "",
             "--loglevel", "warning", *kept],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < until, "redis-server does not start"
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> None:
        """As a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
