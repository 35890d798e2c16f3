"""Published by inventory."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import Address, Event, Task


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


class BackorderedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    product_id: UUID
    variant_id: UUID
    quantity: int


class StockBackordered(InventoryEvent, frozen=True, kw_only=True, tag="inventory.backordered"):
    """Sold although it is not there yet: so much of the order is still to come in. Precedes InventoryReserved."""

    order_id: UUID
    items: list[BackorderedItem]


class BackorderFilled(InventoryEvent, frozen=True, kw_only=True, tag="inventory.backorder_filled"):
    """So much of what an order waited for has come in and is held for it; `complete`: it waits for nothing more."""

    order_id: UUID
    items: list[BackorderedItem]
    complete: bool


class ProductQuantityUpdated(InventoryEvent, frozen=True, kw_only=True, tag="product.quantity_updated"):
    """`available` over all warehouses, after the change; never negative. `backorder`: more than that may be ordered."""

    together = True
    product_id: UUID
    variant_id: UUID
    available: int
    backorder: bool = False


class ProductLowStock(InventoryEvent, frozen=True, kw_only=True, tag="product.low_stock"):
    """`available` came down to the variant's threshold, or below it; not told again before it was above."""

    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    available: int
    threshold: int


class DeductedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    order_id: UUID
    product_id: UUID
    variant_id: UUID
    warehouse_id: UUID
    quantity: int


class InventoryDeducted(InventoryEvent, frozen=True, kw_only=True, tag="inventory.deducted"):
    """What left which warehouse for confirmed orders: one event for all that left at that moment. Its key is the store."""

    together = True
    items: list[DeductedItem]


class WarehouseUpdated(InventoryEvent, frozen=True, kw_only=True, tag="warehouse.updated"):
    """The warehouse as it is now. From one that is not `active` nothing is sold; of smaller `priority` goes first."""

    warehouse_id: UUID
    code: str
    name: str
    address: Address
    active: bool = True
    priority: int = 0


class HoldExpiryDue(InventoryEvent, frozen=True, kw_only=True, tag="InventoryHoldExpiryDue"):
    """Timer, to inventory itself."""

    together = True
    order_id: UUID
    expires_at: datetime


class StockToTell(Task, frozen=True, kw_only=True, tag="StockToTell"):
    """Tell of what is available of each variant of the store anew, for a service that was not there before."""

    publisher: ClassVar[str] = "inventory"


class WarehousesToTell(Task, frozen=True, kw_only=True, tag="WarehousesToTell"):
    """Tell of each warehouse of the store anew, for a service that was not there before."""

    publisher: ClassVar[str] = "inventory"
