"""Parcels are sent and arrive: by hand, or as their carrier tells. One place for both."""

from collections.abc import Sequence

import msgspec

from tradehall.contracts.orders import OrderDelivered, OrderShipped, ParcelDelivered
from tradehall.contracts.stores import OrderProfile
from tradehall.kernel.db import Tx
from tradehall.services.orders import model, queries
from tradehall.services.orders.model import Order, Parcel


async def ship(
    tx: Tx,
    order: Order,
    parcels: Sequence[Parcel],
    chosen: Sequence[Parcel],
    profile: OrderProfile,
    *,
    carrier: str,
    tracking_number: str,
    actor: str,
) -> Order:
    """The order afterwards, SHIPPED with the last parcel. Raises NoSuchTransition."""
    changed, steps = model.ship(order, parcels, chosen, profile)
    sent = [
        msgspec.structs.replace(p, status="SHIPPED", carrier=carrier, tracking_number=tracking_number) for p in chosen
    ]
    await queries.save_parcels(tx, sent)
    for step in steps:
        await queries.save(tx, [(step, actor, f"{carrier} {tracking_number}")])
    for parcel in sent:
        tx.emit(
            OrderShipped(order_id=order.id, shipment_id=parcel.id, carrier=carrier, tracking_number=tracking_number),
            key=order.id,
        )
    return changed


async def deliver(
    tx: Tx,
    order: Order,
    parcels: Sequence[Parcel],
    chosen: Sequence[Parcel],
    profile: OrderProfile,
    *,
    actor: str,
    note: str = "",
) -> Order:
    """The order afterwards, DELIVERED with the last parcel. Raises NoSuchTransition."""
    changed = model.deliver(order, parcels, chosen, profile)
    await queries.save_parcels(tx, [msgspec.structs.replace(p, status="DELIVERED") for p in chosen])
    for parcel in chosen:
        tx.emit(ParcelDelivered(order_id=order.id, shipment_id=parcel.id), key=order.id)
    if changed.status != order.status:
        await queries.save(tx, [(changed, actor, note)])
        tx.emit(OrderDelivered(order_id=order.id), key=order.id)
    return changed
