"""Tasks: work outside a transaction (a provider's answer, a mail server's), done at least once, many at a time.

A task that fails is put back into the outbox with a later `available_at`; after the last try it is a dead letter.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import msgspec
from opentelemetry.trace import SpanKind

from tradehall.kernel import telemetry
from tradehall.kernel.bus import Bus, Message, Subscription
from tradehall.kernel.context import causation_id, correlation_id, stopping
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Refusal
from tradehall.kernel.ids import uuid7
from tradehall.kernel.inbox import bury
from tradehall.kernel.service import BatchWorker, Service, TaskContext, Worker

if TYPE_CHECKING:
    from tradehall.kernel.runtime import Running

log = logging.getLogger(__name__)

AT_ONCE = 32
BATCH = 64
ATTEMPTS = 12
LOOK = 5.0  # seconds
STILL_AT_IT = 15.0  # seconds between telling the broker which tasks are not to be given to others
FIRST, LONGEST = 1.0, 600.0  # seconds between two tries

_AGAIN = """
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class Workers:
    def __init__(self, service: Service, running: "Running", db: Database, bus: Bus) -> None:
        self._service = service
        self._running = running
        self._db = db
        self._bus = bus
        self._busy: dict[asyncio.Task[None], list[Message]] = {}

    async def run(self) -> None:
        """Until cancelled, then lets the tasks at work finish. Raises BusError."""
        types = [(worker.task.publisher, name) for name, worker in self._service.workers.items()]
        if not types:
            return
        subscription = await self._bus.subscribe(f"{self._service.name}-tasks", types, shared=True)
        clock = asyncio.get_running_loop().time
        told_at = clock()
        try:
            while not stopping():
                if clock() - told_at >= STILL_AT_IT:
                    told_at = clock()
                    await subscription.extend([message for messages in self._busy.values() for message in messages])
                free = AT_ONCE - len(self._busy)
                if not free:
                    await asyncio.wait(self._busy, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
                    continue
                for messages in self._together(await subscription.batch(BATCH, LOOK)):
                    task = asyncio.create_task(self._do(messages, subscription))
                    self._busy[task] = messages
                    task.add_done_callback(lambda done: self._busy.pop(done, None))
        finally:
            if self._busy:
                await asyncio.wait(self._busy, timeout=10)
            await subscription.close()

    def _together(self, messages: list[Message]) -> list[list[Message]]:
        """Tasks that one call may do: of one type and, unless it works across stores, one store."""
        groups: dict[object, list[Message]] = {}
        for message in messages:
            worker = self._service.workers[message.type]
            kind = (message.type, None if worker.across else message.store_id) if worker.batched else message.id
            groups.setdefault(kind, []).append(message)
        return list(groups.values())

    async def _do(self, messages: list[Message], subscription: Subscription) -> None:
        first = messages[0]
        correlation_id.set(first.headers.get("correlation", ""))
        causation_id.set(str(first.id))
        try:
            await self._work(messages)
            outcome = "done"
        except Exception as error:
            if len(messages) > 1:
                await asyncio.gather(*(self._do([message], subscription) for message in messages))
                return
            try:
                outcome = await self._failed(first, error)
            except Exception:
                log.exception("%s: %s %s is left to the broker", self._service.name, first.type, first.id)
                return  # not acknowledged: it comes again
        telemetry.EVENTS.labels(self._service.name, first.type, outcome).inc(len(messages))
        await subscription.ack(messages)

    async def _work(self, messages: list[Message]) -> None:
        first = messages[0]
        stores = frozenset(message.store_id for message in messages if message.store_id is not None)
        if any(message.store_id is None for message in messages):
            raise Refusal("a task belongs to a store")
        worker = self._service.workers[first.type]
        tasks = [msgspec.json.decode(message.payload, type=worker.task) for message in messages]
        origins = {id(task): message for task, message in zip(tasks, messages, strict=True)}
        context = TaskContext(self._db, stores, self._running, origins)
        with telemetry.span(f"{self._service.name} {first.type}", first.headers, kind=SpanKind.CONSUMER):
            if worker.batched:
                await cast(BatchWorker, worker.work)(tasks, context)
            else:
                await cast(Worker, worker.work)(tasks[0], context)

    async def _failed(self, message: Message, error: Exception) -> str:
        attempt = int(message.headers.get("attempt", "1"))
        cause = f"{type(error).__name__}: {error}"
        final = isinstance(error, Refusal | msgspec.MsgspecError) or attempt >= ATTEMPTS
        log.warning("%s: %s %s failed, try %d: %s", self._service.name, message.type, message.id, attempt, cause)
        async with self._db.transaction(None) as tx:
            if final:
                await bury(tx, message, "task", attempt, cause)
                return "dead"
            headers = {**message.headers, "attempt": str(attempt + 1)}
            await tx.run(
                _AGAIN,
                uuid7(),
                message.store_id,
                message.publisher,
                message.key,
                message.type,
                message.payload.decode(),
                msgspec.json.encode(headers).decode(),
                datetime.now(UTC) + timedelta(seconds=min(LONGEST, FIRST * 2 ** (attempt - 1))),
            )
        return "failed"
