"""Searching, and suggestions while somebody types: for everybody who comes."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import ANYONE
from tradehall.kernel.db import Database
from tradehall.kernel.edge import CACHEABLE
from tradehall.kernel.errors import Away, Busy, Invalid
from tradehall.kernel.filtering import several
from tradehall.kernel.paging import Limit, decode_cursor, encode_cursor
from tradehall.services.search.api.filters import attributes
from tradehall.services.search.api.shapes import (
    ANY_TEXT,
    AttributeFound,
    FoundFacets,
    FoundProduct,
    Price,
    PriceSpan,
    Sellers,
    Words,
    products,
)
from tradehall.services.search.engines import engine_for
from tradehall.services.search.model import Counted, FacetCounts, Filters, Found, Sort, Wanted
from tradehall.services.search.queries import documents

Stars = Annotated[int | None, QueryParameter(ge=1, le=5)]
Few = Annotated[int, QueryParameter(ge=1, le=10)]
# Kept for half a second: what was changed is to be found within one, also by who asks again and again.
SHORTLY = {CACHEABLE.decode(): "0.5"}
_Key = Annotated[float, Meta(ge=-(2.0**63), le=2.0**63)] | Annotated[str, Meta(max_length=200, pattern=ANY_TEXT)]
_Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Total = Annotated[int, Meta(ge=0, le=2**53)]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts all pages, as of the first one. `did_you_mean` is the query as it was understood, where words of it
    are not known. `semantic`: products that are near by meaning had their part in it; without, words alone."""

    items: list[FoundProduct]
    next: str | None
    total: int
    did_you_mean: str | None
    semantic: bool
    facets: FoundFacets | None


class SuggestedProduct(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    brand: str
    price: Money
    image: str | None


class SuggestionList(msgspec.Struct, frozen=True, kw_only=True):
    """`categories` and `brands` are what filters take, with counts; `words` are whole queries."""

    products: list[SuggestedProduct]
    categories: list[Counted]
    brands: list[Counted]
    words: list[str]


def wanted_of(
    request: Request[Any, Any, Any],
    *,
    q: str | None,
    category: str | None,
    min_price: int | None,
    max_price: int | None,
    available: bool | None,
    min_rating: int | None,
    sort: Sort | None,
    limit: int,
    facets: bool,
    explain: bool = False,
) -> Wanted:
    """Raises Invalid."""
    return Wanted(
        q=(q or "").strip(),
        filters=Filters(
            category=category or None,
            brands=several(request, "brand"),
            sellers=several(request, "seller"),
            tags=several(request, "tag"),
            min_price=min_price,
            max_price=max_price,
            available=available,
            min_rating=min_rating,
            attributes=attributes(request),
        ),
        sort=sort or "relevance",
        limit=limit,
        facets=facets,
        explain=explain,
    )


@get("/api/v1/search", access=ANYONE, response_headers=SHORTLY)
async def search(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    q: FromQuery[Words] = None,
    category: FromQuery[Words] = None,
    min_price: FromQuery[Price] = None,
    max_price: FromQuery[Price] = None,
    available: FromQuery[bool | None] = None,
    in_stock: FromQuery[bool | None] = None,
    min_rating: FromQuery[Stars] = None,
    facets: FromQuery[bool] = False,
    specifications: FromQuery[bool] = False,
    sort: FromQuery[Sort | None] = None,
    limit: FromQuery[Limit] = 24,
    cursor: FromQuery[str | None] = None,
) -> Results:
    """Products by words, forgiving misspelt ones, and by meaning. Filters as those of `/api/v1/products`; with `facets`
    what the answer could be narrowed by, with counts. Sorted by relevance where there is a `q`, else newest first."""
    wanted = wanted_of(
        request,
        q=q,
        category=category,
        min_price=min_price,
        max_price=max_price,
        available=in_stock if available is None else available,
        min_rating=min_rating,
        sort=sort,
        limit=limit,
        facets=facets,
    )
    total = None
    if cursor:
        key, number, total, semantic = decode_cursor(cursor, _Key, _Number, _Total, bool)
        if isinstance(key, str) != (wanted.sort == "name"):
            raise Invalid.field("cursor", "must be the `next` of an earlier page of this list")
        wanted = msgspec.structs.replace(wanted, after=(key, number), semantic=semantic)
    found = await ask(db, store, wanted)
    total = found.total if total is None else total
    async with db.transaction(store.id) as tx:
        sellers = await documents.sellers(tx)
        items = await products(tx, found.numbers, sellers, specifications=specifications)
    counted = None if found.facets is None else _facets(found.facets, sellers, store)
    following = None if found.last is None else encode_cursor(found.last, found.numbers[-1], total, found.semantic)
    return Results(
        items=items,
        next=following,
        total=total,
        did_you_mean=found.corrected,
        semantic=found.semantic,
        facets=counted,
    )


async def ask(db: Database, store: Store, wanted: Wanted) -> Found:
    """Raises Busy where the engine is away."""
    try:
        return await engine_for(db.settings).search(db, store.id, wanted)
    except Away as error:
        raise _away() from error


def _away() -> Busy:
    return Busy("Search does not answer at the moment.", headers={"retry-after": "2"})


def _facets(counts: FacetCounts, sellers: Sellers, store: Store) -> FoundFacets:
    named = [Counted(*sellers[UUID(one.value)], one.count) for one in counts.sellers if UUID(one.value) in sellers]
    return FoundFacets(
        brands=counts.brands,
        sellers=named,
        categories=counts.categories,
        tags=counts.tags,
        ratings=counts.ratings,
        available=counts.available,
        price=PriceSpan(*(None if one is None else Money(one, store.currency) for one in (counts.low, counts.high))),
        attributes=[
            AttributeFound(
                code=one.code,
                name=one.name,
                kind=one.kind,
                unit=one.unit,
                count=one.count,
                low=one.low,
                high=one.high,
                values=one.values,
            )
            for one in counts.attributes
        ],
    )


@get("/api/v1/search/suggestions", access=ANYONE, response_headers=SHORTLY)
async def suggestions(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    q: FromQuery[Words] = None,
    limit: FromQuery[Few] = 5,
) -> SuggestionList:
    """What somebody who types this may be after: products, categories, brands, and how the query may go on."""
    try:
        found = await engine_for(db.settings).suggest(db, store.id, (q or "").strip(), limit)
    except Away as error:
        raise _away() from error
    async with db.transaction(store.id) as tx:
        rows = await documents.cards(tx, found.numbers)
    return SuggestionList(
        products=[
            SuggestedProduct(
                id=row.id,
                slug=row.card.slug,
                name=row.card.name,
                brand=row.card.brand,
                price=Money(row.card.price, row.card.currency),
                image=row.card.image,
            )
            for row in rows
        ],
        categories=found.categories,
        brands=found.brands,
        words=found.words,
    )


routes = [search, suggestions]
