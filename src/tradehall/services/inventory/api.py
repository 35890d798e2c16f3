"""Routes of the inventory service."""

from collections.abc import Sequence
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
from tradehall.kernel.access import PEERS, SELLER, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.limits import check_limit
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory import queries
from tradehall.services.inventory.model import (
    Level,
    MovementKind,
    Take,
    UnknownVariant,
    UnknownWarehouse,
)
from tradehall.services.inventory.queries import Movement, Stock, Variant, Warehouse
from tradehall.services.inventory.subscribers import tell_low, tell_quantities

CODE = r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)"
Code = Annotated[str, Meta(pattern=CODE)]
PathCode = Annotated[str, PathParameter(pattern=CODE)]  # Litestar passes over msgspec.Meta here
Counted = Annotated[int, Meta(ge=0, le=1_000_000)]
Reason = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
GivenReason = Annotated[str, Meta(max_length=500, pattern=r"^\s*[^\s\x00][^\x00]*$")]


class WarehouseData(msgspec.Struct, frozen=True, kw_only=True):
    name: ShortText
    address: Address


class StockMove(msgspec.Struct, frozen=True, kw_only=True):
    """`receive` and `remove` move `quantity`; `count` says how many there are."""

    variant_id: UUID
    warehouse: Code
    quantity: Counted
    reason: Reason = ""


class StockAdjustment(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` is the difference: 3 were found, -3 are broken."""

    variant_id: UUID
    warehouse: Code
    quantity: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    reason: GivenReason


class StockTransfer(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    source: Code = msgspec.field(name="from")
    target: Code = msgspec.field(name="to")
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    reason: Reason = ""


class Transferred(msgspec.Struct, frozen=True, kw_only=True):
    """Both levels as they are now; `transfer_id` is that of the two movements."""

    transfer_id: UUID
    source: Stock = msgspec.field(name="from")
    target: Stock = msgspec.field(name="to")


class LowStock(msgspec.Struct, frozen=True, kw_only=True):
    """At so many, or fewer, available over all warehouses a variant is low."""

    threshold: Counted


class Watched(LowStock, frozen=True, kw_only=True):
    variant_id: UUID
    available: int
    low: bool


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
        if await queries.warehouse(tx, code) is None:
            await check_limit(tx, store, "warehouses", queries.count_warehouses)
        saved = await queries.save_warehouse(tx, code, data.name, data.address)
        tx.emit(
            WarehouseUpdated(warehouse_id=saved.id, code=code, name=data.name, address=data.address),
            key=saved.id,
        )
    return saved


@get("/internal/v1/inventory/usage", access=PEERS, include_in_schema=False)
async def usage(db: NamedDependency[Database], store_id: FromQuery[UUID]) -> int:
    """Warehouses: how much of its plan a store uses."""
    async with db.transaction(store_id) as tx:
        return await queries.count_warehouses(tx)


@get("/api/v1/stock", access=SELLER)
async def list_stock(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    low: FromQuery[bool] = False,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Stock]:
    """A seller sees the own variants. `low`: only those at or below their threshold, over all warehouses."""
    after = decode_cursor(cursor, UUID, Code) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await queries.stock(
            tx,
            seller_id=caller.confined_to(),
            low=low,
            after=(after[0], after[1]) if after else None,
            limit=limit + 1,
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


@put("/api/v1/stock/{variant_id:uuid}/threshold", access=SELLER)
async def set_threshold(
    variant_id: FromPath[UUID],
    data: JSONBody[LowStock],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Watched:
    """From which quantity on the variant is low. One that was not and now is, is told of as if it had fallen."""
    async with db.transaction(store.id) as tx:
        await _lock_own_variants(tx, caller, [variant_id])
        await queries.lock_levels(tx, [variant_id])
        before = await queries.available(tx, [variant_id])
        await queries.set_threshold(tx, variant_id, data.threshold)
        now = [msgspec.structs.replace(found, threshold=data.threshold) for found in before]
        if now and now[0].low and not before[0].low:
            tell_low(tx, now[0])
    available = now[0].available if now else 0
    return Watched(
        variant_id=variant_id,
        threshold=data.threshold,
        available=available,
        low=available <= data.threshold,
    )


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
        variants = await _lock_own_variants(tx, caller, [data.variant_id])
        return (await _tell(tx, [await _change(tx, caller, variants, data, kind)]))[0]


@post("/api/v1/stock/adjust", access=SELLER)
async def adjust_stock(
    data: JSONBody[StockAdjustment],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Stock:
    """Puts right what no delivery, order or count accounts for. What is held for orders stays."""
    async with db.transaction(store.id) as tx:
        variants = await _lock_own_variants(tx, caller, [data.variant_id])
        return (await _tell(tx, [await _change(tx, caller, variants, data, "adjust")]))[0]


@post("/api/v1/stock/transfer", access=SELLER)
async def transfer_stock(
    data: JSONBody[StockTransfer],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Transferred:
    """From one warehouse to another, at once and whole; what is held for orders stays where it is."""
    if data.source == data.target:
        raise Invalid.field("to", "must be another warehouse than from")
    async with db.transaction(store.id) as tx:
        variant = (await _lock_own_variants(tx, caller, [data.variant_id]))[data.variant_id]
        places = [await _warehouse(tx, data.source), await _warehouse(tx, data.target)]
        levels = await _lock_levels(tx, variant, places)
        source, target = (levels[place.id] for place in places)
        source.check(-data.quantity)
        target.check(data.quantity)
        id = uuid7()
        await _move(tx, caller, "transfer_out", source, -data.quantity, data.reason, id)
        await _move(tx, caller, "transfer_in", target, data.quantity, data.reason, id)
        return Transferred(transfer_id=id, source=await _stock_of(tx, source), target=await _stock_of(tx, target))


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
        variants = await _lock_own_variants(tx, caller, [move.variant_id for move in ordered])
        await queries.lock_levels(tx, list(variants))
        return await _tell(tx, [await _change(tx, caller, variants, move, "count") for move in ordered])


async def _own_variant(tx: Tx, caller: Principal, variant_id: UUID) -> None:
    variant = await queries.variant(tx, variant_id)
    if variant is None or not _owns(caller, variant):
        raise UnknownVariant()


async def _lock_own_variants(tx: Tx, caller: Principal, variant_ids: Sequence[UUID]) -> dict[UUID, Variant]:
    variants = {v.id: v for v in await queries.lock_variants(tx, variant_ids) if _owns(caller, v)}
    if variants.keys() != set(variant_ids):
        raise UnknownVariant()
    return variants


def _owns(caller: Principal, variant: Variant) -> bool:
    only = caller.confined_to()
    return only is None or variant.seller_id == only


async def _warehouse(tx: Tx, code: str) -> Warehouse:
    warehouse = await queries.warehouse(tx, code)
    if warehouse is None:
        raise UnknownWarehouse(f"There is no warehouse {code}.")
    return warehouse


def _delta(kind: MovementKind, quantity: int, level: Level) -> int:
    if kind == "count":
        return quantity - level.on_hand
    return -quantity if kind == "remove" else quantity


async def _change(
    tx: Tx, caller: Principal, variants: dict[UUID, Variant], data: StockMove | StockAdjustment, kind: MovementKind
) -> tuple[Level, int]:
    """Of a variant that is locked: the level as it was, and by how much it changed."""
    variant, warehouse = variants[data.variant_id], await _warehouse(tx, data.warehouse)
    levels = await _lock_levels(tx, variant, [warehouse])
    level = levels[warehouse.id]
    delta = _delta(kind, data.quantity, level)
    level.check(delta)
    if delta:
        await _move(tx, caller, kind, level, delta, data.reason)
    return level, delta


async def _tell(tx: Tx, changes: Sequence[tuple[Level, int]]) -> list[Stock]:
    """Once of each variant, so that two counts of it are not taken for a fall and a rise; the levels as they are."""
    totals: dict[UUID, int] = {}
    for level, delta in changes:
        if delta:
            totals[level.variant_id] = totals.get(level.variant_id, 0) + delta
    await tell_quantities(tx, totals)
    return [await _stock_of(tx, level) for level, _ in changes]


async def _lock_levels(tx: Tx, variant: Variant, warehouses: Sequence[Warehouse]) -> dict[UUID, Level]:
    """By warehouse; those there were not, at zero."""
    for warehouse in warehouses:
        await queries.ensure_level(tx, variant, warehouse.id)
    return {level.warehouse_id: level for level in await queries.lock_levels(tx, [variant.id])}


async def _move(
    tx: Tx,
    caller: Principal,
    kind: MovementKind,
    level: Level,
    delta: int,
    reason: str,
    transfer_id: UUID | None = None,
) -> None:
    take = Take(
        order_id=None,
        variant_id=level.variant_id,
        warehouse_id=level.warehouse_id,
        product_id=level.product_id,
        quantity=abs(delta),
    )
    await queries.move(
        tx,
        kind,
        [take],
        on_hand=1 if delta > 0 else -1,
        reserved=0,
        actor=str(caller.user_id),
        reason=reason,
        transfer_id=transfer_id,
    )


async def _stock_of(tx: Tx, level: Level) -> Stock:
    stock = await queries.stock_of(tx, level.variant_id, level.warehouse_id)
    assert stock is not None, "the level is locked"
    return stock


routes = [
    usage,
    list_warehouses,
    save_warehouse,
    list_stock,
    list_movements,
    set_threshold,
    change_stock,
    adjust_stock,
    transfer_stock,
    take_stock,
]
