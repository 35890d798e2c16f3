"""What shoppers read."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.filtering import several
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit, decode_cursor, encode_cursor
from tradehall.services.catalog.api.access import may_change
from tradehall.services.catalog.api.encoded import EncodedVariants
from tradehall.services.catalog.api.filters import Price, Words, attributes_wanted
from tradehall.services.catalog.api.shapes import Card, Choice, Listing, ProductPage, card, choice_of, page
from tradehall.services.catalog.attributes import Attribute, Kind
from tradehall.services.catalog.counting import Counts
from tradehall.services.catalog.model import Moved, UnknownProduct
from tradehall.services.catalog.queries import categories, facets, products, shop
from tradehall.services.catalog.queries.facets import Counted, Facet, Facets
from tradehall.services.catalog.queries.filters import Wanted, narrowed, plan_for
from tradehall.services.catalog.queries.shop import ProductRow, Sort

MOST_FACETS = 24  # attributes
_totals: Counts[int] = Counts(lambda total: total)
_facets: Counts[Facets] = Counts(lambda counted: counted.price.count)
_encoded = EncodedVariants()
Total = Annotated[int, Meta(ge=0, le=2**53)]


class PriceFacet(msgspec.Struct, frozen=True):
    """The span of the cheapest variants' prices; None where there is no product."""

    low: Money | None
    high: Money | None


class AttributeFacet(msgspec.Struct, frozen=True, kw_only=True):
    """`count` has the products that have a value; `low` and `high` are those of a number. `values` are the most frequent."""

    code: str
    name: str
    kind: Kind
    unit: str
    count: int
    low: float | None
    high: float | None
    values: list[Counted]


class FacetList(msgspec.Struct, frozen=True, kw_only=True):
    """Each facet counts what all filters but its own leave."""

    brands: list[Counted]
    sellers: list[Counted]
    tags: list[Counted]
    price: PriceFacet
    attributes: list[AttributeFacet]


async def wanted_of(
    tx: Tx,
    request: Request[Any, Any, Any],
    *,
    q: str | None,
    category: str | None,
    min_price: int | None,
    max_price: int | None,
    available: bool | None,
) -> Wanted:
    """Raises Invalid."""
    brands, tags, sellers = (several(request, name) for name in ("brand", "tag", "seller"))
    attributes = await attributes_wanted(tx, request)
    wanted = Wanted(
        q=(q or "").strip(),
        category=category or None,
        sellers=sellers,
        brands=brands,
        tags=tags,
        min_price=min_price,
        max_price=max_price,
        available=available,
        attributes=attributes,
    )
    return await plan_for(tx, wanted)


async def follow(tx: Tx, request: Request[Any, Any, Any], category: str | None) -> None:
    """Where nothing was found: raises Moved if that is a category's earlier slug."""
    if category and (slug := await categories.moved_to(tx, category)):
        rest = [(name, slug if name == "category" else value) for name, value in request.query_params.multi_items()]
        raise Moved(f"{request.url.path}?{urlencode(rest)}", slug)


@get("/api/v1/products", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_products(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    category: FromQuery[Words] = None,
    q: FromQuery[Words] = None,
    min_price: FromQuery[Price] = None,
    max_price: FromQuery[Price] = None,
    available: FromQuery[bool | None] = None,
    in_stock: FromQuery[bool | None] = None,
    specifications: FromQuery[bool] = False,
    sort: FromQuery[Sort | None] = None,
    limit: FromQuery[Limit] = 24,
    cursor: FromQuery[str | None] = None,
) -> Listing:
    """Published products. `category`, `seller` and `brand` are slugs, a category includes those below it. Prices in
    minor units, compared with the cheapest variant's. `attr.<code>` is a value of the attribute of this code, of a
    number also a range: `attr.year=1970..1975`, `attr.year=1970..`. `brand`, `tag`, `seller` and `attr.<code>` may be
    repeated: any of them. Sorted by relevance where there is a `q`, else newest first. `in_stock` is `available`."""
    after: tuple[Any, UUID] | None = None
    async with db.transaction(store.id) as tx:
        asked = await wanted_of(
            tx,
            request,
            q=q,
            category=category,
            min_price=min_price,
            max_price=max_price,
            available=in_stock if available is None else available,
        )
        wanted = narrowed(asked)
        order = shop.order_by(sort or ("relevance" if asked.q else "newest"), asked.q, wanted)
        if cursor:
            key, id, total = decode_cursor(cursor, order.shape, UUID, Total)
            after = (key, id)
        else:
            same = msgspec.json.encode(asked)
            total = await _totals.of(db, tx, same, lambda tx: shop.total(tx, narrowed(asked)))
        rows = await shop.cards(tx, wanted, order, limit=limit + 1, after=after, specifications=specifications)
        if not (rows or cursor):
            await follow(tx, request, category)
    more = len(rows) > limit
    if not (more or cursor):
        total = len(rows)  # of now, however large the list was when it was counted
    last = rows[limit - 1] if more else None
    following = encode_cursor(order.out(last.sort_key), last.id, total) if last else None
    return Listing([card(row, store) for row in rows[:limit]], following, total)


@get("/api/v1/products/facets", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_facets(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    category: FromQuery[Words] = None,
    q: FromQuery[Words] = None,
    min_price: FromQuery[Price] = None,
    max_price: FromQuery[Price] = None,
    available: FromQuery[bool | None] = None,
    in_stock: FromQuery[bool | None] = None,
) -> FacetList:
    """What the list of the same filters could be narrowed by, with counts; a facet is counted without its own filter.
    The attributes are those of the category and of the ones below it, of many those that most products have."""
    async with db.transaction(store.id) as tx:
        asked = await wanted_of(
            tx,
            request,
            q=q,
            category=category,
            min_price=min_price,
            max_price=max_price,
            available=in_stock if available is None else available,
        )
        shown = await facets.attributes_shown(tx, asked.category)
        named = {one.id for one in shown}
        shown += [one.attribute for one in asked.attributes if one.attribute.id not in named]
        same = msgspec.json.encode((asked, shown))
        counted = await _facets.of(db, tx, same, lambda tx: facets.count(tx, asked, shown))
        if not counted.price.count:
            await follow(tx, request, category)
    price = counted.price
    return FacetList(
        brands=counted.brands,
        sellers=counted.sellers,
        tags=counted.tags,
        price=PriceFacet(_money(price.low, store), _money(price.high, store)),
        attributes=[_facet(one, counted.attributes[one.id]) for one in _most_said(shown, counted, asked)],
    )


def _most_said(shown: list[Attribute], counted: Facets, asked: Wanted) -> list[Attribute]:
    """What is filtered by, and of the others those that most products have; a whole store may have hundreds."""
    chosen = {one.attribute.id for one in asked.attributes}
    there = [one for one in shown if one.id in counted.attributes]
    there.sort(key=lambda one: (one.id not in chosen, -counted.attributes[one.id].count))
    kept = {one.id for one in there[:MOST_FACETS]}
    return [one for one in shown if one.id in kept]


def _facet(attribute: Attribute, counted: Facet) -> AttributeFacet:
    return AttributeFacet(
        code=attribute.code,
        name=attribute.name,
        kind=attribute.kind,
        unit=attribute.unit,
        count=counted.count,
        low=counted.low,
        high=counted.high,
        values=counted.values,
    )


def _money(amount: float | None, store: Store) -> Money | None:
    return None if amount is None else Money(int(amount), store.currency)


@get("/api/v1/products/{slug:str}", access=ANYONE)
async def show_product(
    slug: FromPath[str],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
) -> Response[ProductPage]:
    """A draft is there for its seller and for admins only. An earlier slug of a product answers 301, as does its id."""
    if "\0" in slug:
        raise UnknownProduct()
    async with db.transaction(store.id) as tx:
        found = await _shown(tx, slug, store)
        if found is None:
            moved = await products.moved_to(tx, slug) or await _of_id(tx, slug)
            if moved and (moved.status == "published" or may_change(principal, moved.seller_id)):
                raise Moved(f"/api/v1/products/{moved.slug}", moved.slug, public=moved.status == "published")
            raise UnknownProduct()
        product, choice = found
        if product.status == "draft" and not may_change(principal, product.seller_id):
            raise UnknownProduct()
        related: list[Card] = [card(row, store) for row in await shop.related(tx, product)]
    headers = SAME_FOR_ALL if product.status == "published" else {"cache-control": "no-store"}
    return Response(page(product, related, store, choice), headers=headers)


async def _shown(tx: Tx, slug: str, store: Store) -> tuple[ProductRow, Choice] | None:
    """Where its variants are kept encoded, the row has none."""
    key = (store.id, slug)
    if (kept := _encoded.get(key)) and (found := await shop.with_stock(tx, slug)):
        product, stock = found
        if kept.is_of(product):
            return product, kept.choice(stock)
    row = await shop.by_slug(tx, slug)
    if row is None:
        return None
    choice = choice_of(row, store)
    _encoded.keep(key, row, choice)
    return row, choice


async def _of_id(tx: Tx, text: str) -> products.Slugged | None:
    """For who knows a product from an order or a review."""
    try:
        return await products.named(tx, UUID(text))
    except ValueError:
        return None


routes = [list_products, list_facets, show_product]
