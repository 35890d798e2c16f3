"""Orders from before there was a book of sales, booked as they would have been. From which warehouse they left is not known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderConfirmed, ReducedLine, SaleReduced
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address
from tradehall.kernel import provision
from tradehall.kernel.db import Database, Tx, open_pool
from tradehall.kernel.settings import Settings
from tradehall.services.analytics.model import Settings as Decided
from tradehall.services.analytics.queries import sales
from tradehall.services.orders import queries as orders

AT_ONCE = 200  # orders

_CONFIRMED = """
SELECT o.id, o.number, o.currency, o.total, o.address, coalesce((SELECT min(h.at) FROM order_history h
  WHERE h.order_id = o.id AND h.store_id = o.store_id AND h.status = 'CONFIRMED'), o.created_at) AS at
FROM orders o WHERE o.id = ANY($1) AND o.status IN ('CONFIRMED', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'RETURNED') ORDER BY o.id
"""
_REDUCTIONS = "SELECT id, order_id, kind, whole, shipping, total, reason, at FROM reductions WHERE order_id = ANY($1) ORDER BY at, id"
_REDUCED = """
SELECT r.reduction_id, r.line_id, r.quantity, r.amount, r.restock, l.product_id, l.variant_id, l.seller_id, r.line_id AS parcel_id,
  l.quantity - l.cancelled - l.returned AS "left"
FROM reduced_lines r JOIN order_lines l ON l.id = r.line_id AND l.order_id = r.order_id AND l.store_id = r.store_id
WHERE r.order_id = ANY($1)
"""


class _Order(msgspec.Struct, frozen=True):
    id: UUID
    number: str
    currency: str
    total: int
    address: Address
    at: datetime


class _Reduction(msgspec.Struct, frozen=True):
    id: UUID
    order_id: UUID
    kind: Literal["cancelled", "returned"]
    whole: bool
    shipping: int
    total: int
    reason: str
    at: datetime


async def book(settings: Settings, store: Store, order_ids: Sequence[UUID]) -> int:
    """How many. Those that the book knows are left as they are."""
    pools = [
        await open_pool(provision.dsn(settings, s), size=1, application="booking") for s in ("orders", "analytics")
    ]
    there, here = (
        Database(s, pool, settings, lambda: None) for s, pool in zip(("orders", "analytics"), pools, strict=True)
    )
    count = 0
    try:
        for at in range(0, len(order_ids), AT_ONCE):
            async with there.transaction(store.id) as tx:
                told = await _told(tx, order_ids[at : at + AT_ONCE])
            async with here.transaction(store.id) as tx:
                for confirmed, reductions in told:
                    count += await _book(tx, confirmed, reductions)
    finally:
        for pool in pools:
            await pool.close()
    return count


async def _book(tx: Tx, confirmed: OrderConfirmed, reductions: Sequence[SaleReduced]) -> bool:
    if not await sales.add(tx, [confirmed], Decided().margin):
        return False
    for reduction in reductions:
        await sales.reduce(tx, reduction)
    return True


async def _told(tx: Tx, order_ids: Sequence[UUID]) -> list[tuple[OrderConfirmed, list[SaleReduced]]]:
    """What orders would have told of each."""
    found = await tx.all(_Order, _CONFIRMED, order_ids)
    parcels = await orders.split(tx, [order.id for order in found])
    lines: dict[UUID, list[ReducedLine]] = {}
    for row in await tx.rows(_REDUCED, order_ids):
        facts = {name: row[name] for name in ReducedLine.__struct_fields__}
        lines.setdefault(row["reduction_id"], []).append(ReducedLine(**facts))
    reductions: dict[UUID, list[SaleReduced]] = {}
    currencies = {order.id: order.currency for order in found}
    for one in await tx.all(_Reduction, _REDUCTIONS, list(currencies)):
        event = SaleReduced(
            order_id=one.order_id,
            reduction_id=one.id,
            kind=one.kind,
            whole=one.whole,
            currency=currencies[one.order_id],
            lines=lines.get(one.id, []),
            shipping=one.shipping,
            total=one.total,
            reason=one.reason,
            timestamp=one.at,
        )
        reductions.setdefault(one.order_id, []).append(event)
    return [
        (
            OrderConfirmed(
                order_id=order.id,
                number=order.number,
                currency=order.currency,
                total=order.total,
                parcels=parcels[order.id],
                address=order.address,
                timestamp=order.at,
            ),
            reductions.get(order.id, []),
        )
        for order in found
    ]
