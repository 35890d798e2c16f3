"""What orders do to stock: hold, deduct, release, restock."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.harness import Alone, eventually
from tests.makers import an_address, confirmed, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, first, known, level
from tradehall.contracts.inventory import HoldExpired, InventoryRejected, InventoryReserved
from tradehall.contracts.orders import OrderCancelled
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"

PLACES = ["main", "far"]


async def setting(it: Alone) -> None:
    await a_warehouse(it, "main", "02139")
    await a_warehouse(it, "far", "90210")


async def states(it: Alone, order_id: UUID) -> set[str]:
    return {row["state"] for row in await it.sql("SELECT state FROM holds WHERE order_id = $1", order_id)}


async def test_a_hold_is_deducted_or_released(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 10)
    stays, goes = placed(lines_of(lamp, 3)), placed(lines_of(lamp, 2))
    for order in (stays, goes):
        await it.given(order, key=order.order_id)
    assert await level(it, first(lamp)) == (10, 5)
    await it.given(confirmed(stays), key=stays.order_id)
    assert await level(it, first(lamp)) == (7, 2)
    cancelled = OrderCancelled(order_id=goes.order_id, cancellation_reason="r")
    await it.given(cancelled, key=goes.order_id)
    assert await level(it, first(lamp)) == (7, 0)
    await it.given(OrderCancelled(order_id=stays.order_id, cancellation_reason="r"), key=stays.order_id)
    assert await level(it, first(lamp)) == (10, 0)
    movements = (await seller.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert [m["kind"] for m in movements] == ["restock", "release", "deduct", "hold", "hold", "receive"]


async def test_the_nearest_warehouse_gives_first_and_the_next_the_rest(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    for code in PLACES:
        await change(seller, "receive", first(lamp), 5, code)
    order = placed(lines_of(lamp, 7), address=an_address(zip="90001"))
    await it.given(order, key=order.order_id)
    rows = await it.sql(
        "SELECT w.code, h.quantity FROM holds h JOIN warehouses w ON w.id = h.warehouse_id WHERE h.order_id = $1",
        order.order_id,
    )
    assert {(row["code"], row["quantity"]) for row in rows} == {("far", 5), ("main", 2)}


async def test_an_order_that_falls_short_holds_nothing(it: Alone) -> None:
    await setting(it)
    lamp = await known(it, 100, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 5)
    order = placed(lines_of(lamp, 2, 1))
    await it.given(order, key=order.order_id)
    refused = next(e for e in await it.published(InventoryRejected) if e.order_id == order.order_id)
    assert [(i.variant_id, i.requested, i.available) for i in refused.items] == [(lamp.variants[1].variant_id, 1, 0)]
    assert await level(it, first(lamp)) == (5, 0)
    assert await states(it, order.order_id) == set()


async def test_a_batch_of_orders_is_served_in_its_order(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    orders = [placed(lines_of(lamp, n)) for n in (2, 2, 2, 1)]
    await it.given_all([(order, order.order_id) for order in orders])
    assert [bool(await states(it, order.order_id)) for order in orders] == [True, True, False, True]
    assert await level(it, first(lamp)) == (5, 5)


async def test_stock_of_one_store_serves_no_order_of_another(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    order = placed(lines_of(lamp, 1))
    await it.given(order, key=order.order_id, store=it.other)
    refused = await it.published(InventoryRejected, store=it.other)
    assert refused[-1].order_id == order.order_id
    assert await level(it, first(lamp)) == (5, 0)


async def test_an_old_hold_expires_unless_a_person_looks_at_the_payment(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    past = datetime.now(UTC) - timedelta(hours=1, minutes=-0.02)  # and an hour of grace
    forgotten, review, paid = (placed(lines_of(lamp, 1), expires_at=past) for _ in range(3))
    await it.given_all([(order, order.order_id) for order in (forgotten, review, paid)])
    event = PaymentUpdated(order_id=review.order_id, payment_id=uuid7(), method="proof", status="review")
    await it.given(event, key=review.order_id)
    await it.given(confirmed(paid), key=paid.order_id)

    async def expired() -> bool:
        return await states(it, forgotten.order_id) == {"expired"}

    await eventually(expired)
    assert [e.order_id for e in await it.published(HoldExpired)] == [forgotten.order_id]
    await it.idle()
    assert await states(it, review.order_id) == {"held"}
    assert await states(it, paid.order_id) == {"deducted"}
    assert await level(it, first(lamp)) == (4, 1)


async def test_a_confirmation_without_a_hold_is_not_passed_over(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 2)
    good, ghost = placed(lines_of(lamp, 1)), placed(lines_of(lamp, 1))
    await it.given(good, key=good.order_id)
    await it.given_all([(confirmed(good), good.order_id), (confirmed(ghost), ghost.order_id)])
    assert await level(it, first(lamp)) == (1, 0)
    letters = await it.dead_letters()
    assert [(service, event) for service, event, _ in letters] == [("inventory", "OrderConfirmed")]
    assert str(ghost.order_id) in letters[0][2]


async def test_events_of_two_stores_in_one_batch_stay_apart(it: Alone) -> None:
    await setting(it)
    await a_warehouse(it, store=it.other)
    here, there = await known(it), await known(it, store=it.other)
    await change(it.client("seller", seller_id=here.seller_id), "receive", first(here), 2)
    theirs = it.client("seller", seller_id=there.seller_id, store=it.other)
    await change(theirs, "receive", first(there), 2)
    orders = [(placed(lines_of(p, 1)), store) for _ in range(2) for p, store in ((here, it.store), (there, it.other))]
    for order, store in orders:
        await it.given(order, key=order.order_id, store=store)
    assert await level(it, first(here)) == (2, 2)
    assert await level(it, first(there), store=it.other) == (2, 2)
    assert len(await it.published(InventoryReserved, store=it.other)) == 2
