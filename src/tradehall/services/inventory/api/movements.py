"""Routes of movements: the books of the stock, as pages and as a file."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory.api.access import FLOOR, own_variant, reach_of
from tradehall.services.inventory.api.stock import AskedCode, AskedSku
from tradehall.services.inventory.model import MovementKind, Reach
from tradehall.services.inventory.queries import movements
from tradehall.services.inventory.queries.movements import Movement, Wanted

Actor = Annotated[str | None, QueryParameter(pattern=r"^(orders|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$(?!\n)")]
CHUNK = 1000  # movements read at a time for a file
COLUMNS = (
    "at",
    "kind",
    "sku",
    "title",
    "warehouse",
    "on_hand_delta",
    "reserved_delta",
    "reason",
    "reference",
    "actor",
    "actor_name",
    "order_id",
    "transfer_id",
    "count_id",
    "id",
)


@get("/api/v1/stock/{variant_id:uuid}/movements", access=FLOOR)
async def list_movements_of_variant(
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Movement]:
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        await own_variant(tx, reach, variant_id)
        rows = await movements.listed(tx, reach, Wanted(variant_id=variant_id), before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@get("/api/v1/movements", access=FLOOR)
async def list_movements(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    variant_id: FromQuery[UUID | None] = None,
    sku: FromQuery[AskedSku] = None,
    warehouse: FromQuery[AskedCode] = None,
    kind: FromQuery[MovementKind | None] = None,
    actor: FromQuery[Actor] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Movement]:
    """Newest first, of what the caller works with. `actor` is a user's id, or `orders`; `since` counts, `until` does not."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    wanted = _wanted(variant_id, sku, warehouse, kind, actor, since, until)
    async with db.transaction(store.id) as tx:
        rows = await movements.listed(tx, await reach_of(tx, caller), wanted, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@get("/api/v1/movements.csv", access=FLOOR)
async def export_movements(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    variant_id: FromQuery[UUID | None] = None,
    sku: FromQuery[AskedSku] = None,
    warehouse: FromQuery[AskedCode] = None,
    kind: FromQuery[MovementKind | None] = None,
    actor: FromQuery[Actor] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Stream:
    """All of the list as CSV, newest first."""
    wanted = _wanted(variant_id, sku, warehouse, kind, actor, since, until)
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
    headers = {"content-disposition": 'attachment; filename="movements.csv"', "cache-control": "no-store"}
    return Stream(_csv(db, store.id, reach, wanted), media_type="text/csv", headers=headers)


def _wanted(
    variant_id: UUID | None,
    sku: str | None,
    warehouse: str | None,
    kind: MovementKind | None,
    actor: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    """Raises Invalid for a time without its zone (whose midnight would it be?), or of another millennium."""
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and (moment.tzinfo is None or not 2000 <= moment.year < 3000):
            raise Invalid.field(name, "must be a time of this millennium with its zone, like 2026-01-31T00:00:00Z")
    return Wanted(variant_id=variant_id, sku=sku, warehouse=warehouse, kind=kind, actor=actor, since=since, until=until)


async def _csv(db: Database, store_id: UUID, reach: Reach, wanted: Wanted) -> AsyncIterator[str]:
    """Chunk by chunk: no transaction stays open for as long as a slow reader takes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    before: UUID | None = None
    while True:
        async with db.transaction(store_id) as tx:
            rows = await movements.listed(tx, reach, wanted, before=before, limit=CHUNK)
        writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        if len(rows) < CHUNK:
            return
        before = rows[-1].id


def _cell(value: object) -> object:
    """A spreadsheet takes a text that begins like a formula for one."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return "" if value is None else value


routes = [list_movements_of_variant, list_movements, export_movements]
