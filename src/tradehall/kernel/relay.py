"""The relay: drains a database's outbox to the broker. One per database, the one that leads it.

It remembers no position (commits become visible out of order): rows are published in order and deleted when the
broker holds them. A crash in between publishes them again; the inbox makes that harmless.
"""

import asyncio
import logging

import asyncpg
import msgspec

from tradehall.kernel import telemetry
from tradehall.kernel.bus import Bus, BusError, Message
from tradehall.kernel.context import stopping

log = logging.getLogger(__name__)

BATCH = 500
TIMERS = 0.5  # seconds between looks for timers that came due

_DUE = """
SELECT seq, id, store_id, aggregatetype, aggregateid, type, payload, headers FROM outbox
WHERE available_at <= now() ORDER BY available_at, seq LIMIT $1
"""


class Relay:
    def __init__(self, service: str, bus: Bus) -> None:
        self._service = service
        self._bus = bus
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Until cancelled. Raises what the connection raises; a broker that is away is waited for."""
        await connection.execute("SET synchronous_commit = off")  # a lost delete only publishes again
        backlog = telemetry.OUTBOX.labels(self._service)
        published = telemetry.PUBLISHED.labels(self._service)
        while not stopping():
            try:
                async with asyncio.timeout(TIMERS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            while not stopping():
                rows = await connection.fetch(_DUE, BATCH)
                backlog.set(len(rows))
                if not rows:
                    break
                try:
                    await self._bus.publish([message_of(row) for row in rows])
                except BusError as error:
                    log.warning("%s: outbox waits: %s", self._service, error)
                    await asyncio.sleep(0.5)
                    continue
                await connection.execute("DELETE FROM outbox WHERE seq = ANY($1)", [row["seq"] for row in rows])
                published.inc(len(rows))
                backlog.set(0)
                if len(rows) < BATCH:
                    break


def message_of(row: asyncpg.Record) -> Message:
    return Message(
        id=row["id"],
        publisher=row["aggregatetype"],
        type=row["type"],
        key=row["aggregateid"],
        store_id=row["store_id"],
        payload=row["payload"].encode(),
        headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
    )
