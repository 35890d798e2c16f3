"""SQL of movements: what happened to stock, newest first."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.kernel.ids import first_uuid7
from tradehall.services.inventory.model import MovementKind, Reach
from tradehall.services.inventory.queries.where import Where

# Ids carry the time at which they were made, `at` is that of the transaction. They are never as far apart as this.
APART = timedelta(minutes=5)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is a user's id, or "orders"; `actor_name` is known of people who work in the store."""

    id: UUID
    variant_id: UUID
    sku: str
    title: str
    warehouse: str
    kind: MovementKind
    on_hand_delta: int
    reserved_delta: int
    order_id: UUID | None
    transfer_id: UUID | None
    count_id: UUID | None
    actor: str
    actor_name: str | None
    reason: str
    reference: str
    at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are the first moment that counts and the first that does not."""

    variant_id: UUID | None = None
    sku: str | None = None
    warehouse: str | None = None
    kind: MovementKind | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_MOVEMENT = (
    "SELECT m.id, m.variant_id, v.sku, v.title, w.code AS warehouse, m.kind, m.on_hand_delta, m.reserved_delta, "
    "m.order_id, m.transfer_id, m.count_id, m.actor, p.name AS actor_name, m.reason, m.reference, m.at "
    "FROM movements m JOIN variants v ON v.id = m.variant_id AND v.store_id = m.store_id "
    "JOIN warehouses w ON w.id = m.warehouse_id AND w.store_id = m.store_id "
    "LEFT JOIN people p ON m.order_id IS NULL AND p.id = m.actor::uuid AND p.store_id = m.store_id "
)


async def listed(tx: Tx, reach: Reach, wanted: Wanted, *, before: UUID | None, limit: int) -> list[Movement]:
    where = Where()
    where.within(reach, seller="v.seller_id", warehouse="m.warehouse_id")
    if wanted.variant_id is not None:
        where.add("m.variant_id = {}", wanted.variant_id)
    if wanted.sku is not None:
        where.add("m.variant_id = ANY(ARRAY(SELECT id FROM variants WHERE sku = {}))", wanted.sku)
    if wanted.warehouse is not None:
        where.add("w.code = {}", wanted.warehouse)
    if wanted.kind is not None:
        where.add("m.kind = {}", wanted.kind)
    if wanted.actor == "orders":
        where.add("m.order_id IS NOT NULL")
    elif wanted.actor is not None:
        where.add("m.order_id IS NULL AND m.actor = {}", wanted.actor)
    if wanted.since is not None:
        where.add("m.at >= {} AND m.id > {}", wanted.since, first_uuid7(wanted.since - APART))
    if wanted.until is not None:
        where.add("m.at < {} AND m.id < {}", wanted.until, first_uuid7(wanted.until + APART))
    if before is not None:
        where.add("m.id < {}", before)
    order = f"ORDER BY m.id DESC LIMIT {where.place(limit)}"
    return await tx.all(Movement, f"{_MOVEMENT} {where.sql} {order}", *where.args)
