"""SQL of sums over the book of sales."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.analytics.model import DATES, Asked, Dimension, Figures

_FIGURES = """
count(DISTINCT e.order_id) FILTER (WHERE e.kind = 'sold') AS orders,
coalesce(sum(e.quantity), 0)::bigint AS quantity,
coalesce(sum(e.amount) FILTER (WHERE e.line_id IS NOT NULL), 0)::bigint AS revenue,
coalesce(sum(e.amount) FILTER (WHERE e.line_id IS NULL), 0)::bigint AS shipping,
coalesce(sum(e.cost), 0)::bigint AS cost,
coalesce(sum(e.cost) FILTER (WHERE e.estimated), 0)::bigint AS estimated
"""
# Each entry in as many parts as there are warehouses that the goods came from. Parts are cut so that their sum is the whole.
_SPLIT = """
(SELECT e.store_id, e.order_id, e.line_id, e.kind, e.at, e.product_id, e.variant_id, e.seller_id, e.sku, e.title, e.categories,
        e.estimated, t.warehouse_id,
        CASE WHEN t.whole IS NULL THEN e.quantity ELSE e.quantity * t.stop / t.whole - e.quantity * t.start / t.whole END AS quantity,
        CASE WHEN t.whole IS NULL THEN e.amount ELSE e.amount * t.stop / t.whole - e.amount * t.start / t.whole END AS amount,
        CASE WHEN t.whole IS NULL THEN e.cost ELSE e.cost * t.stop / t.whole - e.cost * t.start / t.whole END AS cost
 FROM entries e LEFT JOIN LATERAL (
   SELECT warehouse_id, sum(quantity) OVER w AS stop, sum(quantity) OVER w - quantity AS start, sum(quantity) OVER () AS whole
   FROM takes WHERE order_id = e.order_id AND variant_id = e.variant_id WINDOW w AS (ORDER BY warehouse_id)) t ON true)
"""
# What a row is called by, and what it is of: both are grouped by.
_BY: dict[Dimension, tuple[str, str]] = {
    "day": ("(e.at AT TIME ZONE $3)::date::text", "NULL"),
    "week": ("date_trunc('week', e.at AT TIME ZONE $3)::date::text", "NULL"),
    "month": ("date_trunc('month', e.at AT TIME ZONE $3)::date::text", "NULL"),
    "product": ("coalesce(p.name, min(e.title))", "e.product_id::text"),
    "variant": ("min(e.title)", "e.sku"),
    "seller": ("coalesce(v.name, '')", "e.seller_id::text"),
    "warehouse": ("coalesce(w.name, '')", "e.warehouse_id::text"),
    "area": ("s.region", "s.country"),
    "type": ("coalesce(e.categories[cardinality(e.categories)], '')", "NULL"),
}
_GROUPED: dict[Dimension, str] = {
    "product": "e.product_id, p.name",
    "variant": "e.sku, e.product_id",
    "seller": "e.seller_id, v.name",
    "warehouse": "e.warehouse_id, w.name",
    "area": "s.country, s.region",
}


class Key(NamedTuple):
    """`id` where the name alone does not tell which."""

    name: str
    id: str | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    keys: list[Key]
    figures: Figures


async def rows(tx: Tx, asked: Asked, *, limit: int, offset: int = 0) -> list[Row]:
    """In the order of time, where it is by time; else what brought most comes first."""
    names = ", ".join(f"{_BY[by][0]} AS n{i}, {_BY[by][1]} AS i{i}" for i, by in enumerate(asked.by))
    groups = ", ".join(_GROUPED.get(by, _BY[by][0]) for by in asked.by)
    order = [f"n{i}" for i, by in enumerate(asked.by) if by in DATES] + ["revenue DESC", "shipping DESC"]
    order += [f"{part}{i}" for i in range(len(asked.by)) for part in ("n", "i")]
    where, args = _source(asked)
    found = await tx.rows(
        f"SELECT {names}, {_FIGURES} FROM {where} GROUP BY {groups} ORDER BY {', '.join(order)} "
        f"LIMIT {int(limit)} OFFSET {int(offset)}",
        *args,
    )
    return [
        Row(
            keys=[Key(row[f"n{i}"], row[f"i{i}"]) for i in range(len(asked.by))],
            figures=_figures(row),
        )
        for row in found
    ]


async def total(tx: Tx, asked: Asked) -> Figures:
    where, args = _source(asked)
    (row,) = await tx.rows(f"SELECT {_FIGURES} FROM {where}", *args)
    return _figures(row)


def _figures(row: object) -> Figures:
    return msgspec.convert({name: row[name] for name in Figures.__struct_fields__}, Figures)  # type: ignore[index]


def _source(asked: Asked) -> tuple[str, list[object]]:
    """Joins and conditions; only those that the question needs."""
    split = "warehouse" in asked.by or asked.warehouse_id is not None
    joins = [_SPLIT + " e" if split else "entries e"]
    joins.append("JOIN sales s ON s.id = e.order_id AND s.store_id = e.store_id")
    if "product" in asked.by:
        joins.append("LEFT JOIN products p ON p.id = e.product_id AND p.store_id = e.store_id")
    if "seller" in asked.by:
        joins.append("LEFT JOIN sellers v ON v.id = e.seller_id AND v.store_id = e.store_id")
    if "warehouse" in asked.by:
        joins.append("LEFT JOIN warehouses w ON w.id = e.warehouse_id AND w.store_id = e.store_id")
    args: list[object] = [asked.span.since, asked.span.until, asked.span.zone, asked.currency]
    where = ["e.at >= $1", "e.at < $2", "$3::text IS NOT NULL", "s.currency = $4"]
    for column, value in (
        ("e.seller_id", asked.seller_id),
        ("e.product_id", asked.product_id),
        ("e.warehouse_id", asked.warehouse_id),
        ("s.country", asked.country),
        ("s.region", asked.region),
        ("s.zip", asked.zip),
    ):
        if value:
            args.append(value)
            where.append(f"{column} = ${len(args)}")
    if asked.category:
        args.append(asked.category)
        where.append(f"${len(args)} = ANY(e.categories)")
    return f"{' '.join(joins)} WHERE {' AND '.join(where)}", args


async def top_products(tx: Tx, asked: Asked, limit: int) -> list[tuple[UUID, str, int, int]]:
    """Id, name, how many were sold, for how much."""
    by_product = msgspec.structs.replace(asked, by=("product",))
    found = await rows(tx, by_product, limit=limit + 1)
    return [
        (UUID(row.keys[0].id), row.keys[0].name, row.figures.quantity, row.figures.revenue)
        for row in found
        if row.keys[0].id is not None and row.figures.quantity > 0
    ][:limit]


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    average: float
    count: int


async def ratings(tx: Tx, by: str, seller_id: UUID | None, limit: int = 20) -> list[Rated]:
    """By the category of the product, or by the region that the order went to."""
    named, joined = {
        "type": (
            "coalesce(p.categories[cardinality(p.categories)], '')",
            "LEFT JOIN products p ON p.id = r.product_id AND p.store_id = r.store_id",
        ),
        "area": (
            "CASE WHEN s.region = '' THEN s.country ELSE s.country || ' ' || s.region END",
            "JOIN sales s ON s.id = r.order_id AND s.store_id = r.store_id",
        ),
    }[by]
    return await tx.all(
        Rated,
        f"SELECT {named} AS name, avg(r.rating)::float AS average, count(*) AS count FROM ratings r {joined} "
        "WHERE $1::uuid IS NULL OR r.seller_id = $1 GROUP BY 1 ORDER BY count DESC, name LIMIT $2",
        seller_id,
        limit,
    )


class HourOfSales(msgspec.Struct, frozen=True, kw_only=True):
    hour: int
    orders: int
    revenue: int


async def by_hour(tx: Tx, asked: Asked) -> list[HourOfSales]:
    """Of a day, by the store's clock."""
    where, args = _source(asked)
    return await tx.all(
        HourOfSales,
        f"SELECT extract(hour FROM e.at AT TIME ZONE $3)::int AS hour, {_FIGURES.split('coalesce(sum(e.quantity)')[0]} "
        "coalesce(sum(e.amount) FILTER (WHERE e.line_id IS NOT NULL), 0)::bigint AS revenue "
        f"FROM {where} GROUP BY 1 ORDER BY 1",
        *args,
    )


async def until_now(tx: Tx, asked: Asked, days_back: int) -> Figures:
    """Of a day as far as the present hour and minute."""
    where, args = _source(asked)
    args.append(days_back)
    (row,) = await tx.rows(
        f"SELECT {_FIGURES} FROM {where} AND e.at AT TIME ZONE $3 <= (now() AT TIME ZONE $3) - make_interval(days => ${len(args)})",
        *args,
    )
    return _figures(row)
