"""Starts a server again that ended by itself, as after an out-of-memory kill."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tradehall.kernel.embedded.system import Server, log

LOOK_EVERY = 0.2  # seconds, as all below
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
STEADY = 60.0  # one that ran so long is paused for as if it were its first end


@contextmanager
def kept_running(
    servers: Sequence[Server], held: Callable[[], bool], stopping: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Watch the servers for as long as this lasts, the data folder is held and the launcher is not stopping."""
    over = threading.Event()

    def is_over(seconds: float) -> bool:
        return over.wait(seconds) or stopping()

    threads = [
        threading.Thread(target=_keep_running, args=(server, held, is_over), name=f"{server.name} watch", daemon=True)
        for server in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _keep_running(server: Server, held: Callable[[], bool], is_over: Callable[[float], bool]) -> None:
    pause, began = FIRST_PAUSE, time.monotonic()
    while not is_over(LOOK_EVERY):
        if not (how := server.ended()):
            continue
        if time.monotonic() - began > STEADY:
            pause = FIRST_PAUSE
        log.error(
            "%s (pid %d) ended (%s); it is started again in %.1f s. Its last words, from %s:\n%s",
            *(server.name, server.pid, how, pause, server.log_file, server.said()),
        )
        if is_over(pause):
            return
        if not held():
            log.error("%s is not started again: its data folder was taken away", server.name)
            return
        pause, began = min(pause * 2, LONGEST_PAUSE), time.monotonic()
        try:
            server.restart()
            log.info("%s runs again (pid %d)", server.name, server.pid)
        except Exception:  # no memory, no disk: that may pass
            log.exception("%s could not be started again", server.name)
