"""The sales report: as a list, and as a file."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.paging import Limit, decode_cursor, encode_cursor
from tradehall.services.analytics import exporting
from tradehall.services.analytics.api.asking import Words, asked_of
from tradehall.services.analytics.model import Asked, Dimension, Figures, TooLarge
from tradehall.services.analytics.queries import copies, reports


class ReportKey(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is empty for what has none, such as goods that have not left a warehouse yet. `id`: of a product, a seller, a
    warehouse; the SKU of a variant; the country of an area."""

    name: str
    id: str | None


class ReportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units of the store's currency. `revenue` is that of goods, `margin` what it is above `cost`, of which
    `estimated` is reckoned by the store's margin. `price`: what one was sold for on average."""

    orders: int
    quantity: int
    price: int | None
    revenue: int
    shipping: int
    cost: int
    estimated: int
    margin: int


class ReportRow(ReportFigures, frozen=True, kw_only=True):
    keys: list[ReportKey]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    currency: str
    timezone: str
    since: date
    until: date
    by: list[Dimension]
    items: list[ReportRow]
    total: ReportFigures
    next: str | None


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the report can be narrowed down to."""

    sellers: list[copies.Named]
    warehouses: list[copies.Named]
    types: list[str]


@get("/api/v1/sales/report", access=SELLER)
async def report(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    by: FromQuery[list[Dimension] | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    seller: FromQuery[UUID | None] = None,
    product: FromQuery[UUID | None] = None,
    warehouse: FromQuery[UUID | None] = None,
    type: FromQuery[Words] = "",
    country: FromQuery[Words] = "",
    region: FromQuery[Words] = "",
    zip: FromQuery[Words] = "",
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Report:
    """Sales by up to three of day, week, month, product, variant, seller, warehouse, area and type, from `since` to `until`, by
    the store's clock. What is cancelled or comes back counts on the day on which it does. A type includes those below it."""
    asked = asked_of(
        store, caller, by=by, since=since, until=until, seller=seller, product=product, warehouse=warehouse, type=type,
        country=country, region=region, zip=zip,
    )  # fmt: skip
    offset: int = max(0, decode_cursor(cursor, int)[0]) if cursor else 0
    async with db.transaction(store.id) as tx:
        rows = await reports.rows(tx, asked, limit=limit + 1, offset=min(offset, 10**9))
        total = await reports.total(tx, asked)
    return Report(
        currency=store.currency,
        timezone=store.timezone,
        since=asked.span.first,
        until=asked.span.last,
        by=list(asked.by),
        items=[
            ReportRow(keys=[ReportKey(name=key.name, id=key.id) for key in row.keys], **_shown(row.figures))
            for row in rows[:limit]
        ],
        total=ReportFigures(**_shown(total)),
        next=encode_cursor(offset + limit) if len(rows) > limit else None,
    )


def _shown(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in ReportFigures.__struct_fields__}


@get("/api/v1/sales/report/file", access=SELLER)
async def report_file(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    format: FromQuery[Literal["csv", "xlsx", "pdf"]],
    by: FromQuery[list[Dimension] | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    seller: FromQuery[UUID | None] = None,
    product: FromQuery[UUID | None] = None,
    warehouse: FromQuery[UUID | None] = None,
    type: FromQuery[Words] = "",
    country: FromQuery[Words] = "",
    region: FromQuery[Words] = "",
    zip: FromQuery[Words] = "",
) -> Stream:
    """All rows of the report with their total. Text that a spreadsheet would take for a formula is text."""
    asked = asked_of(
        store, caller, by=by, since=since, until=until, seller=seller, product=product, warehouse=warehouse, type=type,
        country=country, region=region, zip=zip,
    )  # fmt: skip
    sheet = await _sheet(db, store, asked, exporting.MOST_ROWS[format])
    name = f"sales-{store.slug}-{asked.span.first}-{asked.span.last}.{format}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return Stream(exporting.written(sheet, format), media_type=exporting.MEDIA[format], headers=headers)


async def _sheet(db: Database, store: Store, asked: Asked, most: int) -> exporting.Sheet:
    """Raises TooLarge."""
    async with db.transaction(store.id) as tx:
        rows = await reports.rows(tx, asked, limit=most + 1)
        total = await reports.total(tx, asked)
    if len(rows) > most:
        raise TooLarge(f"It has more than {most} rows. Choose a shorter time, or fewer things to report by.")
    return exporting.Sheet(
        title=f"Sales of {store.name}",
        about=f"{asked.span.first} to {asked.span.last}, {store.timezone}, in {store.currency}",
        currency=store.currency,
        by=list(asked.by),
        rows=rows,
        total=total,
    )


@get("/api/v1/sales/report/choices", access=SELLER)
async def report_choices(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> Choices:
    async with db.transaction(store.id) as tx:
        own = caller.confined_to()
        sellers = await copies.sellers(tx) if own is None else []
        return Choices(sellers=sellers, warehouses=await copies.warehouses(tx), types=await copies.types(tx, own))


routes = [report, report_file, report_choices]
