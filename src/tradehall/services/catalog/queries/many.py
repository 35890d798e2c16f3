"""SQL of many products at once, as an import writes them: a few statements for some hundred rows."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import Product
from tradehall.services.catalog.queries import products

_SHAPE = (
    "id uuid, slug text, name text, brand text, category text, description text, specifications jsonb, options text[], "
    "tags text[], images jsonb, status text, rating_average numeric, rating_count int, min_price bigint, "
    "compare_at bigint, sort_name text, words_a text, words_b text, words_c text, words_d text, keywords text, "
    "seller_id uuid, currency text"
)
_VALUES = [column.split()[0] for column in _SHAPE.split(", ")][1:21]  # as products.values_of gives them
_COLUMNS = _VALUES[:15]
_WORDS = " || ".join(f"setweight(to_tsvector('simple', n.words_{weight}), '{weight.upper()}')" for weight in "abcd")
_INSERT = f"""
INSERT INTO products (id, {", ".join(_COLUMNS)}, words, keywords, seller_id, currency, published_at)
SELECT id, {", ".join(_COLUMNS)}, {_WORDS}, keywords, seller_id, currency,
       CASE WHEN status = 'published' THEN now() END
FROM jsonb_to_recordset($1) AS n({_SHAPE}) ON CONFLICT DO NOTHING
"""
_UPDATE = f"""
UPDATE products p
SET {", ".join(f"{column} = n.{column}" for column in _COLUMNS)},
    words = {_WORDS}, keywords = n.keywords, version = p.version + 1, updated_at = now(),
    published_at = coalesce(p.published_at, CASE WHEN n.status = 'published' THEN now() END)
FROM jsonb_to_recordset($1) AS n({_SHAPE}) WHERE p.id = n.id AND p.id = ANY($2)
"""
_VARIANTS = (
    "jsonb_to_recordset($1) AS n(id uuid, product_id uuid, sku text, options jsonb, price bigint, compare_at bigint, "
    "weight_g int, image text, position int)"
)
_ADD_VARIANTS = f"""
INSERT INTO variants (id, product_id, sku, options, price, compare_at, weight_g, image, position)
SELECT id, product_id, sku, options, price, compare_at, weight_g, image, position FROM {_VARIANTS}
ORDER BY sku ON CONFLICT DO NOTHING
"""
_CHANGE_VARIANTS = f"""
UPDATE variants v
SET options = n.options, price = n.price, compare_at = n.compare_at, weight_g = n.weight_g, position = n.position
FROM {_VARIANTS} WHERE v.id = n.id AND v.id = ANY($2)
"""


class TakenMeanwhile(Exception):
    """A slug or SKU that was free a moment ago is another's now; to be tried again from the start."""


async def plan_anew(tx: Tx) -> None:
    """The tables grow while an import runs; a plan made while they were small would read them whole."""
    await tx.run("SET LOCAL plan_cache_mode = force_custom_plan")


async def owners(tx: Tx, skus: Sequence[str]) -> dict[str, UUID]:
    """SKU -> product."""
    rows = await tx.rows("SELECT sku, product_id FROM variants WHERE sku = ANY($1)", skus)
    return {row["sku"]: row["product_id"] for row in rows}


async def slugs(tx: Tx, slugs: Sequence[str]) -> dict[str, UUID]:
    """Slug -> product, of those that are taken."""
    rows = await tx.rows("SELECT slug, id FROM products WHERE slug = ANY($1) AND deleted_at IS NULL", slugs)
    return {row["slug"]: row["id"] for row in rows}


async def sellers(tx: Tx, slugs: Sequence[str]) -> dict[str, UUID]:
    rows = await tx.rows("SELECT slug, id FROM sellers WHERE slug = ANY($1)", slugs)
    return {row["slug"]: row["id"] for row in rows}


async def hold_categories(tx: Tx, slugs: Sequence[str]) -> frozenset[str]:
    """Those there are; they cannot be deleted before the transaction ends."""
    rows = await tx.rows("SELECT slug FROM categories WHERE slug = ANY($1) ORDER BY slug FOR KEY SHARE", slugs)
    return frozenset(row["slug"] for row in rows)


async def insert(tx: Tx, new: Sequence[Product]) -> None:
    """Raises TakenMeanwhile."""
    if not new:
        return
    if await tx.run(_INSERT, [_row(product) for product in new]) < len(new):
        raise TakenMeanwhile
    await _add_variants(tx, [row for product in new for row in _variants(product)])


async def update(tx: Tx, changed: Sequence[tuple[Product, Product]]) -> None:
    """Products locked before, as (before, now); variants may have been added, none taken away. Raises TakenMeanwhile."""
    if not changed:
        return
    await tx.run(_UPDATE, [_row(now) for _, now in changed], [now.id for _, now in changed])
    added, other = [], []
    for before, now in changed:
        known = {variant.id: variant for variant in before.variants}
        for variant, row in zip(now.variants, _variants(now), strict=True):
            if variant.id not in known:
                added.append(row)
            elif variant != known[variant.id]:
                other.append(row)
    if other:
        await tx.run(_CHANGE_VARIANTS, other, [row["id"] for row in other])
    await _add_variants(tx, added)


async def _add_variants(tx: Tx, rows: Sequence[dict[str, object]]) -> None:
    if rows and await tx.run(_ADD_VARIANTS, rows) < len(rows):
        raise TakenMeanwhile


def _row(product: Product) -> dict[str, object]:
    values = dict(zip(_VALUES, products.values_of(product), strict=True))
    return {"id": product.id, "seller_id": product.seller_id, "currency": product.currency, **values}


def _variants(product: Product) -> list[dict[str, object]]:
    return [{"product_id": product.id, **row} for row in products.variant_rows(product)]
