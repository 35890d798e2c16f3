"""Orders that wait for goods: seen by buyer and staff, and sent when all of a parcel is there."""

from typing import Any
from uuid import UUID

from tests.harness import Alone
from tests.services.orders.buying import SENT, for_sale, history, placed, settle
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import BackorderedItem, BackorderFilled, StockBackordered
from tradehall.contracts.orders import OrderCancelled, OrderShipped
from tradehall.kernel.ids import uuid7

SERVICE = "orders"


def item(product: ProductCreated, quantity: int) -> BackorderedItem:
    variant = product.variants[0].variant_id
    return BackorderedItem(product_id=product.product_id, variant_id=variant, quantity=quantity)


async def waits(it: Alone, order: dict[str, Any], *items: BackorderedItem) -> None:
    id = UUID(order["id"])
    await it.given(StockBackordered(order_id=id, items=list(items)), key=id)


async def came(it: Alone, order: dict[str, Any], *items: BackorderedItem, complete: bool = True) -> None:
    id = UUID(order["id"])
    await it.given(BackorderFilled(order_id=id, items=list(items), complete=complete), key=id)


async def seen(client: Any, order: dict[str, Any], **params: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/orders/{order['id']}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def missing(order: dict[str, Any]) -> dict[str, int]:
    return {line["variant_id"]: line["backordered"] for line in order["lines"]}


async def test_a_parcel_waits_until_all_of_it_is_there(it: Alone) -> None:
    lamp, oar = await for_sale(it, 500), await for_sale(it, 700)
    order = await placed(it.client(), (lamp, 3), (oar, 1))
    await waits(it, order, item(lamp, 2))
    await settle(it, order)
    admin, ship = it.client("store_admin"), f"/api/v1/orders/{order['id']}/ship"
    found = await seen(admin, order)
    late, ready = (next(p for p in found["parcels"] if p["seller_id"] == str(x.seller_id)) for x in (lamp, oar))
    assert (late["waits_for_stock"], ready["waits_for_stock"]) == (True, False)
    answer = await admin.post(ship, json={**SENT, "parcel_id": late["id"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "not-in-stock-yet")
    assert (await admin.post(ship, json=SENT)).json()["status"] == "PROCESSING", "the other one goes"
    assert (await admin.post(ship, json=SENT)).json()["type"] == "not-in-stock-yet"
    await came(it, order, item(lamp, 1), complete=False)
    assert (await admin.post(ship, json=SENT)).status_code == 409
    assert "ship" not in (await seen(admin, order))["actions"]
    await came(it, order, item(lamp, 1))
    assert "ship" in (await seen(admin, order))["actions"]
    assert (await admin.post(ship, json=SENT)).json()["status"] == "SHIPPED"
    sent = [e.shipment_id for e in await it.published(OrderShipped, count=2) if str(e.order_id) == order["id"]]
    assert [str(id) for id in sent] == [ready["id"], late["id"]]


async def test_buyer_and_seller_see_what_has_still_to_come(it: Alone) -> None:
    lamp = await for_sale(it, 500)
    order = await placed(it.client(), (lamp, 3))
    assert missing(order) == {str(lamp.variants[0].variant_id): 0}
    await waits(it, order, item(lamp, 2))
    seller = it.client("seller", seller_id=lamp.seller_id)
    buyer = await seen(it.client(), order, token=order["link"])
    assert missing(buyer) == missing(await seen(seller, order)) == {str(lamp.variants[0].variant_id): 2}
    await came(it, order, item(lamp, 2))
    assert missing(await seen(seller, order)) == {str(lamp.variants[0].variant_id): 0}


async def test_an_order_that_ended_waits_for_nothing(it: Alone) -> None:
    lamp = await for_sale(it, 500)
    order = await placed(it.client(), (lamp, 3))
    await waits(it, order, item(lamp, 2))
    await settle(it, order)
    admin = it.client("store_admin")
    answer = await admin.post(f"/api/v1/orders/{order['id']}/cancel", json={"reason": "no"})
    assert answer.status_code == 200
    assert missing(answer.json()) == {str(lamp.variants[0].variant_id): 0}
    assert not answer.json()["parcels"][0]["waits_for_stock"]
    assert [e for e in await it.published(OrderCancelled) if str(e.order_id) == order["id"]]
    assert (await history(admin, order))[-1]["status"] == "CANCELLED"


async def test_many_events_of_an_order_come_together(it: Alone) -> None:
    lamp, oar = await for_sale(it, 500), await for_sale(it, 700)
    order = await placed(it.client(), (lamp, 5), (oar, 5))
    id = UUID(order["id"])
    await it.given_all(
        [(StockBackordered(order_id=id, items=[item(lamp, n), item(oar, 1)]), id) for n in (1, 3)]
        + [(BackorderFilled(order_id=id, items=[item(lamp, 1)], complete=False), id) for _ in range(2)]  # type: ignore[operator]
    )
    found = missing(await seen(it.client("store_admin"), order))
    assert found == {str(lamp.variants[0].variant_id): 2, str(oar.variants[0].variant_id): 2}


async def test_of_another_store_nothing_waits(it: Alone) -> None:
    lamp = await for_sale(it, 500)
    order = await placed(it.client(), (lamp, 1))
    id = UUID(order["id"])
    await it.given(BackorderFilled(order_id=id, items=[item(lamp, 1)], complete=True), key=uuid7(), store=it.other)
    assert missing(await seen(it.client("store_admin"), order)) == {str(lamp.variants[0].variant_id): 0}
    assert await it.dead_letters() == []
