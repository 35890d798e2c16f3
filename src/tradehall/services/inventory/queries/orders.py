"""SQL of what orders hold and what they wait for.

Whoever changes either locks variants first, where more may be owed of them than stands anywhere; then levels, then what is
waited for, then what is held. So no two transactions can wait for each other.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Address
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import Backorder, Owed, Reach, Take
from tradehall.services.inventory.queries.where import Where

_TAKE = "store_id, order_id, variant_id, warehouse_id, product_id, quantity"
_NO_LIMIT = 1_000_000_000


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` of `quantity` have still to come in."""

    order_id: UUID
    variant_id: UUID
    sku: str
    title: str
    seller_id: UUID
    quantity: int
    missing: int
    confirmed: bool
    at: datetime
    seq: UUID


async def lock_room(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """By store and variant, how many more may be owed, where any; locked."""
    if not variant_ids:
        return {}
    await tx.run(
        "SELECT FROM variants WHERE id = ANY($1) AND backorder ORDER BY store_id, id FOR NO KEY UPDATE", variant_ids
    )
    rows = await tx.rows(  # not in the same statement, which would count what was owed before it waited for the lock
        "SELECT v.store_id, v.id, coalesce(v.backorder_limit, $2) - coalesce(sum(b.quantity - b.filled), 0) AS room "
        "FROM variants v "
        "LEFT JOIN backorders b ON b.variant_id = v.id AND b.store_id = v.store_id AND b.state = 'waiting' "
        "WHERE v.id = ANY($1) AND v.backorder GROUP BY v.store_id, v.id, v.backorder_limit",
        variant_ids,
        _NO_LIMIT,
    )
    room: dict[UUID, dict[UUID, int]] = {}
    for row in rows:
        room.setdefault(row["store_id"], {})[row["id"]] = max(0, int(row["room"]))
    return room


async def known(tx: Tx, order_ids: Sequence[UUID], variant_ids: Sequence[UUID]) -> tuple[set[UUID], list[UUID]]:
    """The orders that had something held before, or ended before they had; the variants of which more may be ordered than
    there is."""
    rows = await tx.rows(_KNOWN, order_ids, variant_ids)
    orders = {row["order_id"] for row in rows if row["order_id"] is not None}
    return orders, [row["id"] for row in rows if row["order_id"] is None]


_KNOWN = """
SELECT order_id, NULL::uuid AS id FROM ended_orders WHERE order_id = ANY($1)
UNION ALL SELECT order_id, NULL FROM holds WHERE order_id = ANY($1)
UNION ALL SELECT order_id, NULL FROM backorders WHERE order_id = ANY($1)
UNION ALL SELECT NULL, id FROM variants WHERE backorder AND id = ANY($2)
"""


async def note_ended(tx: Tx, order_ids: Collection[UUID]) -> None:
    """Nothing was held for them, and nothing will be."""
    if order_ids:
        await tx.run(
            "INSERT INTO ended_orders (order_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", list(order_ids)
        )


async def lock_promised(tx: Tx, order_ids: Sequence[UUID]) -> int:
    """The variants that these orders wait for, or lost when they expired; how many there are."""
    return await tx.run(
        "SELECT FROM variants WHERE (store_id, id) IN (SELECT store_id, variant_id FROM backorders WHERE order_id = ANY($1) "
        "UNION ALL SELECT store_id, variant_id FROM holds WHERE order_id = ANY($1) AND state = 'expired') "
        "ORDER BY store_id, id FOR NO KEY UPDATE",
        order_ids,
    )


async def touched(tx: Tx, order_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Order and variant of all that was ever held or waited for."""
    rows = await tx.rows(
        "SELECT order_id, variant_id FROM holds WHERE order_id = ANY($1) "
        "UNION SELECT order_id, variant_id FROM backorders WHERE order_id = ANY($1)",
        order_ids,
    )
    return [(row["order_id"], row["variant_id"]) for row in rows]


# --- held


async def hold(tx: Tx, takes: Sequence[tuple[Take, Literal["held", "deducted"], datetime | None]]) -> None:
    """With the hold's state and expiry. What comes to a hold of the same order, variant and warehouse adds to it; to one
    that has ended, it begins anew."""
    if not takes:
        return
    await tx.run(
        "INSERT INTO holds AS h (store_id, order_id, variant_id, warehouse_id, product_id, quantity, state, expires_at) "
        "SELECT coalesce(store_id, current_store()), order_id, variant_id, warehouse_id, product_id, quantity, state, expires_at "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::text[], $8::timestamptz[]) "
        "AS t(store_id, order_id, variant_id, warehouse_id, product_id, quantity, state, expires_at) ON CONFLICT (store_id, order_id, variant_id, warehouse_id) DO UPDATE SET "
        "quantity = excluded.quantity + CASE WHEN h.state = excluded.state THEN h.quantity ELSE 0 END, "
        "state = excluded.state, expires_at = excluded.expires_at",
        *columns(
            [
                (t.store_id, t.order_id, t.variant_id, t.warehouse_id, t.product_id, t.quantity, state, expires_at)
                for t, state, expires_at in takes
            ]
        ),
    )


async def end_holds(tx: Tx, order_ids: Sequence[UUID], state: Literal["deducted", "released", "expired"]) -> list[Take]:
    """Holds that were still held and are now `state`; those that ended before are not among them."""
    return await tx.all(
        Take,
        f"UPDATE holds SET state = $2 WHERE order_id = ANY($1) AND state = 'held' RETURNING {_TAKE}",
        order_ids,
        state,
    )


async def undo_deductions(tx: Tx, order_ids: Sequence[UUID]) -> list[Take]:
    """What had left the warehouse for these orders."""
    return await tx.all(
        Take,
        f"UPDATE holds SET state = 'released' WHERE order_id = ANY($1) AND state = 'deducted' RETURNING {_TAKE}",
        order_ids,
    )


async def undo_parts(tx: Tx, order_id: UUID, parts: Mapping[UUID, int]) -> list[Take]:
    """Of what had left for an order, so many of each variant, from wherever it had been taken. The holds are less by it."""
    if not parts:
        return []
    left = dict(parts)
    undone: list[Take] = []
    for take in await tx.all(
        Take,
        f"SELECT {_TAKE} FROM holds WHERE order_id = $1 AND variant_id = ANY($2) AND state = 'deducted' "
        "ORDER BY variant_id, warehouse_id FOR UPDATE",
        order_id,
        list(parts),
    ):
        part = min(take.quantity, left[take.variant_id])
        if part:
            left[take.variant_id] -= part
            undone.append(msgspec.structs.replace(take, quantity=part))
    await tx.run(
        "UPDATE holds h SET quantity = CASE WHEN h.quantity = t.quantity THEN h.quantity ELSE h.quantity - t.quantity END, "
        "state = CASE WHEN h.quantity = t.quantity THEN 'released' ELSE h.state END "
        "FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS t(variant_id, warehouse_id, quantity) "
        "WHERE h.order_id = $1 AND h.variant_id = t.variant_id AND h.warehouse_id = t.warehouse_id",
        order_id,
        *columns([(take.variant_id, take.warehouse_id, take.quantity) for take in undone]),
    )
    return undone


async def keep(tx: Tx, order_id: UUID) -> None:
    """No expiry any more: the order waits for a person."""
    await tx.run(
        "UPDATE backorders SET expires_at = NULL WHERE order_id = $1 AND state IN ('waiting', 'filled')", order_id
    )
    await tx.run("UPDATE holds SET expires_at = NULL WHERE order_id = $1 AND state = 'held'", order_id)


async def due(tx: Tx, order_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the orders for which something is held or waited for past its expiry."""
    rows = await tx.rows(
        "SELECT order_id FROM holds WHERE order_id = ANY($1) AND state = 'held' AND expires_at <= now() "
        "UNION SELECT order_id FROM backorders WHERE order_id = ANY($1) AND state = 'waiting' AND NOT confirmed "
        "AND expires_at <= now()",
        order_ids,
    )
    return [row["order_id"] for row in rows]


async def expired(tx: Tx, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the orders that had stock, or the promise of it, until it expired."""
    rows = await tx.rows(
        "SELECT order_id FROM holds WHERE order_id = ANY($1) AND state = 'expired' "
        "UNION SELECT order_id FROM backorders WHERE order_id = ANY($1) AND state = 'expired'",
        order_ids,
    )
    return {row["order_id"] for row in rows}


async def forget_expired(tx: Tx, order_ids: Sequence[UUID]) -> None:
    """Should they be confirmed now, they get no stock again."""
    await tx.run("UPDATE backorders SET state = 'cancelled' WHERE order_id = ANY($1) AND state = 'expired'", order_ids)
    await tx.run("UPDATE holds SET state = 'released' WHERE order_id = ANY($1) AND state = 'expired'", order_ids)


# --- waited for


async def owe(tx: Tx, owed: Sequence[tuple[UUID, Owed, Address, datetime | None]], *, confirmed: bool = False) -> None:
    """Of stores: with where it is to go, and until when it waits."""
    if not owed:
        return
    await tx.run(
        "INSERT INTO backorders (store_id, order_id, variant_id, product_id, quantity, seq, zip, country, expires_at, confirmed) "
        "SELECT *, $10 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::uuid[], $7::text[], "
        "$8::text[], $9::timestamptz[]) ON CONFLICT (store_id, order_id, variant_id) DO UPDATE SET quantity = excluded.quantity, "
        "filled = 0, seq = excluded.seq, state = 'waiting', confirmed = excluded.confirmed, expires_at = NULL",
        *columns(
            [
                (store_id, o.order_id, o.variant_id, o.product_id, o.quantity, uuid7(), to.zip, to.country, expires_at)
                for store_id, o, to, expires_at in owed
            ]
        ),
        confirmed,
    )


async def waiting(tx: Tx, variant_ids: Sequence[UUID]) -> list[Backorder]:
    """Of variants whose levels are locked; who came first, first."""
    return await tx.all(
        Backorder,
        "SELECT order_id, variant_id, product_id, quantity, filled, confirmed, expires_at, zip, country FROM backorders "
        "WHERE variant_id = ANY($1) AND state = 'waiting' ORDER BY seq FOR UPDATE",
        variant_ids,
    )


async def note_filled(tx: Tx, fills: Sequence[tuple[UUID, UUID, int]]) -> set[UUID]:
    """Of order, variant, how many came. Those of the orders that wait for nothing more."""
    await tx.run(
        "UPDATE backorders b SET filled = b.filled + t.quantity, "
        "state = CASE WHEN b.filled + t.quantity = b.quantity THEN 'filled' ELSE 'waiting' END "
        "FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS t(order_id, variant_id, quantity) "
        "WHERE b.order_id = t.order_id AND b.variant_id = t.variant_id AND b.order_id = ANY($1)",
        *columns(fills),
    )
    order_ids = {order_id for order_id, _, _ in fills}
    rows = await tx.rows(
        "SELECT DISTINCT order_id FROM backorders WHERE order_id = ANY($1) AND state = 'waiting'", list(order_ids)
    )
    return order_ids - {row["order_id"] for row in rows}


async def confirm(tx: Tx, order_ids: Sequence[UUID]) -> set[UUID]:
    """What comes in for them leaves at once. Those of the orders that wait, or have waited, for anything."""
    rows = await tx.rows(
        "UPDATE backorders SET confirmed = true, expires_at = NULL "
        "WHERE order_id = ANY($1) AND state IN ('waiting', 'filled') RETURNING order_id",
        order_ids,
    )
    return {row["order_id"] for row in rows}


async def wait_no_more(tx: Tx, order_ids: Sequence[UUID], state: Literal["cancelled", "expired"]) -> set[UUID]:
    """The variants that these orders had been promised."""
    rows = await tx.rows(
        "UPDATE backorders SET state = $2 WHERE order_id = ANY($1) AND state IN ('waiting', 'filled') "
        "RETURNING variant_id",
        order_ids,
        state,
    )
    return {row["variant_id"] for row in rows}


async def wait_for_less(tx: Tx, order_id: UUID, parts: Mapping[UUID, int]) -> Counter[UUID]:
    """So many of each variant at most; by variant, how many were still waited for and are not any more."""
    rows = await tx.rows(
        "WITH less AS (SELECT b.variant_id, least(b.quantity - b.filled, t.quantity) AS part "
        "FROM backorders b JOIN unnest($2::uuid[], $3::int[]) AS t(variant_id, quantity) ON t.variant_id = b.variant_id "
        "WHERE b.order_id = $1 AND b.state = 'waiting' FOR UPDATE OF b) "
        "UPDATE backorders b SET quantity = CASE WHEN b.quantity = less.part THEN b.quantity ELSE b.quantity - less.part END, "
        "state = CASE WHEN b.quantity = less.part THEN 'cancelled' "
        "WHEN b.quantity - less.part = b.filled THEN 'filled' ELSE 'waiting' END "
        "FROM less WHERE b.order_id = $1 AND b.variant_id = less.variant_id RETURNING b.variant_id, less.part",
        order_id,
        *columns(list(parts.items())),
    )
    return Counter({row["variant_id"]: row["part"] for row in rows})


async def listed(tx: Tx, reach: Reach, *, variant_id: UUID | None, after: UUID | None, limit: int) -> list[Waiting]:
    """Who came first, first."""
    where = Where(["b.state = 'waiting'"])
    if not reach.whole:
        where.add("v.seller_id = {}", reach.seller_id)
    if variant_id:
        where.add("b.variant_id = {}", variant_id)
    if after:
        where.add("b.seq > {}", after)
    return await tx.all(
        Waiting,
        "SELECT b.order_id, b.variant_id, v.sku, v.title, v.seller_id, b.quantity, b.quantity - b.filled AS missing, "
        "b.confirmed, b.at, b.seq FROM backorders b JOIN variants v ON v.id = b.variant_id AND v.store_id = b.store_id "
        f"{where.sql} ORDER BY b.seq LIMIT {where.place(limit)}",
        *where.args,
    )
