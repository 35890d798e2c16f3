"""Placing orders by the API, for the tests of the orders service."""

from typing import Any
from uuid import UUID

import httpx

from tests.harness import Alone
from tests.makers import a_product
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import InventoryReserved
from tradehall.contracts.payments import PaymentProcessed
from tradehall.contracts.stores import Store
from tradehall.contracts.values import to_decimal
from tradehall.kernel.ids import uuid7

SENT = {"carrier": "DHL", "tracking_number": "JD-1"}
ADDRESS = {"name": "Ada Byron", "line1": "1 Mill Lane", "city": "Boston", "zip": "02139"}


async def for_sale(it: Alone, *prices: int, store: Store | None = None, **facts: Any) -> ProductCreated:
    product = a_product(*prices, **facts)
    await it.given(product, key=product.product_id, store=store)
    return product


def body(*items: tuple[ProductCreated, int], total: int | None = None, **changes: Any) -> dict[str, Any]:
    """An order of so many of each product's first variant."""
    lines = [{"variant_id": str(p.variants[0].variant_id), "quantity": n} for p, n in items]
    total = sum(p.variants[0].price * n for p, n in items) if total is None else total
    return {
        "lines": lines,
        "email": "ada@example.org",
        "address": ADDRESS,
        "shipping": "standard",
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "expected_total": {"amount": total, "currency": "USD"},
        **changes,
    }


async def post(client: httpx.AsyncClient, data: dict[str, Any], key: str | None = None) -> httpx.Response:
    return await client.post("/api/v1/orders", json=data, headers={"idempotency-key": key or uuid7().hex})


async def placed(client: httpx.AsyncClient, *items: tuple[ProductCreated, int], **changes: Any) -> dict[str, Any]:
    answer = await post(client, body(*items, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def settle(it: Alone, order: dict[str, Any], status: Any = "SUCCESS", store: Store | None = None) -> None:
    """As inventory and payments would."""
    order_id = UUID(order["id"])
    await it.given(InventoryReserved(order_id=order_id, items=[]), key=order_id, store=store)
    paid = PaymentProcessed(
        order_id=order_id,
        payment_id=uuid7(),
        payment_status=status,
        amount=to_decimal(order["total"]["amount"], order["total"]["currency"]),
    )
    await it.given(paid, key=order_id, store=store)


async def status_of(it: Alone, order: dict[str, Any], store: Store | None = None) -> str:
    (row,) = await it.sql("SELECT status FROM orders WHERE id = $1", UUID(order["id"]), store=store)
    return row["status"]  # type: ignore[no-any-return]


async def picture(it: Alone) -> list[Any]:
    """All that the service keeps of orders, and what it is about to say: equal before and after what changes nothing."""
    found: list[Any] = []
    for table in ("orders", "parcels", "order_lines", "order_history"):
        found += [tuple(row) for row in await it.sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
    found += [tuple(row) for row in await it.sql("SELECT * FROM outbox WHERE available_at > now() ORDER BY seq")]
    await it.caught_up()
    return [*found, *(name for _, name, _ in it.heard if not name.startswith("test."))]


def fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer.json()["errors"]}


async def count(it: Alone) -> int:
    (row,) = await it.sql("SELECT count(*) AS n FROM orders")
    return row["n"]  # type: ignore[no-any-return]


async def history(client: httpx.AsyncClient, order: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/orders/{order['id']}/history", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]  # type: ignore[no-any-return]
