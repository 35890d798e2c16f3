"""Low stock: told once when it falls, listed as long as it lasts."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.harness import Alone
from tests.makers import lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, first, known, transfer
from tradehall.contracts.catalog import ProductCreated, ProductUpdated
from tradehall.contracts.inventory import ProductLowStock, ProductQuantityUpdated
from tradehall.contracts.orders import OrderCancelled
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"


async def stocked(it: Alone, quantity: int) -> tuple[ProductCreated, httpx.AsyncClient]:
    for code, zip_code in (("main", "02139"), ("far", "90210")):
        await a_warehouse(it, code, zip_code)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    if quantity:
        await change(seller, "receive", first(lamp), quantity)
    return lamp, seller


async def threshold(client: httpx.AsyncClient, variant_id: UUID, value: Any) -> httpx.Response:
    return await client.put(f"/api/v1/stock/{variant_id}/threshold", json={"threshold": value})


async def told(it: Alone, variant_id: UUID) -> list[int]:
    await it.published(ProductQuantityUpdated)
    return [e.available for e in await it.published(ProductLowStock, count=0) if e.variant_id == variant_id]


async def low(client: httpx.AsyncClient) -> set[str]:
    found = (await client.get("/api/v1/stock", params={"low": "true", "limit": 100})).json()["items"]
    assert all(item["low"] for item in found)
    return {item["variant_id"] for item in found}


async def test_a_fall_to_the_threshold_is_told_once_until_it_has_risen(it: Alone) -> None:
    lamp, seller = await stocked(it, 12)
    for kind, quantity in (("remove", 1), ("remove", 1), ("remove", 4), ("count", 10), ("receive", 1), ("count", 3)):
        await change(seller, kind, first(lamp), quantity)
    assert await told(it, first(lamp)) == [10, 3]
    event = (await it.published(ProductLowStock))[0]
    assert (event.product_id, event.seller_id) == (lamp.product_id, lamp.seller_id)
    assert (event.sku, event.title, event.threshold) == (lamp.variants[0].sku, lamp.variants[0].title, 10)


async def test_orders_fall_to_a_threshold_higher_than_usual(it: Alone) -> None:
    lamp, seller = await stocked(it, 30)
    await threshold(seller, first(lamp), 20)
    for quantity, expected in ((9, []), (1, [20]), (5, [20]), (6, [20])):
        order = placed(lines_of(lamp, quantity))
        await it.given(order, key=order.order_id)
        assert await told(it, first(lamp)) == expected
    left = [e.available for e in await it.published(ProductQuantityUpdated) if e.variant_id == first(lamp)]
    assert left == [30, 21, 20, 15, 9]


async def test_goods_that_come_in_too_few_are_not_told_of(it: Alone) -> None:
    lamp, seller = await stocked(it, 4)
    await change(seller, "receive", first(lamp), 2)
    assert await told(it, first(lamp)) == []
    assert await low(seller) == {str(first(lamp))}


async def test_orders_of_a_batch_tell_once(it: Alone) -> None:
    lamp, _ = await stocked(it, 14)
    orders = [placed(lines_of(lamp, 2)) for _ in range(5)]
    await it.given_all([(order, order.order_id) for order in orders])
    fallen = await told(it, first(lamp))
    assert len(fallen) == 1
    for order in orders[:4]:
        await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="r"), key=order.order_id)
    again = placed(lines_of(lamp, 3))
    await it.given(again, key=again.order_id)
    assert await told(it, first(lamp)) == [*fallen, 9]


async def test_a_transfer_makes_nothing_low(it: Alone) -> None:
    lamp, seller = await stocked(it, 12)
    await transfer(seller, first(lamp), 6)
    assert await told(it, first(lamp)) == []
    assert await low(seller) == set()


async def test_a_stock_take_counts_as_one_change(it: Alone) -> None:
    lamp, seller = await stocked(it, 12)
    rows = [
        {"variant_id": str(first(lamp)), "warehouse": code, "quantity": n} for code, n in (("main", 0), ("far", 12))
    ]
    for order in (rows, rows[::-1]):
        assert (await seller.post("/api/v1/stock/counts", json={"counts": order})).status_code == 201
    assert await told(it, first(lamp)) == []


async def test_the_threshold_is_the_sellers(it: Alone) -> None:
    lamp, seller = await stocked(it, 12)
    answer = await threshold(seller, first(lamp), 12)
    assert answer.status_code == 200
    assert answer.json() == {"variant_id": str(first(lamp)), "threshold": 12, "available": 12, "low": True}
    assert await told(it, first(lamp)) == [12]
    assert await low(seller) == {str(first(lamp))}
    await threshold(it.client("store_admin"), first(lamp), 20)
    assert (await threshold(seller, first(lamp), 2)).json()["low"] is False
    await change(seller, "remove", first(lamp), 10)
    assert await told(it, first(lamp)) == [12, 2]


async def test_the_threshold_stays_when_the_product_changes(it: Alone) -> None:
    lamp, seller = await stocked(it, 12)
    await threshold(seller, first(lamp), 3)
    facts = {name: getattr(lamp, name) for name in lamp.__struct_fields__}
    await it.given(ProductUpdated(**facts), key=lamp.product_id)
    (item,) = (await seller.get("/api/v1/stock")).json()["items"]
    assert (item["threshold"], item["low"]) == (3, False)


async def test_nothing_is_told_before_anything_was_there(it: Alone) -> None:
    lamp, seller = await stocked(it, 0)
    assert (await threshold(seller, first(lamp), 5)).json()["available"] == 0
    assert await low(seller) == set()
    await change(seller, "receive", first(lamp), 9)
    assert await told(it, first(lamp)) == []


async def test_all_that_is_low_is_listed_page_by_page_and_to_its_seller_only(it: Alone) -> None:
    lamp, seller = await stocked(it, 3)
    other, theirs = await stocked(it, 3)
    await change(seller, "receive", first(lamp), 2, "far")
    assert await low(seller) == {str(first(lamp))}
    assert await low(theirs) == {str(first(other))}
    assert {str(first(lamp)), str(first(other))} <= await low(it.client("store_admin"))
    assert await low(it.client("store_admin", store=it.other)) == set()
    places, cursor = [], ""
    while True:
        page = (await seller.get("/api/v1/stock", params={"low": "true", "limit": 1, "cursor": cursor})).json()
        places += [item["warehouse"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert places == ["far", "main"]


async def test_nobody_sets_anothers_threshold(it: Alone) -> None:
    lamp, _ = await stocked(it, 12)
    strangers: list[tuple[Any, int]] = [
        (it.client("seller", seller_id=uuid7()), 404),
        (it.client("store_admin", store=it.other), 404),
        (it.client("seller"), 403),
        (it.client("shopper"), 403),
        (it.client(), 401),
    ]
    for client, status in strangers:
        assert (await threshold(client, first(lamp), 50)).status_code == status
    assert await told(it, first(lamp)) == []
    assert (await threshold(it.client("store_admin"), uuid7(), 5)).status_code == 404


@pytest.mark.parametrize("value", [-1, 1_000_001, 10**30, None, "many", 1.5, [], {}])
async def test_bad_thresholds_are_422(it: Alone, value: Any) -> None:
    answer = await threshold(it.client("store_admin"), uuid7(), value)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"threshold"}


@pytest.mark.parametrize("value", ["maybe", "2", "\x00"])
async def test_low_is_yes_or_no(it: Alone, value: str) -> None:
    answer = await it.client("store_admin").get("/api/v1/stock", params={"low": value})
    assert answer.status_code in (400, 422), answer.text


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["receive", "remove", "count", "order"]), st.integers(1, 15)),
        st.tuples(st.sampled_from(["adjust"]), st.integers(-10, 10)),
        st.tuples(st.sampled_from(["cancel", "transfer"]), st.integers(0, 5)),
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=15, deadline=None, database=None, phases=[Phase.generate])
@given(CHANGES)
async def test_each_fall_is_told_whatever_made_it(it: Alone, changes: list[tuple[str, int]]) -> None:
    lamp, seller = await stocked(it, 12)
    orders: list[UUID] = []
    for kind, quantity in changes:
        if kind == "order":
            order = placed(lines_of(lamp, quantity))
            orders.append(order.order_id)
            await it.given(order, key=order.order_id)
        elif kind == "cancel" and orders:
            id = orders[quantity % len(orders)]
            await it.given(OrderCancelled(order_id=id, cancellation_reason="r"), key=id)
        elif kind == "transfer":
            await transfer(seller, first(lamp), quantity + 1)
        elif kind != "cancel":
            await change(seller, kind, first(lamp), quantity, reason="why")
    quantities = [
        e.available for e in await it.published(ProductQuantityUpdated) if e.variant_id == first(lamp)
    ]  # fmt: skip
    assert await told(it, first(lamp)) == list(falls(quantities, 10))


def falls(quantities: list[int], to: int) -> Iterator[int]:
    before = 0
    for now in quantities:
        if now <= to < before:
            yield now
        before = now
