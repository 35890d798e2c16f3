"""What comes by thousands and nobody waits for: a process works on one piece of it at a time, and requests go before.

On two processors an answer takes half as long again beside other work. So a piece stands back before each of its
statements while a request is being answered: for SPARED seconds in all, that a busy shop may not stop it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

SPARED = 0.02
FEW = 10


class Bulk:
    """A process has one. As a context: a piece of work, which is a transaction or a few."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._requests = 0
        self._quiet = asyncio.Event()

    def locked(self) -> bool:
        return self._lock.locked()

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        _piece.set(_Piece(self))

    async def __aexit__(self, *_: object) -> None:
        _piece.set(None)
        self._lock.release()

    @contextmanager
    def answering(self) -> Iterator[None]:
        before = _piece.set(None)  # it may be a piece that asks a peer in this process
        self._requests += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._quiet.set()
            _piece.reset(before)

    async def quiet(self, seconds: float) -> float:
        """Waits until no request is being answered, so long at most; how long it was."""
        if not self._requests or seconds <= 0:
            return 0.0
        began = monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        return monotonic() - began


class _Piece:
    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk
        self._spared = SPARED

    async def stand_back(self) -> None:
        self._spared -= await self._bulk.quiet(self._spared)

    def go_on(self) -> None:
        self._spared = 0


_piece: ContextVar[_Piece | None] = ContextVar("piece", default=None)


async def stand_back() -> None:
    """In a piece of such work: lets requests go before."""
    if piece := _piece.get():
        await piece.stand_back()


async def stand_back_no_more() -> None:
    """Now, and then not until the piece's end: a request may wait for what it is about to hold."""
    await stand_back()
    if piece := _piece.get():
        piece.go_on()


async def give_way() -> None:
    """In the midst of what keeps the loop: it first serves what came meanwhile."""
    await asyncio.sleep(0)
    await stand_back()


async def gently(items: Iterable[T]) -> AsyncIterator[T]:
    """One by one; gives way after each few."""
    for number, item in enumerate(items, 1):
        yield item
        if number % FEW == 0:
            await give_way()
