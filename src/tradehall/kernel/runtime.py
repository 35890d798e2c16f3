"""What runs in a process: its services' databases, the broker, relays, consumers, workers, and what all of them share."""

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from tradehall.contracts.identity import SessionEnded
from tradehall.contracts.stores import Store, StoreCreated, StoreUpdated
from tradehall.contracts.values import Event
from tradehall.kernel import provision, statistics, telemetry
from tradehall.kernel.auth import ACCESS_LIFE, KeyHolder, Signer, Verifier
from tradehall.kernel.bulk import Bulk
from tradehall.kernel.bus import BusError, Message
from tradehall.kernel.bus.nats import NatsBus
from tradehall.kernel.context import correlation_id
from tradehall.kernel.db import LOST, Database, open_pool
from tradehall.kernel.edge import AnswerCache
from tradehall.kernel.inbox import Consumer
from tradehall.kernel.peers import Peers
from tradehall.kernel.reading import Reader
from tradehall.kernel.relay import Relay
from tradehall.kernel.service import Listening, Service
from tradehall.kernel.settings import Settings
from tradehall.kernel.stores import StoreDirectory
from tradehall.kernel.tasks import Workers

log = logging.getLogger(__name__)

INBOX_KEPT = timedelta(hours=24)
KEYS_KEPT = timedelta(hours=48)
PRUNE_EVERY = 60.0
_LEADER = 0x6C6561646572
_NOTIFY_EVERY = 0.005
_MISSED = timedelta(minutes=1)  # while a subscription that broke is made again


class Running:
    """The services of this process, started by `start`, stopped by `stop`; both may be called once.

    `installed` are all services with a database, those of other processes too; only those that run here, if not given.
    """

    def __init__(
        self,
        settings: Settings,
        services: Sequence[Service],
        name: str = "tradehall",
        *,
        installed: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self.installed = tuple(installed) or tuple(service.name for service in services if not service.stateless)
        self.services = list(services)
        self.name = name
        self.databases: dict[str, Database] = {}
        self._consuming: dict[str, Database] = {}
        self.answers = AnswerCache()
        self.signer = Signer(settings.data_path / "keys") if self.runs("identity") else None
        self.verifier = Verifier(self._fetch_keys, self._look_up_key)
        self.stores = StoreDirectory(
            self._fetch_stores, default_slug=settings.default_store, platform_domain=settings.platform_domain
        )
        self.peers = Peers(settings.secret, None, settings.peers_url)
        self.bulk = Bulk()
        self._reader = Reader()
        self.stopping = False
        self._outside: httpx.AsyncClient | None = None
        self._bus: NatsBus | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._relays: dict[str, Relay] = {}
        self._leading: set[str] = set()
        self._notifying: set[str] = set()

    def runs(self, service: str) -> bool:
        return any(s.name == service for s in self.services)

    def use_app(self, app: Any) -> None:
        """All services are here: peers are asked in process."""
        self.peers = Peers(self.settings.secret, httpx.ASGITransport(app=app), "http://localhost")

    @property
    def outside(self) -> httpx.AsyncClient:
        """For servers that are not ours: follows no redirect, keeps no cookie."""
        if self._outside is None:
            self._outside = httpx.AsyncClient(timeout=20, follow_redirects=False, trust_env=False)
            self._outside.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return self._outside

    @property
    def bus(self) -> NatsBus:
        assert self._bus is not None, "not started"
        return self._bus

    async def start(self) -> None:
        """Raises what a missing database or broker raises, and MigrationError."""
        if self.settings.migrate:
            for name in await provision.migrate(self.settings, self.services):
                log.info("migrated %s", name)
        self._bus = await NatsBus.connect(self.settings.nats_url, stream=self.settings.stream, name=self.name)
        for service in self.services:
            if service.stateless:
                continue
            relay = self._relays[service.name] = Relay(service.name, self._bus)
            db = await self._open(service, self.settings.pool_size)
            self.databases[service.name] = db
            # Of its own, so that events do not queue behind requests for a connection.
            self._consuming[service.name] = await self._open(service, 1)
            consumer = Consumer(
                service, self._consuming[service.name], self._bus, self.settings, self.bulk, self._reader
            )
            workers = Workers(service, self, db, self._bus)
            self._loop(f"{service.name} leader", lambda s=service, r=relay, c=consumer: self._lead(s, r, c))  # type: ignore[misc]
            self._loop(f"{service.name} tasks", workers.run)
            self._loop(f"{service.name} upkeep", lambda s=service, d=db: self._upkeep(s, d))  # type: ignore[misc]
            if service.goods:
                fresh = partial(
                    statistics.keep_fresh,
                    provision.dsn(self.settings, service.name),
                    self._consuming[service.name],
                    service.goods,
                    partial(self._leading.__contains__, service.name),
                )
                self._loop(f"{service.name} statistics", fresh)
        self._loop("sessions and stores", self._hear_whole)
        self._loop("listeners", self._hear_headers)
        for service in self.services:
            if service.start is not None:
                await service.start(self)
        self._loops.append(asyncio.create_task(self.stores.keep_trying()))

    async def _open(self, service: Service, size: int) -> Database:
        pool, shared = [
            await open_pool(
                provision.dsn(self.settings, service.name, across=across), size=size, application=service.name
            )
            for across in (False, True)
        ]
        return Database(service.name, pool, self.settings, lambda: self._emitted(service.name), shared)

    async def stop(self) -> None:
        """Lets batches at work commit; what is left in outboxes waits for the next start."""
        self.stopping = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        for service in self.services:
            if service.stop is not None:
                await service.stop(self)
        if self._bus is not None:
            await self._bus.close()
        for db in (*self._consuming.values(), *self.databases.values()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await db.close()
        await self.peers.close()
        if self._outside is not None:
            await self._outside.aclose()

    async def ready(self) -> dict[str, str]:
        """What is wrong, by part; empty when all is well."""
        wrong: dict[str, str] = {}
        if self._bus is None or not self._bus.connected:
            wrong["broker"] = "not connected"
        for name, db in self.databases.items():
            try:
                await db.ping()
            except (*LOST, asyncpg.PostgresError, TimeoutError) as error:
                wrong[f"database {name}"] = type(error).__name__
        if not self.stores.loaded:
            wrong["stores"] = "not loaded yet"
        if self.stopping:
            wrong["process"] = "stopping"
        return wrong

    def run_beside(self, service: str, name: str, body: Callable[[Database], Awaitable[None]]) -> None:
        """A service's own loop, for its `start`: until the process stops, and again after a failure."""
        self._loop(f"{service} {name}", lambda: body(self.databases[service]))

    def _loop(self, name: str, body: Callable[[], Awaitable[None]]) -> None:
        async def forever() -> None:
            delay = 0.1
            clock = asyncio.get_running_loop().time
            while not self.stopping:
                began = clock()
                try:
                    correlation_id.set("")
                    await body()
                    return
                except (BusError, asyncpg.PostgresError, *LOST, TimeoutError) as error:
                    log.warning("%s: %r; again in %.1f s", name, error, delay)
                except Exception:
                    log.exception("%s stopped; again in %.1f s", name, delay)
                if clock() - began > 10:
                    delay = 0.1
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))
                delay = min(5.0, delay * 2)

        self._loops.append(asyncio.create_task(forever(), name=name))

    async def _lead(self, service: Service, relay: Relay, consumer: Consumer) -> None:
        """One process leads a database: it relays and consumes, so that the order per key holds."""
        connection = await asyncpg.connect(
            provision.dsn(self.settings, service.name),
            server_settings={"application_name": f"{service.name} leader", "timezone": "UTC"},
        )
        try:
            while not self.stopping and not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER):
                await asyncio.sleep(0.5)
            self._leading.add(service.name)
            await connection.add_listener("outbox", lambda *_: relay.wake())
            if self.stopping:
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(relay.run(connection))
                group.create_task(consumer.run())
        except* (BusError, asyncpg.PostgresError, *LOST) as errors:
            raise errors.exceptions[0] from None
        finally:
            self._leading.discard(service.name)
            await _close(connection)

    def _emitted(self, service: str) -> None:
        """Wakes the relay: here, or, at most every few milliseconds, in the process that leads."""
        if service in self._leading:
            self._relays[service].wake()
        elif service not in self._notifying:
            self._notifying.add(service)
            task = asyncio.ensure_future(self._notify(service))
            task.add_done_callback(lambda _: self._notifying.discard(service))

    async def _notify(self, service: str) -> None:
        await asyncio.sleep(_NOTIFY_EVERY)
        with contextlib.suppress(*LOST, asyncpg.PostgresError):
            await self.databases[service].pool.execute("NOTIFY outbox")

    async def _upkeep(self, service: Service, db: Database) -> None:
        """Prunes what is done, counts what is stuck."""
        while not self.stopping:
            async with db.transaction(None) as tx:
                telemetry.DEAD.labels(service.name).set(await tx.scalar("SELECT count(*) FROM dead_letters"))
                if service.name in self._leading:
                    await tx.run("DELETE FROM inbox WHERE received_at < now() - $1::interval", INBOX_KEPT)
                    await tx.run("SELECT prune_idempotency_keys(now() - $1::interval)", KEYS_KEPT)
            for state, count in (("open", db.pool.get_size()), ("idle", db.pool.get_idle_size())):
                telemetry.POOL.labels(service.name, state).set(count)
            await asyncio.sleep(PRUNE_EVERY * random.uniform(0.8, 1.2))

    async def _hear_whole(self) -> None:
        """Events that every process hears whole. Going back as far as an access token lives: sessions that ended before this
        process began."""
        hear: dict[type[Event], Callable[[Any], None]] = {
            SessionEnded: self.verifier.end_session,
            StoreCreated: self.stores.hear,
            StoreUpdated: self.stores.hear,
        }
        by_name = {event.event_name(): event for event in hear}

        def take(message: Message) -> None:
            event = by_name[message.type]
            hear[event](msgspec.json.decode(message.payload, type=event))

        await self._hear(hear, take, since=ACCESS_LIFE)

    async def _hear_headers(self) -> None:
        """Events of which every process hears that they happened, and where."""
        listening = [item for service in self.services for item in service.listeners]
        by_name: dict[str, list[Listening]] = {}
        for item in listening:
            by_name.setdefault(item.event.event_name(), []).append(item)

        def take(message: Message) -> None:
            for item in by_name[message.type]:
                item.hear(message.store_id, self)

        if listening:
            await self._hear((item.event for item in listening), take, since=_MISSED, headers_only=True)

    async def _hear(
        self,
        events: Iterable[type[Event]],
        take: Callable[[Message], None],
        *,
        since: timedelta,
        headers_only: bool = False,
    ) -> None:
        types = {(event.publisher, event.event_name()) for event in events}
        subscription = await self.bus.subscribe(None, types, since=since, headers_only=headers_only)
        try:
            while not self.stopping:
                for message in await subscription.batch(256, 5.0):
                    take(message)
        finally:
            await subscription.close()

    async def _fetch_keys(self) -> dict[str, Any]:
        if self.signer is not None:
            return self.signer.jwks()
        return await self.peers.ask("identity", "/.well-known/jwks.json", dict[str, Any])

    async def _look_up_key(self, digest: str, store_id: UUID) -> KeyHolder:
        return await self.peers.ask("identity", f"/internal/v1/api-keys/{digest}", KeyHolder, store_id=str(store_id))

    async def _fetch_stores(self) -> list[Store]:
        return await self.peers.ask("stores", "/internal/v1/stores", list[Store])


async def _close(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        async with asyncio.timeout(2):
            await connection.close()
    except (TimeoutError, *LOST):
        connection.terminate()


def process_name(services: Sequence[Service]) -> str:
    return services[0].name if len(services) == 1 else f"tradehall-{os.getpid()}"
