"""A new index in every engine, while the one before it answers and products change: no search fails, no change is lost."""

import asyncio

from tests.harness import Alone
from tests.services.search.engines import settled
from tests.services.search.shelf import books, find, names, product, stock_up
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.services.search import rebuilding
from tradehall.services.search.engines import engine_for


def renamed(of: ProductCreated, name: str) -> ProductUpdated:
    told = {field: getattr(of, field) for field in ProductUpdated.__struct_fields__}
    return ProductUpdated(**{**told, "name": name})


async def test_a_rebuilt_index_finds_the_same(it: Alone) -> None:
    some = list(books())
    await stock_up(it, some)
    before = await found(it, "harry potter")
    assert len(before) > 5
    generation = await it.sql("SELECT generation FROM shelves")
    assert await rebuilding.rebuild(it.db, it.store.id, engine_for(it.running.settings)) == len(some)
    assert await found(it, "harry potter") == before
    assert await it.sql("SELECT generation FROM shelves") != generation


async def found(it: Alone, q: str) -> list[str]:
    return [item["id"] for item in (await find(it.client(), q))["items"]]


async def test_a_store_without_products_has_nothing_to_rebuild(it: Alone) -> None:
    assert await rebuilding.rebuild(it.db, it.other.id, engine_for(it.running.settings)) == 0


async def test_it_answers_while_everything_changes(it: Alone) -> None:
    marker = product("Everlasting Marker Buoy")
    some = [product(f"Passing Ship {place}") for place in range(16)]
    await stock_up(it, [marker, *some])
    over, searches = asyncio.Event(), 0

    async def search() -> None:
        nonlocal searches
        while not over.is_set():
            assert (await names(it.client(), "everlasting marker buoy", limit=1)) == ["Everlasting Marker Buoy"]
            searches += 1

    async def change() -> None:
        for place, one in enumerate(some):
            gone = ProductDeleted(product_id=one.product_id, seller_id=one.seller_id)
            await it.given(renamed(one, f"Sunken Wreck {place}") if place % 2 else gone, key=one.product_id)

    async def rebuild() -> None:
        for _ in range(3):
            await rebuilding.rebuild(it.db, it.store.id, engine_for(it.running.settings))

    searching = asyncio.create_task(search())
    await asyncio.gather(change(), rebuild())
    over.set()
    await searching
    await settled(it)
    assert searches > 3
    there = [*await names(it.client(), "passing ship", limit=100), *await names(it.client(), "sunken wreck", limit=100)]
    assert {one for one in there if one.startswith(("Passing", "Sunken"))} == {
        f"Sunken Wreck {place}" for place in range(1, len(some), 2)
    }
    assert await it.dead_letters() == []
