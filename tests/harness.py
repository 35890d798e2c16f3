"""A service alone, on a real database and a real broker: give it events, ask its API, see what it publishes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event, encode
from tradehall.kernel import provision
from tradehall.kernel.auth import API_KEY, Claims, KeyHolder, Signer, Verifier, key_digest
from tradehall.kernel.bus import Message
from tradehall.kernel.context import stopping
from tradehall.kernel.db import Database
from tradehall.kernel.errors import NotFound
from tradehall.kernel.http import build_app
from tradehall.kernel.ids import uuid7
from tradehall.kernel.inbox import Consumer
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings

E = TypeVar("E", bound=Event)


def a_store(slug: str = "alpha", **changes: Any) -> Store:
    store = Store(
        id=uuid7(),
        slug=slug,
        name=slug.title(),
        hosts=[f"{slug}.localhost"],
        currency="USD",
        payment_methods=["card-simulated", "proof", "cash-on-delivery"],
    )
    return msgspec.structs.replace(store, **changes)


@dataclass(repr=False)
class Alone:
    """One service, two stores (`store`, `other`) that know nothing of each other."""

    service: Service
    running: Running
    signer: Signer
    store: Store = field(default_factory=a_store)
    other: Store = field(default_factory=lambda: a_store("beta"))
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    heard: list[tuple[UUID | None, str, bytes]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    keys: dict[tuple[str, UUID], KeyHolder] = field(default_factory=dict)
    tap: asyncio.Task[None] | None = None

    @property
    def db(self) -> Database:
        return self.running.databases[self.service.name]

    @property
    def services(self) -> list[Service]:
        return self.running.services

    def token(
        self,
        *roles: str,
        user_id: UUID | None = None,
        store: Store | None = None,
        seller_id: UUID | None = None,
        session_id: UUID | None = None,
        lives: int = 900,
    ) -> str:
        now = int(time.time())
        return self.signer.sign(
            Claims(
                sub=user_id or uuid7(),
                sid=session_id or uuid7(),
                jti=uuid7().hex,
                iat=now,
                exp=now + lives,
                roles=list(roles),
                store=None if "operator" in roles else (store or self.store).id,
                seller=seller_id,
            )
        )

    def client(self, *roles: str, store: Store | None = None, **who: Any) -> httpx.AsyncClient:
        """A client of one store; without roles a guest."""
        store = store or self.store
        headers = {"authorization": f"Bearer {self.token(*roles, store=store, **who)}"} if roles else {}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=f"http://{store.hosts[0]}", headers=headers
        )
        self.clients.append(client)
        return client

    app: Any = None

    def api_key(
        self, *scopes: str, roles: Sequence[str] = ("store_admin",), store: Store | None = None
    ) -> httpx.AsyncClient:
        """A client with an API key of its own, whose user has these roles."""
        key = f"{API_KEY}{uuid7().hex}"
        holder = KeyHolder(id=uuid7(), user_id=uuid7(), roles=list(roles), seller_id=None, scopes=list(scopes))
        self.keys[key_digest(key), (store or self.store).id] = holder
        client = self.client(store=store)
        client.headers["authorization"] = f"Bearer {key}"
        return client

    async def look_up_key(self, digest: str, store_id: UUID) -> KeyHolder:
        if (digest, store_id) not in self.keys:
            raise NotFound("identity does not know it")
        return self.keys[digest, store_id]

    async def given(self, event: Event, *, key: UUID | str, store: Store | None = None, id: UUID | None = None) -> UUID:
        """Publishes an event of another service and waits until this one has dealt with it."""
        message = self._message(event, key, store, id)
        await self.running.bus.publish([message])
        if self._wants(event):
            await eventually(lambda: self._dealt_with(message.id))
        return message.id

    async def given_all(self, events: Sequence[tuple[Event, UUID]], store: Store | None = None) -> None:
        """As `given`, but together, so that they come as one batch."""
        messages = [self._message(event, key, store) for event, key in events]
        await self.running.bus.publish(messages)
        for message, (event, _) in zip(messages, events, strict=True):
            if self._wants(event):
                await eventually(lambda id=message.id: self._dealt_with(id))

    async def at_once(self, *events: tuple[Event, UUID, Store]) -> None:
        """Has one batch handled, of events with their keys and stores; past the broker, which might make two of it."""
        batch = [self._message(event, key, store) for event, key, store in events]
        await Consumer(self.service, self.db, self.running.bus, self.running.settings).process(batch)

    def _message(self, event: Event, key: UUID | str, store: Store | None, id: UUID | None = None) -> Message:
        message = Message(
            id or uuid7(), event.publisher, event.event_name(), str(key), (store or self.store).id, encode(event)
        )
        self.sent.append(message)
        return message

    def _wants(self, event: Event) -> bool:
        """What a service does not want leaves no trace to wait for."""
        when = self.service.subscribers[event.event_name()].when
        return when is None or when(event)

    async def _dealt_with(self, id: UUID) -> bool:
        async with self.db.transaction(None) as tx:
            return bool(
                await tx.scalar(
                    "SELECT true FROM inbox WHERE event_id = $1 UNION ALL "
                    "SELECT true FROM dead_letters WHERE event_id = $1 LIMIT 1",
                    id,
                )
            )

    async def published(self, event: type[E], *, count: int = 1, store: Store | None = None) -> list[E]:
        """Waits until the service has published at least `count` of these, and all it had to say; oldest first."""
        wanted = (store or self.store).id
        await self.caught_up()

        async def enough() -> list[E]:
            found = [
                msgspec.json.decode(payload, type=event)
                for store_id, name, payload in self.heard
                if name == event.event_name() and store_id == wanted
            ]
            return found if len(found) >= count else []

        return await eventually(enough)

    async def caught_up(self) -> None:
        """All that is committed has been heard: the outboxes are empty, and a message sent after that has arrived."""
        for service in self.services:
            if not service.stateless:
                await eventually(lambda db=self.running.databases[service.name]: _nothing_due(db))
        marker = Message(uuid7(), self.services[0].name, f"test.{uuid7().hex}", "marker", None, b"{}")
        await self.running.bus.publish([marker])
        await eventually(lambda: self._heard_of(marker.type))

    async def _heard_of(self, name: str) -> bool:
        return any(heard == name for _, heard, _ in self.heard)

    async def sql(self, sql: str, *args: object, store: Store | None = None, service: str | None = None) -> list[Any]:
        """Rows as this store sees them; of `service` where several run together."""
        async with self.running.databases[service or self.service.name].transaction((store or self.store).id) as tx:
            return await tx.rows(sql, *args)

    async def dead_letters(self) -> list[tuple[str, str, str]]:
        """Service, event and cause of everything that was given up."""
        found: list[tuple[str, str, str]] = []
        for name, db in self.running.databases.items():
            async with db.transaction(None) as tx:
                found += [(name, row["type"], row["error"]) for row in await tx.rows("SELECT * FROM dead_letters")]
        return found

    async def redeliver(self, messages: Sequence[Message]) -> None:
        """To every service that subscribes to them, under their own ids, past the broker, which drops what it knows."""
        for service in self.services:
            fitting = [message for message in messages if message.type in service.subscribers]
            consumer = Consumer(service, self.running.databases[service.name], self.running.bus, self.running.settings)
            for start in range(0, len(fitting), 100):
                await consumer.process(fitting[start : start + 100])

    async def idle(self) -> None:
        """Waits until no outbox has anything due and nothing new was published for a moment."""
        seen = -1
        while True:
            due = 0
            for db in self.running.databases.values():
                async with db.transaction(None) as tx:
                    due += await tx.scalar("SELECT count(*) FROM outbox WHERE available_at <= now()")
            if not due and len(self.messages) == seen:
                return
            seen = len(self.messages)
            await asyncio.sleep(0.3)

    async def stop(self) -> None:
        if self.tap is not None:
            self.tap.cancel()
            await asyncio.gather(self.tap, return_exceptions=True)
        for client in self.clients:
            await client.aclose()
        self.clients.clear()
        await self.running.stop()

    async def start(self) -> None:
        """As a new process would, on the same databases; `stop` first."""
        await _start(self, Running(self.running.settings, self.services, self.running.name))


async def eventually(check: Any, timeout: float = 10) -> Any:
    """Awaits `check()` until it returns something true."""
    until = time.monotonic() + timeout
    while True:
        if found := await check():
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {timeout} s: {check}")
        await asyncio.sleep(0.02)


def alone(service: Service, servers: Settings, folder: Path, **changes: Any) -> AbstractAsyncContextManager[Alone]:
    return together([service], servers, folder, **changes)


@asynccontextmanager
async def together(
    services: Sequence[Service], servers: Settings, folder: Path, **changes: Any
) -> AsyncIterator[Alone]:
    """Several services in one process; what is said of `service` is about the first. `changes` are settings."""
    unique = uuid7().hex[-12:]
    own = {
        "data": str(folder),
        "database_prefix": f"t_{unique}",
        "stream": f"t_{unique}",
        "retry_base_seconds": 0.02,
    }
    settings = msgspec.structs.replace(servers, **{**own, **changes})
    await provision.migrate(settings, list(services))
    running = Running(settings, services, services[0].name)
    it = Alone(services[0], running, Signer(folder / "keys"))
    await _start(it, running)
    try:
        yield it
    finally:
        await it.stop()


async def _start(it: Alone, running: Running) -> None:
    async def keys() -> dict[str, Any]:
        return it.signer.jwks()

    async def stores() -> list[Store]:
        return [it.store, it.other]

    it.running = running
    running.verifier = Verifier(keys, running._look_up_key if running.runs("identity") else it.look_up_key)
    it.app = build_app(running)
    running.use_app(it.app)
    running.stores._fetch = stores
    await running.start()
    it.tap = asyncio.create_task(_tap(it))
    await eventually(lambda: _loaded(running))


async def _loaded(running: Running) -> bool:
    return running.stores.loaded


async def _nothing_due(db: Database) -> bool:
    async with db.transaction(None) as tx:
        return not await tx.scalar("SELECT count(*) FROM outbox WHERE available_at <= now()")


async def _tap(it: Alone) -> None:
    """From the beginning, so that a restart hears all again: what was heard before is left out."""
    known = {message.id for message in it.messages}
    publishers = [(service.name, ">") for service in it.services]
    subscription = await it.running.bus.subscribe(None, publishers, since=timedelta(minutes=1))
    while not stopping():
        for message in await subscription.batch(100, 5):
            if message.id not in known:
                known.add(message.id)
                it.heard.append((message.store_id, message.type, message.payload))
                it.messages.append(message)
