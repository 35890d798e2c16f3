"""Variants kept in memory: a product that is locked has them as the database has them, whoever wrote there."""

import asyncio
from collections import OrderedDict
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.services.catalog import saving
from tradehall.services.catalog.model import Product
from tradehall.services.catalog.queries import kept, products

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "keeper"))[1]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_kept", OrderedDict())


async def a_coat(seller: httpx.AsyncClient, count: int = kept.MANY) -> UUID:
    coat = await make(
        seller,
        "Coat",
        options=["Size"],
        variants=[offer(price=1000 + n, options={"Size": str(n)}) for n in range(count)],
    )
    return UUID(coat["id"])


async def locked(it: Alone, product_id: UUID) -> Product:
    """As it is with what is kept, which is what it is without."""
    async with it.db.transaction(it.store.id) as tx:
        found = await products.lock(tx, product_id)
    known, kept._kept = kept._kept, OrderedDict()
    async with it.db.transaction(it.store.id) as tx:
        assert found == await products.lock(tx, product_id)
    kept._kept = known
    assert found is not None
    return found


async def is_kept(it: Alone, product_id: UUID) -> bool:
    """As it stands in the database."""
    async with it.db.transaction(it.store.id) as tx:
        (row,) = await tx.rows("SELECT version, updated_at FROM products WHERE id = $1", product_id)
        return kept.get(tx, kept.Edition(product_id, row["version"], row["updated_at"])) is not None


async def test_what_was_read_or_written_is_kept(it: Alone, seller: httpx.AsyncClient) -> None:
    coat = await a_coat(seller)
    before = await locked(it, coat)
    assert await is_kept(it, coat)
    variant = before.variants[3]
    path = f"/api/v1/products/{coat}/variants"
    for method, where, change in (
        ("PATCH", f"{path}/{variant.id}", {"price": 777}),
        ("POST", path, offer(options={"Size": "XL"})),
        ("PUT", f"{path}/order", None),
        ("DELETE", f"{path}/{variant.id}", None),
    ):
        there = [str(one.id) for one in (await locked(it, coat)).variants]
        answer = await seller.request(method, where, json=change or {"variants": there[::-1]})
        assert answer.is_success, answer.text
        assert (await is_kept(it, coat)) is (method != "DELETE" or len(there) > kept.MANY)
        now = await locked(it, coat)
        shown = (await seller.get(f"/api/v1/manage/products/{coat}")).json()
        assert [str(one.id) for one in now.variants] == [one["id"] for one in shown["variants"]]
        assert now.variants != before.variants


async def test_few_are_read(it: Alone, seller: httpx.AsyncClient) -> None:
    coat = await a_coat(seller, kept.MANY - 1)
    await locked(it, coat)
    assert not await is_kept(it, coat)


async def test_a_change_in_another_process_is_read(it: Alone, seller: httpx.AsyncClient) -> None:
    coat = await a_coat(seller)
    before = await locked(it, coat)
    here, kept._kept = kept._kept, OrderedDict()
    path = f"/api/v1/products/{coat}/variants/{before.variants[0].id}"
    assert (await seller.patch(path, json={"price": 5})).is_success
    kept._kept = here
    assert (await locked(it, coat)).variants[0].price == 5


async def test_what_is_rolled_back_is_not_kept(it: Alone, seller: httpx.AsyncClient) -> None:
    coat = await a_coat(seller)

    async def give_away() -> None:
        async with it.db.transaction(it.store.id) as tx:
            product = await products.lock(tx, coat)
            assert product is not None
            free = [msgspec.structs.replace(one, price=0) for one in product.variants]
            await saving.save(tx, product, msgspec.structs.replace(product, variants=free), it.store.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await give_away()
    assert not kept._kept
    assert {one.price for one in (await locked(it, coat)).variants} == set(range(1000, 1000 + kept.MANY))


async def test_stock_is_that_of_now(it: Alone, seller: httpx.AsyncClient) -> None:
    coat = await a_coat(seller)
    first, *_, last = (await locked(it, coat)).variants
    for one, available, backorder in ((first, 3, False), (last, 0, True), (first, 0, False)):
        event = ProductQuantityUpdated(product_id=coat, variant_id=one.id, available=available, backorder=backorder)
        await it.given(event, key=one.id)
        (now,) = [v for v in (await locked(it, coat)).variants if v.id == one.id]
        assert (now.available, now.backorder) == (available, backorder)
        assert await is_kept(it, coat)


async def test_a_version_counted_anew_is_another(it: Alone, seller: httpx.AsyncClient) -> None:
    """As in a store that was restored from what it was earlier."""
    coat = await a_coat(seller)
    before = await locked(it, coat)
    async with it.db.transaction(it.store.id) as tx:
        await tx.run("UPDATE variants SET price = 5 WHERE id = $1", before.variants[0].id)
        await tx.run("UPDATE products SET updated_at = now() WHERE id = $1", coat)
    after = await locked(it, coat)
    assert (after.version, after.variants[0].price) == (before.version, 5)


async def test_two_at_once(it: Alone, seller: httpx.AsyncClient) -> None:
    """Each builds on what the other wrote."""
    coat = await a_coat(seller)
    variants = (await locked(it, coat)).variants
    paths = [f"/api/v1/products/{coat}/variants/{one.id}" for one in variants[:10]]
    answers = await asyncio.gather(*(seller.patch(path, json={"price": n}) for n, path in enumerate(paths)))
    assert all(answer.is_success for answer in answers)
    assert [one.price for one in (await locked(it, coat)).variants[:10]] == list(range(10))


async def test_what_is_kept_is_bounded(it: Alone, seller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 2)
    coats = [await a_coat(seller) for _ in range(3)]
    for coat in coats:
        async with it.db.transaction(it.store.id) as tx:
            await products.lock(tx, coat)
    assert [product_id for _, product_id in kept._kept] == coats[1:]
