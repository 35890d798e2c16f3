"""Published by inventory."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import Address, Event


class InventoryEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "inventory"


class ReservedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    product_id: UUID
    quantity: int


class InventoryReserved(InventoryEvent, frozen=True, kw_only=True, tag="InventoryReserved"):
    """Golden shape. The hold stands until the order is confirmed, cancelled, or the hold expires."""

    order_id: UUID
    items: list[ReservedItem]


class ShortItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    product_id: UUID
    variant_id: UUID
    requested: int
    available: int


class InventoryRejected(InventoryEvent, frozen=True, kw_only=True, tag="InventoryRejected"):
    """Nothing was held: at least these items fall short."""

    order_id: UUID
    items: list[ShortItem]


class HoldExpired(InventoryEvent, frozen=True, kw_only=True, tag="InventoryHoldExpired"):
    """The stock went back before the order was paid."""

    order_id: UUID


class ProductQuantityUpdated(InventoryEvent, frozen=True, kw_only=True, tag="product.quantity_updated"):
    """`available` over all warehouses, after the change; never negative."""

    product_id: UUID
    variant_id: UUID
    available: int


class ProductLowStock(InventoryEvent, frozen=True, kw_only=True, tag="product.low_stock"):
    """`available` came down to the variant's threshold, or below it; not told again before it was above."""

    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    available: int
    threshold: int


class WarehouseUpdated(InventoryEvent, frozen=True, kw_only=True, tag="warehouse.updated"):
    warehouse_id: UUID
    code: str
    name: str
    address: Address


class HoldExpiryDue(InventoryEvent, frozen=True, kw_only=True, tag="InventoryHoldExpiryDue"):
    """Timer, to inventory itself."""

    order_id: UUID
    expires_at: datetime
