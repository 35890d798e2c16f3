"""SQL of the list of orders: newest first, by whatever a back office looks for.

One condition drives, by an index that is in the order of the list; the others are looked at in the orders that it gives, at
most SCANNED of them. So a page takes no longer in a store of millions of orders, but may be short.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderStatus
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import first_uuid7
from tradehall.kernel.where import Where
from tradehall.services.orders.model import Order
from tradehall.services.orders.queries import ORDER

SCANNED = 5_000
NAMED = 1_000  # at most so many by what their number, address or name begins with
_OPEN = ("PENDING", "CONFIRMED")  # the index does not tell them apart
_END = "\U0010ffff"  # behind everything that begins with the same


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """`q` is what an order's number, the buyer's e-mail address or name begins with, or a SKU. Totals in minor units."""

    q: str = ""
    status: OrderStatus | None = None
    customer_id: UUID | None = None
    seller_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    payment_method: str | None = None
    payment_status: str | None = None
    country: str | None = None
    total_from: int | None = None
    total_to: int | None = None
    in_review: bool | None = None
    waits_for_stock: bool | None = None
    reduced: bool | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`looked_back_to`: the oldest order that was looked at, where that is not the store's first."""

    orders: list[Order]
    looked_back_to: UUID | None = None


async def listed(tx: Tx, filters: Filters, *, before: UUID | None, limit: int) -> Found:
    driving = Where()
    source, others = _driving(tx, driving, filters)
    if before is not None:
        driving.add("o.id < {}", before)
    if filters.since is not None:
        driving.add("o.id >= {}", first_uuid7(filters.since))
    if filters.until is not None:
        driving.add("o.id < {}", first_uuid7(filters.until))
    scan = f"FROM {source} {driving.sql} ORDER BY o.id DESC"
    whole = Where(args=list(driving.args))
    for condition, value in others:
        whole.add(condition, value)
    if not whole.conditions:
        return Found(orders=await tx.all(Order, f"SELECT {ORDER} {scan} LIMIT {whole.place(limit)}", *whole.args))
    orders = await tx.all(
        Order,
        f"SELECT {ORDER} FROM (SELECT o.* {scan} LIMIT {SCANNED}) o {whole.sql} ORDER BY o.id DESC LIMIT {whole.place(limit)}",
        *whole.args,
    )
    if len(orders) == limit:
        return Found(orders=orders)
    last = await tx.scalar(f"SELECT o.id {scan} OFFSET {SCANNED - 1} LIMIT 1", *driving.args)
    return Found(orders=orders, looked_back_to=last)


def _driving(tx: Tx, where: Where, filters: Filters) -> tuple[str, list[tuple[str, object]]]:
    """Where the orders come from, in the order of the list, and the conditions that are left."""
    source, used = "orders o", ""
    if filters.q:
        where.add(_NAMED, *_ranges(tx, filters.q))
        used = "q"
    elif filters.customer_id is not None:
        where.add("o.customer_id = {}", filters.customer_id)
        used = "customer_id"
    elif filters.seller_id is not None:
        source = "parcels p JOIN orders o ON o.id = p.order_id AND o.store_id = p.store_id"
        where.add("p.seller_id = {}", filters.seller_id)
        used = "seller_id"
    elif filters.status is not None:
        is_open = filters.status in _OPEN
        where.add("o.listed_as = {}", "OPEN" if is_open else filters.status)
        used = "" if is_open else "status"
    else:
        where.add("o.number <> ''")  # by the index that has this condition
    left = [
        (condition, value)
        for name, condition in _CONDITIONS.items()
        if name != used and (value := getattr(filters, name)) is not None
    ]
    return source, left


_CONDITIONS = {
    "customer_id": "o.customer_id = {}",
    "seller_id": "EXISTS (SELECT FROM parcels p WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.seller_id = {})",
    "status": "o.status = {}",
    "payment_method": "o.payment_method = {}",
    "payment_status": "o.payment_status = {}",
    "country": "o.address ->> 'country' = {}",
    "total_from": "o.total >= {}",
    "total_to": "o.total <= {}",
    "in_review": "o.in_review = {}",
    "waits_for_stock": "EXISTS (SELECT FROM backordered b WHERE b.store_id = o.store_id AND b.order_id = o.id "
    "AND b.quantity > 0) = {}",
    "reduced": "(o.reduced > 0) = {}",
}

_NAMED = f"""o.id IN (
(SELECT id FROM orders WHERE number >= {{}} AND number < {{}} ORDER BY number LIMIT {NAMED})
UNION (SELECT id FROM orders WHERE email_key >= {{}} AND email_key < {{}} ORDER BY email_key, id DESC LIMIT {NAMED})
UNION (SELECT id FROM orders WHERE name_key >= {{}} AND name_key < {{}} ORDER BY name_key, id DESC LIMIT {NAMED})
UNION (SELECT order_id FROM order_lines WHERE sku = {{}} ORDER BY order_id DESC LIMIT {NAMED}))"""


def _ranges(tx: Tx, q: str) -> list[str]:
    number, key = q.upper(), f"{tx.store_id}{q.lower()}"
    return [number, number + _END, key, key + _END, key, key + _END, q]
