"""What a shipment may become, and what is kept of the link to it."""

from uuid import UUID

import pytest

from tests.harness import Alone
from tests.makers import LINK
from tests.services.shipping.parcels import a_warehouse, for_sale, preparing, shipments, statuses
from tradehall.contracts.orders import OrderCancelled, OrderShipped, ParcelDelivered
from tradehall.contracts.shipping import MOST, Rate
from tradehall.kernel.ids import uuid7

SERVICE = "shipping"


async def shipped(it: Alone, order_id: UUID, shipment_id: UUID) -> None:
    event = OrderShipped(order_id=order_id, shipment_id=shipment_id, carrier="UPS", tracking_number="1Z-1")
    await it.given(event, key=order_id)


async def test_a_shipment_goes_one_way(it: Alone) -> None:
    order, confirmed = await preparing(it)
    parcel = confirmed.parcels[0].shipment_id
    await shipped(it, order.order_id, parcel)
    await it.given(ParcelDelivered(order_id=order.order_id, shipment_id=parcel), key=order.order_id)
    assert await it.dead_letters() == []
    await shipped(it, order.order_id, parcel)  # a dead letter of another day, replayed
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="late"), key=order.order_id)
    (found,) = await shipments(it, order.order_id)
    assert (found["status"], found["carrier"]) == ("DELIVERED", "UPS")
    assert statuses(found) == ["PREPARING", "SHIPPED", "DELIVERED"]
    ((service, event, cause),) = await it.dead_letters()
    assert (service, event) == ("shipping", "OrderShipped")
    assert cause.startswith("NoSuchTransition")
    await forget_dead_letters(it)


async def forget_dead_letters(it: Alone) -> None:
    async with it.db.transaction(None) as tx:
        await tx.run("DELETE FROM dead_letters")


async def test_a_shipment_nobody_prepared_is_refused_by_name(it: Alone) -> None:
    await shipped(it, uuid7(), uuid7())
    ((_, _, cause),) = await it.dead_letters()
    assert cause.startswith("NoSuchTransition")
    await forget_dead_letters(it)


async def test_a_cancelled_order_keeps_what_is_on_its_way(it: Alone) -> None:
    order, confirmed = await preparing(it, 2)
    first, second = (parcel.shipment_id for parcel in confirmed.parcels)
    await shipped(it, order.order_id, first)
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="x"), key=order.order_id)
    found = {shipment["id"]: shipment["status"] for shipment in await shipments(it, order.order_id)}
    assert found == {str(first): "SHIPPED", str(second): "CANCELLED"}


async def test_lines_are_shown_in_the_words_of_the_api(it: Alone) -> None:
    order, _ = await preparing(it)
    (found,) = await shipments(it, order.order_id)
    (line,) = order.lines
    assert found["lines"] == [
        {
            "variant_id": str(line.variant_id),
            "product_id": str(line.product_id),
            "sku": line.sku,
            "title": line.title,
            "quantity": 1,
        }
    ]


async def test_the_token_of_a_link_is_kept_as_a_hash_only(it: Alone) -> None:
    order, _ = await preparing(it, customer_id=None)
    rows = await it.sql("SELECT v::text AS row FROM viewers v WHERE order_id = $1", order.order_id)
    assert LINK not in rows[0]["row"]
    path = f"/api/v1/orders/{order.order_id}/shipments"
    assert (await it.client().get(path, params={"token": LINK})).status_code == 200
    for wrong in ("", "x", LINK[:-1], LINK + "x", "\x00", "ä" * 3000):
        assert (await it.client().get(path, params={"token": wrong})).status_code == 404
    assert (await it.client().get(path + "?token=%ed%a0%80")).status_code == 404


@pytest.mark.parametrize("factor", [2, 10_000])
async def test_a_cost_beyond_all_money_is_no_option(it: Alone, factor: int) -> None:
    lamp = await for_sale(it, 1)
    await a_warehouse(it, "1")
    rates = [{"code": "van", "name": "Van", "kind": "distance", "factor": factor}, {"code": "post", "name": "Post"}]
    answer = await it.client("store_admin").put("/api/v1/shipping/rates", json={"rates": rates})
    assert answer.status_code == 200, answer.text
    lines = [{"variant_id": str(lamp.variants[0].variant_id), "quantity": 999}] * 200
    answer = await it.client().post("/api/v1/shipping/quotes", json={"lines": lines, "address": {"zip": "9" * 12}})
    assert answer.status_code == 200, answer.text
    assert [option["code"] for option in answer.json()["options"]] == ["post"]


def test_a_cost_at_the_limit_is_one() -> None:
    rate = Rate(code="van", name="Van", kind="distance", factor=1, origins=["0"])
    assert rate.cost(items=1, subtotal=0, to_zip=str(MOST + 1)) == MOST
    assert rate.cost(items=1, subtotal=0, to_zip=str(MOST + 2)) is None
