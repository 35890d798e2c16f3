"""Carts first in Redis: what is there when it forgets, falls silent or comes back; what PostgreSQL has, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.harness import Alone, alone, eventually
from tests.makers import lines_of, placed
from tests.redis_server import RedisServer
from tests.services.carts.filling import CART, ITEMS, add, cart_of, first, for_sale, quantities
from tests.services.carts.test_keeping import Process
from tradehall.app import load
from tradehall.contracts.identity import UserLoggedIn
from tradehall.kernel.errors import Away
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.carts import queries
from tradehall.services.carts.keeping import behind, keeping_for
from tradehall.services.carts.keeping.redis import InRedis
from tradehall.services.carts.model import Cart, Line, Owner


class Kept:
    """Carts with a Redis of their own, to be ended at will."""

    def __init__(self, it: Alone, server: RedisServer) -> None:
        self.it = it
        self.server = server

    async def row(self, cart: dict[str, Any]) -> dict[str, Any] | None:
        rows = await self.it.sql("SELECT version, quantities FROM carts WHERE id = $1", UUID(cart["id"]))
        return dict(rows[0]) if rows else None

    async def written(self, cart: dict[str, Any]) -> None:
        async def there() -> bool:
            row = await self.row(cart)
            return row is not None and row["version"] == cart["version"]

        await eventually(there)

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[Any]:
        client = Redis.from_url(self.server.url)
        yield client
        await client.aclose()


@pytest.fixture
async def kept(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    async with _kept(servers, tmp_path_factory, durable=False) as found:
        yield found


@pytest.fixture
async def kept_durably(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    async with _kept(servers, tmp_path_factory, durable=True) as found:
        yield found


@asynccontextmanager
async def _kept(servers: Settings, tmp_path_factory: pytest.TempPathFactory, *, durable: bool) -> AsyncIterator[Kept]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), durable=durable)
    if not server.installed:
        pytest.skip("no redis-server: apt-get install redis-server, or set TRADEHALL_REDIS")
    server.start()
    folder = Path(tmp_path_factory.mktemp("alone"))
    async with alone(load(["carts"])[0], servers, folder, carts_url=server.url) as it:
        yield Kept(it, server)
    server.kill()


async def test_a_changed_cart_is_in_the_database_soon_and_has_a_time_to_live_from_then_on(kept: Kept) -> None:
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    for _ in range(3):
        cart = await add(guest, first(lamp), 2)
    await kept.written(cart)
    async with kept.redis() as redis:
        (key,) = await redis.keys("*:cart:*")

        async def settled() -> bool:
            return not await redis.keys("*:carts:unwritten") and await redis.ttl(key) > 0

        await eventually(settled)
        await add(guest, first(lamp))
        assert await redis.ttl(key) == -1, "what only Redis has must not go by itself"


async def test_every_key_begins_with_its_store(kept: Kept) -> None:
    it = kept.it
    for store in (it.store, it.other):
        lamp = await for_sale(it, 100, store=store)
        await add(it.client(store=store), first(lamp))
        await add(it.client("shopper", store=store), first(lamp))
    async with kept.redis() as redis:
        keys = [key.decode() for key in await redis.keys("*")]
    for store in (it.store, it.other):
        assert len([key for key in keys if key.startswith(f"{store.id}:cart:")]) == 2
    assert {key.split(":")[0] for key in keys} == {str(it.store.id), str(it.other.id)}


async def test_carts_recover_after_the_cache_is_lost_and_go_on_counting_their_versions(kept: Kept) -> None:
    lamp, user = await for_sale(kept.it, 100, 200), uuid7()
    clients = [kept.it.client(), kept.it.client("shopper", user_id=user)]
    carts = [await add(client, first(lamp), n + 1) for n, client in enumerate(clients)]
    for cart in carts:
        await kept.written(cart)
    kept.server.kill()
    kept.server.start()
    for client, cart in zip(clients, carts, strict=True):
        assert await cart_of(client) == cart
        after = await add(client, lamp.variants[1].variant_id)
        assert (after["id"], after["version"], len(after["items"])) == (cart["id"], 2, 2)


async def test_while_it_is_away_carts_answer_503_and_nothing_accepted_is_lost(kept: Kept) -> None:
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    cart = await add(guest, first(lamp), 2)
    await kept.written(cart)
    kept.server.kill()
    body = {"variant_id": str(first(lamp)), "quantity": 1}
    for answer in (await guest.get(CART), await guest.post(ITEMS, json=body), await guest.delete(CART)):
        assert (answer.status_code, answer.json()["type"]) == (503, "busy")
    kept.server.start()
    assert await cart_of(guest) == cart
    assert (await add(guest, first(lamp)))["count"] == 3


async def test_events_wait_for_it_and_are_not_given_up(kept: Kept) -> None:
    lamp, user, guest = await for_sale(kept.it, 100), uuid7(), kept.it.client()
    cart = await add(guest, first(lamp), 5)
    order = placed(lines_of(lamp, 2), cart_id=UUID(cart["id"]), customer_id=None)
    await kept.written(cart)
    kept.server.kill()
    hearing = asyncio.gather(
        kept.it.given(order, key=order.order_id),
        kept.it.given(UserLoggedIn(user_id=user, cart_id=UUID(cart["id"])), key=user),
    )
    await asyncio.sleep(1.5)  # several tries of either, at 20 ms and its doubles
    kept.server.start()
    await hearing
    shopper = kept.it.client("shopper", user_id=user)
    total = (await cart_of(guest))["count"] + (await cart_of(shopper))["count"]
    assert total == 3
    assert await kept.it.dead_letters() == []


async def test_carts_start_while_it_is_away_and_are_there_when_it_comes(
    servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    folder = Path(tmp_path_factory.mktemp("alone"))
    async with alone(load(["carts"])[0], servers, folder, carts_url=server.url) as it:
        lamp, guest = await for_sale(it, 100), it.client()
        assert (await guest.get(CART)).status_code == 503
        server.start()
        cart = await add(guest, first(lamp))
        await Kept(it, server).written(cart)
    server.kill()


async def test_a_cart_that_the_database_refuses_keeps_no_other_from_it(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(behind, "GATHER", 60.0)
    lamp, user = await for_sale(kept.it, 100), uuid7()
    refused = await add(kept.it.client("shopper", user_id=user), first(lamp))
    other = await add(kept.it.client(), first(lamp))
    await kept.it.sql(
        "INSERT INTO carts (id, user_id, version, variant_ids, quantities, prices, revisions, shorts, selected) "
        "VALUES ($1, $2, 9, '{}', '{}', '{}', '{}', '{}', '{}')",
        uuid7(),
        user,
    )
    keeping = keeping_for(kept.it.db.settings)
    assert isinstance(keeping, InRedis)
    await keeping._behind.write_noted(kept.it.db)
    assert (await kept.row(other), await kept.row(refused)) == ({"version": 1, "quantities": [1]}, None)
    assert "cannot be written" in caplog.text
    async with kept.redis() as redis:
        (marks,) = [await redis.zrange(key, 0, -1) for key in await redis.keys("*:carts:unwritten")]
        assert marks == [f"a:{user}:1".encode()]


async def test_what_a_process_left_behind_another_writes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behind, "OVERDUE", 0.0)
    it, owner = kept.it, Owner(guest=uuid4())
    lamp = await for_sale(it, 100)
    dead = Process(it)
    assert await dead.put(owner, first(lamp), 4)
    assert await kept.row({"id": str(owner.guest)}) is None
    assert isinstance(dead.keeping, InRedis)
    await dead.keeping._entries.close()  # it writes nothing any more
    other = Process(it)
    assert isinstance(other.keeping, InRedis)
    await other.keeping._behind.write_overdue(other.db, [it.store.id, it.other.id])
    assert await kept.row({"id": str(owner.guest)}) == {"version": 1, "quantities": [4]}
    async with kept.redis() as redis:
        assert await redis.keys("*:carts:unwritten") == []
    await other.keeping._entries.close()


async def test_a_stop_writes_what_is_left(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behind, "GATHER", 60.0)
    lamp = await for_sale(kept.it, 100)
    cart = await add(kept.it.client(), first(lamp), 3)
    await kept.it.stop()
    kept.server.kill()
    monkeypatch.undo()
    kept.server.start()
    await kept.it.start()
    assert await kept.row(cart) == {"version": 1, "quantities": [3]}


async def test_an_older_version_is_never_written_over_a_newer_one(kept: Kept) -> None:
    id = uuid4()

    def at(version: int, quantity: int) -> Cart:
        return Cart(id=id, version=version, lines=[Line(variant_id=UUID(int=1), quantity=quantity, price=1)])

    for version, quantity in ((3, 30), (2, 20), (3, 31), (5, 50), (4, 40)):
        async with kept.it.db.transaction(kept.it.store.id) as tx:
            await queries.write_behind(tx, [at(version, quantity)])
    assert await kept.row({"id": str(id)}) == {"version": 5, "quantities": [50]}


async def test_what_redis_kept_itself_and_nobody_wrote_behind_is_there_after_its_crash(
    kept_durably: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = kept_durably
    monkeypatch.setattr(behind, "GATHER", 60.0)
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    cart = await add(guest, first(lamp), 7)
    assert await kept.row(cart) is None
    kept.server.kill()
    kept.server.start()
    assert await cart_of(guest) == cart
    assert (await add(guest, first(lamp)))["version"] == 2


async def test_a_redis_that_comes_back_with_an_older_cart_does_not_undo_the_newer_one(kept: Kept) -> None:
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    old = await add(guest, first(lamp), 1)
    async with kept.redis() as redis:
        (key,) = await redis.keys("*:cart:*")
        earlier = await redis.get(key)
    await kept.written(old)
    new = await add(guest, first(lamp), 1)
    await kept.written(new)
    kept.server.kill()
    kept.server.start()
    async with kept.redis() as redis:
        await redis.set(key, earlier)  # as from a snapshot, or a replica that lagged behind
    assert await cart_of(guest) == new
    assert (await add(guest, first(lamp)))["version"] == 3


async def test_carts_that_redis_does_not_hold_any_more_are_read_from_the_database(kept: Kept) -> None:
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    cart = await add(guest, first(lamp), 2)
    await kept.written(cart)
    async with kept.redis() as redis:
        await redis.flushall()
        assert await cart_of(guest) == cart
        (key,) = await redis.keys("*:cart:*")
        assert await redis.ttl(key) > 0
        await redis.flushall()
    assert quantities(await add(guest, first(lamp))) == {str(first(lamp)): 3}


class Cutting:
    """Between carts and Redis: passes everything on, until it is told to drop the answer to the next EXEC."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.drops = False
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._open += [writer, back]
        dropping = asyncio.Event()

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, answers: bool) -> None:
            while content := await source.read(65536):
                if self.drops and not answers and b"EXEC" in content:
                    dropping.set()
                if answers and dropping.is_set():
                    self.drops = False
                    break
                target.write(content)
                await target.drain()
            target.close()

        await asyncio.gather(pump(reader, back, False), pump(there, writer, True), return_exceptions=True)
        for end in (writer, back):
            end.close()


async def test_a_change_whose_answer_got_lost_is_not_made_twice(kept: Kept) -> None:
    cutting = Cutting(kept.server.port)
    proxy = await asyncio.start_server(cutting.serve, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    lamp, owner = await for_sale(kept.it, 100), Owner(guest=uuid4())
    process = Process(kept.it)
    process.keeping = InRedis(f"redis://127.0.0.1:{port}")
    assert await process.put(owner, first(lamp), 5)
    cutting.drops = True
    with pytest.raises(Away):
        await process.put(owner, first(lamp), 1)
    (line,) = (await process.look(owner)).lines
    assert line.quantity == 6, "it was made, though nobody could tell"
    await process.keeping.stop(kept.it.running)
    proxy.close()
    await proxy.wait_closed()


async def test_a_redis_that_is_full_refuses_changes_and_still_shows_carts(kept: Kept) -> None:
    lamp, guest = await for_sale(kept.it, 100), kept.it.client()
    cart = await add(guest, first(lamp), 2)
    async with kept.redis() as redis:
        await redis.config_set("maxmemory-policy", "noeviction")
        await redis.config_set("maxmemory", "1")
        answer = await guest.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 1})
        assert (answer.status_code, answer.json()["type"]) == (503, "busy")
        assert await cart_of(guest) == cart
        await redis.config_set("maxmemory", "0")
    assert (await add(guest, first(lamp)))["count"] == 3
