"""What left which warehouse is told: one event for the orders of a store that a batch deducts, and for what comes in later."""

from collections import Counter

from tests.harness import Alone
from tests.makers import confirmed, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, backorder, change, first, known
from tests.services.inventory.test_across import at_once, orders, stocked
from tradehall.contracts.inventory import InventoryDeducted, WarehousesToTell, WarehouseUpdated

SERVICE = "inventory"


async def test_one_event_for_a_store_whatever_a_batch_deducts(it: Alone) -> None:
    product = await stocked(it, here=3, there=5)
    here, there = orders(product, 3), orders(product, 2, quantity=2)
    await at_once(it, here, there)  # type: ignore[arg-type]
    await at_once(it, [confirmed(order) for order in here], [confirmed(order) for order in there])
    for store, placed_there in ((it.store, here), (it.other, there)):
        (event,) = await it.published(InventoryDeducted, store=store)
        told = {item.order_id: (item.variant_id, item.quantity) for item in event.items}
        quantity = placed_there[0].lines[0].quantity
        assert told == {order.order_id: (first(product), quantity) for order in placed_there}


async def test_what_was_owed_is_told_of_when_it_leaves(it: Alone) -> None:
    await a_warehouse(it)
    product, admin = await known(it), it.client("store_admin")
    await change(admin, "receive", first(product), 1)
    await backorder(admin, first(product))
    order = placed(lines_of(product, 3))
    await it.given(order, key=order.order_id)
    await it.given(confirmed(order), key=order.order_id)
    await change(admin, "receive", first(product), 5)

    async def left() -> int:
        found: Counter[bool] = Counter()
        for event in await it.published(InventoryDeducted):
            for item in event.items:
                found[item.order_id == order.order_id] += item.quantity
        return found[True]

    assert await left() == 3


async def test_warehouses_are_told_of_anew(it: Alone) -> None:
    await a_warehouse(it, "anew")
    before = len(await it.published(WarehouseUpdated))
    async with it.db.transaction(it.store.id) as tx:
        tx.emit(WarehousesToTell(), key=it.store.id)
    told = await it.published(WarehouseUpdated, count=before + 1)
    assert "anew" in {event.code for event in told[before:]}
