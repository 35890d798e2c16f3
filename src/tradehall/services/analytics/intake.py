"""Taking clicks: those that come within a moment are written together, and each browser is answered when they are safe.

A beacon waits for nothing, so the answer may: what was answered is on the disk, whatever is killed then. What is not written
is refused, none is kept back in memory.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import msgspec

from tradehall.contracts.analytics import Click, ClickTracked
from tradehall.contracts.stores import Store
from tradehall.kernel.db import LOST, Database, Tx
from tradehall.kernel.errors import Away, Busy
from tradehall.kernel.runtime import Running
from tradehall.services.analytics.model import NewClick, anonymous
from tradehall.services.analytics.queries import copies
from tradehall.services.analytics.queries import settings as decided
from tradehall.services.analytics.storage import Storage, Taken
from tradehall.services.analytics.storage.choosing import column_store_of, storage_of

GATHER = 0.2  # seconds in which clicks come together
GROUP = 2_000  # clicks in one transaction
MOST = 20_000  # clicks that may wait
AT_ONCE = 500  # clicks in an event
DAYS_AHEAD = 7
UPKEEP_EVERY = 3600.0


class Full(Busy):
    slug = "too-many-clicks"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"retry-after": "5"})


class Intake:
    def __init__(self, running: Running) -> None:
        self._running = running
        self._db: Database = running.databases["analytics"]
        self._storage = storage_of(running)
        self._waiting: list[tuple[Taken, asyncio.Future[None]]] = []
        self._count = 0
        self._wake = asyncio.Event()
        self._ending = False
        self._task = asyncio.create_task(self._run())

    async def take(self, store: Store, clicks: Sequence[NewClick], visitor: UUID | None, at: datetime) -> None:
        """Returns when they are written. Raises Full."""
        if self._ending or self._count + len(clicks) > MOST:
            raise Full()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((Taken(store, [_click(new, visitor, at) for new in clicks]), done))
        self._count += len(clicks)
        self._wake.set()
        await done

    async def end(self) -> None:
        """Writes what waits."""
        self._ending = True
        self._wake.set()
        await self._task

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            if not self._ending:
                await asyncio.sleep(GATHER)
            group = self._next()
            if not self._waiting:
                self._wake.clear()
            if group:
                await self._write(group)
            if self._ending and not self._waiting:
                return

    def _next(self) -> list[tuple[Taken, asyncio.Future[None]]]:
        size = taken = 0
        while taken < len(self._waiting) and (not taken or size < GROUP):
            size += len(self._waiting[taken][0].clicks)
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._count -= size
        return group

    async def _write(self, group: Sequence[tuple[Taken, asyncio.Future[None]]]) -> None:
        """Raises nothing: who waits is told."""
        refusal: Exception | None = None
        try:
            by_store: dict[UUID, Taken] = {}
            for taken, _ in group:
                known = by_store.setdefault(taken.store.id, Taken(taken.store, []))
                by_store[taken.store.id] = Taken(known.store, [*known.clicks, *taken.clicks])
            async with self._db.across(list(by_store)) as tx:
                await _keep(tx, self._storage, list(by_store.values()))
        except (asyncpg.PostgresError, *LOST, Away, TimeoutError):
            refusal = Full("Clicks cannot be written at the moment.")
        except Exception as error:
            refusal = error
        for _, done in group:
            if done.done():  # its browser is gone
                continue
            if refusal is None:
                done.set_result(None)
            else:
                done.set_exception(refusal)


async def _keep(tx: Tx, storage: Storage, by_store: Sequence[Taken]) -> None:
    known = await copies.sellers_of(tx, {c.product_id for _, clicks in by_store for c in clicks if c.product_id})
    ready = [Taken(store, _told(store, clicks, known)) for store, clicks in by_store]
    await storage.write(tx, ready)
    for store, clicks in ready:
        for at in range(0, len(clicks), AT_ONCE):
            tx.emit(ClickTracked(clicks=list(clicks[at : at + AT_ONCE])), key=store.id, store_id=store.id)


def _told(store: Store, clicks: Sequence[Click], sellers: dict[tuple[UUID, UUID], UUID]) -> list[Click]:
    """With whose the product is. One that the store has not got is nobody's, and none."""
    return [
        click
        if click.product_id is None
        else msgspec.structs.replace(click, seller_id=seller)
        if (seller := sellers.get((store.id, click.product_id)))
        else msgspec.structs.replace(click, product_id=None)
        for click in clicks
    ]


def _click(new: NewClick, visitor: UUID | None, at: datetime) -> Click:
    return Click(
        kind=new.kind,
        at=at - timedelta(milliseconds=new.ago),
        product_id=new.product,
        visitor=visitor,
        query=anonymous(new.query) if new.kind == "search" else "",
        results=new.results if new.kind == "search" else None,
        target=new.target,
    )


_INTAKES: "WeakKeyDictionary[Running, Intake]" = WeakKeyDictionary()


def intake_of(running: Running) -> Intake:
    return _INTAKES[running]


async def start(running: Running) -> None:
    _INTAKES[running] = Intake(running)
    running.run_beside("analytics", "days", lambda db: _keep_days(running, db))


async def stop(running: Running) -> None:
    if (intake := _INTAKES.pop(running, None)) is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await intake.end()


async def _keep_days(running: Running, db: Database) -> None:
    """Room for the days to come; what is older than the installation keeps goes."""
    if (columns := column_store_of(running)) is not None:
        await columns.prepare()
    while not running.stopping:
        async with db.transaction(None) as tx:
            await decided.keep_days(tx, DAYS_AHEAD, running.settings.clicks_kept_days)
        await asyncio.sleep(UPKEEP_EVERY)
