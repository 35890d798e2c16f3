"""The consumer: at-least-once delivery, exactly-once effect, order kept per key.

A batch is one transaction, with one inbox insert; two, where it is of several stores and not all of its events are
handled across stores. Where one fails, its events are tried one by one; the one that fails is parked with back-off, and
later events of its key are parked behind it. After the last try it becomes a dead letter. A refusal (a rule said no) is
not tried again.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
from opentelemetry.trace import SpanKind

from tradehall.contracts.values import Event
from tradehall.kernel import telemetry
from tradehall.kernel.bulk import Bulk
from tradehall.kernel.bus import Bus, Message
from tradehall.kernel.bus import Subscription as BusSubscription
from tradehall.kernel.context import causation_id, correlation_id, stopping
from tradehall.kernel.db import GONE, LOST, Database, Tx, literals
from tradehall.kernel.errors import Refusal
from tradehall.kernel.reading import Reader
from tradehall.kernel.service import BatchSubscriber, Service, Subscriber
from tradehall.kernel.settings import Settings

log = logging.getLogger(__name__)

BATCH = 128
FEW = 16  # a batch of as many shows that events come fast: the next is given time to fill, as much as this one took,
GATHER = 0.05  # and so many seconds at most. Fewer, larger transactions
PATIENCE = 0.05  # seconds that events nobody waits for are gathered, unless one comes that somebody does
NEXT = 0.01  # seconds between looks whether it is this service's turn with what comes in bulk; an event that is none goes at once
LOOK = 2.0  # seconds between looks for replayed events
STOP = 10.0  # seconds that a batch at work has when the process stops

_CLAIM = "INSERT INTO inbox (event_id) VALUES ('{}') ON CONFLICT DO NOTHING"
_FRESH = "SELECT event_id FROM inbox WHERE event_id = ANY($1) AND xmin = pg_current_xact_id()::xid"
_PARK = """
INSERT INTO parked (event_id, store_id, publisher, key, type, payload, headers, attempts, next_at, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (event_id) DO NOTHING
"""
_BURY = """
INSERT INTO dead_letters (event_id, kind, store_id, publisher, key, type, payload, headers, attempts, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (event_id) DO UPDATE SET attempts = excluded.attempts, error = excluded.error, died_at = now()
"""
_HEADS = """
SELECT DISTINCT ON (key) seq, event_id, store_id, publisher, key, type, payload, headers, attempts, next_at
FROM parked ORDER BY key, seq
"""


class Consumer:
    """`bulk` and `reader` are the process's."""

    def __init__(
        self,
        service: Service,
        db: Database,
        bus: Bus,
        settings: Settings,
        bulk: Bulk | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._service = service
        self._db = db
        self._bus = bus
        self._attempts = settings.retry_attempts
        self._base = settings.retry_base_seconds
        self._bulk = bulk or Bulk()
        self._reader = reader or Reader()
        self._parked_keys: set[str] = set()
        self._next_retry: float | None = None
        self._look_again = 0.0

    async def run(self) -> None:
        """Until cancelled; raises BusError or what a lost database raises, and may then be run again."""
        types = [(s.event.publisher, name) for name, s in self._service.subscribers.items()]
        if not types:
            return
        await self._load_parked()
        subscription = await self._bus.subscribe(self._service.name, types)
        try:
            while not stopping():
                await self._turn(subscription)
        finally:
            await subscription.close()

    async def _turn(self, subscription: BusSubscription) -> None:
        wait = LOOK if self._next_retry is None else max(0.01, min(LOOK, self._next_retry - time.monotonic()))
        batch = await self._gathered(subscription, await subscription.batch(BATCH, wait))
        if batch:
            began = time.monotonic()
            await _finish(asyncio.create_task(self._take(subscription, batch)))
            if FEW <= len(batch) < BATCH:
                await asyncio.sleep(min(GATHER, time.monotonic() - began))
        clock = time.monotonic()
        if self._next_retry is not None and clock >= self._next_retry:
            await self._retry()
        elif clock >= self._look_again:  # a replay from another process
            await self._load_parked()

    async def _gathered(self, subscription: BusSubscription, batch: list[Message]) -> list[Message]:
        clock = asyncio.get_running_loop().time
        until, more = clock() + PATIENCE, batch
        while more and len(batch) < BATCH and all(self._service.subscribers[m.type].patient for m in more):
            more = await subscription.batch(BATCH - len(batch), max(0.0, until - clock()))
            batch += more
        while self._is_bulk(batch) and self._bulk.locked() and len(batch) < BATCH:
            batch += await subscription.batch(BATCH - len(batch), NEXT)
        return batch

    def _is_bulk(self, batch: Sequence[Message]) -> bool:
        return bool(batch) and all(self._service.subscribers[message.type].bulk for message in batch)

    async def _take(self, subscription: BusSubscription, batch: list[Message]) -> None:
        async with self._bulk if self._is_bulk(batch) else nullcontext():
            await self.process(batch)
        await subscription.ack(batch)

    async def process(self, batch: Sequence[Message]) -> None:
        wanted = [m for m in batch if self._wanted(m)]
        several = len({m.store_id for m in wanted}) > 1
        for part in _parts(wanted, self._across) if several else [wanted]:
            await self._process(part)

    def _across(self, message: Message) -> bool:
        return message.store_id is not None and self._service.subscribers[message.type].across

    async def _process(self, messages: Sequence[Message]) -> None:
        held = [m for m in messages if m.key in self._parked_keys]
        free = [m for m in messages if m.key not in self._parked_keys]
        if held:
            async with self._db.transaction(None) as tx:
                for message in held:
                    await self._park(tx, message, 0, "behind an earlier event of its key")
        try:
            await self._handle(free)
        except Exception as error:
            if await self._lost(error):
                raise
            if len(free) == 1:
                await self._failed(free[0], error, 1)
                return
            log.info("%s: a batch of %d failed (%r); one by one", self._service.name, len(free), error)
            for message in free:
                await self._alone(message)

    def _wanted(self, message: Message) -> bool:
        when = self._service.subscribers[message.type].when
        if when is None:
            return True
        try:
            return when(self._read(message))
        except msgspec.MsgspecError:
            return True  # for its handling to fail

    def _read(self, message: Message) -> Event:
        return self._reader.read(message, self._service.subscribers[message.type].event)

    async def _lost(self, error: Exception) -> bool:
        """Whether the database is away. Where the error does not tell, the database is asked."""
        if isinstance(error, LOST) and not isinstance(error, GONE):
            try:
                await self._db.ping()
            except Exception:
                return True
        return isinstance(error, GONE)

    async def _handle(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        async with self._claimed(messages) as tx:
            todo = list(messages)
            if tx.touched < len(messages):
                fresh = {row["event_id"]: row for row in await tx.rows(_FRESH, [m.id for m in messages])}
                # a message may stand in the batch twice
                todo = [message for message in messages if fresh.pop(message.id, None) is not None]
            # A key belongs to one store, so a stable sort by store keeps the order per key.
            todo.sort(key=lambda m: m.store_id.bytes if m.store_id else b"")
            for run in _parts(todo, self._kind):
                await self._run(run, tx)
        self._count(todo)

    def _claimed(self, messages: Sequence[Message]) -> AbstractAsyncContextManager[Tx]:
        claim = _CLAIM.format(literals((m.id for m in messages), between="'), ('"))
        if all(map(self._across, messages)):
            return self._db.across({m.store_id for m in messages if m.store_id is not None}, claim)
        stores = {m.store_id for m in messages}
        return self._db.transaction(stores.pop() if len(stores) == 1 else None, claim)

    def _kind(self, message: Message) -> object:
        """What one call may handle: events of one subscriber and, unless it works across stores, one store."""
        subscription = self._service.subscribers[message.type]
        if not subscription.batched:
            return message.id
        return (subscription.handle, None if subscription.across else message.store_id)

    async def _run(self, run: list[Message], tx: Tx) -> None:
        first = run[0]
        subscription = self._service.subscribers[first.type]
        if first.store_id is not None and not tx.across:
            await tx.enter(first.store_id)
        if subscription.latest:
            run = list({(message.store_id, message.key): message for message in run}.values())
        events = [self._read(message) for message in run]
        correlation_id.set(first.headers.get("correlation", ""))
        causation_id.set(str(first.id))
        with telemetry.span(f"{self._service.name} {first.type}", first.headers, kind=SpanKind.CONSUMER):
            if subscription.batched:
                tx.origins = {id(event): message for event, message in zip(events, run, strict=True)}
                await cast(BatchSubscriber, subscription.handle)(events, tx)
            else:
                await cast(Subscriber, subscription.handle)(events[0], tx)

    async def _alone(self, message: Message, attempts: int = 0, *, parked: bool = False) -> bool:
        """Handles one event; True where it is done with, be it as a dead letter."""
        if message.key in self._parked_keys and not parked:
            async with self._db.transaction(None) as tx:
                await self._park(tx, message, 0, "behind an earlier event of its key")
            return False
        try:
            await self._handle([message])
        except Exception as error:
            if await self._lost(error):
                raise
            return await self._failed(message, error, attempts + 1, parked=parked)
        return True

    async def _failed(self, message: Message, error: Exception, attempt: int, *, parked: bool = False) -> bool:
        """Parks or buries; True where it is buried."""
        final = isinstance(error, Refusal | msgspec.MsgspecError) or attempt >= self._attempts
        cause = _storable(f"{type(error).__name__}: {error}")
        log.log(
            logging.ERROR if final else logging.WARNING,
            "%s: %s %s failed, try %d: %s",
            self._service.name,
            message.type,
            message.id,
            attempt,
            cause,
            exc_info=error if final and not isinstance(error, Refusal) else None,
        )
        async with self._db.transaction(None) as tx:
            if final:
                await bury(tx, message, "event", attempt, cause)
                await tx.run("DELETE FROM parked WHERE event_id = $1", message.id)
            elif not parked:
                await self._park(tx, message, attempt, cause)
            else:
                await tx.run(
                    "UPDATE parked SET attempts = $2, next_at = $3, error = $4 WHERE event_id = $1",
                    message.id,
                    attempt,
                    self._later(attempt),
                    cause,
                )
        telemetry.EVENTS.labels(self._service.name, message.type, "dead" if final else "failed").inc()
        return final

    def _later(self, attempts: int) -> datetime:
        delay = self._base * 2 ** max(0, attempts - 1)
        at = time.monotonic() + delay
        self._next_retry = at if self._next_retry is None else min(self._next_retry, at)
        return datetime.now(UTC) + timedelta(seconds=delay)

    async def _park(self, tx: Tx, message: Message, attempts: int, cause: str) -> None:
        self._parked_keys.add(message.key)
        await tx.run(
            _PARK,
            message.id,
            message.store_id,
            message.publisher,
            message.key,
            message.type,
            _storable(message.payload),
            msgspec.json.encode(message.headers).decode(),
            attempts,
            self._later(attempts),
            cause,
        )

    async def _retry(self) -> None:
        """One pass over the first parked event of each key that is due."""
        async with self._db.transaction(None) as tx:
            heads = await tx.rows(_HEADS)
        now = datetime.now(UTC)
        for row in heads:
            if row["next_at"] > now:
                continue
            message = Message(
                id=row["event_id"],
                publisher=row["publisher"],
                type=row["type"],
                key=row["key"],
                store_id=row["store_id"],
                payload=row["payload"].encode(),
                headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
            )
            if await self._alone(message, row["attempts"], parked=True):
                async with self._db.transaction(None) as tx:
                    await tx.run("DELETE FROM parked WHERE event_id = $1", message.id)
        await self._load_parked()

    async def _load_parked(self) -> None:
        async with self._db.transaction(None) as tx:
            heads = await tx.rows(_HEADS)
        telemetry.PARKED.labels(self._service.name).set(len(heads))
        self._parked_keys = {row["key"] for row in heads}
        self._next_retry = None
        self._look_again = time.monotonic() + LOOK
        if heads:
            soonest = min(row["next_at"] for row in heads)
            self._next_retry = time.monotonic() + max(0.0, (soonest - datetime.now(UTC)).total_seconds())

    def _count(self, messages: Sequence[Message]) -> None:
        for name, count in Counter(message.type for message in messages).items():
            telemetry.EVENTS.labels(self._service.name, name, "done").inc(count)
        if messages:
            oldest = messages[0].id.int >> 80
            telemetry.EVENT_AGE.labels(self._service.name).observe(max(0.0, time.time() - oldest / 1000))


def _parts(messages: Sequence[Message], kind_of: Callable[[Message], object]) -> list[list[Message]]:
    """As few as can be, each of one kind.

    A message never overtakes an earlier one of its key; those of other keys it may.
    """
    parts: list[list[Message]] = []
    last_of_kind: dict[object, int] = {}
    last_of_key: dict[str, int] = {}
    for message in messages:
        kind = kind_of(message)
        at = last_of_kind.get(kind, -1)
        if at < last_of_key.get(message.key, 0):
            at = len(parts)
            parts.append([])
        parts[at].append(message)
        last_of_kind[kind] = last_of_key[message.key] = at
    return parts


async def _finish(work: asyncio.Task[None]) -> None:
    """Awaits it; a stop lets it commit and be acknowledged."""
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work], timeout=STOP)
        if not work.done():
            work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        raise


def _storable(text: str | bytes) -> str:
    """As PostgreSQL can hold it, whatever somebody published."""
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    return text.replace("\0", "\\0")


async def bury(tx: Tx, message: Message, kind: str, attempts: int, cause: str) -> None:
    await tx.run(
        _BURY,
        message.id,
        kind,
        message.store_id,
        message.publisher,
        message.key,
        message.type,
        _storable(message.payload),
        msgspec.json.encode(message.headers).decode(),
        attempts,
        _storable(cause)[:2000],
    )
