"""The dashboard: today beside yesterday, steps from look to purchase, what is best, whose it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import Alone, a_store
from tests.makers import a_product, an_address, lines_of
from tests.services.analytics.book import less, lines, sold
from tests.services.analytics.test_clicks import tell
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.reviews import RatingAdded, RatingDeleted, RatingUpdated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

SERVICE = "analytics"


@pytest.fixture
async def shop(it: Alone) -> Store:
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


async def shown(it: Alone, shop: Store, client: httpx.AsyncClient | None = None, **asked: Any) -> dict[str, Any]:
    client = client or it.client("store_admin", store=shop)
    answer = await client.get("/api/v1/analytics/dashboard", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def for_sale(it: Alone, shop: Store, *prices: int, **changes: Any) -> ProductCreated:
    product = msgspec.structs.replace(a_product(*prices), **changes)
    await it.given(product, key=product.product_id, store=shop)
    return product


async def test_a_store_in_which_nothing_happened(it: Alone, shop: Store) -> None:
    found = await shown(it, shop)
    assert found["today"] == found["yesterday"] == {"orders": 0, "quantity": 0, "revenue": 0, "margin": 0}
    assert len(found["hours"]) == 24
    assert (found["top"], found["empty_searches"], found["ratings_by_type"]) == ([], [], [])
    assert found["currency"] == "USD"


async def test_today_beside_yesterday_by_now(it: Alone, shop: Store) -> None:
    order = await sold(it, *lines_of(a_product(1000), 3), shipping=490, store=shop)
    await it.given(less(order, lines(order)[0], 1), key=order.order_id, store=shop)
    back = timedelta(days=1)
    for hours in (timedelta(minutes=1), -timedelta(minutes=1)):
        at = order.timestamp - back - hours
        if at.date() == (order.timestamp - back).date():
            early = msgspec.structs.replace(order, order_id=uuid7(), timestamp=at)
            await it.given(early, key=early.order_id, store=shop)
    found = await shown(it, shop)
    assert found["today"] == {"orders": 1, "quantity": 2, "revenue": 2000, "margin": 300}
    now = datetime.now(UTC)
    assert found["yesterday"]["orders"] <= 2
    assert sum(hour["orders"] for hour in found["hours"]) == 1
    assert found["day"] == now.date().isoformat()


async def test_from_look_to_purchase(it: Alone, shop: Store) -> None:
    lamp, chair = await for_sale(it, shop, 1000), await for_sale(it, shop, 5000, name="Chair")
    look = {"kind": "product", "product": str(lamp.product_id)}
    await tell(it, shop, look, look, {"kind": "product", "product": str(chair.product_id)})
    await tell(it, shop, {"kind": "cart", "product": str(lamp.product_id)}, {"kind": "checkout"})
    await tell(it, shop, {"kind": "search", "query": "kayak", "results": 0})
    await sold(it, *lines_of(lamp, 2), store=shop)
    found = await shown(it, shop)
    assert found["funnel"] == {"views": 3, "carts": 1, "checkouts": 1, "purchases": 1}
    assert [(one["name"], one["quantity"], one["views"]) for one in found["top"]] == [("Lamp", 2, 2), ("Chair", 0, 1)]
    assert found["empty_searches"] == [{"query": "kayak", "searches": 1}]
    assert found["views_now"] == 5
    assert sum(hour["views"] for hour in found["hours"]) == 5


async def test_a_seller_sees_the_own_products(it: Alone, shop: Store) -> None:
    mine, others = await for_sale(it, shop, 1000), await for_sale(it, shop, 5000)
    for product in (mine, others):
        await tell(it, shop, {"kind": "product", "product": str(product.product_id)}, {"kind": "checkout"})
    await tell(it, shop, {"kind": "search", "query": "kayak", "results": 0})
    await sold(it, *lines_of(mine, 1), *lines_of(others, 1), shipping=100, store=shop)
    seller = it.client("seller", "shopper", seller_id=mine.seller_id, store=shop)
    found = await shown(it, shop, seller)
    assert found["today"]["revenue"] == 1000
    assert found["funnel"] == {"views": 1, "carts": 0, "checkouts": None, "purchases": 1}
    assert [one["id"] for one in found["top"]] == [str(mine.product_id)]
    assert found["empty_searches"] == []
    assert (await it.client("shopper", store=shop).get("/api/v1/analytics/dashboard")).status_code == 403


def _rating(kind: Any, product: ProductCreated, **facts: Any) -> Any:
    given = {
        "review_id": uuid7(),
        "rating": 4,
        "average": 4.0,
        "count": 1,
        "distribution": [0, 0, 0, 1, 0],
        "version": 1,
    }
    return kind(product_id=product.product_id, seller_id=product.seller_id, **(given | facts))


async def test_stars_by_type_and_area(it: Alone, shop: Store) -> None:
    product = await for_sale(it, shop, 1000, categories=["home", "lamps"])
    order = await sold(it, *lines_of(product, 1), store=shop, address=an_address(region="VT"))
    first = _rating(RatingAdded, product, order_id=order.order_id, rating=2)
    second = _rating(RatingAdded, product, rating=5)  # told before orders were told with it
    for event in (first, second, _rating(RatingUpdated, product, order_id=order.order_id, review_id=first.review_id)):
        await it.given(event, key=product.product_id, store=shop)
    found = await shown(it, shop)
    assert found["ratings_by_type"] == [{"name": "lamps", "average": 4.5, "count": 2}]
    assert found["ratings_by_area"] == [{"name": "US VT", "average": 4.0, "count": 1}]
    gone = _rating(RatingDeleted, product, review_id=first.review_id)
    await it.given(gone, key=product.product_id, store=shop)
    assert (await shown(it, shop))["ratings_by_area"] == []
