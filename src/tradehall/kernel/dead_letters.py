"""What was given up: list, show, replay, drop. For commands and, later, for pages."""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    event_id: UUID
    kind: str
    store_id: UUID | None
    publisher: str
    key: str
    type: str
    attempts: int
    error: str
    died_at: datetime
    payload: str


_COLUMNS = "event_id, kind, store_id, publisher, key, type, attempts, error, died_at, payload"


async def listed(tx: Tx, limit: int = 100) -> list[DeadLetter]:
    return await tx.all(DeadLetter, f"SELECT {_COLUMNS} FROM dead_letters ORDER BY died_at DESC LIMIT $1", limit)


async def shown(tx: Tx, event_id: UUID) -> DeadLetter:
    found = await tx.one(DeadLetter, f"SELECT {_COLUMNS} FROM dead_letters WHERE event_id = $1", event_id)
    if found is None:
        raise NotFound(f"There is no dead letter {event_id}.")
    return found


async def replay(tx: Tx, event_id: UUID) -> None:
    """An event goes back to its subscriber, under its own id, so that it counts once; a task to its workers."""
    letter = await shown(tx, event_id)
    if letter.kind == "event":
        await tx.run(
            "INSERT INTO parked (event_id, store_id, publisher, key, type, payload, headers, attempts, next_at, error) "
            "SELECT event_id, store_id, publisher, key, type, payload, headers, 0, now(), 'replayed' "
            "FROM dead_letters WHERE event_id = $1",
            event_id,
        )
    else:
        await tx.run(
            "INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload, headers) "
            "SELECT $2, store_id, publisher, key, type, payload, (headers::jsonb - 'attempt')::text "
            "FROM dead_letters WHERE event_id = $1",
            event_id,
            uuid7(),  # brokers drop a second message of the same id
        )
    await drop(tx, event_id)


async def drop(tx: Tx, event_id: UUID) -> None:
    if not await tx.run("DELETE FROM dead_letters WHERE event_id = $1", event_id):
        raise NotFound(f"There is no dead letter {event_id}.")
