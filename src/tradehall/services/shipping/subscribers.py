"""Shipments follow the orders; rates follow the warehouses."""

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced, OrderShipped, ParcelDelivered
from tradehall.contracts.shipping import ShipmentCreated, ShippingRatesChanged
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.services.shipping import queries
from tradehall.services.shipping.queries import Price


@on_batch(OrderPlaced)
async def note_viewers(events: list[OrderPlaced], tx: Tx) -> None:
    await queries.add_viewers(tx, events)


@on_batch(OrderConfirmed)
async def prepare(events: list[OrderConfirmed], tx: Tx) -> None:
    await queries.add_shipments(tx, events)
    for event in events:
        for parcel in event.parcels:
            tx.emit(
                ShipmentCreated(order_id=event.order_id, shipment_id=parcel.shipment_id, seller_id=parcel.seller_id),
                key=event.order_id,
                because=event,
            )


@on_batch(OrderCancelled)
async def cancel(events: list[OrderCancelled], tx: Tx) -> None:
    await queries.cancel(tx, [event.order_id for event in events])


@on(OrderShipped)
async def ship(event: OrderShipped, tx: Tx) -> None:
    await queries.move(tx, event.shipment_id, "SHIPPED", carrier=event.carrier, tracking_number=event.tracking_number)


@on(ParcelDelivered)
async def deliver(event: ParcelDelivered, tx: Tx) -> None:
    await queries.move(tx, event.shipment_id, "DELIVERED")


@on(WarehouseUpdated)
async def follow_warehouse(event: WarehouseUpdated, tx: Tx) -> None:
    await queries.lock_rates(tx)
    await queries.save_origin(tx, event.warehouse_id, event.address.zip)
    tx.emit(ShippingRatesChanged(rates=await queries.rates(tx)), key=str(tx.store_id))


@on(ProductCreated)
async def product_created(event: ProductCreated, tx: Tx) -> None:
    await _save_product(event, tx)


@on(ProductUpdated)
async def product_updated(event: ProductUpdated, tx: Tx) -> None:
    await _save_product(event, tx)


@on(ProductDeleted)
async def product_deleted(event: ProductDeleted, tx: Tx) -> None:
    await queries.save_prices(tx, event.product_id, [])


async def _save_product(event: ProductCreated | ProductUpdated, tx: Tx) -> None:
    published = event.status == "published"
    await queries.save_prices(
        tx, event.product_id, [Price(variant.variant_id, variant.price, published) for variant in event.variants]
    )
