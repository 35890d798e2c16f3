"""SQL of the inventory service."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.values import Address
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import Available, Level, MovementKind, Take


class Warehouse(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    code: str
    name: str
    address: Address


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """Of a variant in a warehouse; `threshold` and `low` are about all warehouses together."""

    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    seller_id: UUID
    warehouse: str
    on_hand: int
    reserved: int
    available: int
    threshold: int
    low: bool


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    variant_id: UUID
    warehouse: str
    kind: MovementKind
    on_hand_delta: int
    reserved_delta: int
    order_id: UUID | None
    transfer_id: UUID | None
    actor: str
    reason: str
    at: datetime


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str


async def warehouses(tx: Tx) -> list[Warehouse]:
    return await tx.all(Warehouse, "SELECT id, code, name, address FROM warehouses ORDER BY code")


async def warehouse(tx: Tx, code: str) -> Warehouse | None:
    return await tx.one(Warehouse, "SELECT id, code, name, address FROM warehouses WHERE code = $1", code)


async def count_warehouses(tx: Tx) -> int:
    return await tx.scalar("SELECT count(*) FROM warehouses")  # type: ignore[no-any-return]


async def save_warehouse(tx: Tx, code: str, name: str, address: Address) -> Warehouse:
    id = await tx.scalar(
        "INSERT INTO warehouses (id, code, name, address) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (store_id, code) DO UPDATE SET name = excluded.name, address = excluded.address RETURNING id",
        uuid7(),
        code,
        name,
        msgspec.to_builtins(address),
    )
    return Warehouse(id=id, code=code, name=name, address=address)


async def variant(tx: Tx, variant_id: UUID) -> Variant | None:
    return await tx.one(Variant, "SELECT id, product_id, seller_id, sku, title FROM variants WHERE id = $1", variant_id)


async def lock_variants(tx: Tx, variant_ids: Sequence[UUID]) -> list[Variant]:
    """So that a second change sees the level that the first one makes. To be locked before any level."""
    return await tx.all(
        Variant,
        "SELECT id, product_id, seller_id, sku, title FROM variants WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        variant_ids,
    )


async def lock_levels(tx: Tx, variant_ids: Sequence[UUID]) -> list[Level]:
    """Locked in one order, so that two transactions cannot wait for each other."""
    return await tx.all(
        Level,
        "SELECT l.variant_id, l.warehouse_id, l.product_id, l.on_hand, l.reserved, w.code, w.address->>'zip' AS zip, "
        "w.address->>'country' AS country "
        "FROM levels l JOIN warehouses w ON w.id = l.warehouse_id AND w.store_id = l.store_id "
        "WHERE l.variant_id = ANY($1) ORDER BY l.variant_id, l.warehouse_id FOR UPDATE OF l",
        variant_ids,
    )


async def move(
    tx: Tx,
    kind: MovementKind,
    takes: Sequence[Take],
    *,
    on_hand: int,
    reserved: int,
    actor: str,
    reason: str = "",
    transfer_id: UUID | None = None,
) -> None:
    """One movement for each take, its quantity times the signs `on_hand` and `reserved`.

    The levels, which the caller has locked, follow by a trigger.
    """
    if not takes:
        return
    await tx.run(
        "INSERT INTO movements "
        "(id, variant_id, warehouse_id, order_id, on_hand_delta, reserved_delta, kind, actor, reason, transfer_id) "
        "SELECT id, variant_id, warehouse_id, order_id, quantity * $6, quantity * $7, $8, $9, $10, $11 "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) "
        "AS t(id, variant_id, warehouse_id, order_id, quantity)",
        *columns([(uuid7(), t.variant_id, t.warehouse_id, t.order_id, t.quantity) for t in takes]),
        on_hand,
        reserved,
        kind,
        actor,
        reason,
        transfer_id,
    )


async def ensure_level(tx: Tx, variant: Variant, warehouse_id: UUID) -> None:
    await tx.run(
        "INSERT INTO levels (variant_id, warehouse_id, product_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        variant.id,
        warehouse_id,
        variant.product_id,
    )


async def add_holds(tx: Tx, takes: Sequence[Take], expires: dict[UUID | None, datetime]) -> None:
    await tx.run(
        "INSERT INTO holds (order_id, variant_id, warehouse_id, product_id, quantity, expires_at) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::timestamptz[])",
        *columns(
            [(t.order_id, t.variant_id, t.warehouse_id, t.product_id, t.quantity, expires[t.order_id]) for t in takes]
        ),
    )


async def end_holds(tx: Tx, order_ids: Sequence[UUID], state: str) -> list[Take]:
    """Holds that were still held and are now `state`; those that ended before are not among them."""
    return await tx.all(
        Take,
        "UPDATE holds SET state = $2 WHERE order_id = ANY($1) AND state = 'held' "
        "RETURNING order_id, variant_id, warehouse_id, product_id, quantity",
        order_ids,
        state,
    )


async def undo_deductions(tx: Tx, order_ids: Sequence[UUID]) -> list[Take]:
    """What had left the warehouse for these orders."""
    return await tx.all(
        Take,
        "UPDATE holds SET state = 'released' WHERE order_id = ANY($1) AND state = 'deducted' "
        "RETURNING order_id, variant_id, warehouse_id, product_id, quantity",
        order_ids,
    )


async def keep_hold(tx: Tx, order_id: UUID) -> None:
    """No expiry any more: the order waits for a person."""
    await tx.run("UPDATE holds SET expires_at = NULL WHERE order_id = $1 AND state = 'held'", order_id)


async def expired(tx: Tx, order_id: UUID) -> bool:
    return bool(
        await tx.scalar(
            "SELECT true FROM holds WHERE order_id = $1 AND state = 'held' AND expires_at <= now() LIMIT 1",
            order_id,
        )
    )


async def available(tx: Tx, variant_ids: Sequence[UUID]) -> list[Available]:
    """Of those that are or were in any warehouse, over all warehouses."""
    return await tx.all(
        Available,
        "SELECT id AS variant_id, product_id, seller_id, sku, title, threshold, available FROM variants v, "
        "LATERAL (SELECT sum(on_hand - reserved)::bigint AS available FROM levels WHERE variant_id = v.id) "
        "WHERE id = ANY($1) AND available IS NOT NULL ORDER BY id",
        variant_ids,
    )


async def set_threshold(tx: Tx, variant_id: UUID, threshold: int) -> None:
    await tx.run("UPDATE variants SET threshold = $2 WHERE id = $1", variant_id, threshold)


_STOCK = (
    "SELECT l.variant_id, l.product_id, v.sku, v.title, v.seller_id, w.code AS warehouse, l.on_hand, l.reserved, "
    "l.on_hand - l.reserved AS available, v.threshold, "
    "(SELECT sum(on_hand - reserved) FROM levels WHERE variant_id = l.variant_id) <= v.threshold AS low FROM levels l "
    "JOIN variants v ON v.id = l.variant_id AND v.store_id = l.store_id "
    "JOIN warehouses w ON w.id = l.warehouse_id AND w.store_id = l.store_id "
)
_LOW = (
    "SELECT l.variant_id FROM levels l JOIN variants v ON v.id = l.variant_id AND v.store_id = l.store_id "
    "WHERE $1::uuid IS NULL OR v.seller_id = $1 "
    "GROUP BY l.variant_id, v.threshold HAVING sum(l.on_hand - l.reserved) <= v.threshold"
)


async def stock(
    tx: Tx, *, seller_id: UUID | None, low: bool, after: tuple[UUID, str] | None, limit: int
) -> list[Stock]:
    return await tx.all(
        Stock,
        f"{_STOCK} WHERE ($1::uuid IS NULL OR v.seller_id = $1) "
        "AND ($2::uuid IS NULL OR (l.variant_id, w.code) > ($2, $3)) "
        + (f"AND l.variant_id IN ({_LOW}) " if low else "")
        + "ORDER BY l.variant_id, w.code LIMIT $4",
        seller_id,
        after[0] if after else None,
        after[1] if after else "",
        limit,
    )


async def stock_of(tx: Tx, variant_id: UUID, warehouse_id: UUID) -> Stock | None:
    return await tx.one(Stock, f"{_STOCK} WHERE l.variant_id = $1 AND l.warehouse_id = $2", variant_id, warehouse_id)


async def movements(tx: Tx, variant_id: UUID, *, before: UUID | None, limit: int) -> list[Movement]:
    return await tx.all(
        Movement,
        "SELECT m.id, m.variant_id, w.code AS warehouse, m.kind, m.on_hand_delta, m.reserved_delta, m.order_id, "
        "m.transfer_id, m.actor, m.reason, m.at FROM movements m JOIN warehouses w ON w.id = m.warehouse_id AND w.store_id = m.store_id "
        "WHERE m.variant_id = $1 AND ($2::uuid IS NULL OR m.id < $2) ORDER BY m.id DESC LIMIT $3",
        variant_id,
        before,
        limit,
    )
