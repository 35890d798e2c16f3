"""The relay: carries a database's outbox to the broker. One per database, in the process that leads it.

What its own process commits is handed to it and published from memory, in the order of the commits. The table is read
for the rest: what other processes committed, timers that came due, what a crash left behind. A row goes when the broker
holds it; a crash in between publishes it again, and the inbox makes that harmless.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import msgspec

from tradehall.kernel import telemetry
from tradehall.kernel.bus import Bus, BusError, Message
from tradehall.kernel.context import stopping
from tradehall.kernel.db import Pending

log = logging.getLogger(__name__)

BATCH = 500
MOST_FRESH = 5000
FEW = 8  # as many events at once show that more will come at once
GATHER = 0.01  # seconds that are given them
TIMERS = 0.5  # seconds between looks for timers that came due
SWEEP = 0.05  # seconds of rest after which published rows are removed

_DUE = """
SELECT seq, id, store_id, aggregatetype, aggregateid, type, payload, headers FROM outbox
WHERE available_at <= now() ORDER BY available_at, seq LIMIT $1
"""


class Relay:
    def __init__(self, service: str, bus: Bus) -> None:
        self._bus = bus
        self._wake = asyncio.Event()
        # Committed since the table was read to its end; None where it was not: what is in it comes first.
        self._fresh: list[Pending] | None = None
        self._published: list[int] = []
        self._look_at = 0.0
        self._service = service
        self._backlog = telemetry.OUTBOX.labels(service)
        self._count = telemetry.PUBLISHED.labels(service)

    def take(self, committed: Sequence[Pending]) -> None:
        """Of a transaction of this process."""
        if self._fresh is not None:
            self._fresh += committed
            if len(self._fresh) > MOST_FRESH:  # the broker is away or slow; the table has them all
                self._fresh = None
        self._wake.set()

    def look(self) -> None:
        """There is something in the table."""
        self._look_at = 0.0
        self._wake.set()

    async def run(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Until cancelled. Raises what the connection raises; a broker that is away is waited for."""
        await connection.execute("SET synchronous_commit = off")  # a lost delete only publishes again
        self._fresh, self._published = None, []
        clock = asyncio.get_running_loop().time
        try:
            while not stopping():
                if self._fresh is None or clock() >= self._look_at:
                    pending = await self._due(connection)
                else:
                    pending, self._fresh = self._fresh, []
                if not pending:
                    await self._rest(connection)
                elif await self._publish(pending) and FEW <= len(pending) < BATCH:
                    await asyncio.sleep(GATHER)
        finally:
            self._fresh = None
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._remove(connection)

    async def _due(self, connection: "asyncpg.Connection[asyncpg.Record]") -> list[Pending]:
        await self._remove(connection)
        self._wake.clear()
        self._look_at = asyncio.get_running_loop().time() + TIMERS
        self._fresh = []
        due = [(row["seq"], _message(row)) for row in await connection.fetch(_DUE, BATCH)]
        if len(due) == BATCH or self._fresh is None:
            self._fresh = None
        else:
            known = {seq for seq, _ in due}
            self._fresh = [pending for pending in self._fresh if pending[0] not in known]
        return due

    async def _rest(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        until = SWEEP if self._published else max(0.0, self._look_at - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(until):
                await self._wake.wait()
        except TimeoutError:
            await self._remove(connection)
        self._wake.clear()

    async def _publish(self, pending: Sequence[Pending]) -> bool:
        self._backlog.set(len(pending))
        try:
            await self._bus.publish([message for _, message in pending])
        except BusError as error:
            log.warning("%s: outbox waits: %s", self._service, error)
            self._fresh = None
            await asyncio.sleep(0.5)
            return False
        self._published += [seq for seq, _ in pending]
        self._count.inc(len(pending))
        self._backlog.set(0)
        return True

    async def _remove(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        if self._published:
            await connection.execute("DELETE FROM outbox WHERE seq = ANY($1)", self._published)
            self._published = []


def _message(row: asyncpg.Record) -> Message:
    return Message(
        id=row["id"],
        publisher=row["aggregatetype"],
        type=row["type"],
        key=row["aggregateid"],
        store_id=row["store_id"],
        payload=row["payload"].encode(),
        headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
    )
