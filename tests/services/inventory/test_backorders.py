"""Sold before it is there: owed, filled by who came first, and never more than the limit."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone
from tests.makers import an_address, confirmed, lines_of, placed
from tests.services.inventory.stocking import (
    a_warehouse,
    backorder,
    change,
    drift,
    first,
    known,
    level,
    transfer,
)
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import (
    BackorderFilled,
    HoldExpired,
    HoldExpiryDue,
    InventoryRejected,
    InventoryReserved,
    ProductQuantityUpdated,
    StockBackordered,
)
from tradehall.contracts.orders import OrderCancelled, OrderPlaced
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import Level
from tradehall.services.inventory.queries import stock

SERVICE = "inventory"


async def sold_ahead(it: Alone, quantity: int = 0, limit: int | None = None) -> ProductCreated:
    for code, zip_code in (("main", "02139"), ("far", "90210")):
        await a_warehouse(it, code, zip_code)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    if quantity:
        await change(seller, "receive", first(lamp), quantity)
    await backorder(seller, first(lamp), limit)
    return lamp


async def test_terms_given_right_before_an_order_locks_its_stock_are_told(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_warehouse(it, "main", "02139")
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 100)
    lock_levels = stock.lock_levels

    async def late(tx: Tx, variant_ids: Sequence[UUID]) -> list[Level]:
        await backorder(seller, first(lamp), None)
        return await lock_levels(tx, variant_ids)

    monkeypatch.setattr(stock, "lock_levels", late)
    await order_of(it, lamp, 1)
    told = [e for e in await it.published(ProductQuantityUpdated) if e.variant_id == first(lamp)]
    assert [(e.available, e.backorder) for e in told] == [(100, False), (100, True), (99, True)]


async def order_of(it: Alone, lamp: ProductCreated, quantity: int, **facts: Any) -> OrderPlaced:
    order = placed(lines_of(lamp, quantity), **facts)
    await it.given(order, key=order.order_id)
    return order


async def cancel(it: Alone, order: OrderPlaced) -> None:
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="r"), key=order.order_id)


async def confirm(it: Alone, order: OrderPlaced) -> None:
    await it.given(confirmed(order), key=order.order_id)


async def missing(it: Alone, lamp: ProductCreated) -> dict[UUID, int]:
    """What waits, first come first."""
    found = (await it.client("store_admin").get("/api/v1/backorders", params={"variant_id": str(first(lamp))})).json()
    return {UUID(row["order_id"]): row["missing"] for row in found["items"]}


async def told(it: Alone, lamp: ProductCreated) -> tuple[int, bool]:
    last = [e for e in await it.published(ProductQuantityUpdated) if e.variant_id == first(lamp)][-1]
    return last.available, last.backorder


async def filled(it: Alone, order: OrderPlaced) -> list[tuple[int, bool]]:
    events = [e for e in await it.published(BackorderFilled, count=0) if e.order_id == order.order_id]
    return [(sum(item.quantity for item in event.items), event.complete) for event in events]


async def test_an_order_takes_what_is_there_and_is_owed_the_rest(it: Alone) -> None:
    lamp = await sold_ahead(it, 3)
    assert await told(it, lamp) == (3, True)
    order = await order_of(it, lamp, 5)
    assert await level(it, first(lamp)) == (3, 3)
    assert await missing(it, lamp) == {order.order_id: 2}
    names = [
        name
        for _, name, payload in it.heard
        if str(order.order_id).encode() in payload and name in ("inventory.backordered", "InventoryReserved")
    ]
    assert names == ["inventory.backordered", "InventoryReserved"], "orders hears what is missing first"
    owed = next(e for e in await it.published(StockBackordered) if e.order_id == order.order_id)
    assert [(i.variant_id, i.product_id, i.quantity) for i in owed.items] == [(first(lamp), lamp.product_id, 2)]
    assert [
        i.quantity for e in await it.published(InventoryReserved) if e.order_id == order.order_id for i in e.items
    ] == [5]
    assert await told(it, lamp) == (0, True)


async def test_who_came_first_is_filled_first_also_in_part(it: Alone) -> None:
    lamp = await sold_ahead(it)
    admin = it.client("store_admin")
    one, two, three = [await order_of(it, lamp, n) for n in (3, 2, 4)]
    await change(admin, "receive", first(lamp), 4)
    assert await missing(it, lamp) == {two.order_id: 1, three.order_id: 4}
    assert await told(it, lamp) == (0, True)
    await change(admin, "adjust", first(lamp), 3, reason="found")
    assert await missing(it, lamp) == {three.order_id: 2}
    await change(admin, "count", first(lamp), 12)
    assert await missing(it, lamp) == {}
    assert await level(it, first(lamp)) == (12, 9)
    assert await told(it, lamp) == (3, True)
    assert [await filled(it, order) for order in (one, two, three)] == [
        [(3, True)],
        [(1, False), (1, True)],
        [(2, False), (2, True)],
    ]
    assert await drift(it) == []


async def test_what_comes_for_a_confirmed_order_leaves_at_once(it: Alone) -> None:
    lamp = await sold_ahead(it, 1)
    order = await order_of(it, lamp, 3)
    await confirm(it, order)
    assert await level(it, first(lamp)) == (0, 0)
    await change(it.client("store_admin"), "receive", first(lamp), 5)
    assert await level(it, first(lamp)) == (3, 0)
    assert await filled(it, order) == [(2, True)]
    await cancel(it, order)
    assert await level(it, first(lamp)) == (6, 0), "all three come back"
    assert await drift(it) == []


async def test_an_order_with_nothing_but_backorders_is_confirmed(it: Alone) -> None:
    lamp = await sold_ahead(it)
    order = await order_of(it, lamp, 2)
    await confirm(it, order)
    assert await missing(it, lamp) == {order.order_id: 2}
    await change(it.client("store_admin"), "receive", first(lamp), 2)
    assert await level(it, first(lamp)) == (0, 0)
    assert await it.dead_letters() == []


async def test_stock_that_is_free_again_goes_to_who_waits(it: Alone) -> None:
    lamp = await sold_ahead(it, 2)
    holder, waiter = await order_of(it, lamp, 2), await order_of(it, lamp, 1)
    await cancel(it, holder)
    assert await missing(it, lamp) == {}
    assert await level(it, first(lamp)) == (2, 1)
    assert await filled(it, waiter) == [(1, True)]
    assert await told(it, lamp) == (1, True)


async def test_a_cancelled_order_waits_no_more(it: Alone) -> None:
    lamp = await sold_ahead(it, 0, 3)
    gone, stays = await order_of(it, lamp, 2), await order_of(it, lamp, 1)
    assert await told(it, lamp) == (0, False)
    await cancel(it, gone)
    assert await told(it, lamp) == (0, True), "two may be ordered again"
    await change(it.client("store_admin"), "receive", first(lamp), 5)
    assert await filled(it, gone) == []
    assert await filled(it, stays) == [(1, True)]
    assert await level(it, first(lamp)) == (5, 1)


async def test_no_more_is_owed_than_the_limit(it: Alone) -> None:
    lamp = await sold_ahead(it, 1, 3)
    refused = await order_of(it, lamp, 5)
    (short,) = [e for e in await it.published(InventoryRejected) if e.order_id == refused.order_id]
    assert [(i.requested, i.available) for i in short.items] == [(5, 4)]
    orders = [placed(lines_of(lamp, 2)) for _ in range(3)]
    await it.given_all([(order, order.order_id) for order in orders])
    assert list((await missing(it, lamp)).values()) == [1, 2]
    assert await told(it, lamp) == (0, False)
    await change(it.client("store_admin"), "receive", first(lamp), 1)
    assert await told(it, lamp) == (0, True)


async def test_denied_again_what_is_owed_stays_owed(it: Alone) -> None:
    lamp = await sold_ahead(it)
    order = await order_of(it, lamp, 2)
    path = f"/api/v1/stock/{first(lamp)}/backorder"
    assert (await it.client("warehouse_manager").put(path, json={"policy": "deny"})).status_code == 200
    assert await told(it, lamp) == (0, False)
    assert await missing(it, lamp) == {order.order_id: 2}
    refused = await order_of(it, lamp, 1)
    assert [e for e in await it.published(InventoryRejected) if e.order_id == refused.order_id]


async def test_one_line_too_many_and_nothing_is_owed_either(it: Alone) -> None:
    lamp, oar = await sold_ahead(it), await known(it)
    order = placed([*lines_of(lamp, 2), *lines_of(oar, 1)])
    await it.given(order, key=order.order_id)
    assert [e for e in await it.published(InventoryRejected) if e.order_id == order.order_id]
    assert await missing(it, lamp) == {}


async def test_it_is_filled_from_the_warehouse_nearest_to_its_buyer(it: Alone) -> None:
    lamp = await sold_ahead(it)
    west = await order_of(it, lamp, 1, address=an_address(zip="90001"))
    east = await order_of(it, lamp, 1)
    admin = it.client("store_admin")
    rows = [{"variant_id": str(first(lamp)), "warehouse": code, "quantity": 1} for code in ("far", "main")]
    assert (await admin.post("/api/v1/stock/counts", json={"counts": rows})).status_code == 201
    found = await it.sql(
        "SELECT h.order_id, w.code FROM holds h JOIN warehouses w ON w.id = h.warehouse_id WHERE h.order_id = ANY($1)",
        [west.order_id, east.order_id],
    )
    assert {row["order_id"]: row["code"] for row in found} == {west.order_id: "far", east.order_id: "main"}


async def test_an_unpaid_order_that_expires_waits_no_more(it: Alone) -> None:
    lamp = await sold_ahead(it)
    past = datetime.now(UTC) - timedelta(hours=2)
    forgotten, review = [await order_of(it, lamp, 2, expires_at=past) for _ in range(2)]
    event = PaymentUpdated(order_id=review.order_id, payment_id=uuid7(), method="proof", status="review")
    await it.given(event, key=review.order_id)
    for order in (forgotten, review):
        await it.given(HoldExpiryDue(order_id=order.order_id, expires_at=past), key=order.order_id)
    assert set(await missing(it, lamp)) <= {review.order_id}
    assert [e.order_id for e in await it.published(HoldExpired) if e.order_id == forgotten.order_id]


async def test_paid_in_the_moment_in_which_it_expired_it_gets_its_stock_again_or_is_owed_it(it: Alone) -> None:
    lamp = await sold_ahead(it, 5)
    path = f"/api/v1/stock/{first(lamp)}/backorder"
    await it.client("store_admin").put(path, json={"policy": "deny"})
    past = datetime.now(UTC) - timedelta(hours=2)
    lucky, late = [placed(lines_of(lamp, 2), expires_at=past) for _ in range(2)]
    for order in (lucky, late):
        await it.given(order, key=order.order_id)
        await it.given(HoldExpiryDue(order_id=order.order_id, expires_at=past), key=order.order_id)
    assert await level(it, first(lamp)) == (5, 0)
    await confirm(it, lucky)
    assert await level(it, first(lamp)) == (3, 0)
    await order_of(it, lamp, 2)  # somebody else
    await confirm(it, late)
    assert await level(it, first(lamp)) == (2, 2)
    assert await missing(it, lamp) == {late.order_id: 1}
    owed = [e for e in await it.published(StockBackordered) if e.order_id == late.order_id]
    assert [item.quantity for event in owed for item in event.items] == [1]
    await change(it.client("store_admin"), "receive", first(lamp), 1)
    assert await filled(it, late) == [(1, True)]
    assert await drift(it) == []
    assert await it.dead_letters() == []


async def test_an_order_that_ended_first_never_holds_anything(it: Alone) -> None:
    lamp = await sold_ahead(it, 2)
    order = placed(lines_of(lamp, 3))
    await cancel(it, order)
    await it.given(order, key=order.order_id)
    assert await level(it, first(lamp)) == (2, 0)
    assert await missing(it, lamp) == {}


async def test_many_at_once_are_owed_and_filled_to_the_last_one(it: Alone) -> None:
    lamp = await sold_ahead(it)
    admin = it.client("store_admin")
    orders = [placed(lines_of(lamp, 1)) for _ in range(12)]
    await asyncio.gather(
        *(it.given(order, key=order.order_id) for order in orders),
        *(change(admin, "receive", first(lamp), 1, code) for code in ("main", "far") for _ in range(6)),
    )
    assert await level(it, first(lamp)) == (12, 12)
    assert await missing(it, lamp) == {}
    assert await told(it, lamp) == (0, True)
    assert (await transfer(admin, first(lamp), 1)).status_code == 409
    assert await drift(it) == []


async def test_sellers_and_staff_see_what_is_theirs(it: Alone) -> None:
    lamp = await sold_ahead(it)
    order = await order_of(it, lamp, 1)
    for client, status, sees in (
        (it.client("seller", seller_id=lamp.seller_id), 200, True),
        (it.client("seller", seller_id=uuid7()), 200, False),
        (it.client("warehouse_manager"), 200, True),
        (it.client("store_admin", store=it.other), 200, False),
        (it.client("shopper"), 403, False),
        (it.client(), 401, False),
    ):
        answer = await client.get("/api/v1/backorders", params={"variant_id": str(first(lamp))})
        assert (answer.status_code, str(order.order_id) in answer.text) == (status, sees)
        policy = await client.put(f"/api/v1/stock/{first(lamp)}/backorder", json={"policy": "allow"})
        assert policy.status_code == (200 if sees else 404 if status == 200 else status)


async def test_pages_hold_each_that_waits_once(it: Alone) -> None:
    lamp = await sold_ahead(it)
    orders = [await order_of(it, lamp, 1) for _ in range(5)]
    seller, found, cursor = it.client("seller", seller_id=lamp.seller_id), [], ""
    while True:
        page = (await seller.get("/api/v1/backorders", params={"limit": 2, "cursor": cursor})).json()
        found += [row["order_id"] for row in page["items"]]
        if not (cursor := page["next"]):
            break
    assert found == [str(order.order_id) for order in orders]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "policy"),
        ({"policy": "maybe"}, "policy"),
        ({"policy": "allow", "limit": -1}, "limit"),
        ({"policy": "allow", "limit": 10**30}, "limit"),
        ({"policy": "allow", "limit": "many"}, "limit"),
        ({"policy": "deny", "limit": 5}, "limit"),
    ],
)
async def test_bad_policies_are_422_and_named(it: Alone, body: Any, field: str) -> None:
    answer = await it.client("store_admin").put(f"/api/v1/stock/{uuid7()}/backorder", json=body)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {field}
