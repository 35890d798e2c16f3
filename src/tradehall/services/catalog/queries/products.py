"""SQL of products as their sellers see and change them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import RESERVED_SLUGS, Product, Rating, SlugTaken, fold, sku_taken

_WORDS = (
    "setweight(to_tsvector('simple', $17), 'A') || setweight(to_tsvector('simple', $18), 'B') || "
    "setweight(to_tsvector('simple', $19), 'C') || setweight(to_tsvector('simple', $20), 'D')"
)
_COLUMNS = (
    "slug, name, brand, category, description, specifications, options, tags, images, status, rating_average, "
    "rating_count, min_price, compare_at, sort_name"
)
_INSERT = f"""
INSERT INTO products (id, {_COLUMNS}, words, keywords, seller_id, currency, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, {_WORDS}, $21, $22, $23,
        CASE WHEN $11 = 'published' THEN now() END)
ON CONFLICT DO NOTHING
"""
_UPDATE = f"""
UPDATE products
SET ({_COLUMNS}) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16),
    words = {_WORDS}, keywords = $21, version = version + 1, updated_at = now(),
    published_at = coalesce(published_at, CASE WHEN $11 = 'published' THEN now() END)
WHERE id = $1
"""
_LOCK = """
SELECT id, seller_id, slug, name, brand, category, description, specifications, options, tags, images, status,
       currency, rating_average::float8 AS rating_average, rating_count, published_at, version
FROM products WHERE id = ANY($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE
"""
# By id, as the quantities are written: two that lock the same variants wait for each other, and never forever.
_LOCK_VARIANTS = """
SELECT product_id, id, sku, options, price, compare_at, weight_g, image, available, position
FROM variants WHERE product_id = ANY($1) ORDER BY id FOR UPDATE
"""
_VARIANT_ROWS = (
    "jsonb_to_recordset($2::jsonb) AS n(id uuid, sku text, options jsonb, price bigint, compare_at bigint, "
    "weight_g int, image text, position int)"
)
_CHANGE_VARIANTS = f"""
UPDATE variants v
SET options = n.options, price = n.price, compare_at = n.compare_at, weight_g = n.weight_g, image = n.image,
    position = n.position
FROM {_VARIANT_ROWS} WHERE v.id = n.id AND v.product_id = $1
RETURNING v.sku
"""
_ADD_VARIANTS = f"""
INSERT INTO variants (id, product_id, sku, options, price, compare_at, weight_g, image, position)
SELECT id, $1::uuid, sku, options, price, compare_at, weight_g, image, position FROM {_VARIANT_ROWS}
ORDER BY sku ON CONFLICT DO NOTHING RETURNING sku
"""


async def lock(tx: Tx, product_id: UUID) -> Product | None:
    return (await lock_all(tx, [product_id])).get(product_id)


async def lock_all(tx: Tx, product_ids: Sequence[UUID]) -> dict[UUID, Product]:
    """By id; those that are there."""
    rows = {row["id"]: dict(row) for row in await tx.rows(_LOCK, product_ids)}
    for row in rows.values():
        average, count = row.pop("rating_average"), row.pop("rating_count")
        row["rating"] = Rating(average, count) if average is not None else None
        row["variants"] = []
    variants = await tx.rows(_LOCK_VARIANTS, list(rows)) if rows else []
    for variant in sorted(variants, key=lambda variant: variant["position"]):
        rows[variant["product_id"]]["variants"].append(dict(variant))
    return {id: msgspec.convert(row, Product) for id, row in rows.items()}


def values_of(product: Product) -> list[object]:
    """$2 to $21 of insert and update."""
    rating, cheapest = product.rating, product.cheapest
    skus = " ".join(variant.sku for variant in product.variants)
    about = " ".join([*product.tags, *(f"{spec.name} {spec.value}" for spec in product.specifications)])
    return [
        product.slug,
        product.name,
        product.brand,
        product.category,
        product.description,
        msgspec.to_builtins(product.specifications),
        product.options,
        product.tags,
        msgspec.to_builtins(product.images),
        product.status,
        Decimal(str(round(rating.average, 2))) if rating else None,
        rating.count if rating else 0,
        cheapest.price,
        cheapest.compare_at,
        fold(product.name)[:200],
        fold(product.name),
        fold(f"{product.brand} {skus}"),
        fold(about),
        fold(product.description),
        fold(f"{product.name} {product.brand} {skus}"),
    ]


async def insert(tx: Tx, product: Product) -> bool:
    """False, and nothing is written, where its slug is taken. Raises SkuTaken."""
    if product.slug in RESERVED_SLUGS:
        return False
    values = values_of(product)
    if not await tx.run(_INSERT, product.id, *values, product.seller_id, product.currency):
        return False
    await _add_variants(tx, product.id, variant_rows(product))
    return True


async def update(tx: Tx, product: Product) -> Product:
    """Writes a product locked before, in its next version. Raises SlugTaken, SkuTaken."""
    if product.slug in RESERVED_SLUGS:
        raise SlugTaken(f"The slug {product.slug} stands for something else.")
    try:
        await tx.run(_UPDATE, product.id, *values_of(product))
    except asyncpg.UniqueViolationError:
        raise SlugTaken(f"Another product has the slug {product.slug}.") from None
    rows = variant_rows(product)
    await tx.run(
        "DELETE FROM variants WHERE product_id = $1 AND NOT (id = ANY ($2))",
        product.id,
        [variant.id for variant in product.variants],
    )
    changed = {row["sku"] for row in await tx.rows(_CHANGE_VARIANTS, product.id, rows)}
    if new := [row for row in rows if row["sku"] not in changed]:
        await _add_variants(tx, product.id, new)
    return msgspec.structs.replace(product, version=product.version + 1)


def variant_rows(product: Product) -> list[dict[str, object]]:
    return [{**msgspec.to_builtins(variant), "position": position} for position, variant in enumerate(product.variants)]


async def _add_variants(tx: Tx, product_id: UUID, rows: list[dict[str, object]]) -> None:
    added = {row["sku"] for row in await tx.rows(_ADD_VARIANTS, product_id, rows)}
    if len(added) < len(rows):
        raise sku_taken(str(row["sku"]) for row in rows if row["sku"] not in added)


async def delete(tx: Tx, product_id: UUID) -> None:
    """The row stays, for what points at it; its variants, SKUs and slug are free."""
    await tx.run("DELETE FROM variants WHERE product_id = $1", product_id)
    await tx.run("UPDATE products SET deleted_at = now(), category = NULL WHERE id = $1", product_id)


async def slugs_like(tx: Tx, slug: str) -> set[str]:
    """Those taken already of `slug`, `slug-2`, `slug-3`, …"""
    rows = await tx.rows(
        "SELECT slug FROM products WHERE deleted_at IS NULL AND (slug = $1 OR slug ~ $2)", slug, f"^{slug}-[0-9]+$"
    )
    return {row["slug"] for row in rows}


async def seller_known(tx: Tx, seller_id: UUID) -> bool:
    return bool(await tx.scalar("SELECT true FROM sellers WHERE id = $1", seller_id))


async def save_seller(tx: Tx, seller_id: UUID, slug: str, name: str) -> None:
    await tx.run(
        "INSERT INTO sellers (id, slug, name) VALUES ($1, $2, $3) "
        "ON CONFLICT (store_id, id) DO UPDATE SET slug = excluded.slug, name = excluded.name",
        seller_id,
        slug,
        name,
    )


async def set_available(tx: Tx, available: dict[UUID, int]) -> None:
    """By variant. Those unknown (deleted by now) are passed over."""
    await tx.run(
        "WITH news AS MATERIALIZED ("
        "  SELECT v.id, n.available FROM unnest($1::uuid[], $2::bigint[]) AS n(id, available) "
        "  JOIN variants v ON v.id = n.id WHERE v.id = ANY($1) ORDER BY v.id FOR UPDATE OF v) "
        "UPDATE variants v SET available = news.available FROM news WHERE v.id = news.id AND v.id = ANY($1)",
        list(available),
        list(available.values()),
    )
