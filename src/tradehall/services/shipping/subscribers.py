"""Shipments follow the orders; rates follow the warehouses."""

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductState, ProductUpdated
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    SaleReduced,
)
from tradehall.contracts.shipping import ShipmentCreated, ShippingRatesChanged
from tradehall.contracts.stores import StoreOpened
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.kernel.told import news, variants_of
from tradehall.services.shipping.model import lessened
from tradehall.services.shipping.queries import rates, shipments
from tradehall.services.shipping.queries.rates import Told
from tradehall.services.shipping.tariffs import STANDARD


@on_batch(OrderPlaced, across=True, patient=True)
async def note_viewers(events: list[OrderPlaced], tx: Tx) -> None:
    await shipments.add_viewers(tx, events)


@on_batch(OrderConfirmed, across=True, patient=True)
async def prepare(events: list[OrderConfirmed], tx: Tx) -> None:
    await shipments.add_shipments(tx, events)
    for event in events:
        for parcel in event.parcels:
            tx.emit(
                ShipmentCreated(order_id=event.order_id, shipment_id=parcel.shipment_id, seller_id=parcel.seller_id),
                key=event.order_id,
                because=event,
            )


@on_batch(OrderCancelled)
async def cancel(events: list[OrderCancelled], tx: Tx) -> None:
    await shipments.cancel(tx, [event.order_id for event in events])


@on(SaleReduced, when=lambda event: event.kind == "cancelled" and not event.whole)
async def lessen(event: SaleReduced, tx: Tx) -> None:
    """A part of the order is not sent; a shipment of which nothing is left goes nowhere. What comes back was sent."""
    for shipment_id in sorted({line.parcel_id for line in event.lines}):
        shipment = await shipments.lock(tx, shipment_id)
        if shipment is not None and shipment.status == "PREPARING":
            await shipments.save_lines(tx, shipment_id, lessened(shipment.lines, event.lines))


@on(OrderShipped)
async def ship(event: OrderShipped, tx: Tx) -> None:
    await shipments.move(tx, event.shipment_id, "SHIPPED", carrier=event.carrier, tracking_number=event.tracking_number)


@on(ParcelDelivered)
async def deliver(event: ParcelDelivered, tx: Tx) -> None:
    await shipments.move(tx, event.shipment_id, "DELIVERED")


@on(WarehouseUpdated)
async def follow_warehouse(event: WarehouseUpdated, tx: Tx) -> None:
    await rates.lock_rates(tx)
    if event.active:
        await rates.save_origin(tx, event)
    else:
        await rates.end_origin(tx, event.warehouse_id)
    tx.emit(ShippingRatesChanged(rates=await rates.rates(tx)), key=str(tx.store_id))


@on(StoreOpened)
async def first_rate(event: StoreOpened, tx: Tx) -> None:
    """One that the admin sees and can change, where there is none yet."""
    await rates.lock_rates(tx)
    if not await rates.has_rates(tx):
        await rates.replace_rates(tx, [STANDARD])
        tx.emit(ShippingRatesChanged(rates=await rates.rates(tx)), key=event.store.id)


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_prices(events: list[ProductState], tx: Tx) -> None:
    other, gone = await news(tx, events)
    rows = [
        Told(
            id=variant.variant_id,
            product_id=event.product_id,
            price=variant.price,
            weight_g=variant.weight_g,
            for_sale=event.status == "published",
            told=mark,
        )
        for event, variant, mark in other
    ]
    await tx.upsert("variants", rows)
    await rates.end_variants(tx, gone)


@on_batch(ProductDeleted)
async def end_prices(events: list[ProductDeleted], tx: Tx) -> None:
    await rates.end_variants(tx, await variants_of(tx, [event.product_id for event in events]))
