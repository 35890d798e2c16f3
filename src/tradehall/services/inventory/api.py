"""Routes of the inventory service."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter
from msgspec import Meta

from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address, ShortText
from tradehall.kernel.access import SELLER, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory import queries
from tradehall.services.inventory.model import (
    Level,
    MovementKind,
    NotEnoughStock,
    Take,
    UnknownVariant,
    UnknownWarehouse,
)
from tradehall.services.inventory.queries import Movement, Stock, Warehouse
from tradehall.services.inventory.subscribers import tell_quantities

CODE = r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)"
Code = Annotated[str, Meta(pattern=CODE)]
PathCode = Annotated[str, PathParameter(pattern=CODE)]  # Litestar passes over msgspec.Meta here
MOST = 100_000_000
Counted = Annotated[int, Meta(ge=0, le=1_000_000)]
Reason = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class WarehouseData(msgspec.Struct, frozen=True, kw_only=True):
    name: ShortText
    address: Address


class StockMove(msgspec.Struct, frozen=True, kw_only=True):
    """`receive` and `remove` move `quantity`; `count` says how many there are."""

    variant_id: UUID
    warehouse: Code
    quantity: Counted
    reason: Reason = ""


class StockTake(msgspec.Struct, frozen=True, kw_only=True):
    counts: Annotated[list[StockMove], Meta(min_length=1, max_length=500)]


@get("/api/v1/warehouses", access=SELLER)
async def list_warehouses(store: NamedDependency[Store], db: NamedDependency[Database]) -> list[Warehouse]:
    async with db.transaction(store.id) as tx:
        return await queries.warehouses(tx)


@put("/api/v1/warehouses/{code:str}", access=STORE_ADMIN)
async def save_warehouse(
    code: PathCode,
    data: JSONBody[WarehouseData],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
) -> Warehouse:
    async with db.transaction(store.id) as tx:
        saved = await queries.save_warehouse(tx, code, data.name, data.address)
        tx.emit(
            WarehouseUpdated(warehouse_id=saved.id, code=code, name=data.name, address=data.address),
            key=saved.id,
        )
    return saved


@get("/api/v1/stock", access=SELLER)
async def list_stock(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Stock]:
    """A seller sees the own variants."""
    after = decode_cursor(cursor, UUID, Code) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await queries.stock(
            tx, seller_id=caller.confined_to(), after=(after[0], after[1]) if after else None, limit=limit + 1
        )
    return page(rows, limit, lambda row: (row.variant_id, row.warehouse))


@get("/api/v1/stock/{variant_id:uuid}/movements", access=SELLER)
async def list_movements(
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Movement]:
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        await _own_variant(tx, caller, variant_id)
        rows = await queries.movements(tx, variant_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@post("/api/v1/stock/{kind:str}", access=SELLER)
async def change_stock(
    kind: FromPath[Literal["receive", "remove", "count"]],
    data: JSONBody[StockMove],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Stock:
    """`receive`: goods came in. `remove`: goods went out other than by an order. `count`: so many are there.

    What is held for orders can be neither removed nor counted away.
    """
    async with db.transaction(store.id) as tx:
        return await _change(tx, caller, data, kind)


@post("/api/v1/stock/counts", access=SELLER)
async def take_stock(
    data: JSONBody[StockTake],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> list[Stock]:
    """Many counts at once, all or none; the answer by variant and warehouse."""
    ordered = sorted(data.counts, key=lambda move: (move.variant_id, move.warehouse))
    async with db.transaction(store.id) as tx:
        await queries.lock_levels(tx, [move.variant_id for move in ordered])
        return [await _change(tx, caller, move, "count") for move in ordered]


async def _own_variant(tx: Tx, caller: Principal, variant_id: UUID) -> queries.Variant:
    variant = await queries.variant(tx, variant_id)
    only = caller.confined_to()
    if variant is None or (only is not None and variant.seller_id != only):
        raise UnknownVariant()
    return variant


def _delta(kind: MovementKind, quantity: int, level: Level) -> int:
    if kind == "count":
        return quantity - level.on_hand
    return quantity if kind == "receive" else -quantity


async def _change(tx: Tx, caller: Principal, data: StockMove, kind: MovementKind) -> Stock:
    variant = await _own_variant(tx, caller, data.variant_id)
    warehouse = await queries.warehouse(tx, data.warehouse)
    if warehouse is None:
        raise UnknownWarehouse(f"There is no warehouse {data.warehouse}.")
    await queries.ensure_level(tx, variant, warehouse.id)
    levels = await queries.lock_levels(tx, [variant.id])
    level = next(level for level in levels if level.warehouse_id == warehouse.id)
    delta = _delta(kind, data.quantity, level)
    if level.on_hand + delta < level.reserved:
        raise NotEnoughStock(f"{level.on_hand} are there, {level.reserved} of them held for orders.")
    if level.on_hand + delta > MOST:
        raise Invalid.field("quantity", f"must leave no more than {MOST} in a warehouse")
    if delta:
        take = Take(
            order_id=None,
            variant_id=variant.id,
            warehouse_id=warehouse.id,
            product_id=variant.product_id,
            quantity=abs(delta),
        )
        sign = 1 if delta > 0 else -1
        await queries.move(tx, kind, [take], on_hand=sign, reserved=0, actor=str(caller.user_id), reason=data.reason)
        await tell_quantities(tx, [variant.id])
    stock = await queries.stock_of(tx, variant.id, warehouse.id)
    assert stock is not None, "the level was locked above"
    return stock


routes = [list_warehouses, save_warehouse, list_stock, list_movements, change_stock, take_stock]
