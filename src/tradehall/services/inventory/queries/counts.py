"""SQL of count sheets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.services.inventory.model import Reach
from tradehall.services.inventory.queries.where import Where

SheetState = Literal["open", "booked", "dropped"]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A count of a warehouse, or of the goods of a seller in it. `lines` were counted, `differing` of them not as expected."""

    id: UUID
    warehouse: str
    warehouse_id: UUID
    seller_id: UUID | None
    note: str
    state: SheetState
    started_by: UUID
    started_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None
    lines: int
    differing: int


class CountLine(msgspec.Struct, frozen=True, kw_only=True):
    """A variant that stands in the warehouse, or was counted there. `expected` stood in the books when `counted` was counted
    (None: not yet); `on_hand` stands there now, so their difference is what moved in between. Booking adds `difference`.
    """

    variant_id: UUID
    sku: str
    title: str
    on_hand: int
    expected: int | None
    counted: int | None
    difference: int | None
    counted_at: datetime | None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    product_id: UUID
    sku: str
    difference: int
    outdated: bool


_SHEET = (
    "SELECT s.id, w.code AS warehouse, s.warehouse_id, s.seller_id, s.note, s.state, s.started_by, s.started_at, "
    "s.ended_by, s.ended_at, n.lines, n.differing "
    "FROM count_sheets s JOIN warehouses w ON w.id = s.warehouse_id AND w.store_id = s.store_id, "
    "LATERAL (SELECT count(*) AS lines, count(*) FILTER (WHERE counted <> expected) AS differing FROM counted_lines "
    "WHERE sheet_id = s.id) n "
)


async def start(tx: Tx, sheet_id: UUID, warehouse_id: UUID, seller_id: UUID | None, note: str, by: UUID) -> None:
    await tx.run(
        "INSERT INTO count_sheets (id, warehouse_id, seller_id, note, started_by) VALUES ($1, $2, $3, $4, $5)",
        sheet_id,
        warehouse_id,
        seller_id,
        note,
        by,
    )


async def sheet(tx: Tx, reach: Reach, sheet_id: UUID) -> Sheet | None:
    where = _within(reach)
    where.add("s.id = {}", sheet_id)
    return await tx.one(Sheet, f"{_SHEET} {where.sql}", *where.args)


async def lock(tx: Tx, reach: Reach, sheet_id: UUID) -> Sheet | None:
    """One after the other may change it; to be locked before any stock."""
    await tx.run("SELECT FROM count_sheets WHERE id = $1 FOR UPDATE", sheet_id)
    return await sheet(tx, reach, sheet_id)


async def listed(tx: Tx, reach: Reach, *, state: SheetState | None, before: UUID | None, limit: int) -> list[Sheet]:
    """Newest first."""
    where = _within(reach)
    if state is not None:
        where.add("s.state = {}", state)
    if before is not None:
        where.add("s.id < {}", before)
    return await tx.all(Sheet, f"{_SHEET} {where.sql} ORDER BY s.id DESC LIMIT {where.place(limit)}", *where.args)


def _within(reach: Reach) -> Where:
    where = Where()
    where.within(reach, seller="s.seller_id", warehouse="s.warehouse_id")
    return where


async def end(tx: Tx, sheet_id: UUID, state: SheetState, by: UUID) -> None:
    await tx.run(
        "UPDATE count_sheets SET state = $2, ended_by = $3, ended_at = now() WHERE id = $1", sheet_id, state, by
    )


async def write(tx: Tx, sheet_id: UUID, by: UUID, lines: Sequence[tuple[UUID, int, int, UUID]]) -> None:
    """Of variant, expected, counted, an id of this moment. A line counted again begins anew."""
    await tx.run(
        "INSERT INTO counted_lines (sheet_id, counted_by, variant_id, expected, counted, seen) "
        "SELECT $1, $2, * FROM unnest($3::uuid[], $4::int[], $5::int[], $6::uuid[]) "
        "ON CONFLICT (store_id, sheet_id, variant_id) DO UPDATE SET expected = excluded.expected, "
        "counted = excluded.counted, seen = excluded.seen, counted_by = excluded.counted_by, counted_at = now()",
        sheet_id,
        by,
        *columns(lines),
    )


async def strike(tx: Tx, sheet_id: UUID, variant_id: UUID) -> None:
    await tx.run("DELETE FROM counted_lines WHERE sheet_id = $1 AND variant_id = $2", sheet_id, variant_id)


async def lines(
    tx: Tx, found: Sheet, *, differing: bool, after: tuple[str, UUID] | None, limit: int
) -> list[CountLine]:
    """By SKU: what stands in the warehouse, and what was counted; `differing`: only what was counted otherwise."""
    where = Where(["(l.on_hand > 0 OR c.counted IS NOT NULL)"])
    sheet_id, warehouse_id = where.place(found.id), where.place(found.warehouse_id)
    if found.seller_id is not None:
        where.add("v.seller_id = {}", found.seller_id)
    if differing:
        where.add("c.counted <> c.expected")
    if after is not None:
        where.add("(v.sku, v.id) > ({}, {})", *after)
    return await tx.all(
        CountLine,
        "SELECT v.id AS variant_id, v.sku, v.title, coalesce(l.on_hand, 0) AS on_hand, c.expected, c.counted, "
        "c.counted - c.expected AS difference, c.counted_at "
        f"FROM (SELECT variant_id FROM levels WHERE warehouse_id = {warehouse_id} "
        f"UNION SELECT variant_id FROM counted_lines WHERE sheet_id = {sheet_id}) x "
        "JOIN variants v ON v.id = x.variant_id "
        f"LEFT JOIN levels l ON l.variant_id = x.variant_id AND l.warehouse_id = {warehouse_id} "
        f"LEFT JOIN counted_lines c ON c.variant_id = x.variant_id AND c.sheet_id = {sheet_id} "
        f"{where.sql} ORDER BY v.sku, v.id LIMIT {where.place(limit)}",
        *where.args,
    )


async def counted(tx: Tx, found: Sheet) -> list[Counted]:
    """All lines. `outdated`: put right in another way since it was counted, so that the difference is none any more."""
    return await tx.all(
        Counted,
        "SELECT c.variant_id, v.product_id, v.sku, c.counted - c.expected AS difference, EXISTS (SELECT FROM movements m "
        "WHERE m.variant_id = c.variant_id AND m.warehouse_id = $2 AND m.id > c.seen AND m.kind IN ('count', 'adjust')) "
        "AS outdated FROM counted_lines c JOIN variants v ON v.id = c.variant_id WHERE c.sheet_id = $1 ORDER BY v.sku",
        found.id,
        found.warehouse_id,
    )
