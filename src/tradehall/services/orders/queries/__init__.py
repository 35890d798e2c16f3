"""SQL of the orders service."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.orders import Parcel as Split
from tradehall.contracts.shipping import Rate
from tradehall.contracts.values import Line
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.model import Order, Parcel, Variant
from tradehall.services.orders.model.reducing import SoldLine

ORDER = (
    "o.id, o.number, o.customer_id, o.email, o.name, o.status, o.stock_held, o.in_review, o.currency, o.subtotal, "
    "o.shipping_code, o.shipping_price, o.discount, o.interest, o.instalments, o.total, o.address, o.payment_method, o.payment_status, o.cart_id, "
    "o.cart_version, o.expires_at, o.created_at, o.reduced, o.shipping_reduced"
)
_LINE = (
    'l.id AS "lineId", l.product_id AS "productId", l.variant_id AS "variantId", l.seller_id AS "sellerId", l.sku, '
    'l.title, l.quantity, l.unit_price AS "unitPrice", l.weight_g AS "weightG", l.adjustment'
)


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    status: OrderStatus
    actor: str
    note: str
    at: datetime


class Offer(msgspec.Struct, frozen=True):
    """Of a store: what is asked for, and how it can be shipped."""

    variants: dict[UUID, Variant]
    rates: list[Rate]


NOTHING = Offer({}, [])


async def offers(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """By store of the transaction that has any of these, or rates; one round trip."""
    found: dict[UUID, Offer] = {}
    for row in await tx.rows(_OFFERS, variant_ids):
        offer = found.setdefault(row["store_id"], Offer({}, []))
        if row["id"] is None:
            offer.rates.extend(_rates(row["rates"]))
        else:
            offer.variants[row["id"]] = msgspec.convert(dict(row), Variant)
    return found


@lru_cache(maxsize=4096)
def _rates(text: str) -> list[Rate]:
    """Asked for with each order, and seldom other than before. Not to be changed."""
    return msgspec.json.decode(text, type=list[Rate])


_OFFERS = """
SELECT store_id, id, product_id, seller_id, sku, title, price, currency, weight_g, for_sale, NULL AS rates
FROM variants WHERE id = ANY($1)
UNION ALL
SELECT store_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, rates::text FROM rates
"""


async def emails(tx: Tx, customer_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], str]:
    """By store and customer."""
    if not customer_ids:
        return {}
    rows = await tx.rows("SELECT store_id, id, email FROM customers WHERE id = ANY($1)", customer_ids)
    return {(row["store_id"], row["id"]): row["email"] for row in rows}


_INSERT = """
WITH o AS (
  INSERT INTO orders (store_id, id, number, customer_id, email, name, status, currency, subtotal, shipping_code,
    shipping_price, discount, interest, instalments, total, address, payment_method, cart_id, cart_version, expires_at,
    created_at)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bigint[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::int[], $15::bigint[], $16::jsonb[],
    $17::text[], $18::uuid[], $19::int[], $20::timestamptz[], $21::timestamptz[])),
p AS (
  INSERT INTO parcels (store_id, order_id, id, seller_id)
  SELECT * FROM unnest($22::uuid[], $23::uuid[], $24::uuid[], $25::uuid[])),
l AS (
  INSERT INTO order_lines (store_id, order_id, id, product_id, variant_id, seller_id, sku, title, quantity, unit_price,
    weight_g, adjustment)
  SELECT * FROM unnest($26::uuid[], $27::uuid[], $28::uuid[], $29::uuid[], $30::uuid[], $31::uuid[], $32::text[],
    $33::text[], $34::int[], $35::bigint[], $36::int[], $37::bigint[]))
INSERT INTO order_history (store_id, order_id, id, status, actor)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $38::uuid[], $7::text[], $39::text[])
"""


async def insert(tx: Tx, new: Sequence[tuple[UUID, Order, Sequence[Line], Sequence[Parcel]]]) -> None:
    """Of stores: orders, their lines, parcels and first history entries, in one statement.

    Raises asyncpg.UniqueViolationError.
    """
    if not new:
        return
    await tx.run(
        _INSERT,
        *columns(
            [
                (
                    store_id,
                    o.id,
                    o.number,
                    o.customer_id,
                    o.email,
                    o.name,
                    o.status,
                    o.currency,
                    o.subtotal,
                    o.shipping_code,
                    o.shipping_price,
                    o.discount,
                    o.interest,
                    o.instalments,
                    o.total,
                    msgspec.to_builtins(o.address),
                    o.payment_method,
                    o.cart_id,
                    o.cart_version,
                    o.expires_at,
                    o.created_at,
                )
                for store_id, o, _, _ in new
            ]
        ),
        *columns(
            [(store_id, o.id, parcel.id, parcel.seller_id) for store_id, o, _, parcels in new for parcel in parcels]
        ),
        *columns(
            [
                (
                    store_id,
                    o.id,
                    x.line_id,
                    x.product_id,
                    x.variant_id,
                    x.seller_id,
                    x.sku,
                    x.title,
                    x.quantity,
                    x.unit_price,
                    x.weight_g,
                    x.adjustment,
                )
                for store_id, o, lines, _ in new
                for x in lines
            ]
        ),
        *columns([(uuid7(), "customer" if o.customer_id else "guest") for _, o, _, _ in new]),
    )


async def order(tx: Tx, order_id: UUID) -> Order | None:
    return await tx.one(Order, f"SELECT {ORDER} FROM orders o WHERE o.id = $1", order_id)


async def lock(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Locked in one order, so that two transactions cannot wait for each other."""
    found = await tx.all(
        Order, f"SELECT {ORDER} FROM orders o WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE", order_ids
    )
    return {order.id: order for order in found}


async def lock_unpaid(tx: Tx, order_ids: Sequence[UUID]) -> list[Order]:
    """Those of them that wait for their buyer. The others are not even locked: it would write to their pages."""
    return await tx.all(
        Order,
        f"SELECT {ORDER} FROM orders o WHERE o.id = ANY($1) AND o.status = 'PENDING' AND NOT o.in_review "
        "ORDER BY o.id FOR UPDATE",
        order_ids,
    )


async def save(tx: Tx, changes: Sequence[tuple[Order, str, str]]) -> None:
    """Changed orders, each with actor and note for its history."""
    if changes:
        await tx.run(
            _SAVE,
            *columns(
                [(o.id, o.status, o.payment_status, o.in_review, uuid7(), actor, note) for o, actor, note in changes],
            ),
        )


_SAVE = """
WITH saved AS (
  UPDATE orders o SET status = t.status, payment_status = t.payment_status, in_review = t.in_review, updated_at = now()
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::uuid[], $6::text[], $7::text[])
    AS t(id, status, payment_status, in_review, entry_id, actor, note)
  WHERE o.id = t.id AND o.id = ANY($1)
  RETURNING o.store_id, t.*)
INSERT INTO order_history (store_id, order_id, id, status, actor, note)
SELECT store_id, id, entry_id, status, actor, note FROM saved
"""


async def hold_noted(tx: Tx, order_ids: Sequence[UUID]) -> set[UUID]:
    """Marks pending orders as held; returns those that were pending."""
    rows = await tx.rows(
        "UPDATE orders SET stock_held = true WHERE id = ANY($1) AND status = 'PENDING' RETURNING id", order_ids
    )
    return {row["id"] for row in rows}


async def note_payment(tx: Tx, orders: Sequence[Order]) -> None:
    """How the payment stands of orders whose status stays."""
    if orders:
        await tx.run(
            "UPDATE orders o SET payment_status = t.status, in_review = t.in_review "
            "FROM unnest($1::uuid[], $2::text[], $3::bool[]) AS t(id, status, in_review) "
            "WHERE o.id = t.id AND o.id = ANY($1)",
            *columns([(order.id, order.payment_status, order.in_review) for order in orders]),
        )


async def lines(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, list[SoldLine]]:
    rows = await tx.rows(
        f'SELECT order_id, {_LINE}, cancelled, returned, coming_back AS "comingBack" FROM order_lines l '
        "WHERE order_id = ANY($1) ORDER BY id",
        order_ids,
    )
    found: dict[UUID, list[SoldLine]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(msgspec.convert(dict(row), SoldLine))
    return found


async def split(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, list[Split]]:
    """By order: each seller's part, with its lines."""
    rows = await tx.rows(
        # No join: of one, both sides would be looked for by all the orders, and each line compared with each parcel.
        "SELECT l.order_id, (SELECT p.id FROM parcels p WHERE p.order_id = l.order_id AND p.seller_id = l.seller_id "
        f"AND p.store_id = l.store_id) AS parcel_id, {_LINE} FROM order_lines l "
        "WHERE l.order_id = ANY($1) ORDER BY parcel_id, l.id",
        order_ids,
    )
    found: dict[UUID, list[Split]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        parts = found[row["order_id"]]
        if not parts or parts[-1].shipment_id != row["parcel_id"]:
            parts.append(Split(shipment_id=row["parcel_id"], seller_id=row["sellerId"], lines=[]))
        parts[-1].lines.append(msgspec.convert(dict(row), Line))
    return found


async def parcels(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, list[Parcel]]:
    rows = await tx.rows(
        "SELECT order_id, id, seller_id, status, carrier, tracking_number, delivered_at, EXISTS (SELECT FROM backordered b "
        "JOIN order_lines l ON l.order_id = b.order_id AND l.variant_id = b.variant_id AND l.store_id = b.store_id "
        "WHERE b.order_id = p.order_id AND l.seller_id = p.seller_id AND b.quantity > 0) AS waits_for_stock "
        "FROM parcels p WHERE order_id = ANY($1) ORDER BY id",
        order_ids,
    )
    found: dict[UUID, list[Parcel]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(msgspec.convert(dict(row), Parcel))
    return found


async def save_parcels(tx: Tx, changed: Sequence[Parcel]) -> None:
    await tx.run(
        "UPDATE parcels p SET status = t.status, carrier = t.carrier, tracking_number = t.tracking_number, "
        "delivered_at = CASE WHEN t.status = 'DELIVERED' THEN now() END "
        "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS t(id, status, carrier, tracking_number) "
        "WHERE p.id = t.id AND p.id = ANY($1)",
        *columns([(parcel.id, parcel.status, parcel.carrier, parcel.tracking_number) for parcel in changed]),
    )


async def wait_for_stock(tx: Tx, missing: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Of order, variant, how many more have still to come in."""
    await tx.run(
        "INSERT INTO backordered AS b (order_id, variant_id, quantity) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) "
        "ON CONFLICT (store_id, order_id, variant_id) DO UPDATE SET quantity = b.quantity + excluded.quantity",
        *columns(missing),
    )


async def wait_for_less(tx: Tx, less: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Of order, variant, how many are there now, or are not wanted any more: what has still to come in is given up first, as
    inventory does it."""
    await tx.run(
        "UPDATE backordered b SET quantity = greatest(0, b.quantity - t.quantity) "
        "FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS t(order_id, variant_id, quantity) "
        "WHERE b.order_id = t.order_id AND b.variant_id = t.variant_id AND b.order_id = ANY($1)",
        *columns(less),
    )


async def backordered(tx: Tx, order_id: UUID) -> dict[UUID, int]:
    """By variant, what has still to come in."""
    rows = await tx.rows("SELECT variant_id, quantity FROM backordered WHERE order_id = $1", order_id)
    return {row["variant_id"]: row["quantity"] for row in rows}


async def history(tx: Tx, order_id: UUID) -> list[HistoryEntry]:
    return await tx.all(
        HistoryEntry, "SELECT status, actor, note, at FROM order_history WHERE order_id = $1 ORDER BY at, id", order_id
    )


class Told(Variant, frozen=True, kw_only=True):
    """`told` is the mark of what the catalogue said of it."""

    told: int


async def end_variants(tx: Tx, ids: Sequence[UUID]) -> None:
    """They are not for sale any more."""
    if ids:
        await tx.run(
            "UPDATE variants SET for_sale = false, told = NULL WHERE id = ANY($1) AND (for_sale OR told IS NOT NULL)",
            ids,
        )


async def save_rates(tx: Tx, rates: Sequence[Rate]) -> None:
    await tx.run(
        "INSERT INTO rates (rates) VALUES ($1) ON CONFLICT (store_id) DO UPDATE SET rates = excluded.rates",
        msgspec.to_builtins(rates),
    )
