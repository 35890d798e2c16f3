"""The database and the broker that come with Tradehall, for a laptop or one machine.

The launcher calls `start(data)` before any service runs, and `stop()` after the last one ended. In between, a
server that ended by itself is started again. Blocking code, no event loop. In the data folder:

    lock               held while running; its text is the launcher's pid
    postgres/          cluster/, its socket run/, postgresql.conf, your own local.conf
    postgres-elsewhere where the above is when PostgreSQL's user cannot enter the data folder
    nats/  nats.conf   JetStream's files and the generated configuration
    postgres-password  nats-token  nats-port
    postgres.log  nats.log
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tradehall.kernel.embedded import nats as _nats
from tradehall.kernel.embedded import postgres as _postgres
from tradehall.kernel.embedded.system import EmbeddedError, Server, inherit_owner
from tradehall.kernel.embedded.watch import kept_running

__all__ = ["Embedded", "EmbeddedError", "in_use", "start"]


@dataclass(frozen=True)
class Embedded:
    """The servers that one `start` started. A part that was not asked for has an empty URL."""

    database_url: str = field(repr=False)  # of the superuser, with its password
    nats_url: str = field(repr=False)  # with its token
    _stack: ExitStack = field(repr=False, compare=False)

    def stop(self) -> None:
        """Stop what this object started, the broker first, and release the folder. Harmless when repeated."""
        self._stack.close()


def start(
    data: Path,
    *,
    postgres: bool = True,
    nats: bool = True,
    nats_port: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Embedded:
    """Start the servers of the data folder, which is made when missing. Once `stopping`, none is started again.

    Servers that a killed launcher left on the folder are stopped first. Raises EmbeddedError, and leaves
    nothing running, when the folder is in use or a server cannot start.
    """
    data = data.expanduser().resolve()
    try:
        with ExitStack() as stack:
            _make(data)
            held = stack.enter_context(_locked(data))
            database_url = nats_url = ""
            servers: list[Server] = []
            if postgres:
                database_url, server = _postgres.start(data, stack, held)
                servers.append(server)
            if nats:
                nats_url, server = _nats.start(data, stack, nats_port)
                servers.append(server)
            stack.enter_context(kept_running(servers, held, stopping))  # last in, so first to end
            return Embedded(database_url, nats_url, stack.pop_all())
    except OSError as error:
        raise EmbeddedError(f"{data} cannot be used as data folder: {error}") from error


def _make(data: Path) -> None:
    missing = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    if missing:
        inherit_owner(data)
        if os.geteuid() == 0:
            data.chmod(0o711)  # PostgreSQL's user must pass through; every secret inside is 0600


@contextmanager
def _locked(data: Path) -> Iterator[Callable[[], bool]]:
    """Hold the folder; gives what tells whether it is held still: it may be deleted, and made anew by another.

    The lock ends with this process, however it ends; the file stays.
    """
    lock = data / "lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        inherit_owner(lock)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise EmbeddedError(f"Tradehall is already running (pid {pid}) on {data}.") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield lambda: _is_same(descriptor, lock)
    finally:
        os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def in_use(data: Path) -> bool:
    """Whether a launcher holds the folder right now."""
    try:
        with (data / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
