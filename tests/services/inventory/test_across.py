"""Stock of several stores in one transaction: one variant id may stand in many of them, and each has its own."""

from itertools import zip_longest

from tests.harness import Alone
from tests.makers import confirmed, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, backorder, change, drift, first, known, level
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import (
    HoldExpired,
    HoldExpiryDue,
    InventoryRejected,
    InventoryReserved,
    ProductQuantityUpdated,
)
from tradehall.contracts.orders import OrderConfirmed, OrderPlaced

SERVICE = "inventory"


async def stocked(it: Alone, here: int, there: int) -> ProductCreated:
    """One product under the same ids in both stores, so many of it in each."""
    product = await known(it)
    await it.given(product, key=product.product_id, store=it.other)
    for store, quantity in ((it.store, here), (it.other, there)):
        await a_warehouse(it, store=store)
        if quantity:
            answer = await change(it.client("store_admin", store=store), "receive", first(product), quantity)
            assert answer.status_code == 201, answer.text
    return product


async def at_once(
    it: Alone, here: list[OrderPlaced | OrderConfirmed], there: list[OrderPlaced | OrderConfirmed]
) -> None:
    """As one batch, in turns."""
    await it.at_once(
        *(
            (event, event.order_id, store)
            for pair in zip_longest(here, there)
            for event, store in zip(pair, (it.store, it.other), strict=True)
            if event is not None
        )
    )


def orders(product: ProductCreated, count: int, quantity: int = 1) -> list[OrderPlaced]:
    return [placed(lines_of(product, quantity)) for _ in range(count)]


async def test_each_order_takes_from_its_own_store(it: Alone) -> None:
    product = await stocked(it, here=3, there=5)
    here, there = orders(product, 6), orders(product, 4)
    await at_once(it, here, there)  # type: ignore[arg-type]
    assert await level(it, first(product)) == (3, 3)
    assert await level(it, first(product), it.other) == (5, 4)
    reserved = {e.order_id for e in await it.published(InventoryReserved, count=3)}
    assert reserved >= {order.order_id for order in here[:3]}
    rejected = {e.order_id for e in await it.published(InventoryRejected, count=3)}
    assert rejected >= {order.order_id for order in here[3:]}
    assert {e.order_id for e in await it.published(InventoryReserved, count=4, store=it.other)} >= {
        order.order_id for order in there
    }
    for store, left in ((it.store, 0), (it.other, 1)):
        told = [e for e in await it.published(ProductQuantityUpdated, store=store) if e.variant_id == first(product)]
        assert told[-1].available == left

    await at_once(it, [confirmed(order) for order in here[:3]], [confirmed(order) for order in there])
    assert await level(it, first(product)) == (0, 0)
    assert await level(it, first(product), it.other) == (1, 0)
    assert await drift(it) == []
    assert await drift(it, it.other) == []


async def test_what_may_be_owed_is_each_stores_own(it: Alone) -> None:
    product = await stocked(it, here=1, there=1)
    await backorder(it.client("store_admin", store=it.other), first(product), 2)
    here, there = orders(product, 3), orders(product, 4)
    await at_once(it, here, there)  # type: ignore[arg-type]
    owed = "SELECT coalesce(sum(quantity), 0)::int AS n FROM backorders WHERE variant_id = $1"
    assert [row["n"] for row in await it.sql(owed, first(product))] == [0]
    assert [row["n"] for row in await it.sql(owed, first(product), store=it.other)] == [2]
    rejected = {e.order_id for e in await it.published(InventoryRejected, store=it.other)}
    assert there[3].order_id in rejected
    assert not rejected & {order.order_id for order in there[:3]}


async def test_paid_after_its_hold_had_expired_keeps_no_other_store_back(it: Alone) -> None:
    product = await stocked(it, here=2, there=2)
    (here,), (there,) = orders(product, 1), orders(product, 1)
    await at_once(it, [here], [there])
    await it.sql("UPDATE holds SET expires_at = now() - interval '1 s' WHERE order_id = $1", here.order_id)
    due = HoldExpiryDue(order_id=here.order_id, expires_at=here.expires_at)
    await it.given(due, key=here.order_id)
    assert await level(it, first(product)) == (2, 0)
    await at_once(it, [confirmed(here)], [confirmed(there)])
    assert await level(it, first(product)) == (1, 0)
    assert await level(it, first(product), it.other) == (1, 0)
    assert await it.dead_letters() == []


async def test_what_expires_in_a_batch_of_stores_is_given_back_in_its_own(it: Alone) -> None:
    product = await stocked(it, here=3, there=3)
    here, there = orders(product, 3), orders(product, 2)
    await at_once(it, here, there)  # type: ignore[arg-type]
    await at_once(it, [confirmed(here[0])], [])
    late = "UPDATE holds SET expires_at = now() - interval '1 s' WHERE order_id = $1"
    await it.sql(late, here[0].order_id)
    await it.sql(late, here[1].order_id)
    await it.sql(late, there[0].order_id, store=it.other)
    timers = [
        (HoldExpiryDue(order_id=order.order_id, expires_at=order.expires_at), order.order_id, store)
        for store, placed_there in ((it.store, here), (it.other, there))
        for order in placed_there
    ]
    await it.at_once(*timers)
    await it.at_once(*timers)
    assert await level(it, first(product)) == (2, 1), "one has left, one is given back, one is still held"
    assert await level(it, first(product), it.other) == (3, 1)
    ours = {order.order_id for order in (*here, *there)}
    for store, order in ((it.store, here[1]), (it.other, there[0])):
        told = [e.order_id for e in await it.published(HoldExpired, store=store)]
        assert [order_id for order_id in told if order_id in ours] == [order.order_id]
    assert await it.dead_letters() == []
