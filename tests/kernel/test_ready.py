"""Readiness, with servers of the test's own that go away and come back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Alone, alone, eventually
from tests.kernel import shop as shop_package
from tests.kernel.shop.events import Said
from tradehall.kernel import embedded
from tradehall.kernel.settings import Settings


class Part:
    """PostgreSQL or NATS alone, in a folder of its own."""

    def __init__(self, folder: Path, **parts: bool) -> None:
        self._folder, self._parts = folder, parts
        self.start()

    def start(self) -> None:
        self.running = embedded.start(self._folder, **self._parts)

    async def stop(self) -> None:
        await asyncio.to_thread(self.running.stop)

    async def again(self) -> None:
        await asyncio.to_thread(self.start)


@pytest.fixture(scope="module")
async def parts() -> AsyncIterator[tuple[Part, Part]]:
    with tempfile.TemporaryDirectory(prefix="th-ready-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240
        database = Part(Path(folder, "database"), nats=False)
        broker = Part(Path(folder, "broker"), postgres=False)
        yield database, broker
        await database.stop()
        await broker.stop()


@pytest.fixture(scope="module")
async def it(parts: tuple[Part, Part], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    database, broker = parts
    settings = Settings(
        database_url=database.running.database_url,
        nats_url=broker.running.nats_url,
        secret="test-secret-of-sufficient-length-0123",
        pool_size=3,
    )
    async with alone(shop_package.service, settings, Path(tmp_path_factory.mktemp("ready"))) as it:
        yield it


async def wrong(it: Alone) -> set[str]:
    answer = await it.client().get("/health/ready")
    body = answer.json()
    assert answer.status_code == (503 if body.get("wrong") else 200)
    return set(body.get("wrong", ()))


async def becomes(it: Alone, expected: set[str]) -> None:
    async def so() -> bool:
        return await wrong(it) == expected

    await eventually(so, timeout=15)


async def flows(it: Alone, name: str) -> None:
    async with it.db.transaction(it.store.id) as tx:
        tx.emit(Said(name=name), key=name)

    async def arrived() -> bool:
        return await it.sql("SELECT true FROM notes WHERE name = $1", name) != []

    await eventually(arrived, timeout=15)


async def test_ready_fails_while_the_database_is_away_and_recovers(it: Alone, parts: tuple[Part, Part]) -> None:
    assert await wrong(it) == set()
    database, _ = parts
    await database.stop()
    try:
        await becomes(it, {"database shop"})
        assert (await it.client().get("/health/live")).status_code == 200
        assert (await it.client().post("/api/v1/notes", json={"name": "n"})).status_code == 503
    finally:
        await database.again()
    await becomes(it, set())
    await flows(it, "after the database")


async def test_ready_fails_while_the_broker_is_away_and_recovers(it: Alone, parts: tuple[Part, Part]) -> None:
    _, broker = parts
    await broker.stop()
    try:
        await becomes(it, {"broker"})
        async with it.db.transaction(it.store.id) as tx:
            tx.emit(Said(name="meanwhile"), key="meanwhile")
        assert (await it.client().post("/api/v1/notes", json={"name": "n"})).status_code == 201
    finally:
        await broker.again()
    await becomes(it, set())
    await flows(it, "after the broker")
    assert await it.sql("SELECT true FROM notes WHERE name = 'meanwhile'") != []


async def test_stopping_process_is_not_ready(it: Alone) -> None:
    it.running.stopping = True
    assert await wrong(it) == {"process"}
    it.running.stopping = False
    assert await wrong(it) == set()
