"""Routes of count sheets: a count is begun, counted line by line, then booked whole or dropped."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory.api.access import FLOOR, enter, lock_own_variants, reach_of
from tradehall.services.inventory.api.stock import Counted, Reason
from tradehall.services.inventory.api.warehouses import Code
from tradehall.services.inventory.changing import settle
from tradehall.services.inventory.model import CountEnded, CountOutdated, NotEnoughStock, Reach, Take, UnknownCount
from tradehall.services.inventory.queries import counts, stock
from tradehall.services.inventory.queries.counts import CountLine, Sheet, SheetState

Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class NewCount(msgspec.Struct, frozen=True, kw_only=True):
    warehouse: Code
    note: Reason = ""


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many are there, of a variant named by its id or its SKU."""

    counted: Counted
    variant_id: UUID | None = None
    sku: Sku | None = None


class CountedLines(msgspec.Struct, frozen=True, kw_only=True):
    lines: Annotated[list[CountedLine], Meta(min_length=1, max_length=500)]


@post("/api/v1/counts", access=FLOOR)
async def start_count(
    data: JSONBody[NewCount],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    """A seller counts the own goods, everybody else all that stands in the warehouse."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        warehouse = (await enter(tx, [data.warehouse]))[data.warehouse]
        seller_id = None if reach.has_warehouse(warehouse.id) else caller.confined_to()
        sheet_id = uuid7()
        await counts.start(tx, sheet_id, warehouse.id, seller_id, data.note, caller.user_id)
        return await _found(tx, reach, sheet_id)


@get("/api/v1/counts", access=FLOOR)
async def list_counts(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    status: FromQuery[SheetState | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[Sheet]:
    """Newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await counts.listed(tx, await reach_of(tx, caller), state=status, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@get("/api/v1/counts/{count_id:uuid}", access=FLOOR)
async def get_count(
    count_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    async with db.transaction(store.id) as tx:
        return await _found(tx, await reach_of(tx, caller), count_id)


@get("/api/v1/counts/{count_id:uuid}/lines", access=FLOOR)
async def list_lines(
    count_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    differing: FromQuery[bool] = False,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[CountLine]:
    """By SKU: what stands there, counted or not yet. `differing`: only what was counted otherwise than expected."""
    after = decode_cursor(cursor, Sku, UUID) if cursor else None
    async with db.transaction(store.id) as tx:
        sheet = await _found(tx, await reach_of(tx, caller), count_id)
        place = (after[0], after[1]) if after else None
        rows = await counts.lines(tx, sheet, differing=differing, after=place, limit=limit + 1)
    return page(rows, limit, lambda row: (row.sku, row.variant_id))


@put("/api/v1/counts/{count_id:uuid}/lines", access=FLOOR)
async def count_lines(
    count_id: FromPath[UUID],
    data: JSONBody[CountedLines],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    """What was counted, against what stands in the books in this moment. A line counted again replaces the one before."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        sheet = await _open(tx, reach, count_id)
        counted = await _by_variant(tx, _within(sheet), data.lines)
        await lock_own_variants(tx, _within(sheet), counted)
        levels = await stock.lock_levels(tx, sorted(counted))
        there = {level.variant_id: level.on_hand for level in levels if level.warehouse_id == sheet.warehouse_id}
        rows = [(id, there.get(id, 0), quantity, uuid7()) for id, quantity in sorted(counted.items())]
        await counts.write(tx, count_id, caller.user_id, rows)
        return await _found(tx, reach, count_id)


@delete("/api/v1/counts/{count_id:uuid}/lines/{variant_id:uuid}", access=FLOOR, status_code=HTTP_200_OK)
async def strike_line(
    count_id: FromPath[UUID],
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    """As if it had not been counted."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        await _open(tx, reach, count_id)
        await counts.strike(tx, count_id, variant_id)
        return await _found(tx, reach, count_id)


@post("/api/v1/counts/{count_id:uuid}/book", access=FLOOR, status_code=HTTP_200_OK)
async def book_count(
    count_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    """All differences at once, or none. What moved since a line was counted stays moved; what was not counted stays."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        sheet = await _open(tx, reach, count_id)
        await _book(tx, caller, sheet)
        await counts.end(tx, count_id, "booked", caller.user_id)
        return await _found(tx, reach, count_id)


@post("/api/v1/counts/{count_id:uuid}/drop", access=FLOOR, status_code=HTTP_200_OK)
async def drop_count(
    count_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Sheet:
    """Changes no stock."""
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        await _open(tx, reach, count_id)
        await counts.end(tx, count_id, "dropped", caller.user_id)
        return await _found(tx, reach, count_id)


async def _book(tx: Tx, caller: Principal, sheet: Sheet) -> None:
    """Raises CountOutdated, NotEnoughStock naming all lines that stand in the way."""
    await stock.lock_variants(tx, [line.variant_id for line in await counts.counted(tx, sheet)])
    await enter(tx, [sheet.warehouse])
    lines = [line for line in await counts.counted(tx, sheet) if line.difference or line.outdated]
    if wrong := [line.sku for line in lines if line.outdated]:
        raise CountOutdated("They were counted or adjusted elsewhere since. Count them again.", lines=wrong)
    await stock.ensure_levels(tx, [(line.variant_id, sheet.warehouse_id, line.product_id) for line in lines])
    levels = await stock.lock_levels(tx, sorted(line.variant_id for line in lines))
    there = {level.variant_id: level for level in levels if level.warehouse_id == sheet.warehouse_id}
    if held := [x.sku for x in lines if there[x.variant_id].on_hand + x.difference < there[x.variant_id].reserved]:
        raise NotEnoughStock("More of them is held for orders than was counted.", lines=held)
    takes = [
        Take(
            order_id=None,
            variant_id=line.variant_id,
            warehouse_id=sheet.warehouse_id,
            product_id=line.product_id,
            quantity=line.difference,
        )
        for line in lines
    ]
    actor, reason = str(caller.user_id), sheet.note or "count sheet"
    await stock.move(tx, "count", takes, on_hand=1, reserved=0, actor=actor, reason=reason, count_id=sheet.id)
    await settle(tx, {line.variant_id: line.difference for line in lines})


def _within(sheet: Sheet) -> Reach:
    """What belongs on the sheet."""
    return Reach(whole=sheet.seller_id is None, seller_id=sheet.seller_id)


async def _by_variant(tx: Tx, reach: Reach, lines: list[CountedLine]) -> dict[UUID, int]:
    """Raises Invalid naming every line that says not, or twice, or wrongly, which variant it is about."""
    skus = [line.sku for line in lines if line.sku is not None]
    found = {v.sku: v.id for v in await stock.variants_of(tx, skus) if reach.whole or v.seller_id == reach.seller_id}
    errors: list[FieldError] = []
    counted: dict[UUID, int] = {}
    for i, line in enumerate(lines):
        if (line.variant_id is None) == (line.sku is None):
            errors.append(FieldError(f"lines[{i}]", "must name its variant by either variant_id or sku"))
            continue
        variant_id = line.variant_id or found.get(line.sku or "")
        if variant_id is None:
            errors.append(FieldError(f"lines[{i}].sku", "is no SKU that is counted here"))
        elif variant_id in counted:
            errors.append(FieldError(f"lines[{i}]", "is about the same variant as a line before"))
        else:
            counted[variant_id] = line.counted
    if errors:
        raise Invalid("Some lines are not right.", errors=errors)
    return counted


async def _found(tx: Tx, reach: Reach, count_id: UUID) -> Sheet:
    sheet = await counts.sheet(tx, reach, count_id)
    if sheet is None:
        raise UnknownCount()
    return sheet


async def _open(tx: Tx, reach: Reach, count_id: UUID) -> Sheet:
    """Locked. Raises UnknownCount, CountEnded."""
    sheet = await counts.lock(tx, reach, count_id)
    if sheet is None:
        raise UnknownCount()
    if sheet.state != "open":
        raise CountEnded(f"It was {sheet.state}.")
    return sheet


routes = [
    start_count,
    list_counts,
    get_count,
    list_lines,
    count_lines,
    strike_line,
    book_count,
    drop_count,
]
