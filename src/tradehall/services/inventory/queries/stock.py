"""SQL of variants and their levels."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import LOW, Available, Level, MovementKind, Reach, Take
from tradehall.services.inventory.queries.where import Where

_OWED = (
    "SELECT coalesce(sum(quantity - filled), 0) FROM backorders "
    "WHERE variant_id = {0}.{1} AND store_id = {0}.store_id AND state = 'waiting'"
)


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """Of a variant in a warehouse; all from `threshold` on is about all warehouses together. `backorder`: orders may take
    more than there is; `owed` is what they wait for."""

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
    backorder: bool
    backorder_limit: int | None
    owed: int


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as stock sees it, over all warehouses."""

    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    seller_id: UUID
    on_hand: int
    reserved: int
    available: int
    threshold: int
    low: bool
    backorder: bool
    backorder_limit: int | None
    owed: int


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str


class Told(Variant, frozen=True, kw_only=True):
    """`told` is the mark of what the catalogue said of it."""

    told: int


_VARIANT = "SELECT id, product_id, seller_id, sku, title FROM variants "


async def variant(tx: Tx, variant_id: UUID) -> Variant | None:
    return await tx.one(Variant, _VARIANT + "WHERE id = $1", variant_id)


async def variants_of(tx: Tx, skus: Sequence[str]) -> list[Variant]:
    return await tx.all(Variant, _VARIANT + "WHERE sku = ANY($1) ORDER BY id", skus)


async def lock_variants(tx: Tx, variant_ids: Sequence[UUID]) -> list[Variant]:
    """So that a second change sees the level that the first one makes. To be locked before any level."""
    return await tx.all(Variant, _VARIANT + "WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", variant_ids)


async def lock(tx: Tx, variant_ids: Collection[UUID]) -> None:
    """`lock_levels` for who does not ask how they stand."""
    if variant_ids:
        await tx.run(f"SELECT FROM levels {_LOCKED}", list(variant_ids))


async def lock_levels(tx: Tx, variant_ids: Sequence[UUID]) -> list[Level]:
    """Locked in one order, so that two transactions cannot wait for each other. Across stores, in all that have them."""
    rows = await tx.rows(_LEVELS, variant_ids)
    places = {(row["store_id"], row["warehouse_id"]): row for row in rows if row["variant_id"] is None}
    found = []
    for row in rows:
        if row["variant_id"] is not None:
            place = places[row["store_id"], row["warehouse_id"]]
            found.append(
                Level(
                    store_id=row["store_id"],
                    variant_id=row["variant_id"],
                    warehouse_id=row["warehouse_id"],
                    product_id=row["product_id"],
                    on_hand=row["on_hand"],
                    reserved=row["reserved"],
                    code=place["code"],
                    zip=place["zip"],
                    country=place["country"],
                    priority=place["priority"],
                    measure=place["measure"],
                )
            )
    return found


_LOCKED = "WHERE variant_id = ANY($1) ORDER BY store_id, variant_id, warehouse_id FOR UPDATE"
# Where a warehouse is, is read once for it, not for each level in it, and without a join of the two.
_LEVELS = f"""
WITH l AS MATERIALIZED (
  SELECT store_id, variant_id, warehouse_id, product_id, on_hand, reserved FROM levels {_LOCKED})
SELECT l.*, NULL AS code, NULL AS zip, NULL AS country, NULL::int AS priority, NULL AS measure FROM l
UNION ALL
SELECT w.store_id, NULL, w.id, NULL, NULL, NULL, w.code, w.address->>'zip', w.address->>'country', w.priority,
  coalesce((SELECT measure FROM measures m WHERE m.store_id = w.store_id), 'earth')
FROM warehouses w WHERE (w.store_id, w.id) IN (SELECT store_id, warehouse_id FROM l)
"""


async def ensure_levels(tx: Tx, places: Sequence[tuple[UUID, UUID, UUID]]) -> None:
    """Of variant, warehouse, product; those there were not, at zero."""
    if places:
        await tx.run(
            "INSERT INTO levels (variant_id, warehouse_id, product_id) "
            "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING",
            *columns(sorted(places)),
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
    reference: str = "",
    transfer_id: UUID | None = None,
    count_id: UUID | None = None,
) -> None:
    """One movement for each take, its quantity times the signs `on_hand` and `reserved`.

    The levels, which the caller has locked, follow by a trigger.
    """
    if not takes:
        return
    await tx.run(
        "INSERT INTO movements (store_id, id, variant_id, warehouse_id, order_id, on_hand_delta, reserved_delta, kind, actor, "
        "reason, reference, transfer_id, count_id) SELECT coalesce(store_id, current_store()), id, variant_id, warehouse_id, "
        "order_id, quantity * $7, quantity * $8, $9, $10, $11, $12, $13, $14 "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[]) "
        "AS t(store_id, id, variant_id, warehouse_id, order_id, quantity)",
        *columns([(t.store_id, uuid7(), t.variant_id, t.warehouse_id, t.order_id, t.quantity) for t in takes]),
        on_hand,
        reserved,
        kind,
        actor,
        reason,
        reference,
        transfer_id,
        count_id,
    )


async def available(tx: Tx, variant_ids: Sequence[UUID]) -> list[Available]:
    """Over all warehouses of a store. Across stores, in all that have them."""
    return await tx.all(Available, _AVAILABLE, variant_ids)


_AVAILABLE = f"""
SELECT store_id, id AS variant_id, product_id, seller_id, sku, title, threshold, coalesce(available, 0) AS available,
  backorder AND (backorder_limit IS NULL OR backorder_limit > ({_OWED.format("v", "id")})) AS backorder
FROM variants v, LATERAL (
  SELECT sum(on_hand - reserved)::bigint AS available FROM levels WHERE variant_id = v.id AND store_id = v.store_id)
WHERE id = ANY($1) ORDER BY store_id, id
"""


async def special(tx: Tx, variant_ids: Sequence[UUID]) -> set[UUID]:
    """Those of which more may be ordered than there is, or that are low at more than is usual."""
    rows = await tx.rows(
        f"SELECT id FROM variants WHERE (backorder OR threshold > {LOW}) AND id = ANY($1)", variant_ids
    )
    return {row["id"] for row in rows}


async def held(tx: Tx) -> list[UUID]:
    """Variants that any warehouse has a level of."""
    rows = await tx.rows("SELECT DISTINCT variant_id FROM levels ORDER BY variant_id")
    return [row["variant_id"] for row in rows]


async def set_threshold(tx: Tx, variant_id: UUID, threshold: int) -> None:
    await tx.run("UPDATE variants SET threshold = $2 WHERE id = $1", variant_id, threshold)


async def set_backorder(tx: Tx, variant_id: UUID, allowed: bool, limit: int | None) -> None:
    await tx.run("UPDATE variants SET backorder = $2, backorder_limit = $3 WHERE id = $1", variant_id, allowed, limit)


_STOCK = (
    "SELECT l.variant_id, l.product_id, v.sku, v.title, v.seller_id, w.code AS warehouse, l.on_hand, l.reserved, "
    "l.on_hand - l.reserved AS available, v.threshold, "
    "(SELECT sum(on_hand - reserved) FROM levels WHERE variant_id = l.variant_id) <= v.threshold AS low, "
    f"v.backorder, v.backorder_limit, ({_OWED.format('l', 'variant_id')}) AS owed FROM levels l "
    "JOIN variants v ON v.id = l.variant_id AND v.store_id = l.store_id "
    "JOIN warehouses w ON w.id = l.warehouse_id AND w.store_id = l.store_id "
)
# Read once, and no join: by statistics older than a store's goods each would be compared with each.
_LOW = (
    "(l.variant_id IN (SELECT s.variant_id FROM (SELECT variant_id, sum(on_hand - reserved) AS available FROM levels "
    "GROUP BY variant_id) s WHERE s.available <= (SELECT threshold FROM variants WHERE id = s.variant_id))) IS TRUE"
)


async def listed(
    tx: Tx,
    reach: Reach,
    *,
    low: bool,
    warehouse: str | None,
    sku: str | None,
    after: tuple[UUID, str] | None,
    limit: int,
) -> list[Stock]:
    """By variant and warehouse."""
    where = Where()
    where.within(reach, seller="v.seller_id", warehouse="l.warehouse_id")
    if low:
        where.add(_LOW)
    if warehouse:
        where.add("w.code = {}", warehouse)
    if sku:
        where.add("v.sku = {}", sku)
    if after:
        where.add("(l.variant_id, w.code) > ({}, {})", *after)
    order = f"ORDER BY l.variant_id, w.code LIMIT {where.place(limit)}"
    return await tx.all(Stock, f"{_STOCK} {where.sql} {order}", *where.args)


async def many(tx: Tx, places: Sequence[tuple[UUID, str]]) -> list[Stock]:
    """Of these variants and codes of warehouses, which there are; in their order."""
    ids = list({variant_id for variant_id, _ in places})
    rows = await tx.all(Stock, f"{_STOCK} WHERE l.variant_id = ANY($1)", ids)
    found = {(row.variant_id, row.warehouse): row for row in rows}
    return [found[place] for place in places]


async def levels_of(tx: Tx, reach: Reach, variant_id: UUID) -> list[Stock]:
    where = Where()
    where.within(reach, seller="v.seller_id", warehouse="l.warehouse_id")
    where.add("l.variant_id = {}", variant_id)
    return await tx.all(Stock, f"{_STOCK} {where.sql} ORDER BY w.code", *where.args)


_ARTICLE = (
    "SELECT v.id AS variant_id, v.product_id, v.sku, v.title, v.seller_id, n.on_hand, n.reserved, "
    "n.on_hand - n.reserved AS available, v.threshold, n.on_hand - n.reserved <= v.threshold AS low, "
    f"v.backorder, v.backorder_limit, ({_OWED.format('v', 'id')}) AS owed FROM variants v, "
    "LATERAL (SELECT coalesce(sum(on_hand), 0)::bigint AS on_hand, coalesce(sum(reserved), 0)::bigint AS reserved "
    "FROM levels WHERE variant_id = v.id) n "
)


async def article(tx: Tx, variant_id: UUID) -> Article | None:
    return await tx.one(Article, _ARTICLE + "WHERE v.id = $1", variant_id)


async def articles(tx: Tx, reach: Reach, *, sku: str | None, after: UUID | None, limit: int) -> list[Article]:
    where = Where()
    if not reach.whole and not reach.warehouses:
        where.add("v.seller_id = {}", reach.seller_id)
    if sku:
        where.add("v.sku = {}", sku)
    if after:
        where.add("v.id > {}", after)
    return await tx.all(Article, f"{_ARTICLE} {where.sql} ORDER BY v.id LIMIT {where.place(limit)}", *where.args)
