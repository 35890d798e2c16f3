"""SQL of products as their sellers see and change them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.services.catalog.attributes import Value
from tradehall.services.catalog.model import Product, Rating, SlugTaken, Variant, fold, sku_taken
from tradehall.services.catalog.queries import brands

_WORDS = (
    "setweight(to_tsvector('simple', $21), 'A') || setweight(to_tsvector('simple', $22), 'B') || "
    "setweight(to_tsvector('simple', $23), 'C') || setweight(to_tsvector('simple', $24), 'D')"
)
_COLUMNS = (
    "slug, name, brand, category, description, specifications, options, tags, images, status, rating_average, "
    "rating_count, min_price, compare_at, sort_name, max_price, variant_count, available, brand_id"
)
_VALUES = ", ".join(f"${n}" for n in range(2, 21))
_INSERT = f"""
INSERT INTO products (id, {_COLUMNS}, words, keywords, seller_id, currency, published_at)
VALUES ($1, {_VALUES}, {_WORDS}, $25, $26, $27, CASE WHEN $11 = 'published' THEN now() END)
ON CONFLICT DO NOTHING RETURNING published_at
"""
_UPDATE = f"""
UPDATE products
SET ({_COLUMNS}) = ({_VALUES}),
    words = {_WORDS}, keywords = $25, version = version + 1, updated_at = now(),
    published_at = coalesce(published_at, CASE WHEN $11 = 'published' THEN now() END)
WHERE id = $1 RETURNING published_at
"""
_LOCK = """
SELECT id, seller_id, slug, name, brand, category, description, specifications, options, tags, images, status,
       currency, rating_average::float8 AS rating_average, rating_count, published_at, version
FROM products WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE
"""
# Whoever writes variants, quantities too, has locked their product: they need no locks of their own.
_VARIANTS = """
SELECT id, sku, options, price, compare_at, weight_g, image, available
FROM variants WHERE product_id = $1 ORDER BY position
"""
_VARIANT_ROWS = (
    "jsonb_to_recordset($2::jsonb) AS n(id uuid, sku text, options jsonb, price bigint, compare_at bigint, "
    "weight_g int, image text, position int)"
)
_CHANGE_VARIANTS = f"""
UPDATE variants v
SET sku = n.sku, options = n.options, price = n.price, compare_at = n.compare_at, weight_g = n.weight_g,
    image = n.image, position = n.position
FROM {_VARIANT_ROWS} WHERE v.id = n.id AND v.id = ANY ($3) AND v.product_id = $1
"""
_ADD_VARIANTS = f"""
INSERT INTO variants (id, product_id, sku, options, price, compare_at, weight_g, image, position)
SELECT id, $1::uuid, sku, options, price, compare_at, weight_g, image, position FROM {_VARIANT_ROWS}
ORDER BY sku ON CONFLICT DO NOTHING RETURNING sku
"""


_KEEP_VALUES = """
DELETE FROM attribute_values v WHERE v.product_id = $1 AND NOT EXISTS (
  SELECT FROM unnest($2::int[], $3::uuid[], $4::text[], $5::float8[], $6::text[])
              AS n(position, attribute_id, value, number, misfit)
  WHERE n.position = v.position AND n.attribute_id = v.attribute_id AND n.value IS NOT DISTINCT FROM v.value
    AND n.number IS NOT DISTINCT FROM v.number AND n.misfit IS NOT DISTINCT FROM v.misfit)
"""
_ADD_VALUES = """
INSERT INTO attribute_values (product_id, position, attribute_id, value, number, misfit)
SELECT $1, * FROM unnest($2::int[], $3::uuid[], $4::text[], $5::float8[], $6::text[]) ON CONFLICT DO NOTHING
"""


class Slugged(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    status: str
    seller_id: UUID


async def count(tx: Tx) -> int:
    """Drafts too."""
    return await tx.scalar("SELECT count(*) FROM products WHERE deleted_at IS NULL")  # type: ignore[no-any-return]


async def lock(tx: Tx, product_id: UUID) -> Product | None:
    rows = await tx.rows(_LOCK, product_id)
    if not rows:
        return None
    row = dict(rows[0])
    average, count = row.pop("rating_average"), row.pop("rating_count")
    row["rating"] = Rating(average, count) if average is not None else None
    row["variants"] = [Variant(**dict(variant)) for variant in await tx.rows(_VARIANTS, product_id)]
    return msgspec.convert(row, Product)


def _values(product: Product, brand_id: UUID | None) -> list[object]:
    """$2 to $25 of insert and update."""
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
        max(variant.price for variant in product.variants),
        len(product.variants),
        product.available,
        brand_id,
        fold(product.name),
        fold(f"{product.brand} {skus}"),
        fold(about),
        fold(product.description),
        fold(f"{product.name} {product.brand} {skus}"),
    ]


async def insert(tx: Tx, product: Product, values: Sequence[Value] = ()) -> Product | None:
    """None, and nothing is written, where its slug is taken. Its brand is made where there is none of the name.
    Raises SkuTaken."""
    product, brand_id = await _branded(tx, product)
    rows = await tx.rows(_INSERT, product.id, *_values(product, brand_id), product.seller_id, product.currency)
    if not rows:
        return None
    await _add_variants(tx, product.id, [_row(place, variant) for place, variant in enumerate(product.variants)])
    await _copy(tx, product, values)
    await tx.run("DELETE FROM product_redirects WHERE slug = $1", product.slug)
    return msgspec.structs.replace(product, published_at=rows[0]["published_at"])


async def update(tx: Tx, earlier: Product, product: Product, values: Sequence[Value] = ()) -> Product:
    """Writes a product that `lock` gave as `earlier`, in its next version. Raises SlugTaken, SkuTaken."""
    product, brand_id = await _branded(tx, product)
    try:
        (row,) = await tx.rows(_UPDATE, product.id, *_values(product, brand_id))
    except asyncpg.UniqueViolationError:
        raise SlugTaken(f"Another product has the slug {product.slug}.") from None
    if earlier.slug != product.slug:
        await _redirect(tx, earlier.slug, product)
    await _change_variants(tx, earlier, product)
    await _copy(tx, product, values)
    return msgspec.structs.replace(product, version=product.version + 1, published_at=row["published_at"])


async def _branded(tx: Tx, product: Product) -> tuple[Product, UUID | None]:
    """The product, its brand written as the brand writes itself; and the brand's id."""
    if not product.brand.strip():
        return msgspec.structs.replace(product, brand="", brand_slug=None), None
    brand = await brands.named(tx, product.brand)
    return msgspec.structs.replace(product, brand=brand.name, brand_slug=brand.slug), brand.id


async def _redirect(tx: Tx, earlier: str, product: Product) -> None:
    await tx.run("DELETE FROM product_redirects WHERE slug = $1", product.slug)
    await tx.run(
        "INSERT INTO product_redirects (slug, product_id) VALUES ($1, $2) "
        "ON CONFLICT (store_id, slug) DO UPDATE SET product_id = excluded.product_id",
        earlier,
        product.id,
    )


async def _change_variants(tx: Tx, earlier: Product, product: Product) -> None:
    """Of 500 variants only those that differ are sent and written."""
    before = {variant.id: (place, variant) for place, variant in enumerate(earlier.variants)}
    after = {variant.id: (place, variant) for place, variant in enumerate(product.variants)}
    if gone := [id for id in before if id not in after]:
        await tx.run("DELETE FROM variants WHERE product_id = $1 AND id = ANY ($2)", product.id, gone)
    changed = [_row(*placed) for id, placed in after.items() if id in before and placed != before[id]]
    if changed:
        try:
            await tx.run(_CHANGE_VARIANTS, product.id, changed, [row["id"] for row in changed])
        except asyncpg.UniqueViolationError:
            raise sku_taken(row["sku"] for row in changed if row["sku"] != before[row["id"]][1].sku) from None
    if new := [_row(*placed) for id, placed in after.items() if id not in before]:
        await _add_variants(tx, product.id, new)


async def _copy(tx: Tx, product: Product, values: Sequence[Value]) -> None:
    """What filters look at beside the product itself."""
    await tx.run(
        "WITH gone AS (DELETE FROM product_tags WHERE product_id = $1 AND NOT (tag = ANY ($2))) "
        "INSERT INTO product_tags (product_id, tag) SELECT $1, tag FROM unnest($2::text[]) AS tag ON CONFLICT DO NOTHING",
        product.id,
        list(dict.fromkeys(product.tags)),
    )
    columns = [
        [value.position for value in values],
        [value.attribute_id for value in values],
        [value.value for value in values],
        [value.number for value in values],
        [value.misfit for value in values],
    ]
    await tx.run(_KEEP_VALUES, product.id, *columns)
    if values:
        await tx.run(_ADD_VALUES, product.id, *columns)


def _row(place: int, variant: Variant) -> dict[str, Any]:
    return msgspec.structs.asdict(variant) | {"position": place}


async def _add_variants(tx: Tx, product_id: UUID, rows: list[dict[str, Any]]) -> None:
    added = {row["sku"] for row in await tx.rows(_ADD_VARIANTS, product_id, rows)}
    if len(added) < len(rows):
        raise sku_taken(str(row["sku"]) for row in rows if row["sku"] not in added)


async def delete(tx: Tx, product_id: UUID) -> None:
    """The row stays, for what points at it; its variants, SKUs and slugs are free."""
    for table in ("variants", "product_tags", "attribute_values", "related_products", "product_redirects"):
        await tx.run(f"DELETE FROM {table} WHERE product_id = $1", product_id)
    await tx.run("UPDATE products SET deleted_at = now(), category = NULL, brand_id = NULL WHERE id = $1", product_id)


async def moved_to(tx: Tx, slug: str) -> Slugged | None:
    """The product that had this slug earlier, as it is today."""
    return await tx.one(
        Slugged,
        "SELECT p.id, p.slug, p.status, p.seller_id FROM product_redirects r JOIN products p ON p.id = r.product_id "
        "WHERE r.slug = $1",
        slug,
    )


async def known(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Those that are products of this store."""
    rows = await tx.rows("SELECT id FROM products WHERE id = ANY ($1) AND deleted_at IS NULL", list(ids))
    return {row["id"] for row in rows}


async def relate(tx: Tx, product_id: UUID, others: Sequence[UUID]) -> None:
    """In the order given, instead of those chosen before."""
    await tx.run("DELETE FROM related_products WHERE product_id = $1", product_id)
    await tx.run(
        "INSERT INTO related_products (product_id, position, other_id) "
        "SELECT $1, position, other_id FROM unnest($2::uuid[]) WITH ORDINALITY AS n(other_id, position)",
        product_id,
        list(others),
    )


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


async def set_available(tx: Tx, available: dict[UUID, tuple[int, bool]]) -> None:
    """By variant, and whether more may be ordered. Those unknown (deleted by now) are passed over. Their products are
    locked, as by `lock`."""
    of = await tx.rows("SELECT DISTINCT product_id FROM variants WHERE id = ANY ($1)", list(available))
    products = [row["product_id"] for row in of]
    await tx.run("SELECT FROM products WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", products)
    await tx.run(
        "UPDATE variants v SET available = n.available, backorder = n.backorder "
        "FROM unnest($1::uuid[], $2::bigint[], $3::bool[]) AS n(id, available, backorder) "
        "WHERE v.id = n.id AND v.id = ANY($1)",
        *columns([(id, *quantity) for id, quantity in available.items()]),
    )
    await tx.run(
        "UPDATE products p SET available = "
        "  coalesce((SELECT sum(v.available) FROM variants v WHERE v.product_id = p.id), 0) WHERE p.id = ANY ($1)",
        products,
    )
