"""SQL of products as they leave in a file."""

from typing import Any
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import Product
from tradehall.services.catalog.queries.filters import Filter

_PAGE = """
SELECT p.id, p.seller_id, p.slug, p.name, p.brand, p.category, p.description, p.specifications, p.options, p.tags,
       p.images, p.status, p.currency, NULL AS rating, p.version, s.slug AS seller, v.variants
FROM products p
JOIN sellers s ON s.id = p.seller_id
JOIN LATERAL (
  SELECT json_agg(json_build_object('id', v.id, 'sku', v.sku, 'options', v.options, 'price', v.price, 'compare_at',
                  v.compare_at, 'weight_g', v.weight_g, 'image', v.image) ORDER BY v.position) AS variants
  FROM variants v WHERE v.product_id = p.id
) v ON v.variants IS NOT NULL
WHERE {where} ORDER BY p.id LIMIT {limit}
"""


class Columns(msgspec.Struct, frozen=True):
    """What a file needs columns for: at most how many options a product has, the names of all specifications, about in the
    order that products have them."""

    options: int
    specifications: list[str]


class Exported(msgspec.Struct, frozen=True):
    """`seller` is a slug."""

    product: Product
    seller: str


async def columns(tx: Tx, wanted: Filter) -> Columns:
    where = " AND ".join(wanted.where)
    names = await tx.rows(
        "SELECT spec ->> 'name' AS name "
        "FROM products p, jsonb_array_elements(p.specifications) WITH ORDINALITY AS s(spec, place) "
        f"WHERE {where} GROUP BY 1 ORDER BY avg(place), 1",
        *wanted.args,
    )
    most = await tx.scalar(f"SELECT max(cardinality(p.options)) FROM products p WHERE {where}", *wanted.args)
    return Columns(most or 0, [row["name"] for row in names])


async def page(tx: Tx, wanted: Filter, *, after: UUID | None, limit: int) -> list[Exported]:
    """By id. Leaves `wanted` as it was."""
    mine = Filter(list(wanted.where), list(wanted.args))
    if after is not None:
        mine.where.append(f"p.id > {mine.place(after)}")
    rows = await tx.rows(_PAGE.format(where=" AND ".join(mine.where), limit=mine.place(limit)), *mine.args)
    return [_exported(dict(row)) for row in rows]


def _exported(row: dict[str, Any]) -> Exported:
    seller = row.pop("seller")
    return Exported(msgspec.convert(row, Product), seller)
