"""Transactions of several stores: what they see and write, and what becomes of events handled in them."""

from uuid import UUID

import asyncpg
import pytest

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Echoed, Sung, Told
from tests.kernel.telling import a_consumer, count, fails, notes
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event, encode
from tradehall.kernel import provision
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7

THIRD = UUID("018f0000-0000-7000-8000-000000000003")


def message(event: Event, store: Store | None, key: str = "") -> Message:
    name: str = event.name  # type: ignore[attr-defined]
    return Message(uuid7(), "outside", event.event_name(), key or name, store.id if store else None, encode(event))


def sung(name: str, store: Store, number: int = 0, key: str = "") -> Message:
    return message(Sung(name=name, number=number), store, key)


# --- what is seen and written


async def test_rows_of_the_named_stores_are_seen_and_no_others(shop: Alone) -> None:
    for store in (shop.store, shop.other):
        await shop.sql("INSERT INTO notes (name, number) VALUES ('seen', 1)", store=store)
    async with shop.db.transaction(THIRD) as tx:
        await tx.run("INSERT INTO notes (name, number) VALUES ('seen', 1)")
    async with shop.db.across([shop.store.id, shop.other.id]) as tx:
        rows = await tx.rows("SELECT store_id FROM notes WHERE name = 'seen'")
        assert {row["store_id"] for row in rows} == {shop.store.id, shop.other.id}
        assert await tx.run("UPDATE notes SET number = 2 WHERE name = 'seen'") == 2
    async with shop.db.transaction(THIRD) as tx:
        assert await tx.scalar("SELECT number FROM notes WHERE name = 'seen'") == 1


async def test_one_store_is_a_transaction_as_any_other(shop: Alone) -> None:
    async with shop.db.across([shop.store.id, shop.store.id]) as tx:
        assert tx.store_id == shop.store.id
        assert await tx.scalar("SELECT current_user") == provision.role_of("shop")
        await tx.run("INSERT INTO notes (name, number) VALUES ('alone', 1)")
    assert await notes(shop, "alone") == [1]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("INSERT INTO notes (name, number) VALUES ('whose', 1)", asyncpg.DataError),
        (f"INSERT INTO notes (store_id, name, number) VALUES ('{THIRD}', 'x', 1)", asyncpg.InsufficientPrivilegeError),
        (f"UPDATE notes SET store_id = '{THIRD}' WHERE name = 'moved'", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM notes", asyncpg.InsufficientPrivilegeError),
        ("SELECT * FROM secrets", asyncpg.InsufficientPrivilegeError),
        ("SELECT * FROM outbox", asyncpg.InsufficientPrivilegeError),
        ("SET ROLE tradehall_shop", asyncpg.InsufficientPrivilegeError),
    ],
)
async def test_nothing_more_can_be_done(shop: Alone, sql: str, error: type[Exception]) -> None:
    await shop.sql("INSERT INTO notes (name, number) VALUES ('moved', 1)")
    with pytest.raises(error):
        async with shop.db.across([shop.store.id, shop.other.id]) as tx:
            await tx.run(sql)


async def test_with_no_store_set_the_role_sees_nothing(shop: Alone) -> None:
    await shop.sql("INSERT INTO notes (name, number) VALUES ('hidden', 1)")
    connection = await asyncpg.connect(provision.dsn(shop.running.settings, "shop", across=True))
    try:
        assert await connection.fetch("SELECT * FROM notes") == []
        await connection.execute("SET app.store_id = ''")
        assert await connection.fetch("SELECT * FROM notes") == []
    finally:
        await connection.close()


async def test_events_name_their_store_or_their_cause(shop: Alone) -> None:
    with pytest.raises(LookupError):
        async with shop.db.across([shop.store.id, shop.other.id]) as tx:
            tx.emit(Echoed(name="nobody's"), key="nobody's")
    async with shop.db.across([shop.store.id, shop.other.id]) as tx:
        tx.emit(Echoed(name="the other's"), key="the other's", store_id=shop.other.id)
    (echoed,) = [p for p in await shop.published(Echoed, store=shop.other) if p.name == "the other's"]
    assert echoed.name == "the other's"


# --- events


async def test_events_of_several_stores_are_handled_in_one_call(shop: Alone) -> None:
    batch = [sung(f"choir {i}", shop.store if i % 2 else shop.other, i) for i in range(6)]
    await a_consumer(shop).process(batch)
    assert len(subscribers.runs) == 1
    for i in range(6):
        mine, others = (shop.store, shop.other) if i % 2 else (shop.other, shop.store)
        assert await notes(shop, f"choir {i}", mine) == [i]
        assert await notes(shop, f"choir {i}", others) == []
        assert f"choir {i}" in [echoed.name for echoed in await shop.published(Echoed, store=mine)]
    await a_consumer(shop).process(batch)
    assert len(subscribers.runs) == 1, "they count once"


async def test_one_that_fails_keeps_nobody_else_back(shop: Alone) -> None:
    subscribers.trouble["flat"] = fails(2)  # in the batch, and alone
    batch = [sung("sharp", shop.store), sung("flat", shop.other), sung("natural", shop.other)]
    await a_consumer(shop).process(batch)
    assert await notes(shop, "sharp") == [0]
    assert await notes(shop, "natural", shop.other) == [0]
    assert await notes(shop, "flat", shop.other) == []
    assert await count(shop, "parked", "key = 'flat'") == 1

    async def again() -> bool:
        return await notes(shop, "flat", shop.other) == [0]

    await eventually(again)


async def test_order_of_a_key_holds_where_only_some_events_are_handled_across_stores(shop: Alone) -> None:
    batch = [
        message(Told(name="row", number=1), shop.store, key="boat"),
        sung("row", shop.store, 2, key="boat"),
        sung("row", shop.other, 7, key="other boat"),
        message(Told(name="row", number=3), shop.store, key="boat"),
        sung("row", shop.store, 4, key="boat"),
    ]
    await a_consumer(shop).process(batch)
    assert await notes(shop, "row") == [1, 2, 3, 4]
    assert await notes(shop, "row", shop.other) == [7]


async def test_event_without_a_store_shares_no_transaction_with_those_of_one(shop: Alone) -> None:
    nowhere: UUID = (lost := message(Sung(name="nowhere"), None)).id
    await a_consumer(shop).process([lost, sung("somewhere", shop.store), sung("elsewhere", shop.other)])
    assert await notes(shop, "somewhere") == [0]
    assert await notes(shop, "elsewhere", shop.other) == [0]
    assert await notes(shop, "nowhere") == []
    assert await count(shop, "parked", "event_id = $1", nowhere) + await count(
        shop, "dead_letters", "event_id = $1", nowhere
    )
