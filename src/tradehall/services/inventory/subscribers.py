"""Stock follows the orders: hold, deduct, release."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ProductCreated, ProductState, ProductUpdated
from tradehall.contracts.inventory import (
    HoldExpired,
    HoldExpiryDue,
    InventoryRejected,
    InventoryReserved,
    ProductLowStock,
    ProductQuantityUpdated,
    ReservedItem,
    ShortItem,
)
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.services.inventory import queries
from tradehall.services.inventory.model import Available, HoldMissing, Take, allocate, by_variant, sums
from tradehall.services.inventory.queries import Variant

# The order expires first and releases its hold; this is for an order that never does.
GRACE = timedelta(hours=1)


@on_batch(ProductCreated, ProductUpdated)
async def keep_variants(events: list[ProductState], tx: Tx) -> None:
    """The last word on each product counts."""
    latest = {event.product_id: event for event in events}
    rows = [
        Variant(
            id=variant.variant_id,
            product_id=event.product_id,
            seller_id=event.seller_id,
            sku=variant.sku,
            title=variant.title,
        )
        for event in latest.values()
        for variant in event.variants
    ]
    rows.sort(key=lambda row: row.id)  # as others lock them
    await tx.upsert("variants", rows)


@on_batch(OrderPlaced)
async def hold(events: list[OrderPlaced], tx: Tx) -> None:
    """All lines of an order or none; orders are served in the order of their events."""
    levels = by_variant(await queries.lock_levels(tx, sorted({line.variant_id for e in events for line in e.lines})))
    taken: list[Take] = []
    for event in events:
        result = allocate(event.order_id, event.lines, levels, event.address)
        short = [item for item in result if isinstance(item, ShortItem)]
        if short:
            tx.emit(InventoryRejected(order_id=event.order_id, items=short), key=event.order_id, because=event)
            continue
        taken += [item for item in result if isinstance(item, Take)]
        items = [ReservedItem(product_id=line.product_id, quantity=line.quantity) for line in event.lines]
        tx.emit(InventoryReserved(order_id=event.order_id, items=items), key=event.order_id, because=event)
        until = event.expires_at + GRACE
        tx.emit(
            HoldExpiryDue(order_id=event.order_id, expires_at=until),
            key=event.order_id,
            at=until,
            because=event,
        )
    if taken:
        await queries.add_holds(tx, taken, {event.order_id: event.expires_at + GRACE for event in events})
        await queries.move(tx, "hold", taken, on_hand=0, reserved=1, actor="orders")
        await tell_quantities(tx, sums(taken, -1))


@on_batch(OrderConfirmed)
async def deduct(events: list[OrderConfirmed], tx: Tx) -> None:
    """What was held leaves the warehouse. Available quantities stay as they are."""
    ids = [event.order_id for event in events]
    takes = await queries.end_holds(tx, ids, "deducted")
    if missing := set(ids) - {take.order_id for take in takes}:
        raise HoldMissing(f"orders {', '.join(map(str, sorted(missing)))} were confirmed without a hold")
    await _lock(tx, takes)
    await queries.move(tx, "deduct", takes, on_hand=-1, reserved=-1, actor="orders")


@on_batch(OrderCancelled)
async def release(events: list[OrderCancelled], tx: Tx) -> None:
    """Held stock is free again; stock that had left for the order comes back."""
    ids = [event.order_id for event in events]
    await _release(tx, ids, "orders")
    back = await queries.undo_deductions(tx, ids)
    await _lock(tx, back)
    await queries.move(tx, "restock", back, on_hand=1, reserved=0, actor="orders", reason="order cancelled")
    await tell_quantities(tx, sums(back, 1))


@on(PaymentUpdated, when=lambda event: event.status == "review")
async def keep(event: PaymentUpdated, tx: Tx) -> None:
    """For as long as a person looks at the proof."""
    await queries.keep_hold(tx, event.order_id)


@on(HoldExpiryDue)
async def expire(event: HoldExpiryDue, tx: Tx) -> None:
    if await queries.expired(tx, event.order_id):
        await _release(tx, [event.order_id], "hold expired")
        tx.emit(HoldExpired(order_id=event.order_id), key=event.order_id)


async def _release(tx: Tx, order_ids: Sequence[UUID], reason: str) -> None:
    takes = await queries.end_holds(tx, order_ids, "released")
    await _lock(tx, takes)
    await queries.move(tx, "release", takes, on_hand=0, reserved=-1, actor="orders", reason=reason)
    await tell_quantities(tx, sums(takes, 1))


async def _lock(tx: Tx, takes: Sequence[Take]) -> None:
    if takes:
        await queries.lock_levels(tx, sorted({take.variant_id for take in takes}))


async def tell_quantities(tx: Tx, changes: Mapping[UUID, int]) -> None:
    """Of variants whose levels are locked: by how much `available` changed, all in all.

    One event per variant, however many orders of the batch touched it; another where it became low.
    """
    if not changes:
        return
    for now in await queries.available(tx, sorted(changes)):
        tx.emit(
            ProductQuantityUpdated(product_id=now.product_id, variant_id=now.variant_id, available=now.available),
            key=now.variant_id,
        )
        if now.low and not now.was_low(changes[now.variant_id]):
            tell_low(tx, now)


def tell_low(tx: Tx, now: Available) -> None:
    tx.emit(ProductLowStock(**msgspec.structs.asdict(now)), key=now.variant_id)
