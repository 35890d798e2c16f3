"""The relay: drains a database's outbox to the broker. One per database, in the process that leads it.

It remembers no position (commits become visible out of order): rows are published in order and deleted when the
broker holds them. A crash in between publishes them again; the inbox makes that harmless.
"""

import asyncio
import logging
from contextlib import suppress

import asyncpg
import msgspec

from tradehall.contracts.values import may_travel_together
from tradehall.kernel import telemetry
from tradehall.kernel.bus import Bus, BusError, Message
from tradehall.kernel.context import stopping

log = logging.getLogger(__name__)

BATCH = 500
FEW = 8  # as many rows at once show that more will come at once
GATHER = 0.01  # seconds that are given them
TIMERS = 0.5  # seconds between looks for timers that came due
SWEEP = 0.05  # seconds until published rows are removed where nothing else comes

_NEXT = """
WITH published AS (DELETE FROM outbox WHERE seq = ANY($1))
SELECT seq, id, store_id, aggregatetype, aggregateid, type, payload, headers FROM outbox
WHERE available_at <= now() AND seq <> ALL($1) ORDER BY available_at, seq LIMIT $2
"""


class Relay:
    def __init__(self, service: str, bus: Bus) -> None:
        self._service = service
        self._bus = bus
        self._wake = asyncio.Event()
        self._together = may_travel_together(service)

    def wake(self) -> None:
        self._wake.set()

    async def run(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Until cancelled. Raises what the connection raises; a broker that is away is waited for."""
        await connection.execute("SET synchronous_commit = off")  # a lost delete only publishes again
        backlog = telemetry.OUTBOX.labels(self._service)
        count = telemetry.PUBLISHED.labels(self._service)
        published: list[int] = []
        try:
            while not stopping():
                self._wake.clear()
                rows = await connection.fetch(_NEXT, published, BATCH)
                published = []
                backlog.set(len(rows))
                try:
                    await self._bus.publish([_message(row, self._together) for row in rows])
                except BusError as error:
                    log.warning("%s: outbox waits: %s", self._service, error)
                    await asyncio.sleep(0.5)
                    continue
                published = [row["seq"] for row in rows]
                count.inc(len(rows))
                backlog.set(0)
                if FEW <= len(rows) < BATCH:
                    await asyncio.sleep(GATHER)
                if len(rows) < BATCH:
                    await self._rest(SWEEP if rows else TIMERS)
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.execute("DELETE FROM outbox WHERE seq = ANY($1)", published)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()


def _message(row: asyncpg.Record, together: frozenset[str]) -> Message:
    return Message(
        id=row["id"],
        publisher=row["aggregatetype"],
        type=row["type"],
        key=row["aggregateid"],
        store_id=row["store_id"],
        payload=row["payload"].encode(),
        headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
        together=row["type"] in together,
    )
