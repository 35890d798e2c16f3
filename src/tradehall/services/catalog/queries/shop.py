"""SQL of what shoppers read: cards in lists, a product with everything, quickly.

A list is one statement, and one more for the total on its first page. It reads the first few variants of a product
only: what it shows of all of them stands in the product's own row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.kernel.db import Tx
from tradehall.kernel.folding import fold
from tradehall.services.catalog.model import ANY_TEXT, Image, Spec, Variant, word_query
from tradehall.services.catalog.queries import variants
from tradehall.services.catalog.queries.filters import Filter
from tradehall.services.catalog.queries.variants import Stock

Sort = Literal["newest", "price", "-price", "name", "rating", "relevance"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The range of a sort key that comes back in a cursor: no more than PostgreSQL and datetime can hold.
_Number = Annotated[int, Meta(ge=0, le=2**62)]
_Micros = Annotated[int, Meta(ge=0, le=2**52)]
_Text = Annotated[str, Meta(max_length=200, pattern=ANY_TEXT)]

LISTED_VARIANTS = 12

_TYPED = """
(SELECT json_agg(json_build_array(a.position, d.code, d.unit)) FROM attribute_values a
 JOIN attributes d ON d.id = a.attribute_id WHERE a.product_id = p.id AND a.misfit IS NULL) AS typed
"""
_CARDS = f"""
SELECT p.*, s.slug AS seller_slug, s.name AS seller_name, v.variants
FROM (
  SELECT p.id, p.slug, p.name, p.brand, p.category, p.currency, p.min_price, p.max_price, p.compare_at, p.seller_id,
         p.status, p.rating_average::float8 AS rating_average, p.rating_count, p.images -> 0 ->> 'key' AS image,
         p.available, p.variant_count, p.version, p.updated_at, {{described}}, {{key}} AS sort_key
  FROM products p WHERE {{where}} ORDER BY {{key}} {{direction}}, p.id {{direction}} LIMIT {{limit}}
) p
JOIN sellers s ON s.id = p.seller_id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(v.id, v.sku, v.options, v.price, v.available, v.backorder) ORDER BY v.position) AS variants
  FROM (SELECT * FROM variants v WHERE v.product_id = p.id ORDER BY v.position LIMIT {LISTED_VARIANTS}) v
) v ON true
ORDER BY p.sort_key {{direction}}, p.id {{direction}}
"""

_ONE = f"""
SELECT p.id, p.slug, p.name, p.brand, p.category, p.currency, p.min_price, p.max_price, p.compare_at, p.seller_id,
       p.status, p.rating_average::float8 AS rating_average, p.rating_count, p.stars,
       p.base_average::float8 AS base_average, p.base_count, p.description, p.specifications, p.options,
       p.tags, p.images, p.available, p.version, p.created_at, p.updated_at,
       s.slug AS seller_slug, s.name AS seller_name, n.slug AS brand_slug, {{variants}}
       (SELECT json_agg(json_build_object('slug', c.slug, 'name', c.name) ORDER BY b.distance DESC)
        FROM branches b JOIN categories c ON c.slug = b.top WHERE b.category = p.category) AS category_path,
       {_TYPED},
       ARRAY (SELECT r.other_id FROM related_products r WHERE r.product_id = p.id ORDER BY r.position) AS chosen
FROM products p
JOIN sellers s ON s.id = p.seller_id
LEFT JOIN brands n ON n.id = p.brand_id
{{join}}
WHERE p.deleted_at IS NULL AND
"""
_ALONE = _ONE.format(variants="", join="")
_WHOLE = _ONE.format(
    variants="v.*,",
    join=f"""
LEFT JOIN LATERAL (
  SELECT {variants.AS_COLUMNS} FROM (SELECT * FROM variants v WHERE v.product_id = p.id ORDER BY v.position) v
) v ON true
""",
)

_STOCKED = _ONE.format(
    variants="v.*,",
    join="""
LEFT JOIN LATERAL (
  SELECT array_agg(v.available ORDER BY v.position) AS v_available, array_agg(v.backorder ORDER BY v.position) AS v_backorder
  FROM variants v WHERE v.product_id = p.id
) v ON true
""",
)

_RANK = """
(ts_rank(p.words, to_tsquery('simple', {words})) * 1000000)::bigint
+ CASE WHEN p.sort_name = {folded} THEN 2000000 WHEN starts_with(p.sort_name, {folded}) THEN 1000000 ELSE 0 END
"""


class CardVariant(msgspec.Struct, frozen=True, array_like=True):
    id: UUID
    sku: str
    options: dict[str, str]
    price: int
    available: int
    backorder: bool


class TypedSpec(msgspec.Struct, frozen=True, array_like=True):
    position: int
    attribute: str
    unit: str


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """`sort_key` is what the list is ordered by. `variants` are the first few of `variant_count`, `specifications` are
    there where they were asked for."""

    id: UUID
    slug: str
    name: str
    brand: str
    category: str | None
    currency: str
    min_price: int
    max_price: int
    compare_at: int | None
    seller_id: UUID
    seller_slug: str
    seller_name: str
    status: str
    rating_average: float | None
    rating_count: int
    image: str | None
    available: int
    variant_count: int
    specifications: list[Spec] | None
    typed: list[TypedSpec] | None
    version: int
    updated_at: datetime
    variants: list[CardVariant]
    sort_key: Any


class CategoryName(msgspec.Struct, frozen=True):
    slug: str
    name: str


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """`typed` says which specifications are values of attributes, `chosen` which products were chosen as related."""

    id: UUID
    slug: str
    name: str
    brand: str
    brand_slug: str | None
    category: str | None
    category_path: list[CategoryName] | None
    currency: str
    min_price: int
    max_price: int
    compare_at: int | None
    seller_id: UUID
    seller_slug: str
    seller_name: str
    status: Literal["draft", "published"]
    rating_average: float | None
    rating_count: int
    base_average: float | None
    base_count: int
    stars: list[int]
    description: str
    specifications: list[Spec]
    options: list[str]
    tags: list[str]
    images: list[Image]
    typed: list[TypedSpec] | None
    chosen: list[UUID]
    available: int
    version: int
    created_at: datetime
    updated_at: datetime
    variants: list[Variant]


@dataclass(frozen=True)
class Order:
    """What a list is ordered by: an SQL expression of one key, then the id, both in one direction."""

    key: str
    down: bool
    shape: Any

    def out(self, value: Any) -> Any:
        return (value - _EPOCH) // _MICROSECOND if self.shape is _Micros else value

    def back(self, value: Any) -> Any:
        return _EPOCH + value * _MICROSECOND if self.shape is _Micros else value


_ORDERS: dict[str, Order] = {
    "newest": Order("p.published_at", True, _Micros),
    "price": Order("p.min_price", False, _Number),
    "-price": Order("p.min_price", True, _Number),
    "name": Order("p.sort_name", False, _Text),
    "rating": Order("p.rating_rank", True, _Number),
}


def order_by(sort: Sort, q: str, wanted: Filter) -> Order:
    """May add parameters to `wanted`. Relevance without words to be relevant to is newest."""
    if sort != "relevance":
        return _ORDERS[sort]
    if not (words := word_query(q)):
        return _ORDERS["newest"]
    key = _RANK.format(words=wanted.place(words), folded=wanted.place(fold(q).strip()))
    return Order(key, True, _Number)


async def total(tx: Tx, wanted: Filter) -> int:
    return int(await tx.scalar(f"SELECT count(*) FROM products p WHERE {wanted.sql}", *wanted.args))


async def cards(
    tx: Tx,
    wanted: Filter,
    order: Order,
    *,
    limit: int,
    after: tuple[Any, UUID] | None = None,
    specifications: bool = False,
) -> list[CardRow]:
    """`after` is key and id of the last one seen. Spends `wanted`."""
    if after is not None:
        sign = "<" if order.down else ">"
        key, id = wanted.place(order.back(after[0])), wanted.place(after[1])
        wanted.where.append(f"({order.key}, p.id) {sign} ({key}, {id})")
    sql = _CARDS.format(
        key=order.key,
        described=f"p.specifications, {_TYPED}"
        if specifications
        else "NULL::jsonb AS specifications, NULL::json AS typed",
        where=wanted.sql,
        direction="DESC" if order.down else "ASC",
        limit=wanted.place(limit),
    )
    return await tx.all(CardRow, sql, *wanted.args)


async def by_slug(tx: Tx, slug: str) -> ProductRow | None:
    return _product(await tx.rows(_WHOLE + "p.slug = $1", slug))


async def with_stock(tx: Tx, slug: str) -> tuple[ProductRow, Stock] | None:
    """Without its variants, and what is in stock of them."""
    rows = await tx.rows(_STOCKED + "p.slug = $1", slug)
    if not (product := _product(rows, known=[])):
        return None
    return product, Stock(rows[0]["v_available"] or [], rows[0]["v_backorder"] or [])


async def by_id(tx: Tx, product_id: UUID, known: list[Variant] | None = None) -> ProductRow | None:
    """`known` are its variants, where they need not be read."""
    return _product(await tx.rows((_WHOLE if known is None else _ALONE) + "p.id = $1", product_id), known)


def _product(rows: Sequence[Any], known: list[Variant] | None = None) -> ProductRow | None:
    if not rows:
        return None
    row = dict(rows[0])
    found = variants.of_row(row) if known is None else known
    return msgspec.convert(row | {"variants": found}, ProductRow)


async def related(tx: Tx, product: ProductRow, limit: int = 6) -> Sequence[CardRow]:
    """Those chosen, in their order; where none are, of the same category, then of the same brand."""
    wanted = Filter()
    if product.chosen:
        return await _in_order(tx, wanted, product.chosen)
    near: list[CardRow] = []
    if product.category is not None:
        wanted.where.append(f"p.category = {wanted.place(product.category)}")
        wanted.where.append(f"p.id <> {wanted.place(product.id)}")
        near = await cards(tx, wanted, _ORDERS["newest"], limit=limit)
    if len(near) < limit and product.brand_slug is not None:
        wanted = Filter()
        wanted.where.append(f"p.brand_id = (SELECT id FROM brands WHERE slug = {wanted.place(product.brand_slug)})")
        wanted.where.append(f"p.id <> ALL ({wanted.place([product.id, *(row.id for row in near)])})")
        near += await cards(tx, wanted, _ORDERS["newest"], limit=limit - len(near))
    return near


async def chosen(tx: Tx, product: ProductRow, seller_id: UUID | None) -> Sequence[CardRow]:
    """Those chosen, in their order, drafts too; those of others only where `seller_id`, who asks, is None."""
    wanted = Filter(["p.deleted_at IS NULL"])
    if seller_id is not None:
        wanted.where.append(f"(p.status = 'published' OR p.seller_id = {wanted.place(seller_id)})")
    return await _in_order(tx, wanted, product.chosen)


async def _in_order(tx: Tx, wanted: Filter, ids: Sequence[UUID]) -> Sequence[CardRow]:
    if not ids:
        return []
    wanted.ids(ids)
    places = {id: place for place, id in enumerate(ids)}
    found = await cards(tx, wanted, MANAGED, limit=len(places))
    return sorted(found, key=lambda row: places[row.id])


MANAGED = Order("p.id", True, UUID)


def managed(seller_id: UUID | None, status: str | None) -> Filter:
    """Drafts too; of one seller, or of all."""
    wanted = Filter(["p.deleted_at IS NULL"])
    if seller_id is not None:
        wanted.where.append(f"p.seller_id = {wanted.place(seller_id)}")
    if status is not None:
        wanted.where.append(f"p.status = {wanted.place(status)}")
    return wanted
