"""Products come in batches, as an import makes them: the last word on each counts, whatever is in one batch."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone, alone
from tests.makers import a_product
from tradehall.app import load
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.values import Event
from tradehall.kernel.settings import Settings

SELLING = ["carts", "orders", "shipping"]


@pytest.fixture(scope="module", params=[*SELLING, "inventory"])
async def follower(
    request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    (service,) = load([request.param])
    async with alone(service, servers, Path(tmp_path_factory.mktemp("alone"))) as it:
        yield it


async def give(it: Alone, *events: Event) -> None:
    heard = [event for event in events if event.event_name() in it.service.subscribers]
    await it.given_all([(event, event.product_id) for event in heard])  # type: ignore[attr-defined]


async def kept(it: Alone, *products: ProductCreated) -> dict[str, bool]:
    """By SKU, whether it is for sale; inventory does not care about that."""
    flag = "for_sale" if it.service.name in SELLING else "true AS for_sale"
    ids = {variant.variant_id: variant.sku for product in products for variant in product.variants}
    rows = await it.sql(f"SELECT id, {flag} FROM variants WHERE id = ANY($1)", list(ids))
    return {ids[row["id"]]: row["for_sale"] for row in rows}


def changed(product: ProductCreated, **facts: object) -> ProductUpdated:
    return ProductUpdated(**{**msgspec.structs.asdict(product), **facts})


async def test_many_products_in_one_batch(follower: Alone) -> None:
    products = [a_product(100, 200) for _ in range(150)]
    await give(follower, *products)
    assert await kept(follower, *products) == {v.sku: True for product in products for v in product.variants}
    assert await follower.dead_letters() == []


async def test_last_word_of_a_batch_on_a_product_counts(follower: Alone) -> None:
    lamp, tent = a_product(100, 200), a_product(300)
    await give(
        follower,
        lamp,
        tent,
        changed(lamp, variants=lamp.variants[:1]),
        changed(tent, status="draft"),
        changed(lamp, variants=lamp.variants[1:]),
    )
    first, second, third = (v.sku for v in (*lamp.variants, *tent.variants))
    found = await kept(follower, lamp, tent)
    if follower.service.name in SELLING:
        assert found.pop(third) is False
        assert found.pop(first, False) is False
    assert found[second] is True


async def test_variants_of_a_deleted_product_end_in_the_batch_that_made_them(follower: Alone) -> None:
    gone, stays = a_product(100), a_product(100)
    await give(follower, gone, stays, ProductDeleted(product_id=gone.product_id, seller_id=gone.seller_id))
    found = await kept(follower, gone, stays)
    assert found[stays.variants[0].sku] is True
    if follower.service.name in SELLING:
        assert found[gone.variants[0].sku] is False


async def test_price_told_again_changes_nothing(follower: Alone) -> None:
    lamp = a_product(100)
    await give(follower, lamp)
    before = await follower.sql("SELECT * FROM variants ORDER BY id")
    await give(follower, changed(lamp), changed(lamp))
    assert await follower.sql("SELECT * FROM variants ORDER BY id") == before


async def test_of_many_variants_only_the_one_that_changed_is_written(follower: Alone) -> None:
    lamp = a_product(*range(100, 160))
    await give(follower, lamp)
    before = await written(follower, lamp)
    first, *others = lamp.variants
    renamed = msgspec.structs.replace(first, sku=f"{first.sku}-new", price=first.price + 1)
    await give(follower, changed(lamp, description="Said anew.", variants=[renamed, *others]))
    after = await written(follower, lamp)
    assert {id for id in before if after[id] != before[id]} == {first.variant_id}


async def written(it: Alone, product: ProductCreated) -> dict[UUID, int]:
    """By variant, the transaction that wrote its row last."""
    rows = await it.sql("SELECT id, xmin::text::bigint AS xmin FROM variants WHERE product_id = $1", product.product_id)
    return {row["id"]: row["xmin"] for row in rows}


async def test_variant_that_comes_back_is_for_sale_again(follower: Alone) -> None:
    lamp = a_product(100, 200)
    first, second = (variant.sku for variant in lamp.variants)
    await give(follower, lamp)
    await give(follower, changed(lamp, variants=lamp.variants[:1]))
    if follower.service.name in SELLING:
        assert await kept(follower, lamp) == {first: True, second: False}
    await give(follower, changed(lamp))
    assert await kept(follower, lamp) == {first: True, second: True}
    await give(follower, ProductDeleted(product_id=lamp.product_id, seller_id=lamp.seller_id))
    if follower.service.name in SELLING:
        assert await kept(follower, lamp) == {first: False, second: False}


async def test_what_holds_for_all_variants_reaches_each(follower: Alone) -> None:
    lamp = a_product(*range(100, 160))
    await give(follower, lamp)
    await give(follower, changed(lamp, status="draft"))
    if follower.service.name in SELLING:
        assert set((await kept(follower, lamp)).values()) == {False}
    await give(follower, changed(lamp))
    assert set((await kept(follower, lamp)).values()) == {True}


async def test_variants_kept_before_marks_were_are_followed_all_the_same(follower: Alone) -> None:
    lamp = a_product(100, 200)
    first, second = lamp.variants
    await give(follower, lamp)
    await follower.sql("UPDATE variants SET told = NULL WHERE product_id = $1", lamp.product_id)
    await give(follower, changed(lamp, variants=[msgspec.structs.replace(first, title="Lamp, dimmed")]))
    if follower.service.name in SELLING:
        assert await kept(follower, lamp) == {first.sku: True, second.sku: False}
    if follower.service.name != "shipping":
        assert await follower.sql("SELECT title FROM variants WHERE id = $1", first.variant_id) == [("Lamp, dimmed",)]
