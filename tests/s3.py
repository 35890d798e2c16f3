"""A server that speaks S3, as a process on loopback. It keeps what it has in memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

# Any will do: the server looks at neither.
ENVIRON = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


class S3:
    """`bucket` exists while the server runs."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers; with an empty bucket."""
        program = Path(sys.executable).parent / "moto_server"
        command = [str(program), "-H", "127.0.0.1", "-p", str(self.port)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ, **ENVIRON})
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                made = httpx.put(f"{self.endpoint}/{self.bucket}", headers={"authorization": _SIGNED}, timeout=5)
                assert made.status_code == 200, made.text
                return
            except httpx.TransportError:
                assert self._process.poll() is None, "the S3 server ended while starting"
                time.sleep(0.05)
        raise AssertionError("the S3 server did not start")

    def hang(self) -> None:
        """Takes connections and answers nothing, until `go_on`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def names(self) -> set[str]:
        """Of all that is in the bucket."""
        listed = httpx.get(f"{self.endpoint}/{self.bucket}", headers={"authorization": _SIGNED}, timeout=5).text
        return {part.partition("</Key>")[0] for part in listed.split("<Key>")[1:]}
