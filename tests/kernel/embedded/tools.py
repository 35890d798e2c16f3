"""What the tests of the embedded servers share."""

import asyncio
import json
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import nats
import psutil

from tradehall.kernel.embedded.system import Account

LAUNCHER = Path(__file__).with_name("launcher.py")


def query(url: str, statement: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def publish(url: str, word: bytes) -> int:
    """Put a word into the stream `words`; its number there."""

    async def send() -> int:
        client = await nats.connect(url, allow_reconnect=False, connect_timeout=5)
        try:
            stream = client.jetstream()
            await stream.add_stream(name="words", subjects=["words"])
            return (await stream.publish("words", word)).seq
        finally:
            await client.close()

    return asyncio.run(send())


def greet(url: str, token: str) -> str:
    """What NATS says to a client with this token. (After a refusal nats-py leaves its socket open.)"""
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    hello = json.dumps({"auth_token": token, "verbose": False})
    with socket.create_connection(address, timeout=5) as connection, connection.makefile("rb") as lines:
        lines.readline()
        connection.sendall(f"CONNECT {hello}\r\nPING\r\n".encode())
        return lines.readline().decode()


def servers_on(path: Path) -> list[psutil.Process]:
    """The live postmasters and NATS servers that name something under the path on their command line."""
    parents = {}
    for process in psutil.process_iter():
        try:
            named = any(str(path) in word for word in process.cmdline())
            if process.name() in ("postgres", "nats-server") and named:
                parents[process] = process.ppid()
        except psutil.Error:
            continue
    pids = {process.pid for process in parents}  # a postmaster's newborn child still bears its command line
    return [process for process, parent in parents.items() if parent not in pids]


def postmaster(path: Path) -> psutil.Process:
    return next(process for process in servers_on(path) if process.name() == "postgres")


def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


class Launcher:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        line = self.line()
        if not line:
            raise AssertionError(process.communicate()[1])
        self.database_url, self.nats_url = json.loads(line)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def launching(data: Path, *user: str) -> Iterator["subprocess.Popen[str]"]:
    """A launcher in another process, just begun; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, str(LAUNCHER), str(data), *user],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def launched(data: Path, *user: str) -> Iterator[Launcher]:
    """A launcher whose servers run."""
    with launching(data, *user) as process:
        yield Launcher(process)
