"""The deadline of an unpaid order: a durable timer."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec

from tests.harness import Alone, eventually
from tests.services.orders.buying import for_sale, placed, status_of
from tradehall.contracts.orders import OrderCancelled
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "orders"


async def is_expired(it: Alone, order: dict[str, Any]) -> bool:
    return await status_of(it, order) == "EXPIRED"


async def test_unpaid_orders_expire_also_while_nothing_runs(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    it.store = msgspec.structs.replace(it.store, order_expiry_seconds=1)
    it.running.stores.put(it.store)
    running = await placed(it.client(), (lamp, 1))
    await eventually(lambda: is_expired(it, running))

    it.store = msgspec.structs.replace(it.store, order_expiry_seconds=2)
    it.running.stores.put(it.store)
    down = await placed(it.client(), (lamp, 1))
    review = await placed(it.client(), (lamp, 1), payment={"method": "proof"})
    paying = UUID(review["id"])
    await it.given(PaymentUpdated(order_id=paying, payment_id=uuid7(), method="proof", status="review"), key=paying)
    assert await status_of(it, down) == "PENDING"
    await it.stop()
    await asyncio.sleep(2.2)
    await it.start()
    await eventually(lambda: is_expired(it, down))
    assert await status_of(it, review) == "PENDING", "the shopper has done their part"

    ended = {e.order_id: e.cancellation_reason for e in await it.published(OrderCancelled, count=2)}
    assert ended == {UUID(o["id"]): "It was not paid in time." for o in (running, down)}
    entries = await it.client("store_admin").get(f"/api/v1/orders/{down['id']}/history")
    assert [(e["status"], e["actor"]) for e in entries.json()["items"]] == [("PENDING", "guest"), ("EXPIRED", "timer")]
    assert await it.dead_letters() == []
