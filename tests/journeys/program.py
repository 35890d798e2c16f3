"""The real program, started as a user starts it, in a data folder of its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import httpx
import psutil

from tradehall.app import load
from tradehall.gateway import patterns
from tradehall.launch import SERVICES, free_ports

START_SCREEN = "for everybody"  # the last words of what the demo prints
PATIENCE = 150.0


@cache
def _signs() -> list[str]:
    """A path of each service, as the gateway knows them; it says 502 of one that is not there yet."""
    return [
        next(path for path in patterns(service) if re.fullmatch("/api/[a-z0-9/]+", path))
        for service in load(list(SERVICES))
    ]


class Program:
    """`tradehall up` on a free port. `log` has all it said, over all its lives."""

    def __init__(self, *, processes: bool = False, demo: bool = True, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="journeys-", dir="/tmp"))
        self.folder.chmod(0o755)  # PostgreSQL's own user must pass through
        self.log = self.folder / "log"
        (self.port,) = free_ports(1)
        self.command = [sys.executable, "-m", "tradehall", "up", "--port", str(self.port)]
        self.command += ["--processes"] * processes + ["--no-demo"] * (not demo)
        self.demo = demo
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("TRADEHALL_")}
        self.environ |= {"TRADEHALL_DATA": str(self.data), "TRADEHALL_PORT": str(self.port), **settings}
        if caddy := os.environ.get("TRADEHALL_CADDY"):
            self.environ["TRADEHALL_CADDY"] = caddy
        self._launcher: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Program":
        with self.log.open("ab") as log:
            self._launcher = subprocess.Popen(
                self.command, env=self.environ, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        return self

    def wait_ready(self) -> float:
        """Seconds it took. Raises AssertionError with the log's end."""
        began = time.monotonic()
        with httpx.Client(base_url=self.url, timeout=5, trust_env=False) as http:
            while time.monotonic() - began < PATIENCE:
                assert self._launcher is not None
                if self._launcher.poll() is not None:
                    break
                with contextlib.suppress(httpx.TransportError):
                    if all(
                        http.get(path).is_success for path in ("/health/ready", "/.well-known/jwks.json")
                    ) and not any(http.get(path).status_code == 502 for path in _signs()):
                        return time.monotonic() - began
                time.sleep(0.1)
        raise AssertionError(f"not ready\n{self.tail()}")

    def wait_demo(self) -> None:
        began = time.monotonic()
        while START_SCREEN not in self.log.read_text():
            assert "demo is not complete" not in self.log.read_text(), self.tail()
            assert time.monotonic() - began < PATIENCE, f"no demo\n{self.tail()}"
            time.sleep(0.1)

    def run(self, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
        """Another command on the same data folder."""
        command = [sys.executable, "-m", "tradehall", *arguments]
        return subprocess.run(
            command, env=self.environ, cwd=self.folder, capture_output=True, text=True, input=input, timeout=60
        )

    def processes(self) -> list[psutil.Process]:
        """All that belong to it: those that name its folder, and their children."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                launcher = self._launcher is not None and process.pid == self._launcher.pid
                if launcher or any(str(self.folder) in part for part in process.cmdline()):
                    for one in (process, *process.children(recursive=True)):
                        found[one.pid] = one
        return list(found.values())

    def kill(self) -> None:
        """kill -9, all of them."""
        doomed = self.processes()
        for process in doomed:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(doomed, timeout=10)
        if self._launcher is not None:
            self._launcher.wait(10)

    def kill_service(self, service: str) -> None:
        """kill -9 of what serves it, where it has processes of its own; waited for where it was killed just before."""
        began = time.monotonic()
        while not (doomed := [one for one in self.processes() if self._serves(one, service)]):
            assert time.monotonic() - began < PATIENCE, f"nothing serves {service}\n{self.tail()}"
            time.sleep(0.1)
        for process in doomed:
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _serves(self, process: psutil.Process, service: str) -> bool:
        with contextlib.suppress(psutil.Error):
            return process.cmdline()[2:5] == ["tradehall", "serve", service]
        return False

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._launcher is not None
        self._launcher.send_signal(signal.SIGTERM)
        return self._launcher.wait(40)

    def end(self, *, keep: bool = False) -> None:
        """Leaves nothing behind; `keep` the log."""
        with contextlib.suppress(Exception):
            self.stop()
        self.kill()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int = 60) -> str:
        return f"{self.log}:\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
