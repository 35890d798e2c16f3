"""Costs: by hand and from a file, each seller their own."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone, a_store
from tests.makers import a_product
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

SERVICE = "analytics"
COSTS = "/api/v1/costs"


@pytest.fixture
async def shop(it: Alone) -> Store:
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


async def for_sale(it: Alone, shop: Store, *prices: int) -> ProductCreated:
    product = a_product(*prices)
    await it.given(product, key=product.product_id, store=shop)
    return product


async def upload(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post(f"{COSTS}/import", files={"file": ("costs.csv", text.encode(), "text/csv")})


async def units(client: httpx.AsyncClient) -> dict[str, Any]:
    return {one["sku"]: one["unit"] for one in (await client.get(COSTS)).json()["items"]}


async def test_a_file_sets_many_at_once(it: Alone, shop: Store) -> None:
    product, admin = await for_sale(it, shop, 1000, 2000), it.client("store_admin", store=shop)
    one, two = (variant.sku for variant in product.variants)
    answer = await upload(admin, f"\ufeffSKU;Cost;valid_from\r\n{one};7.50;2026-01-31\r\n{two};12;\r\n\r\n")
    assert (answer.status_code, answer.json()) == (200, {"rows": 2})
    assert await units(admin) == {one: 750, two: 1200}
    history = (await admin.get(f"{COSTS}/{product.variants[0].variant_id}")).json()["items"]
    assert history == [{"valid_from": "2026-01-31", "unit": 750}]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("sku,price\nX,1", "file"),
        ("", "file"),
        ("sku,cost\nnobodys,1", "row 2.sku"),
        ("sku,cost\n{sku},1.005", "row 2.cost"),
        ("sku,cost\n{sku},-1", "row 2.cost"),
        ("sku,cost\n{sku},NaN", "row 2.cost"),
        ("sku,cost,valid_from\n{sku},1,31.01.2026", "row 2.valid_from"),
        ("sku,cost\n,1", "row 2.sku"),
    ],
    ids=["columns", "empty", "unknown", "decimals", "negative", "no number", "no day", "no sku"],
)
async def test_a_file_that_is_wrong_changes_nothing(it: Alone, shop: Store, text: str, field: str) -> None:
    product, admin = await for_sale(it, shop, 1000), it.client("store_admin", store=shop)
    sku = product.variants[0].sku
    answer = await upload(admin, text.format(sku=sku) + f"\n{sku},5")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert await units(admin) == {sku: None}


async def test_sellers_have_their_own(it: Alone, shop: Store) -> None:
    mine, others = await for_sale(it, shop, 1000), await for_sale(it, shop, 2000)
    seller = it.client("seller", "shopper", seller_id=mine.seller_id, store=shop)
    own, other = mine.variants[0], others.variants[0]
    assert (await seller.put(f"{COSTS}/{own.variant_id}", json={"unit": 5})).status_code == 200
    assert (await seller.put(f"{COSTS}/{other.variant_id}", json={"unit": 5})).status_code == 404
    assert (await seller.get(f"{COSTS}/{other.variant_id}")).status_code == 404
    assert (await seller.delete(f"{COSTS}/{other.variant_id}/2026-01-01")).status_code == 404
    assert (await upload(seller, f"sku,cost\n{other.sku},5")).status_code == 422
    assert await units(seller) == {own.sku: 5}


async def test_pages_and_parts_of_names(it: Alone, shop: Store) -> None:
    product, admin = await for_sale(it, shop, *range(100, 800, 100)), it.client("store_admin", store=shop)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await admin.get(COSTS, params={"limit": 3, "cursor": cursor})).json()
        seen += [one["sku"] for one in page["items"]]
        cursor = page["next"]
    assert seen == [variant.sku for variant in product.variants]
    found = (await admin.get(COSTS, params={"q": "lamp 4"})).json()["items"]
    assert [one["title"] for one in found] == ["Lamp 4"]


async def test_a_day_that_has_none(it: Alone, shop: Store) -> None:
    product, admin = await for_sale(it, shop, 100), it.client("store_admin", store=shop)
    path = f"{COSTS}/{product.variants[0].variant_id}"
    assert (await admin.delete(f"{path}/2026-01-01")).status_code == 404
    assert (await admin.put(path, json={"unit": 1, "valid_from": "0001-01-01"})).status_code == 422
    assert (await admin.put(path, json={"unit": -1})).status_code == 422
