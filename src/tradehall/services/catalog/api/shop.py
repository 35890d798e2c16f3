"""What shoppers read."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit, decode_cursor, encode_cursor
from tradehall.services.catalog.api.access import may_change
from tradehall.services.catalog.api.shapes import Card, Listing, ProductPage, card, page
from tradehall.services.catalog.model import ANY_TEXT, UnknownProduct
from tradehall.services.catalog.queries import shop
from tradehall.services.catalog.queries.shop import Filter, Sort

Words = Annotated[str | None, QueryParameter(max_length=200, pattern=ANY_TEXT)]
Price = Annotated[int | None, QueryParameter(ge=0, le=10**13)]
Total = Annotated[int, Meta(ge=0, le=2**53)]


@get("/api/v1/products", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_products(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    category: FromQuery[Words] = None,
    q: FromQuery[Words] = None,
    seller: FromQuery[Words] = None,
    min_price: FromQuery[Price] = None,
    max_price: FromQuery[Price] = None,
    in_stock: FromQuery[bool | None] = None,
    sort: FromQuery[Sort | None] = None,
    limit: FromQuery[Limit] = 24,
    cursor: FromQuery[str | None] = None,
) -> Listing:
    """Published products. `category` and `seller` are slugs, a category includes those below it. Prices in minor
    units, compared with the cheapest variant's. Sorted by relevance where there is a `q`, else newest first."""
    q = (q or "").strip()
    wanted = Filter()
    if category:
        wanted.category(category)
    if seller:
        wanted.seller(seller)
    wanted.price(min_price, max_price)
    if in_stock is not None:
        wanted.stock(in_stock)
    if q:
        wanted.text(q)
    sort = sort or ("relevance" if q else "newest")
    after: tuple[Any, UUID] | None = None
    async with db.transaction(store.id) as tx:
        total = None if cursor else await shop.total(tx, wanted)
        order = shop.order_by(sort, q, wanted)
        if cursor:
            key, id, total = decode_cursor(cursor, order.shape, UUID, Total)
            after = (key, id)
        rows = await shop.cards(tx, wanted, order, limit=limit + 1, after=after)
    assert total is not None
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    following = encode_cursor(order.out(last.sort_key), last.id, total) if last else None
    return Listing([card(row, store) for row in rows[:limit]], following, total)


@get("/api/v1/products/{slug:str}", access=ANYONE)
async def show_product(
    slug: FromPath[str],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
) -> Response[ProductPage]:
    """A draft is there for its seller and for admins only."""
    if "\0" in slug:
        raise UnknownProduct()
    async with db.transaction(store.id) as tx:
        product = await shop.by_slug(tx, slug)
        if product is None:
            raise UnknownProduct()
        if product.status == "draft" and not may_change(principal, product.seller_id):
            raise UnknownProduct()
        related: list[Card] = [card(row, store) for row in await shop.related(tx, product)]
    headers = SAME_FOR_ALL if product.status == "published" else {"cache-control": "no-store"}
    return Response(page(product, related, store), headers=headers)


routes = [list_products, show_product]
