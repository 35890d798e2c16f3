"""SQL of what shoppers read: cards in lists, a product with everything, quickly.

A list is one statement, and one more for the total on its first page. Filters and order are fixed texts put together
here; what clients send travels in parameters only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import ANY_TEXT, Image, Spec, fold, part_pattern, word_query

Sort = Literal["newest", "price", "-price", "name", "rating", "relevance"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The range of a sort key that comes back in a cursor: no more than PostgreSQL and datetime can hold.
_Number = Annotated[int, Meta(ge=0, le=2**62)]
_Micros = Annotated[int, Meta(ge=0, le=2**52)]
_Text = Annotated[str, Meta(max_length=200, pattern=ANY_TEXT)]

_VISIBLE = ["p.deleted_at IS NULL", "p.status = 'published'"]

_CARDS = """
SELECT p.*, s.slug AS seller_slug, s.name AS seller_name, v.variants
FROM (
  SELECT p.id, p.slug, p.name, p.brand, p.category, p.currency, p.min_price, p.compare_at, p.seller_id, p.status,
         p.rating_average::float8 AS rating_average, p.rating_count, p.images -> 0 ->> 'key' AS image, p.version,
         p.updated_at, {key} AS sort_key
  FROM products p WHERE {where} ORDER BY {key} {direction}, p.id {direction} LIMIT {limit}
) p
JOIN sellers s ON s.id = p.seller_id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(v.id, v.sku, v.options, v.price, v.available, v.backorder) ORDER BY v.position) AS variants
  FROM variants v WHERE v.product_id = p.id
) v ON true
ORDER BY p.sort_key {direction}, p.id {direction}
"""

_ONE = """
SELECT p.id, p.slug, p.name, p.brand, p.category, p.currency, p.min_price, p.compare_at, p.seller_id, p.status,
       p.rating_average::float8 AS rating_average, p.rating_count, p.description, p.specifications, p.options,
       p.tags, p.images, p.version, p.created_at, p.updated_at,
       s.slug AS seller_slug, s.name AS seller_name, v.variants,
       (WITH RECURSIVE up AS (
          SELECT c.slug, c.name, c.parent, 0 AS depth FROM categories c WHERE c.slug = p.category
          UNION ALL
          SELECT c.slug, c.name, c.parent, up.depth + 1 FROM categories c JOIN up ON c.slug = up.parent
          WHERE up.depth < 10)
        SELECT json_agg(json_build_object('slug', up.slug, 'name', up.name) ORDER BY up.depth DESC) FROM up)
         AS category_path
FROM products p
JOIN sellers s ON s.id = p.seller_id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(v.id, v.sku, v.options, v.price, v.available, v.compare_at, v.weight_g, v.image,
                                    v.backorder)
                  ORDER BY v.position) AS variants
  FROM variants v WHERE v.product_id = p.id
) v ON true
WHERE p.deleted_at IS NULL AND
"""

_BRANCH = """
p.category = ANY (ARRAY (
  WITH RECURSIVE branch AS (
    SELECT slug FROM categories WHERE slug = {0}
    UNION SELECT c.slug FROM categories c JOIN branch ON c.parent = branch.slug)
  SELECT slug FROM branch))
"""
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


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """`sort_key` is what the list is ordered by."""

    id: UUID
    slug: str
    name: str
    brand: str
    category: str | None
    currency: str
    min_price: int
    compare_at: int | None
    seller_id: UUID
    seller_slug: str
    seller_name: str
    status: str
    rating_average: float | None
    rating_count: int
    image: str | None
    version: int
    updated_at: datetime
    variants: list[CardVariant]
    sort_key: Any


class FullVariant(msgspec.Struct, frozen=True, array_like=True):
    id: UUID
    sku: str
    options: dict[str, str]
    price: int
    available: int
    compare_at: int | None
    weight_g: int
    image: str | None
    backorder: bool


class CategoryName(msgspec.Struct, frozen=True):
    slug: str
    name: str


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    brand: str
    category: str | None
    category_path: list[CategoryName] | None
    currency: str
    min_price: int
    compare_at: int | None
    seller_id: UUID
    seller_slug: str
    seller_name: str
    status: Literal["draft", "published"]
    rating_average: float | None
    rating_count: int
    description: str
    specifications: list[Spec]
    options: list[str]
    tags: list[str]
    images: list[Image]
    version: int
    created_at: datetime
    updated_at: datetime
    variants: list[FullVariant]


@dataclass
class Filter:
    """Conditions on products `p`, with their parameters."""

    where: list[str] = field(default_factory=lambda: list(_VISIBLE))
    args: list[object] = field(default_factory=list)

    def place(self, value: object) -> str:
        self.args.append(value)
        return f"${len(self.args)}"

    def category(self, slug: str) -> None:
        self.where.append(_BRANCH.format(self.place(slug)))

    def seller(self, slug: str) -> None:
        self.where.append(f"p.seller_id IN (SELECT id FROM sellers WHERE slug = {self.place(slug)})")

    def price(self, low: int | None, high: int | None) -> None:
        if low is not None:
            self.where.append(f"p.min_price >= {self.place(low)}")
        if high is not None:
            self.where.append(f"p.min_price <= {self.place(high)}")

    def stock(self, wanted: bool) -> None:
        there = "EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.available > 0)"
        self.where.append(there if wanted else f"NOT {there}")

    def text(self, q: str) -> None:
        """All words begin words of the product, or the text is a part of its name, brand or SKUs."""
        part = f"p.keywords LIKE {self.place(part_pattern(q))}"
        if words := word_query(q):
            part = f"(p.words @@ to_tsquery('simple', {self.place(words)}) OR {part})"
        self.where.append(part)


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
    return int(await tx.scalar(f"SELECT count(*) FROM products p WHERE {' AND '.join(wanted.where)}", *wanted.args))


async def cards(
    tx: Tx, wanted: Filter, order: Order, *, limit: int, after: tuple[Any, UUID] | None = None
) -> list[CardRow]:
    """`after` is key and id of the last one seen. Spends `wanted`."""
    if after is not None:
        sign = "<" if order.down else ">"
        key, id = wanted.place(order.back(after[0])), wanted.place(after[1])
        wanted.where.append(f"({order.key}, p.id) {sign} ({key}, {id})")
    sql = _CARDS.format(
        key=order.key,
        where=" AND ".join(wanted.where),
        direction="DESC" if order.down else "ASC",
        limit=wanted.place(limit),
    )
    return await tx.all(CardRow, sql, *wanted.args)


async def by_slug(tx: Tx, slug: str) -> ProductRow | None:
    return await tx.one(ProductRow, _ONE + "p.slug = $1", slug)


async def by_id(tx: Tx, product_id: UUID) -> ProductRow | None:
    return await tx.one(ProductRow, _ONE + "p.id = $1", product_id)


async def related(tx: Tx, product: ProductRow, limit: int = 4) -> Sequence[CardRow]:
    if product.category is None:
        return []
    wanted = Filter()
    wanted.where.append(f"p.category = {wanted.place(product.category)}")
    wanted.where.append(f"p.id <> {wanted.place(product.id)}")
    return await cards(tx, wanted, _ORDERS["newest"], limit=limit)


MANAGED = Order("p.id", True, UUID)


def managed(seller_id: UUID | None, status: str | None) -> Filter:
    """Drafts too; of one seller, or of all."""
    wanted = Filter(["p.deleted_at IS NULL"])
    if seller_id is not None:
        wanted.where.append(f"p.seller_id = {wanted.place(seller_id)}")
    if status is not None:
        wanted.where.append(f"p.status = {wanted.place(status)}")
    return wanted
