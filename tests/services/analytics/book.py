"""Sales as events tell of them, for the tests of analytics."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from tests.harness import Alone
from tests.makers import a_product, lines_of, placed
from tests.services.shipping.parcels import split
from tradehall.contracts.inventory import DeductedItem, InventoryDeducted
from tradehall.contracts.orders import OrderConfirmed, ReducedLine, SaleReduced
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Line
from tradehall.kernel.ids import uuid7

REPORT = "/api/v1/sales/report"


def an_order(*lines: Line, shipping: int = 0, **changes: Any) -> OrderConfirmed:
    goods = list(lines) or lines_of(a_product(1000), 2)
    total = sum(line.paid for line in goods) + shipping
    return split(placed(goods, total=total, shipping_price=shipping, **changes))


async def sold(it: Alone, *lines: Line, store: Store | None = None, **changes: Any) -> OrderConfirmed:
    order = an_order(*lines, **changes)
    await it.given(order, key=order.order_id, store=store)
    return order


def lines(order: OrderConfirmed) -> list[Line]:
    return [line for parcel in order.parcels for line in parcel.lines]


def less(
    order: OrderConfirmed, line: Line, quantity: int, *, amount: int | None = None, shipping: int = 0, **changes: Any
) -> SaleReduced:
    amount = line.unit_price * quantity if amount is None else amount
    parcel = next(parcel for parcel in order.parcels if line in parcel.lines)
    part = ReducedLine(
        line_id=line.line_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        parcel_id=parcel.shipment_id,
        quantity=quantity,
        amount=amount,
        restock=changes.pop("restock", True),
    )
    facts: dict[str, Any] = {
        "order_id": order.order_id,
        "reduction_id": uuid7(),
        "kind": "returned",
        "whole": False,
        "currency": order.currency,
        "lines": [part],
        "shipping": shipping,
        "total": amount + shipping,
        "reason": "It does not fit.",
    }
    return SaleReduced(**(facts | changes))


def left(order: OrderConfirmed, *takes: tuple[Line, UUID, int]) -> InventoryDeducted:
    return InventoryDeducted(
        items=[
            DeductedItem(
                order_id=order.order_id,
                product_id=line.product_id,
                variant_id=line.variant_id,
                warehouse_id=warehouse,
                quantity=quantity,
            )
            for line, warehouse, quantity in takes
        ]
    )


async def report(
    it: Alone, by: Sequence[str] = ("day",), *, client: httpx.AsyncClient | None = None, **asked: Any
) -> dict[str, Any]:
    client = client or it.client("store_admin", store=asked.pop("store", None))
    answer = await client.get(REPORT, params={"by": list(by), **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def figures(row: dict[str, Any]) -> tuple[int, int, int, int]:
    """Quantity, revenue, cost, shipping."""
    return row["quantity"], row["revenue"], row["cost"], row["shipping"]
