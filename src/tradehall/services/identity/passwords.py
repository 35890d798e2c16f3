"""Passwords: argon2id, in threads of their own, with a bounded queue before them.

A hash takes some 20 ms of one core and 19 MiB. What does not fit into the queue is refused at once: under a rush
of logins the rest of the process keeps answering.
"""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tradehall.kernel.errors import Busy
from tradehall.kernel.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

NICE = 10  # of the threads that hash; the lower runs first

# OWASP's recommendation for argon2id with one lane; memory in KiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    def __init__(self, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2", initializer=_step_back)
        self._room = threading.BoundedSemaphore(threads + queue)
        self._nobody = _hasher.hash("nobody")

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` in one of the threads. Raises Busy where the queue is full."""
        if not self._room.acquire(blocking=False):
            raise Busy("Too many people sign in at the moment.", headers={"retry-after": "1"})
        try:
            future = self._pool.submit(work, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        # The place is free when the thread is, also where nobody waits for the outcome any more.
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)

    async def hash(self, password: str) -> str:
        """Raises Busy."""
        return await self.run(_hasher.hash, _bytes(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """None, where there is no such account, takes as long as a wrong password. Raises Busy."""
        right = await self.run(_verify, password_hash or self._nobody, _bytes(password))
        return right and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Made with other parameters than those of today."""
        return _hasher.check_needs_rehash(password_hash)


def _step_back() -> None:
    """On Linux a thread has a nice value of its own: a rush of logins leaves the processor to all other requests."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """One form for what one keyboard writes composed and another decomposed (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode()


@cache
def _shared(threads: int, queue: int) -> Passwords:
    return Passwords(threads, queue)


def passwords(settings: Settings) -> Passwords:
    """The one pool of this process."""
    return _shared(settings.hash_threads, settings.hash_queue)
