"""Counts that are kept: how old they may be, and what happens where one cannot be made anew."""

import asyncio
import time

import asyncpg
import pytest

from tests.harness import Alone
from tradehall.kernel.db import Tx
from tradehall.services.catalog import counting
from tradehall.services.catalog.counting import FRESH, KEPT, LARGE, Counts

SERVICE = "catalog"


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The counts'; the loop has its own."""
    clock = Clock()
    monkeypatch.setattr(counting, "monotonic", clock)
    return clock


class Counting:
    """A list of `size`, and how often it was counted."""

    def __init__(self, it: Alone, size: int) -> None:
        self.it, self.size, self.times = it, size, 0
        self.broken = False
        self.counts: Counts[int] = Counts(lambda total: total)
        self.slow = asyncio.Event()
        self.slow.set()

    async def count(self, tx: Tx) -> int:
        self.times += 1
        await self.slow.wait()
        if self.broken:
            raise asyncpg.PostgresError("away")
        return self.size

    async def seen(self) -> int:
        async with self.it.db.transaction(self.it.store.id) as tx:
            return await self.counts.of(self.it.db, tx, "list", self.count)

    async def settled(self) -> None:
        while self.counts._counting:
            await asyncio.sleep(0.001)


async def test_a_count_is_fresh_then_shown_while_made_anew_then_waited_for(it: Alone, clock: Clock) -> None:
    counting = Counting(it, LARGE + 1)
    assert await counting.seen() == LARGE + 1
    counting.size += 1
    clock.now += FRESH
    assert (await counting.seen(), counting.times) == (LARGE + 1, 1)
    clock.now += 0.1
    counting.slow.clear()
    assert await counting.seen() == await counting.seen() == LARGE + 1
    counting.slow.set()
    await counting.settled()
    assert (await counting.seen(), counting.times) == (LARGE + 2, 2), "once, for all who came meanwhile"
    counting.size += 1
    clock.now += KEPT + 0.1
    assert (await counting.seen(), counting.times) == (LARGE + 3, 3), "too old to be shown"


async def test_a_list_that_became_small_is_counted_for_each_page(it: Alone, clock: Clock) -> None:
    counting = Counting(it, LARGE + 1)
    await counting.seen()
    counting.size = LARGE
    clock.now += FRESH + 0.1
    await counting.seen()
    await counting.settled()
    counting.size = 5
    assert await counting.seen() == 5


async def test_a_count_that_failed_is_tried_again(it: Alone, clock: Clock) -> None:
    counting = Counting(it, LARGE + 1)
    await counting.seen()
    counting.broken = True
    clock.now += FRESH + 0.1
    assert await counting.seen() == LARGE + 1
    await counting.settled()
    counting.broken, counting.size = False, LARGE + 2
    assert await counting.seen() == LARGE + 1
    await counting.settled()
    assert await counting.seen() == LARGE + 2
