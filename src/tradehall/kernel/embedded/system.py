"""What the embedded servers ask of the operating system: accounts, private files, processes."""

import logging
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVICE_USER = "tradehall"
LOG_KEPT = 16 * 1024 * 1024

log = logging.getLogger("tradehall.embedded")


class EmbeddedError(Exception):
    """An embedded server cannot run; the message is meant for the person at the terminal."""


def memory() -> int:
    """Bytes that this machine, or the container it is, may use."""
    whole, limit = psutil.virtual_memory().total, read(Path("/sys/fs/cgroup/memory.max"))
    return min(whole, int(limit)) if limit is not None and limit.isdigit() else whole  # or "max"


# Accounts


@dataclass(frozen=True)
class Account:
    """The system user that a server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True when we, as root, must change to this user."""
        return self.uid != os.geteuid()

    def reaches(self, *checks: tuple[str, Path]) -> bool:
        """Whether the user passes every `test(1)` check, such as ("-x", path).

        Asked of the kernel in the user's name: mode bits alone miss ACLs, mounts and parents.
        """
        if not self.is_other:
            return True
        words = [word for flag, path in checks for word in (flag, str(path))]
        loop = 'while [ $# -gt 0 ]; do test "$1" "$2" || exit 1; shift 2; done'
        return run(self, ["/bin/sh", "-c", loop, "sh", *words]).returncode == 0


def myself() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Account(name, uid, os.getegid())


def owner(path: Path) -> Account | None:
    """The named user who owns the path; None when it is missing, root's, or of a user without a name."""
    try:
        entry = pwd.getpwuid(path.stat().st_uid)
    except (FileNotFoundError, KeyError):
        return None
    return None if entry.pw_uid == 0 else Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def service_account() -> Account:
    """The user for servers that refuse root: `tradehall`, made when missing."""
    create = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    for name in (SERVICE_USER, SERVICE_USER, "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name == SERVICE_USER and shutil.which("useradd"):
                shell = ["--shell", "/usr/sbin/nologin", name]
                subprocess.run([*create, *shell], capture_output=True, check=False)
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and no user could be made for it.\n"
        f"Create one (useradd --system {SERVICE_USER}) or start Tradehall as an ordinary user."
    )


# Files


def make_folder(path: Path, mode: int, account: Account | None = None) -> Path:
    """Create the folder with exactly this mode; one that exists is left as it is."""
    try:
        path.mkdir()
    except FileExistsError:
        return path
    path.chmod(mode)
    if account is None:
        inherit_owner(path)
    elif account.is_other:
        os.chown(path, account.uid, account.gid)
    return path


def inherit_owner(path: Path) -> None:
    """Give what root made to the owner of the folder it lies in, so that he can run Tradehall alone later."""
    if os.geteuid() == 0:
        parent = path.parent.stat()
        os.chown(path, parent.st_uid, parent.st_gid, follow_symlinks=False)


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file in one step; nobody sees it half written or too widely readable."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(mode)
    inherit_owner(fresh)
    fresh.replace(path)


def read(path: Path) -> str | None:
    """The text of a small file without surrounding blanks; None when missing or empty."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def secret(path: Path) -> str:
    """The secret kept in the file, made at first use."""
    known = read(path)
    if known is None:
        known = secrets.token_urlsafe(24)
        write_private(path, known)
    return known


# Processes

ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def run(
    account: Account, args: Sequence[str], *, stdin: str | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the user; stdout carries both outputs."""
    other = account.is_other
    return subprocess.run(
        args,
        input=stdin or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=ENVIRONMENT,
        timeout=timeout,
        check=False,
        start_new_session=True,
        user=account.uid if other else None,
        group=account.gid if other else None,
        extra_groups=[] if other else None,
    )


class Server:
    """A running child, in a session of its own: the terminal's Ctrl-C must not reach it.

    `clear` removes what an earlier run left, before it is started again.
    """

    def __init__(
        self,
        name: str,
        account: Account,
        args: Sequence[str],
        log_file: Path,
        clear: Callable[[], None] = lambda: None,
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._account = account
        self._args = args
        self._clear = clear
        self._environment = environment
        self._start()

    def restart(self) -> None:
        """Start it again after it ended, with the same arguments."""
        self._clear()
        self._start()

    def _start(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_KEPT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        account, other = self._account, self._account.is_other
        with self.log_file.open("ab") as output:
            self._log_from = output.tell()
            self._process = subprocess.Popen(
                self._args,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=self._environment,
                start_new_session=True,
                user=account.uid if other else None,
                group=account.gid if other else None,
                extra_groups=[] if other else None,
            )
        inherit_owner(self.log_file)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> str:
        """How it ended, such as "exit 1" or "signal 9"; empty while it runs."""
        code = self._process.poll()
        if code is None:
            return ""
        return f"exit {code}" if code >= 0 else f"signal {-code}"

    def said(self, lines: int = 12) -> str:
        """The last lines this run wrote to its log; none when that cannot be read."""
        try:
            with self.log_file.open("rb") as file:
                file.seek(max(self._log_from, self.log_file.stat().st_size - 64 * 1024))
                return last_lines(file.read().decode("utf-8", "replace"), lines)
        except OSError:
            return ""

    def await_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the server answers. EmbeddedError when it ends first, or takes too long."""
        deadline = time.monotonic() + seconds
        pause = 0.005
        while not is_ready():
            if how := self.ended():
                raise EmbeddedError(
                    f"{self.name} ended at start ({how}). Its last words, from {self.log_file}:\n{self.said()}"
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{self.name} was not ready after {seconds:.0f} s. "
                    f"Its last words, from {self.log_file}:\n{self.said()}"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal and wait its seconds, until the process has ended; kill it at last."""
        for number, seconds in steps:
            self._process.send_signal(number)
            try:
                self._process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                log.warning("%s (pid %d) ignored %s for %.0f s", self.name, self.pid, number.name, seconds)
        self._process.kill()
        self._process.wait()


def last_lines(text: str, lines: int = 12) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-lines:])


def leftovers(program: str, path: Path) -> list[psutil.Process]:
    """Processes of that name which work in the path or name it on their command line.

    A killed launcher left them. The caller holds the folder's lock, so nobody else needs them.
    """
    return [process for process in psutil.process_iter() if _concerns(process, program, path)]


def _concerns(process: psutil.Process, program: str, path: Path, *, as_head: bool = False) -> bool:
    """A server's head names the path on its command line, its children only work in it."""
    try:
        if process.name() != program or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if str(path) in process.cmdline():
            return True
        return not as_head and process.cwd().removesuffix(" (deleted)") == str(path)
    except psutil.Error:
        return False


def end_leftovers(program: str, path: Path, *steps: tuple[signal.Signals, float]) -> None:
    """Stop what `leftovers` finds: the signals go to the head, its children follow; kill at last.

    Children without a head are killed at once: nobody leads them to an orderly end.
    """
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        found = leftovers(program, path)
        if not found:
            return
        heads = [process for process in found if _concerns(process, program, path, as_head=True)]
        pids = ", ".join(str(process.pid) for process in heads or found)
        log.info("stopping %s left by an earlier run (pid %s)", program, pids)
        for process in found if number is signal.SIGKILL else heads or found:
            try:
                process.send_signal(number if heads else signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
            except psutil.AccessDenied as error:
                raise EmbeddedError(
                    f"{program} (pid {process.pid}), left by an earlier run on {path}, belongs to "
                    f"another user. Stop it first: kill {process.pid}"
                ) from error
        _await_end(found, seconds)


def _await_end(processes: list[psutil.Process], seconds: float) -> None:
    """A zombie has ended: some init processes of containers take seconds to collect it, or never do."""
    deadline = time.monotonic() + seconds
    while processes and time.monotonic() < deadline:
        time.sleep(0.01)
        processes = [process for process in processes if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
