"""All products as a file that an import takes back."""

from collections.abc import AsyncIterator, Sequence

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.services.catalog import exporting
from tradehall.services.catalog.api.filters import Words
from tradehall.services.catalog.model import Status
from tradehall.services.catalog.queries import exports, shop
from tradehall.services.catalog.queries.exports import Exported
from tradehall.services.catalog.queries.filters import Filter, below, sellers

PAGE = 100  # products read in one transaction


@get("/api/v1/manage/products/export", access=SELLER, media_type="text/csv")
async def export_products(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    category: FromQuery[Words] = None,
    seller: FromQuery[Words] = None,
    status: FromQuery[Status | None] = None,
) -> Stream:
    """CSV, a row for each variant; a seller's own products, for an admin all. `category` and `seller` are slugs, a
    category includes those below it."""
    wanted = shop.managed(caller.confined_to(), status)
    if category:
        wanted.among(below(category))
    if seller:
        wanted.among(sellers([seller]))
    async with db.transaction(store.id) as tx:
        columns = await exports.columns(tx, wanted)
    return download(exporting.products(columns, pages(db, store, wanted)), f"products-{store.slug}")


def download(rows: AsyncIterator[Sequence[Sequence[str]]], name: str) -> Stream:
    """Pages of rows as a file, sent as they come."""
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "private, no-store"}
    return Stream(exporting.text(rows), media_type="text/csv; charset=utf-8", headers=headers)


async def pages(db: Database, store: Store, wanted: Filter) -> AsyncIterator[Sequence[Exported]]:
    """A client that takes its time holds no connection of the database."""
    last = None
    while True:
        async with db.transaction(store.id) as tx:
            found = await exports.page(tx, wanted, after=last, limit=PAGE)
        if not found:
            return
        yield found
        last = found[-1].product.id


routes = [export_products]
