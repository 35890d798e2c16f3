"""What orders, stock, the catalogue and reviews tell, written into the book of sales and the copies it needs."""

from tradehall.contracts.catalog import ProductCreated, ProductState, ProductUpdated
from tradehall.contracts.identity import SellerCreated, SellerState, SellerUpdated
from tradehall.contracts.inventory import InventoryDeducted, WarehouseUpdated
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, SaleReduced
from tradehall.contracts.reviews import RatingAdded, RatingChange, RatingDeleted, RatingUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.kernel.told import news
from tradehall.services.analytics.model import Settings
from tradehall.services.analytics.queries import sales
from tradehall.services.analytics.queries.copies import Named, Product, Told, Warehouse


@on_batch(OrderConfirmed, across=True, patient=True)
async def book(events: list[OrderConfirmed], tx: Tx) -> None:
    """It tells all that SaleCreated beside it tells, and where the order goes."""
    await sales.add(tx, events, Settings().margin)


@on_batch(SaleReduced)
async def reduce(events: list[SaleReduced], tx: Tx) -> None:
    for event in events:
        if event.whole:
            await sales.end(tx, [(event.order_id, event.timestamp)])
        else:
            await sales.reduce(tx, event)


@on_batch(OrderCancelled)
async def end(events: list[OrderCancelled], tx: Tx) -> None:
    await sales.end(tx, [(event.order_id, event.timestamp) for event in events])


@on_batch(InventoryDeducted, across=True, patient=True)
async def note_warehouses(events: list[InventoryDeducted], tx: Tx) -> None:
    await sales.take(tx, events)


@on_batch(RatingAdded, RatingUpdated)
async def rate(events: list[RatingChange], tx: Tx) -> None:
    await sales.rate(tx, events)


@on_batch(RatingDeleted)
async def unrate(events: list[RatingDeleted], tx: Tx) -> None:
    await sales.unrate(tx, [event.review_id for event in events])


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_products(events: list[ProductState], tx: Tx) -> None:
    """One that is deleted keeps its name, under which it was sold."""
    rows = [
        Product(id=e.product_id, seller_id=e.seller_id, name=e.name, slug=e.slug, categories=e.categories)
        for e in events
    ]
    await tx.upsert("products", rows)
    other, _ = await news(tx, events)
    await tx.upsert(
        "variants",
        [
            Told(
                id=variant.variant_id,
                product_id=event.product_id,
                seller_id=event.seller_id,
                sku=variant.sku,
                title=variant.title,
                price=variant.price,
                told=mark,
            )
            for event, variant, mark in other
        ],
    )


@on(SellerCreated, SellerUpdated)
async def keep_seller(event: SellerState, tx: Tx) -> None:
    await tx.upsert("sellers", [Named(id=event.seller_id, name=event.name)])


@on(WarehouseUpdated)
async def keep_warehouse(event: WarehouseUpdated, tx: Tx) -> None:
    await tx.upsert("warehouses", [Warehouse(id=event.warehouse_id, code=event.code, name=event.name)])
