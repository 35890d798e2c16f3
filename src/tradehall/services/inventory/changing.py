"""What follows from every change of stock: those that wait are served, quantities are told, and what became low."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tradehall.contracts.inventory import (
    BackorderedItem,
    BackorderFilled,
    DeductedItem,
    InventoryDeducted,
    ProductLowStock,
    ProductQuantityUpdated,
    WarehouseUpdated,
)
from tradehall.kernel.db import Tx
from tradehall.services.inventory.model import LOW, Available, Backorder, Level, Take, by_variant, fill, sums
from tradehall.services.inventory.queries import orders, stock
from tradehall.services.inventory.queries.warehouses import Warehouse


async def settle(tx: Tx, changes: Mapping[UUID, int]) -> None:
    """Of variants whose levels are locked: by how much `available` changed, all in all.

    What came in goes to the orders that wait for it, and only the rest is told of as available.
    """
    served = await _serve_waiting(tx, [variant_id for variant_id, change in changes.items() if change > 0])
    await tell_quantities(
        tx, {variant_id: change - served.get(variant_id, 0) for variant_id, change in changes.items()}
    )


async def _serve_waiting(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """By variant: how many are held, or have left, for orders that waited."""
    waiting = await orders.waiting(tx, variant_ids) if variant_ids else []
    if not waiting:
        return {}
    levels = by_variant(await stock.lock_levels(tx, sorted({backorder.variant_id for backorder in waiting})))
    fills = fill(waiting, levels)
    takes = [take for _, takes in fills for take in takes]
    await orders.hold(
        tx,
        [
            (take, "deducted" if order.confirmed else "held", order.expires_at)
            for order, takes in fills
            for take in takes
        ],
    )
    await stock.move(tx, "hold", takes, on_hand=0, reserved=1, actor="orders", reason="backorder")
    gone = [take for order, takes in fills if order.confirmed for take in takes]
    await stock.move(tx, "deduct", gone, on_hand=-1, reserved=-1, actor="orders", reason="backorder")
    tell_deducted(tx, gone)
    await _tell_filled(tx, fills)
    return sums(takes, 1)


def tell_deducted(tx: Tx, takes: Sequence[Take]) -> None:
    """One event for each store, however many orders a batch was of."""
    by_store: dict[UUID, list[DeductedItem]] = {}
    for take in takes:
        store_id = take.store_id or tx.store_id
        assert store_id is not None
        assert take.order_id is not None
        by_store.setdefault(store_id, []).append(
            DeductedItem(
                order_id=take.order_id,
                product_id=take.product_id,
                variant_id=take.variant_id,
                warehouse_id=take.warehouse_id,
                quantity=take.quantity,
            )
        )
    for store_id, items in by_store.items():
        tx.emit(InventoryDeducted(items=items), key=store_id, store_id=store_id)


async def _tell_filled(tx: Tx, fills: Sequence[tuple[Backorder, Sequence[Take]]]) -> None:
    """One event per order, whatever came in for it."""
    if not fills:
        return
    items: dict[UUID, list[BackorderedItem]] = {}
    for order, takes in fills:
        quantity = sum(take.quantity for take in takes)
        item = BackorderedItem(product_id=order.product_id, variant_id=order.variant_id, quantity=quantity)
        items.setdefault(order.order_id, []).append(item)
    complete = await orders.note_filled(
        tx, [(order_id, item.variant_id, item.quantity) for order_id, came in items.items() for item in came]
    )
    for order_id, came in items.items():
        tx.emit(BackorderFilled(order_id=order_id, items=came, complete=order_id in complete), key=order_id)


async def tell_taken(
    tx: Tx, changes: Mapping[tuple[UUID, UUID], int], levels: Mapping[UUID | None, Mapping[UUID, Sequence[Level]]]
) -> None:
    """Of stores and variants, by how much `available` changed. Of most, the locked `levels` (by both), which the taking has
    reduced, say all there is to tell; those that may be low, or have terms of their own, are asked for."""
    if not changes:
        return
    special = await stock.special(tx, [variant_id for _, variant_id in changes])
    near: dict[tuple[UUID, UUID], int] = {}
    for of, change in changes.items():
        store_id, variant_id = of
        shelf = levels.get(store_id, {}).get(variant_id, ())
        available = sum(level.available for level in shelf)
        if variant_id in special or available <= LOW:
            near[of] = change
        else:
            _tell_quantity(tx, of, shelf[0].product_id, available, backorder=False)
    await _tell_quantities(tx, near)


async def tell_quantities(tx: Tx, changes: Mapping[UUID, int]) -> None:
    """Of variants of the transaction's store, by how much `available` changed."""
    assert tx.store_id is not None
    await _tell_quantities(tx, {(tx.store_id, variant_id): change for variant_id, change in changes.items()})


async def _tell_quantities(tx: Tx, changes: Mapping[tuple[UUID, UUID], int]) -> None:
    """Of stores and variants. One event per variant, however many orders of a batch touched it; another where it became
    low."""
    if not changes:
        return
    for now in await stock.available(tx, list({variant_id for _, variant_id in changes})):
        of = (now.store_id, now.variant_id)
        if of in changes:
            _tell_quantity(tx, of, now.product_id, now.available, backorder=now.backorder)
            if now.low and not now.was_low(changes[of]):
                tell_low(tx, now)


def _tell_quantity(tx: Tx, of: tuple[UUID, UUID], product_id: UUID, available: int, *, backorder: bool) -> None:
    store_id, variant_id = of
    tx.emit(
        ProductQuantityUpdated(product_id=product_id, variant_id=variant_id, available=available, backorder=backorder),
        key=variant_id,
        store_id=store_id,
    )


def tell_low(tx: Tx, now: Available) -> None:
    tx.emit(
        ProductLowStock(
            product_id=now.product_id,
            variant_id=now.variant_id,
            seller_id=now.seller_id,
            sku=now.sku,
            title=now.title,
            available=now.available,
            threshold=now.threshold,
        ),
        key=now.variant_id,
        store_id=now.store_id,
    )


def tell_warehouse(tx: Tx, saved: Warehouse) -> None:
    tx.emit(
        WarehouseUpdated(
            warehouse_id=saved.id,
            code=saved.code,
            name=saved.name,
            address=saved.address,
            active=saved.active,
            priority=saved.priority,
        ),
        key=saved.id,
    )
