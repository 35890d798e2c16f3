"""SQL of facets: how many products of a list have what, each facet without its own filter."""

from typing import Any
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.attributes import Attribute
from tradehall.services.catalog.queries.filters import FEW, Wanted, narrowed

MOST_VALUES = 50

# What hangs on the products found is looked up by them where they are few, else all of it is read and those kept. PostgreSQL
# is not left to choose: by statistics older than a store's products it compares each with each.
_FOUND = """
WITH found AS MATERIALIZED (SELECT p.id, p.brand_id, p.seller_id, p.min_price FROM products p WHERE {where}),
few AS MATERIALIZED (SELECT count(*) <= {few} AS are FROM found)
"""
_FEW = "(SELECT are FROM few) AND {id} = ANY (ARRAY(SELECT id FROM found))"
_MANY = "NOT (SELECT are FROM few) AND ({id} IN (SELECT id FROM found)) IS TRUE"
_BRANDS = """
SELECT 'brand', b.slug, b.name, f.count, NULL::float8, NULL::float8
FROM (SELECT brand_id, count(*) AS count FROM found WHERE brand_id IS NOT NULL GROUP BY brand_id) f
JOIN brands b ON b.id = f.brand_id
"""
_SELLERS = """
SELECT 'seller', s.slug, s.name, f.count, NULL::float8, NULL::float8
FROM (SELECT seller_id, count(*) AS count FROM found GROUP BY seller_id) f JOIN sellers s ON s.id = f.seller_id
"""
_TAGS = f"""
SELECT 'tag', tag, tag, count(*), NULL::float8, NULL::float8 FROM (
  SELECT t.tag FROM product_tags t WHERE {_FEW.format(id="t.product_id")}
  UNION ALL SELECT t.tag FROM product_tags t WHERE {_MANY.format(id="t.product_id")}
) said GROUP BY tag
"""
_PRICES = "SELECT 'price', '', '', count(*), min(min_price)::float8, max(min_price)::float8 FROM found"
# The span of a number comes first, under its own name.
_ATTRIBUTES = f"""
SELECT CASE WHEN grouping(value, number) = 3 THEN 'span' ELSE 'value' END, attribute_id::text,
       coalesce(value, ''), count(DISTINCT product_id), min(number), max(number)
FROM (
  SELECT * FROM attribute_values a WHERE {_FEW.format(id="a.product_id")} AND (a.attribute_id = ANY ({{attributes}})) IS TRUE
  UNION ALL SELECT * FROM attribute_values a WHERE {_MANY.format(id="a.product_id")} AND a.attribute_id = ANY ({{attributes}})
) said WHERE misfit IS NULL
GROUP BY GROUPING SETS ((attribute_id), (attribute_id, value, number))
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
    sql = _FOUND.format(where=products.sql, few=FEW) + " UNION ALL ".join(parts)
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
