"""SQL of the book of sales: what orders tell is written down, nothing is changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradehall.contracts.inventory import InventoryDeducted
from tradehall.contracts.orders import OrderConfirmed, SaleReduced
from tradehall.contracts.reviews import RatingChange
from tradehall.kernel.db import Tx, columns

# The cost of a line is the one that was told for the moment of its sale, else what the store's margin leaves of the price.
_ADD = """
WITH s AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[])
  AS s(store_id, id, number, at, currency, total, zip, region, country, shipping)
), added AS (
  INSERT INTO sales (store_id, id, number, at, currency, total, zip, region, country)
  SELECT store_id, id, number, at, currency, total, zip, region, country FROM s ON CONFLICT DO NOTHING RETURNING store_id, id
), l AS (
  SELECT * FROM unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::int[], $20::bigint[], $21::bigint[])
  AS l(store_id, order_id, line_id, product_id, variant_id, seller_id, sku, title, quantity, price, paid)
)
INSERT INTO entries (store_id, order_id, line_id, kind, at, product_id, variant_id, seller_id, sku, title, categories, quantity, amount, cost, estimated)
SELECT l.store_id, l.order_id, l.line_id, 'sold', s.at, l.product_id, l.variant_id, l.seller_id, l.sku, l.title,
       coalesce(p.categories, '{}'), l.quantity, l.paid,
       l.quantity * coalesce(c.unit, l.price - (l.price * coalesce(d.margin, $22) + 50) / 100), c.unit IS NULL
FROM l JOIN added USING (store_id) JOIN s ON s.store_id = l.store_id AND s.id = l.order_id
LEFT JOIN products p ON p.store_id = l.store_id AND p.id = l.product_id
LEFT JOIN settings d ON d.store_id = l.store_id
LEFT JOIN LATERAL (
  SELECT unit FROM costs c WHERE c.store_id = l.store_id AND c.variant_id = l.variant_id AND c.valid_from <= s.at
  ORDER BY c.valid_from DESC LIMIT 1) c ON true
WHERE added.id = l.order_id
UNION ALL
SELECT s.store_id, s.id, NULL, 'sold', s.at, NULL, NULL, NULL, '', 'Shipping', '{}', 0, s.shipping, 0, false
FROM s JOIN added USING (store_id, id) WHERE s.shipping <> 0
"""
# Of each line what is left of it.
_END = """
INSERT INTO entries (order_id, line_id, kind, at, product_id, variant_id, seller_id, sku, title, categories, quantity, amount, cost, estimated)
SELECT e.order_id, e.line_id, 'cancelled', t.at, e.product_id, e.variant_id, e.seller_id, e.sku, e.title,
       e.categories, -sum(e.quantity), -sum(e.amount), -sum(e.cost), e.estimated
FROM entries e JOIN unnest($1::uuid[], $2::timestamptz[]) AS t(order_id, at) ON t.order_id = e.order_id
WHERE e.order_id = ANY($1)
GROUP BY e.order_id, e.line_id, t.at, e.product_id, e.variant_id, e.seller_id, e.sku, e.title, e.categories, e.estimated
HAVING sum(e.quantity) <> 0 OR sum(e.amount) <> 0 OR sum(e.cost) <> 0
"""
# What comes back and cannot be sold again has cost what it cost.
_REDUCE = """
INSERT INTO entries (order_id, line_id, kind, at, product_id, variant_id, seller_id, sku, title, categories, quantity, amount, cost, estimated)
SELECT e.order_id, e.line_id, $2::text, $3::timestamptz, e.product_id, e.variant_id, e.seller_id, e.sku, e.title, e.categories, -t.quantity, -t.amount,
       CASE WHEN t.restock AND e.quantity > 0 THEN -(e.cost / e.quantity) * t.quantity ELSE 0 END, e.estimated
FROM entries e JOIN unnest($4::uuid[], $5::int[], $6::bigint[], $7::boolean[]) AS t(line_id, quantity, amount, restock)
  ON t.line_id = e.line_id
WHERE e.order_id = $1 AND e.kind = 'sold'
UNION ALL
SELECT id, NULL, $2::text, $3::timestamptz, NULL, NULL, NULL, '', 'Shipping', '{}', 0, -$8::bigint, 0, false FROM sales WHERE id = $1 AND $8::bigint <> 0
"""


async def add(tx: Tx, events: Sequence[OrderConfirmed], margin: int) -> int:
    """How many entries were made. `margin` is that of a store that has decided nothing. An order that is known is left as it
    is."""
    sales, lines = [], []
    for event in events:
        store_id, to = tx.store_of(event), event.address
        here = [line for parcel in event.parcels for line in parcel.lines]
        beside = event.total - sum(line.paid for line in here)
        sales.append(
            (store_id, event.order_id, event.number, event.timestamp, event.currency, event.total, to.zip, to.region, to.country, beside)
        )  # fmt: skip
        lines += [
            (store_id, event.order_id, x.line_id, x.product_id, x.variant_id, x.seller_id, x.sku, x.title, x.quantity, x.unit_price, x.paid)
            for x in here
        ]  # fmt: skip
    return await tx.run(_ADD, *columns(sales), *(columns(lines) or [[]] * 11), margin) if sales else 0


async def end(tx: Tx, orders: Sequence[tuple[UUID, datetime]]) -> None:
    """All that is left of these orders is cancelled; nothing, where they were never confirmed."""
    latest = dict(orders)
    await tx.run(_END, list(latest), list(latest.values()))


async def reduce(tx: Tx, event: SaleReduced) -> None:
    rows = [(line.line_id, line.quantity, line.amount, line.restock) for line in event.lines]
    lines = columns(rows) or [[]] * 4
    await tx.run(_REDUCE, event.order_id, event.kind, event.timestamp, *lines, event.shipping)


async def take(tx: Tx, events: Sequence[InventoryDeducted]) -> None:
    found: dict[tuple[UUID, UUID, UUID, UUID], int] = {}
    for event in events:
        for item in event.items:
            key = tx.store_of(event), item.order_id, item.variant_id, item.warehouse_id
            found[key] = found.get(key, 0) + item.quantity
    await tx.run(
        "INSERT INTO takes AS t (store_id, order_id, variant_id, warehouse_id, quantity) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) "
        "ON CONFLICT (store_id, order_id, variant_id, warehouse_id) DO UPDATE SET quantity = t.quantity + excluded.quantity",
        *columns([(*key, quantity) for key, quantity in sorted(found.items())]),
    )


async def rate(tx: Tx, events: Sequence[RatingChange]) -> None:
    """The last word on each review counts."""
    latest = {event.review_id: event for event in events}
    await tx.run(
        "INSERT INTO ratings (id, product_id, seller_id, order_id, rating) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[]) "
        "ON CONFLICT (store_id, id) DO UPDATE SET rating = excluded.rating",
        *columns([(id, e.product_id, e.seller_id, e.order_id, e.rating) for id, e in latest.items()]),
    )


async def unrate(tx: Tx, review_ids: Sequence[UUID]) -> None:
    await tx.run("DELETE FROM ratings WHERE id = ANY($1)", review_ids)
