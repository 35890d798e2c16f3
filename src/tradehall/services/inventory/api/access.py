"""Who works with which stock: admins and warehouse managers with all, sellers with their own variants, warehouse staff with
what stands in the warehouses they are assigned to."""

from collections.abc import Collection
from uuid import UUID

from tradehall.kernel.access import FULFILMENT, Access
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Tx
from tradehall.kernel.errors import Forbidden
from tradehall.services.inventory.model import Reach, UnknownVariant, UnknownWarehouse, WarehouseClosed
from tradehall.services.inventory.queries import stock, warehouses
from tradehall.services.inventory.queries.stock import Variant
from tradehall.services.inventory.queries.warehouses import Warehouse

# Work with goods in hand: receive, pick, count, transfer.
FLOOR = FULFILMENT
# What is decided about goods: adjustments, thresholds, backorders.
STOCKKEEPING = Access(
    "seller, warehouse manager or admin",
    roles=frozenset({"seller", "warehouse_manager", "store_admin", "operator"}),
)


async def reach_of(tx: Tx, caller: Principal, *, floor: bool = True) -> Reach:
    """`floor`: warehouse staff may do it. Raises Forbidden for a seller without a profile."""
    if caller.is_admin or caller.has("warehouse_manager"):
        return Reach(whole=True)
    if floor and caller.has("warehouse_staff"):
        return Reach(seller_id=caller.seller_id, warehouses=await warehouses.assigned_to(tx, caller.user_id))
    return Reach(seller_id=caller.confined_to())


async def own_variant(tx: Tx, reach: Reach, variant_id: UUID) -> Variant:
    """Raises UnknownVariant. Warehouse staff may look at any: it may come in tomorrow."""
    variant = await stock.variant(tx, variant_id)
    if variant is None or not _may_see(reach, variant):
        raise UnknownVariant()
    return variant


async def lock_own_variants(tx: Tx, reach: Reach, variant_ids: Collection[UUID]) -> dict[UUID, Variant]:
    """Raises UnknownVariant."""
    found = await stock.lock_variants(tx, list(variant_ids))
    variants = {variant.id: variant for variant in found if _may_see(reach, variant)}
    if variants.keys() != set(variant_ids):
        raise UnknownVariant()
    return variants


def _may_see(reach: Reach, variant: Variant) -> bool:
    return reach.whole or bool(reach.warehouses) or variant.seller_id == reach.seller_id


async def find_warehouse(tx: Tx, code: str) -> Warehouse:
    """Raises UnknownWarehouse."""
    warehouse = await warehouses.by_code(tx, code)
    if warehouse is None:
        raise UnknownWarehouse(f"There is no warehouse {code}.")
    return warehouse


async def enter(tx: Tx, codes: Collection[str]) -> dict[str, Warehouse]:
    """Open warehouses by code, kept from being closed meanwhile. Raises UnknownWarehouse, WarehouseClosed."""
    found = {warehouse.code: warehouse for warehouse in await warehouses.share(tx, codes)}
    for code in codes:
        if code not in found:
            raise UnknownWarehouse(f"There is no warehouse {code}.")
        if not found[code].active:
            raise WarehouseClosed(f"{found[code].name} is closed: nothing stands in it, and nothing comes in.")
    return found


def check_reach(reach: Reach, variant: Variant, warehouse: Warehouse) -> None:
    """Raises Forbidden."""
    if not reach.covers(variant.seller_id, warehouse.id):
        raise Forbidden(f"You are not assigned to the warehouse {warehouse.code}.")
