"""SQL of what was bought by whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradehall.contracts.orders import OrderConfirmed, OrderPlaced
from tradehall.kernel.db import Tx, columns
from tradehall.services.reviews.model import Buyer, Purchase, link_hash

_PURCHASE = "p.order_id, p.variant_id, p.product_id, p.seller_id, p.title, p.delivered_at"
_BUYER = "id AS order_id, customer_id, name, link"


async def add_orders(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO orders (store_id, id, number, customer_id, name, link) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bytea[])",
        *columns([(tx.store_of(e), e.order_id, e.number, e.customer_id, e.name, link_hash(e.link)) for e in events]),
    )


async def add(tx: Tx, events: Sequence[OrderConfirmed]) -> None:
    """Orders that were placed before this service was there are passed over."""
    await tx.run(
        "INSERT INTO purchases (store_id, order_id, variant_id, product_id, seller_id, parcel_id, title) "
        "SELECT n.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[]) "
        "AS n(store_id, order_id, variant_id, product_id, seller_id, parcel_id, title) "
        "JOIN orders o ON o.store_id = n.store_id AND o.id = n.order_id",
        *columns(
            [
                (
                    tx.store_of(event),
                    event.order_id,
                    line.variant_id,
                    line.product_id,
                    line.seller_id,
                    parcel.shipment_id,
                    line.title,
                )
                for event in events
                for parcel in event.parcels
                for line in parcel.lines
            ]
        ),
    )


async def end(tx: Tx, order_ids: Sequence[UUID]) -> None:
    """They were never sent."""
    await tx.run("DELETE FROM purchases WHERE order_id = ANY($1)", order_ids)
    await tx.run("DELETE FROM orders WHERE id = ANY($1)", order_ids)


async def deliver(tx: Tx, parcels: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Order, parcel, and when it arrived."""
    await tx.run(
        "UPDATE purchases p SET delivered_at = t.at FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) "
        "AS t(order_id, parcel_id, at) WHERE p.order_id = t.order_id AND p.parcel_id = t.parcel_id "
        "AND p.order_id = ANY($1)",
        *columns(parcels),
    )


async def take_back(tx: Tx, lines: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Order, variant, and when all of it came back."""
    await tx.run(
        "UPDATE purchases p SET returned_at = t.at FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) "
        "AS t(order_id, variant_id, at) WHERE p.order_id = t.order_id AND p.variant_id = t.variant_id "
        "AND p.order_id = ANY($1)",
        *columns(lines),
    )


async def forget(tx: Tx, lines: Sequence[tuple[UUID, UUID]]) -> None:
    """Of order and variant, what was never sent."""
    await tx.run(
        "DELETE FROM purchases p USING unnest($1::uuid[], $2::uuid[]) AS t(order_id, variant_id) "
        "WHERE p.order_id = t.order_id AND p.variant_id = t.variant_id AND p.order_id = ANY($1)",
        *columns(lines),
    )


async def buyer(tx: Tx, order_id: UUID) -> Buyer | None:
    return await tx.one(Buyer, f"SELECT {_BUYER} FROM orders WHERE id = $1", order_id)


async def of_order(tx: Tx, order_id: UUID) -> list[Purchase]:
    return await tx.all(
        Purchase, f"SELECT {_PURCHASE} FROM purchases p WHERE p.order_id = $1 ORDER BY p.title, p.variant_id", order_id
    )


async def of_customer(tx: Tx, customer_id: UUID, *, before: tuple[UUID, UUID] | None, limit: int) -> list[Purchase]:
    """What has arrived, the newest order first."""
    order_id, variant_id = before or (None, None)
    return await tx.all(
        Purchase,
        f"SELECT {_PURCHASE} FROM orders o JOIN purchases p ON p.order_id = o.id WHERE o.customer_id = $1 "
        "AND p.delivered_at IS NOT NULL AND ($2::uuid IS NULL OR (p.order_id, p.variant_id) < ($2, $3)) "
        "ORDER BY p.order_id DESC, p.variant_id DESC LIMIT $4",
        customer_id,
        order_id,
        variant_id,
        limit,
    )


async def buyer_of(tx: Tx, product_id: UUID, customer_id: UUID) -> Buyer | None:
    """As who this customer has bought the product last."""
    return await tx.one(
        Buyer,
        f"SELECT {_BUYER} FROM orders o WHERE o.customer_id = $2 AND EXISTS (SELECT FROM purchases p "
        "WHERE p.order_id = o.id AND p.product_id = $1) ORDER BY o.id DESC LIMIT 1",
        product_id,
        customer_id,
    )


async def invite(tx: Tx, order_id: UUID) -> Buyer | None:
    """Marks an order as invited; None where it was."""
    return await tx.one(
        Buyer,
        f"UPDATE orders SET invited_at = now() WHERE id = $1 AND invited_at IS NULL RETURNING {_BUYER}",
        order_id,
    )


async def unreviewed(tx: Tx, order_id: UUID) -> list[str]:
    """Titles of lines that have arrived and stayed, and have no review."""
    rows = await tx.rows(
        "SELECT p.title FROM purchases p WHERE p.order_id = $1 AND p.delivered_at IS NOT NULL AND p.returned_at IS NULL "
        "AND NOT EXISTS ("
        "SELECT FROM reviews r WHERE r.order_id = p.order_id AND r.variant_id = p.variant_id) ORDER BY p.title",
        order_id,
    )
    return [row["title"] for row in rows]
