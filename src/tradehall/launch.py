"""Starting the platform: the embedded parts, then the services, in one process or each in its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import msgspec
import psutil

from tradehall.kernel import embedded
from tradehall.kernel import settings as config
from tradehall.kernel.settings import Settings

SERVICES = (
    "identity", "stores", "catalog", "search", "inventory", "carts", "orders", "payments", "shipping", "notifications",
    "reviews", "analytics",
)  # fmt: skip
WEB = "web"
ALL = (*SERVICES, WEB)
CHOICE = "TRADEHALL_SERVICES"


class LaunchError(Exception):
    """Why it cannot start, in words for whoever typed the command."""


@contextlib.contextmanager
def parts(settings: Settings, stopping: Callable[[], bool] = lambda: False) -> Iterator[Settings]:
    """Settings that name a database and a broker: those given, else embedded ones for as long as this lasts.

    Once `stopping`, an embedded one that ends is not started again.
    Raises LaunchError.
    """
    try:
        settings = config.with_secret(settings)
        own = embedded.start(
            settings.data_path,
            postgres=not settings.database_url,
            nats=not settings.nats_url,
            stopping=stopping,
        )
    except (embedded.EmbeddedError, OSError) as error:
        raise LaunchError(str(error)) from error
    complete = msgspec.structs.replace(
        settings,
        database_url=settings.database_url or own.database_url,
        nats_url=settings.nats_url or own.nats_url,
    )
    try:
        with _announced(complete):
            yield complete
    finally:
        own.stop()


class Running(msgspec.Struct, frozen=True):
    """What a command needs to reach a platform that runs on the same data folder."""

    database_url: str
    nats_url: str


@contextlib.contextmanager
def _announced(settings: Settings) -> Iterator[None]:
    path = settings.data_path / "running.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(Running(settings.database_url, settings.nats_url)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def attached(settings: Settings) -> Iterator[Settings]:
    """As `parts`, but on the servers of a platform that runs already, where one does."""
    path = settings.data_path / "running.json"
    if settings.database_url or not path.exists() or not embedded.in_use(settings.data_path):
        with parts(settings) as complete:
            yield complete
        return
    found = msgspec.json.decode(path.read_bytes(), type=Running)
    yield msgspec.structs.replace(
        config.with_secret(settings), database_url=found.database_url, nats_url=found.nats_url
    )


def serve(
    settings: Settings, services: list[str], *, port: int | None = None, told: Callable[[int], None] = lambda _: None
) -> None:
    """Runs these services here until SIGTERM or Ctrl-C, which `told` hears; requests under way are answered first."""
    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels

    port = port or settings.port
    _check_port(settings.host, port)
    os.environ.update(config.to_environ(settings))
    os.environ[CHOICE] = ",".join(services)
    server = Granian(
        "tradehall.app:create",
        factory=True,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop if sys.platform != "win32" else Loops.auto,
        websockets=False,
        workers=1,
        workers_kill_timeout=20,
        log_level=LogLevels.warning,
        backlog=2048,
    )
    server.on_startup(lambda: _tell(told))  # by then it has set its own handlers
    server.serve()


def _check_port(host: str, port: int, *, patience: float = 0) -> None:
    """`patience`: seconds to wait for what a killed launcher left, which ends itself when it notices."""
    until = time.monotonic() + patience
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if time.monotonic() < until:
                    time.sleep(0.1)
                    continue
                raise LaunchError(
                    f"cannot listen on {host}:{port}: {error.strerror}. Choose another with --port or TRADEHALL_PORT."
                ) from error
            return


def _end_leftovers(folder: Path) -> None:
    """The supervisor of a launcher that was killed still runs: it is told to end."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        left = psutil.Process(int((folder / "supervisord.pid").read_text()))
        if any(str(folder) in part for part in left.cmdline()):
            left.terminate()
            left.wait(30)


def up(settings: Settings, *, processes: bool) -> None:
    """The whole platform. Raises LaunchError."""
    signals: list[int] = []  # no Event: a handler may interrupt itself
    signal.signal(signal.SIGTERM, _stop)
    _tell(signals.append)
    caddy = _find_caddy(settings) if processes else ""
    _end_leftovers(settings.data_path / "processes")
    _check_port(settings.host, settings.port, patience=5 if (settings.data_path / "running.json").exists() else 0)
    with parts(settings, stopping=lambda: bool(signals)) as complete:
        demo = _load_demo(complete) if complete.demo else None
        try:
            if processes:
                _serve_processes(complete, caddy)
            else:
                serve(complete, list(ALL), told=signals.append)
        finally:
            if demo is not None and demo.poll() is None:
                demo.terminate()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _tell(told: Callable[[int], None]) -> None:
    """Has it hear the signals to end, before whoever handles them now."""
    for number in (signal.SIGINT, signal.SIGTERM):
        then = signal.getsignal(number)
        if callable(then):  # or it is ignored
            signal.signal(number, _both(told, then))


def _both(told: Callable[[int], None], then: Callable[[int, FrameType | None], object]) -> Callable[..., None]:
    def handle(number: int, frame: FrameType | None) -> None:
        told(number)
        then(number, frame)

    return handle


def _load_demo(settings: Settings) -> "subprocess.Popen[bytes]":
    """In a process of its own, as any client of the platform; it waits until that is ready."""
    environ = {**os.environ, **config.to_environ(settings)}
    loading = subprocess.Popen([sys.executable, "-m", "tradehall", "demo", "--wait"], env=environ)
    threading.Thread(target=loading.wait, daemon=True).start()
    return loading


def _find_caddy(settings: Settings) -> str:
    found = shutil.which(settings.caddy)
    if found is None:
        raise LaunchError("--processes needs the gateway caddy: apt-get install caddy, or set TRADEHALL_CADDY.")
    return found


def free_ports(count: int) -> list[int]:
    """Free at this moment, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _serve_processes(settings: Settings, caddy: str) -> None:
    """A process per service under supervisord, which restarts what dies, behind caddy."""
    inside, *ports = free_ports(len(ALL) + 1)
    folder = settings.data_path / "processes"
    folder.mkdir(parents=True, exist_ok=True)
    settings = msgspec.structs.replace(settings, peers_url=f"http://127.0.0.1:{inside}")
    environ = {**os.environ, **config.to_environ(settings)}
    placed = dict(zip(ALL, ports, strict=True))
    caddyfile = folder / "Caddyfile"
    made = subprocess.run(
        [sys.executable, "-m", "tradehall", "gateway", *(f"{name}=127.0.0.1:{port}" for name, port in placed.items()),
         "--listen", f"{settings.host}:{settings.port}", "--inside", f"127.0.0.1:{inside}"],
        env=environ, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    caddyfile.write_bytes(made.stdout)
    supervisor = folder / "supervisord.conf"
    supervisor.write_text(_supervisor_config(folder, caddy, caddyfile, placed))
    supervisor.chmod(0o600)
    environ |= {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-c", str(supervisor)],
        env=environ,
        start_new_session=True,
    )
    try:
        child.wait()
    finally:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(30)


def _supervisor_config(folder: Path, caddy: str, caddyfile: Path, placed: dict[str, int]) -> str:
    head = (
        f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\nloglevel=warn\nsilent=true\n"
        f"pidfile={folder}/supervisord.pid\n"
    )
    common = (
        "autorestart=true\nstartsecs=1\nstartretries=20\nstopwaitsecs=25\nkillasgroup=true\nstopsignal=TERM\n"
        "stdout_logfile=/dev/stderr\nstdout_logfile_maxbytes=0\nredirect_stderr=true\n"
    )
    programs = [
        f"[program:{name}]\ncommand={sys.executable} -m tradehall serve {name} --port {port}\n{common}"
        for name, port in placed.items()
    ]
    programs.append(f"[program:gateway]\ncommand={caddy} run --config {caddyfile} --adapter caddyfile\n{common}")
    return "\n".join([head, *programs])


def watch_parent() -> None:
    """Ends this process when the one that started it is gone, so that a killed launcher leaves nothing behind."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()
