"""Events told and emitted, and what became of them, for the tests of outbox, inbox and tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Told
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event, encode
from tradehall.kernel import dead_letters
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.inbox import Consumer
from tradehall.kernel.settings import Settings


async def emit(
    shop: Alone, *events: Event, key: str | None = None, at: datetime | None = None, store: Store | None = None
) -> None:
    async with shop.db.transaction((store or shop.store).id) as tx:
        for event in events:
            tx.emit(event, key=key or event.name, at=at)  # type: ignore[attr-defined]


async def send(shop: Alone, *messages: Message) -> None:
    await shop.running.bus.publish(messages)


def told(name: str, number: int = 0, *, key: str = "", store: UUID | None, id: UUID | None = None) -> Message:
    return Message(id or uuid7(), "outside", "Told", key or name, store, encode(Told(name=name, number=number)))


async def notes(shop: Alone, name: str, store: Store | None = None) -> list[int]:
    return [
        row["number"]
        for row in await shop.sql("SELECT number FROM notes WHERE name = $1 ORDER BY seq", name, store=store)
    ]


async def noted(shop: Alone, name: str, count: int = 1, timeout: float = 10) -> list[int]:
    async def enough() -> list[int]:
        found = await notes(shop, name)
        return found if len(found) >= count else []

    return await eventually(enough, timeout)


async def count(shop: Alone, table: str, where: str = "true", *args: object) -> int:
    async with shop.db.transaction(None) as tx:
        return await tx.scalar(f"SELECT count(*) FROM {table} WHERE {where}", *args)  # type: ignore[no-any-return]


async def letter(shop: Alone, key: str) -> dead_letters.DeadLetter:
    async def found() -> dead_letters.DeadLetter | None:
        async with shop.db.transaction(None) as tx:
            return next((letter for letter in await dead_letters.listed(tx) if letter.key == key), None)

    return await eventually(found)


def fails(times: int, error: Exception | None = None) -> subscribers.Trouble:
    left = times

    async def trouble() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error or RuntimeError("not yet")

    return trouble


async def admin(servers: Settings, sql: str, *args: object) -> Any:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetch(sql, *args)
    finally:
        await connection.close()


async def nothing_waits(shop: Alone) -> bool:
    return await count(shop, "outbox") == 0


def a_consumer(shop: Alone) -> Consumer:
    return Consumer(shop.service, shop.db, shop.running.bus, shop.running.settings)


async def parked(shop: Alone, key: str, wanted: int) -> bool:
    return await count(shop, "parked", "key = $1", key) == wanted
