"""Orders that want to be paid, for the tests of the payments service."""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from tests import makers
from tests.harness import Alone, eventually
from tests.makers import LINK, placed
from tradehall.contracts.orders import OrderCancelled, OrderPlaced, OrderValidated, PaymentChoice, SaleReduced
from tradehall.contracts.payments import PaymentProcessed
from tradehall.contracts.stores import Store

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64
PDF = b"%PDF-1.7\n" + b"\x00" * 64


def by_card(token: str = "tok_ok", **changes: Any) -> OrderPlaced:
    return placed(payment=PaymentChoice(method="card-simulated", token=token), **changes)


def by(method: str, **changes: Any) -> OrderPlaced:
    return placed(payment=PaymentChoice(method=method), **changes)


def validated(order: OrderPlaced) -> OrderValidated:
    return OrderValidated(order_id=order.order_id, is_valid=True, validation_errors=[])


def cancelled(order: OrderPlaced) -> OrderCancelled:
    return OrderCancelled(order_id=order.order_id, cancellation_reason="r")


async def start(it: Alone, order: OrderPlaced, store: Store | None = None) -> OrderPlaced:
    """The order is placed and its goods are held."""
    await it.given(order, key=order.order_id, store=store)
    await it.given(validated(order), key=order.order_id, store=store)
    return order


async def cancel(it: Alone, order: OrderPlaced) -> None:
    await it.given(cancelled(order), key=order.order_id)


async def less(it: Alone, order: OrderPlaced, total: int, **changes: Any) -> SaleReduced:
    """A part of the order is not sold any more."""
    event = makers.less(order, total=total, **changes)
    await it.given(event, key=order.order_id)
    return event


async def payment(it: Alone, order: OrderPlaced, store: Store | None = None) -> Any:
    (row,) = await it.sql("SELECT * FROM payments WHERE order_id = $1", order.order_id, store=store)
    return row


async def reaches(it: Alone, order: OrderPlaced, status: str) -> Any:
    async def there() -> Any:
        found = await payment(it, order)
        return found if found["status"] == status else None

    return await eventually(there)


def outcomes(it: Alone, order: OrderPlaced) -> list[str]:
    """What the world was told of the order's payment, in order."""
    name = PaymentProcessed.event_name()
    told = [msgspec.json.decode(payload, type=PaymentProcessed) for _, event, payload in it.heard if event == name]
    return [event.payment_status for event in told if event.order_id == order.order_id]


async def charge_of(it: Alone, order: OrderPlaced) -> Any:
    """The provider's own note of the charge; None where it was never asked."""
    rows = await it.sql("SELECT * FROM simulated_charges WHERE key = $1", (await payment(it, order))["id"])
    assert len(rows) <= 1
    return rows[0] if rows else None


async def differences(it: Alone) -> list[Any]:
    """Payments whose money is not what the provider has, or not what our own books say; empty when all agree. Late ones
    succeed when due."""
    return await books(it) + await it.sql(
        "SELECT p.id, p.status, p.captured, p.refunded, c.outcome, c.amount, c.refunded AS given_back "
        "FROM payments p FULL JOIN simulated_charges c ON c.key = p.id WHERE p.method = 'card-simulated' AND ("
        "p.captured <> CASE WHEN c.outcome = 'succeeded' OR (c.outcome = 'pending' AND c.due_at <= now()) "
        "THEN c.amount ELSE 0 END OR p.refunded <> coalesce(c.refunded, 0) OR (p.id IS NULL))",
        service="payments",
    )


async def books(it: Alone) -> list[Any]:
    """Payments whose amounts are not the sums of their entries and refunds; empty when all is well."""
    return await it.sql(
        "SELECT p.id, p.status, p.captured, p.refunded, p.refunding, e.captured AS booked, e.refunded AS booked_back, r.due, "
        "r.done FROM payments p LEFT JOIN (SELECT payment_id, sum(amount) FILTER (WHERE kind = 'captured') AS captured, "
        "sum(amount) FILTER (WHERE kind = 'refunded') AS refunded FROM entries GROUP BY 1) e ON e.payment_id = p.id "
        "LEFT JOIN (SELECT payment_id, sum(amount) FILTER (WHERE status = 'due') AS due, "
        "sum(amount) FILTER (WHERE status = 'done') AS done FROM refunds GROUP BY 1) r ON r.payment_id = p.id "
        "WHERE (p.captured, p.refunded, p.refunded, p.refunding) IS DISTINCT FROM (coalesce(e.captured, 0), "
        "coalesce(e.refunded, 0), coalesce(r.done, 0), coalesce(r.due, 0))",
        service="payments",
    )


async def upload(
    client: httpx.AsyncClient, order_id: UUID, content: bytes = PNG, *, token: str | None = LINK, name: str = "file"
) -> httpx.Response:
    params = {"token": token} if token is not None else {}
    return await client.post(
        f"/api/v1/payments/{order_id}/proof", files={name: ("proof.png", content, "image/png")}, params=params
    )
