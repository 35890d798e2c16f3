"""Counts of large lists. Whoever opens a page does not wait for them while the catalogue keeps changing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar
from uuid import UUID

import asyncpg
from cachetools import LRUCache

from tradehall.kernel.db import LOST, Database, Tx

log = logging.getLogger(__name__)

T = TypeVar("T")

LARGE = 2_000  # products: smaller lists are counted for each page
FRESH = 10.0  # seconds that a count is shown as it is; an older one is shown while the list is counted anew
KEPT = 60.0  # seconds after which nobody is shown it
ENTRIES = 200


class Counts(Generic[T]):
    """Of lists in one way. `size` is how many products one has counted."""

    def __init__(self, size: Callable[[T], int]) -> None:
        self._size = size
        self._kept: LRUCache[tuple[UUID, Hashable], tuple[float, T]] = LRUCache(ENTRIES)
        self._counting: dict[tuple[UUID, Hashable], asyncio.Task[None]] = {}

    async def of(self, db: Database, tx: Tx, key: Hashable, count: Callable[[Tx], Awaitable[T]]) -> T:
        """`key` says what `count` counts; it is of the transaction's store."""
        assert tx.store_id is not None
        place = (tx.store_id, key)
        kept = self._kept.get(place)
        if kept is None or (age := monotonic() - kept[0]) > KEPT:
            return self._keep(place, await count(tx))
        if age > FRESH and place not in self._counting:
            self._counting[place] = asyncio.create_task(self._anew(db, place, count))
        return kept[1]

    async def _anew(self, db: Database, place: tuple[UUID, Hashable], count: Callable[[Tx], Awaitable[T]]) -> None:
        try:
            async with db.transaction(place[0]) as tx:
                await tx.plan_anew()  # a plan kept for any list is a bad one for the large ones
                self._keep(place, await count(tx))
        except (*LOST, asyncpg.PostgresError, TimeoutError) as error:
            log.warning("catalog: a list was not counted anew: %r", error)
        finally:
            del self._counting[place]

    def _keep(self, place: tuple[UUID, Hashable], value: T) -> T:
        if self._size(value) > LARGE:
            self._kept[place] = (monotonic(), value)
        else:
            self._kept.pop(place, None)
        return value
