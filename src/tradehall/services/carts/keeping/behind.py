"""Writing carts behind: from Redis to PostgreSQL within about a second, by whoever changed them, or by anybody later."""

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

import asyncpg

from tradehall.kernel.context import stopping
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.carts import queries
from tradehall.services.carts.keeping.entries import Entries, Mark, carts_in
from tradehall.services.carts.model import Owner

log = logging.getLogger(__name__)

GATHER = 0.25  # seconds; a cart that is changed often is written less often
LOOK = 5.0  # seconds between looks for what others left behind
OVERDUE = 3.0  # seconds after which a change was left behind
MOST = 1000


class Behind:
    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._marks: dict[UUID, set[Mark]] = {}
        self._waiting = asyncio.Event()

    def note(self, store_id: UUID, mark: Mark) -> None:
        self._marks.setdefault(store_id, set()).add(mark)
        self._waiting.set()

    async def run(self, running: Running, db: Database) -> None:
        """Until cancelled; raises what a lost database raises, and Away. What was not written is found again."""
        look_at = 0.0
        while not stopping():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._waiting.wait(), LOOK)
                await asyncio.sleep(GATHER)
            await self.write_noted(db)
            if time.monotonic() >= look_at:
                await self.write_overdue(db, [store.id for store in running.stores.all()])
                look_at = time.monotonic() + LOOK

    async def write_noted(self, db: Database) -> None:
        self._waiting.clear()
        noted, self._marks = self._marks, {}
        for store_id, marks in noted.items():
            await self._write(db, store_id, marks)

    async def write_overdue(self, db: Database, store_ids: list[UUID]) -> None:
        for store_id, marks in (await self._entries.overdue(store_ids, OVERDUE, MOST)).items():
            await self._write(db, store_id, marks)

    async def _write(self, db: Database, store_id: UUID, marks: Collection[Mark]) -> None:
        owners = list({mark.owner for mark in marks})
        for start in range(0, len(owners), MOST):
            some = owners[start : start + MOST]
            try:
                await self._write_together(db, store_id, some, marks)
            except asyncpg.IntegrityConstraintViolationError:
                for owner in some:
                    await self._write_alone(db, store_id, owner, marks)

    async def _write_alone(self, db: Database, store_id: UUID, owner: Owner, marks: Collection[Mark]) -> None:
        """One that PostgreSQL refuses must not keep the others from it; it stays marked, and is tried again."""
        try:
            await self._write_together(db, store_id, [owner], marks)
        except asyncpg.IntegrityConstraintViolationError:
            log.exception("a cart of store %s cannot be written", store_id)

    async def _write_together(self, db: Database, store_id: UUID, owners: list[Owner], marks: Collection[Mark]) -> None:
        carts = carts_in(await self._entries.get(store_id, owners))
        async with db.transaction(store_id) as tx:
            await queries.write_behind(tx, carts)
        await self._entries.written(store_id, [mark for mark in marks if mark.owner in owners])
