"""SQL of facets: how many products of a list have what, each facet without its own filter."""

from typing import Any
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.attributes import Attribute
from tradehall.services.catalog.queries.filters import Wanted, narrowed

MOST_VALUES = 50

_FOUND = "WITH found AS MATERIALIZED (SELECT p.id, p.brand_id, p.seller_id, p.min_price FROM products p WHERE {where}) "
_BRANDS = """
SELECT 'brand', b.slug, b.name, f.count, NULL::float8, NULL::float8
FROM (SELECT brand_id, count(*) AS count FROM found WHERE brand_id IS NOT NULL GROUP BY brand_id) f
JOIN brands b ON b.id = f.brand_id
"""
_SELLERS = """
SELECT 'seller', s.slug, s.name, f.count, NULL::float8, NULL::float8
FROM (SELECT seller_id, count(*) AS count FROM found GROUP BY seller_id) f JOIN sellers s ON s.id = f.seller_id
"""
_TAGS = """
SELECT 'tag', t.tag, t.tag, count(*), NULL::float8, NULL::float8 FROM found f JOIN product_tags t ON t.product_id = f.id GROUP BY t.tag
"""
_PRICES = "SELECT 'price', '', '', count(*), min(min_price)::float8, max(min_price)::float8 FROM found"
# The span of a number comes first, under its own name.
_ATTRIBUTES = """
SELECT CASE WHEN grouping(a.value, a.number) = 3 THEN 'span' ELSE 'value' END, a.attribute_id::text,
       coalesce(a.value, ''), count(DISTINCT f.id), min(a.number), max(a.number)
FROM found f JOIN attribute_values a ON a.product_id = f.id
WHERE a.attribute_id = ANY ({attributes}) AND a.misfit IS NULL
GROUP BY GROUPING SETS ((a.attribute_id), (a.attribute_id, a.value, a.number))
"""


class Counted(msgspec.Struct, frozen=True):
    """Of a brand or seller `value` is the slug, else it is what a filter takes."""

    value: str
    name: str
    count: int


class Facet(msgspec.Struct):
    """`count` has the products that say anything; `low` and `high` are those of numbers."""

    count: int = 0
    low: float | None = None
    high: float | None = None
    values: list[Counted] = []


class Facets(msgspec.Struct):
    brands: list[Counted] = []
    sellers: list[Counted] = []
    tags: list[Counted] = []
    price: Facet = msgspec.field(default_factory=Facet)
    attributes: dict[UUID, Facet] = {}


async def attributes_shown(tx: Tx, category: str | None) -> list[Attribute]:
    """Those that filter: of a category what holds in it or below it, else of all."""
    return await tx.all(
        Attribute,
        "SELECT a.id, a.code, a.name, a.kind, a.unit, a.choices, a.filterable, a.required, a.position "
        "FROM attributes a WHERE a.filterable AND ($1::text IS NULL OR a.id IN ("
        "  SELECT c.attribute_id FROM branches b JOIN attribute_categories c ON c.category = b.top WHERE b.category = $1 "
        "  UNION ALL "
        "  SELECT c.attribute_id FROM branches b JOIN attribute_categories c ON c.category = b.category WHERE b.top = $1"
        ")) ORDER BY a.position, a.name, a.code",
        category,
    )


async def count(tx: Tx, wanted: Wanted, attributes: list[Attribute]) -> Facets:
    """One statement for all facets that have no filter of their own, one for each of the others. What is asked for is
    among them, though nothing may have it."""
    found = Facets(attributes={one.attribute.id: Facet() for one in wanted.attributes})
    chosen = {one.attribute.id for one in wanted.attributes}
    own = {
        "brand": (_BRANDS, bool(wanted.brands)),
        "seller": (_SELLERS, bool(wanted.sellers)),
        "tag": (_TAGS, bool(wanted.tags)),
        "price": (_PRICES, wanted.min_price is not None or wanted.max_price is not None),
    }
    free = [attribute.id for attribute in attributes if attribute.id not in chosen]
    await _ask(tx, found, wanted, "", [sql for sql, filtered in own.values() if not filtered], free)
    for name, (sql, filtered) in own.items():
        if filtered:
            await _ask(tx, found, wanted, name, [sql], [])
    for one in wanted.attributes:
        await _ask(tx, found, wanted, f"attr.{one.attribute.code}", [], [one.attribute.id])
    for values in (found.brands, found.sellers, found.tags, *(facet.values for facet in found.attributes.values())):
        values.sort(key=lambda value: (-value.count, value.name))
        del values[MOST_VALUES:]
    return found


async def _ask(tx: Tx, found: Facets, wanted: Wanted, without: str, parts: list[str], attributes: list[UUID]) -> None:
    products = narrowed(wanted, without=without)
    if attributes:
        parts = [*parts, _ATTRIBUTES.format(attributes=products.place(attributes))]
    if not parts:
        return
    sql = _FOUND.format(where=products.sql) + " UNION ALL ".join(parts)
    for kind, value, name, number, low, high in await tx.rows(sql, *products.args):
        _note(found, kind, value, name, number, low, high)


def _note(found: Facets, kind: str, value: str, name: str, number: int, low: Any, high: Any) -> None:
    match kind:
        case "brand":
            found.brands.append(Counted(value, name, number))
        case "seller":
            found.sellers.append(Counted(value, name, number))
        case "tag":
            found.tags.append(Counted(value, name, number))
        case "price":
            found.price.count, found.price.low, found.price.high = number, low, high
        case "span":
            facet = found.attributes.setdefault(UUID(value), Facet())
            facet.count, facet.low, facet.high = number, low, high
        case "value":
            facet = found.attributes.setdefault(UUID(value), Facet())
            text = name if low is None else repr(low) if low % 1 else str(int(low))
            facet.values.append(Counted(text, text, number))
