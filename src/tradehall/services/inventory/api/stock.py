"""Routes of stock: levels, and what people do to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory.api.access import FLOOR, STOCKKEEPING, check_reach, enter, lock_own_variants, reach_of
from tradehall.services.inventory.api.warehouses import CODE, Code
from tradehall.services.inventory.changing import settle, tell_low
from tradehall.services.inventory.model import Level, MovementKind, Reach, Take
from tradehall.services.inventory.queries import stock
from tradehall.services.inventory.queries.stock import Stock, Variant

Counted = Annotated[int, Meta(ge=0, le=1_000_000)]
Reason = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
GivenReason = Annotated[str, Meta(max_length=500, pattern=r"^\s*[^\s\x00][^\x00]*$")]
Reference = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00]*$")]
AskedCode = Annotated[str | None, QueryParameter(pattern=CODE)]
AskedSku = Annotated[str | None, QueryParameter(max_length=64, pattern=r"^[^\x00]*$")]


class StockMove(msgspec.Struct, frozen=True, kw_only=True):
    """`receive` and `remove` move `quantity`; `count` says how many there are. `reference`: a delivery note, a ticket."""

    variant_id: UUID
    warehouse: Code
    quantity: Counted
    reason: Reason = ""
    reference: Reference = ""


class StockAdjustment(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` is the difference: 3 were found, -3 are broken."""

    variant_id: UUID
    warehouse: Code
    quantity: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    reason: GivenReason
    reference: Reference = ""


class StockTransfer(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    source: Code = msgspec.field(name="from")
    target: Code = msgspec.field(name="to")
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    reason: Reason = ""
    reference: Reference = ""


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


@get("/api/v1/stock", access=FLOOR)
async def list_stock(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    low: FromQuery[bool] = False,
    warehouse: FromQuery[AskedCode] = None,
    sku: FromQuery[AskedSku] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Stock]:
    """What the caller works with. `low`: only variants at or below their threshold, over all warehouses."""
    after = decode_cursor(cursor, UUID, Code) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await stock.listed(
            tx,
            await reach_of(tx, caller),
            low=low,
            warehouse=warehouse,
            sku=sku,
            after=(after[0], after[1]) if after else None,
            limit=limit + 1,
        )
    return page(rows, limit, lambda row: (row.variant_id, row.warehouse))


@put("/api/v1/stock/{variant_id:uuid}/threshold", access=STOCKKEEPING)
async def set_threshold(
    variant_id: FromPath[UUID],
    data: JSONBody[LowStock],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Watched:
    """From which quantity on the variant is low. One that was not and now is, is told of as if it had fallen."""
    async with db.transaction(store.id) as tx:
        await lock_own_variants(tx, await reach_of(tx, caller, floor=False), [variant_id])
        await stock.lock(tx, [variant_id])
        (before,) = await stock.available(tx, [variant_id])
        await stock.set_threshold(tx, variant_id, data.threshold)
        now = msgspec.structs.replace(before, threshold=data.threshold)
        if now.low and not before.low:
            tell_low(tx, now)
    return Watched(variant_id=variant_id, threshold=data.threshold, available=now.available, low=now.low)


@post("/api/v1/stock/{kind:str}", access=FLOOR)
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
        reach = await reach_of(tx, caller)
        return (await _change_all(tx, caller, reach, [data], kind))[0]


@post("/api/v1/stock/adjust", access=STOCKKEEPING)
async def adjust_stock(
    data: JSONBody[StockAdjustment],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Stock:
    """Puts right what no delivery, order or count accounts for. What is held for orders stays."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller, floor=False)
        return (await _change_all(tx, caller, reach, [data], "adjust"))[0]


@post("/api/v1/stock/transfer", access=FLOOR)
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
        reach = await reach_of(tx, caller)
        variant = (await lock_own_variants(tx, reach, [data.variant_id]))[data.variant_id]
        places = await enter(tx, (data.source, data.target))
        for place in places.values():
            check_reach(reach, variant, place)
        pairs = [(variant.id, places[code].id) for code in (data.source, data.target)]
        levels = await _lock_levels(tx, {variant.id: variant}, pairs)
        source, target = (levels[pair] for pair in pairs)
        source.check(-data.quantity)
        target.check(data.quantity)
        id, why = uuid7(), (data.reason, data.reference)
        await _move(tx, caller, "transfer_out", [_take(source, -data.quantity)], *why, id)
        await _move(tx, caller, "transfer_in", [_take(target, data.quantity)], *why, id)
        left, came = await stock.many(tx, [(variant.id, data.source), (variant.id, data.target)])
        return Transferred(transfer_id=id, source=left, target=came)


@post("/api/v1/stock/counts", access=FLOOR)
async def take_stock(
    data: JSONBody[StockTake],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> list[Stock]:
    """Many counts at once, all or none; the answer by variant and warehouse."""
    ordered = sorted(data.counts, key=lambda move: (move.variant_id, move.warehouse))
    async with db.transaction(store.id) as tx:
        return await _change_all(tx, caller, await reach_of(tx, caller), ordered, "count")


async def _change_all(
    tx: Tx,
    caller: Principal,
    reach: Reach,
    changes: Sequence[StockMove | StockAdjustment],
    kind: MovementKind,
) -> list[Stock]:
    """The levels as they are then. Quantities are told once of each variant, so that two counts of it are not taken for a
    fall and a rise."""
    variants = await lock_own_variants(tx, reach, {change.variant_id for change in changes})
    places = await enter(tx, {change.warehouse for change in changes})
    for change in changes:
        check_reach(reach, variants[change.variant_id], places[change.warehouse])
    pairs = [(change.variant_id, places[change.warehouse].id) for change in changes]
    levels = await _lock_levels(tx, variants, pairs)
    totals: Counter[UUID] = Counter()
    for why, run in groupby(zip(changes, pairs, strict=True), lambda one: (one[0].reason, one[0].reference)):
        takes = []
        for change, pair in run:
            if delta := _apply(levels[pair], kind, change.quantity):
                takes.append(_take(levels[pair], delta))
                totals[change.variant_id] += delta
        await _move(tx, caller, kind, takes, *why)
    await settle(tx, totals)
    return await stock.many(tx, [(change.variant_id, change.warehouse) for change in changes])


def _apply(level: Level, kind: MovementKind, quantity: int) -> int:
    """By how much more, or less, is on hand. Raises NotEnoughStock or Invalid."""
    delta = quantity - level.on_hand if kind == "count" else -quantity if kind == "remove" else quantity
    level.check(delta)
    level.on_hand += delta
    return delta


async def _lock_levels(
    tx: Tx, variants: Mapping[UUID, Variant], pairs: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Level]:
    """By variant and warehouse; those there were not, at zero."""
    await stock.ensure_levels(tx, [(*pair, variants[pair[0]].product_id) for pair in set(pairs)])
    return {(level.variant_id, level.warehouse_id): level for level in await stock.lock_levels(tx, sorted(variants))}


def _take(level: Level, quantity: int) -> Take:
    return Take(
        order_id=None,
        variant_id=level.variant_id,
        warehouse_id=level.warehouse_id,
        product_id=level.product_id,
        quantity=quantity,
    )


async def _move(
    tx: Tx,
    caller: Principal,
    kind: MovementKind,
    takes: Sequence[Take],
    reason: str,
    reference: str,
    transfer_id: UUID | None = None,
) -> None:
    actor = str(caller.user_id)
    await stock.move(
        tx,
        kind,
        takes,
        on_hand=1,
        reserved=0,
        actor=actor,
        reason=reason,
        reference=reference,
        transfer_id=transfer_id,
    )


routes = [list_stock, set_threshold, change_stock, adjust_stock, transfer_stock, take_stock]
