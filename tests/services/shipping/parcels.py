"""Orders on their way, for the tests of shipping."""

from typing import Any
from uuid import UUID

from tests.harness import Alone
from tests.makers import a_product, an_address, lines_of, placed
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.orders import OrderConfirmed, OrderPlaced, Parcel
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7


def split(order: OrderPlaced) -> OrderConfirmed:
    """Confirmed, a parcel for each seller."""
    sellers = dict.fromkeys(line.seller_id for line in order.lines)
    parcels = [
        Parcel(shipment_id=uuid7(), seller_id=seller, lines=[line for line in order.lines if line.seller_id == seller])
        for seller in sellers
    ]
    return OrderConfirmed(
        order_id=order.order_id,
        number=order.number,
        currency=order.currency,
        total=order.total,
        parcels=parcels,
        address=order.address,
    )


def of_sellers(count: int, **changes: Any) -> OrderPlaced:
    """An order with a line of each of so many sellers."""
    return placed([line for i in range(count) for line in lines_of(a_product(100 * (i + 1)), i + 1)], **changes)


async def preparing(it: Alone, sellers: int = 1, **changes: Any) -> tuple[OrderPlaced, OrderConfirmed]:
    order = of_sellers(sellers, **changes)
    confirmed = split(order)
    await it.given(order, key=order.order_id)
    await it.given(confirmed, key=order.order_id)
    return order, confirmed


async def shipments(it: Alone, order_id: UUID) -> list[dict[str, Any]]:
    answer = await it.client("store_admin").get(f"/api/v1/orders/{order_id}/shipments")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]  # type: ignore[no-any-return]


def statuses(shipment: dict[str, Any]) -> list[str]:
    return [step["status"] for step in shipment["history"]]


async def for_sale(it: Alone, *prices: int, store: Store | None = None, **facts: Any) -> ProductCreated:
    product = a_product(*prices, **facts)
    await it.given(product, key=product.product_id, store=store)
    return product


async def a_warehouse(it: Alone, zip: str, *, store: Store | None = None, id: UUID | None = None, **facts: Any) -> UUID:
    id = id or uuid7()
    event = WarehouseUpdated(warehouse_id=id, code="w", name="W", address=an_address(zip=zip), **facts)
    await it.given(event, key=id, store=store)
    return id
