"""SQL that writes products whole, one or some hundred at once: a few statements for all of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.kernel.folding import fold
from tradehall.services.catalog.attributes import Value
from tradehall.services.catalog.model import Product, SlugTaken, Variant, sku_taken
from tradehall.services.catalog.queries import copies, kept
from tradehall.services.catalog.queries.kept import Edition

# As `_row` gives them.
_SHAPE = (
    "slug text, name text, brand text, category text, description text, specifications jsonb, options text[], "
    "tags text[], images jsonb, status text, rating_average numeric, rating_count int, base_average numeric, base_count int, min_price bigint, "
    "compare_at bigint, sort_name text, max_price bigint, variant_count int, available bigint, brand_id uuid"
)
_COLUMNS = ", ".join(column.split()[0] for column in _SHAPE.split(", "))
_ROWS = (
    "jsonb_to_recordset($1::jsonb) AS n(id uuid, seller_id uuid, currency text, "
    f"keywords text, words_a text, words_b text, words_c text, words_d text, {_SHAPE})"
)
_WORDS = " || ".join(f"setweight(to_tsvector('simple', n.words_{weight}), '{weight.upper()}')" for weight in "abcd")
_INSERT = f"""
INSERT INTO products (id, {_COLUMNS}, keywords, words, seller_id, currency, published_at)
SELECT id, {_COLUMNS}, keywords, {_WORDS}, seller_id, currency, CASE WHEN status = 'published' THEN now() END
FROM {_ROWS} ON CONFLICT DO NOTHING RETURNING id, published_at
"""
_UPDATE = f"""
UPDATE products p
SET ({_COLUMNS}) = ROW ({", ".join(f"n.{column}" for column in _COLUMNS.split(", "))}),
    words = CASE WHEN n.words_a IS NULL THEN p.words ELSE {_WORDS} END,
    keywords = coalesce(n.keywords, p.keywords), version = p.version + 1, updated_at = now(),
    published_at = coalesce(p.published_at, CASE WHEN n.status = 'published' THEN now() END)
FROM {_ROWS} WHERE p.id = n.id AND p.id = ANY ($2) RETURNING p.id, p.published_at, p.version, p.updated_at
"""
_VARIANT_ROWS = (
    "jsonb_to_recordset($1::jsonb) AS n(id uuid, product_id uuid, sku text, options jsonb, price bigint, "
    "compare_at bigint, weight_g int, image text, position int)"
)
_CHANGE_VARIANTS = f"""
UPDATE variants v
SET sku = n.sku, options = n.options, price = n.price, compare_at = n.compare_at, weight_g = n.weight_g,
    image = n.image, position = n.position
FROM {_VARIANT_ROWS} WHERE v.id = n.id AND v.id = ANY ($2)
"""
_ADD_VARIANTS = f"""
INSERT INTO variants (id, product_id, sku, options, price, compare_at, weight_g, image, position)
SELECT id, product_id, sku, options, price, compare_at, weight_g, image, position FROM {_VARIANT_ROWS}
ORDER BY sku ON CONFLICT DO NOTHING RETURNING sku
"""
_REDIRECT = """
INSERT INTO product_redirects (slug, product_id) SELECT * FROM unnest($1::text[], $2::uuid[])
ON CONFLICT (store_id, slug) DO UPDATE SET product_id = excluded.product_id
"""


class Whole(msgspec.Struct, frozen=True):
    """A product with what is written beside it: its brand's id, and what it says of attributes."""

    product: Product
    brand_id: UUID | None
    values: Sequence[Value]


async def insert(tx: Tx, new: Sequence[Whole]) -> dict[UUID, datetime | None]:
    """By id when they were published; those whose slugs are taken are not there, and not written. Raises SkuTaken."""
    if not new:
        return {}
    rows = await tx.rows(_INSERT, [_row(one) | _words(one.product) for one in new])
    made = {row["id"]: row["published_at"] for row in rows}
    written = [one for one in new if one.product.id in made]
    products = [one.product for one in written]
    await _add_variants(
        tx, [_variant_row(one, place, variant) for one in products for place, variant in enumerate(one.variants)]
    )
    await copies.add_tags(tx, {product.id: product.tags for product in products})
    await copies.add_values(tx, {one.product.id: one.values for one in written})
    await _free(tx, products)
    return made


async def update(tx: Tx, changed: Sequence[tuple[Product, Whole]], *, anew: bool) -> dict[UUID, datetime | None]:
    """Products locked before, as (earlier, now), in their next versions; by id when they were published. `anew`: what
    is made of them, such as search words, may not be of what they said earlier.

    Raises SlugTaken, SkuTaken.
    """
    if not changed:
        return {}
    moved = [(earlier.slug, one.product) for earlier, one in changed if earlier.slug != one.product.slug]
    told = [_row(one) | _new_words(None if anew else earlier, one.product) for earlier, one in changed]
    try:
        rows = await tx.rows(_UPDATE, told, [one.product.id for _, one in changed])
    except asyncpg.UniqueViolationError:
        slugs = ", ".join(product.slug for _, product in moved)
        raise SlugTaken(f"Another product has the slug {slugs}.") from None
    if moved:
        await _free(tx, [product for _, product in moved])
        await tx.run(_REDIRECT, *columns([(slug, product.id) for slug, product in moved]))
    await _change_variants(tx, [(earlier, one.product) for earlier, one in changed])
    tagged = {one.product.id: one.product.tags for earlier, one in changed if anew or earlier.tags != one.product.tags}
    if tagged:
        await copies.replace_tags(tx, tagged)
    await copies.replace_values(tx, {one.product.id: one.values for _, one in changed})
    written = {one.product.id: one.product.variants for _, one in changed}
    for row in rows:
        kept.keep(tx, Edition(row["id"], row["version"], row["updated_at"]), written[row["id"]])
    return {row["id"]: row["published_at"] for row in rows}


async def _free(tx: Tx, products: Sequence[Product]) -> None:
    """What has these slugs now is found by them, no longer what had them earlier."""
    await tx.run("DELETE FROM product_redirects WHERE slug = ANY ($1)", [product.slug for product in products])


async def _change_variants(tx: Tx, changed: Sequence[tuple[Product, Product]]) -> None:
    """Of 500 variants only those that differ are sent and written."""
    changed = [(earlier, now) for earlier, now in changed if now.variants is not earlier.variants]
    before = {one.id: (place, one) for earlier, _ in changed for place, one in enumerate(earlier.variants)}
    left = {one.id for _, now in changed for one in now.variants}
    if gone := before.keys() - left:
        await tx.run("DELETE FROM variants WHERE id = ANY ($1)", list(gone))
    other, new = [], []
    for _, now in changed:
        for place, one in enumerate(now.variants):
            if one.id not in before:
                new.append(_variant_row(now, place, one))
            elif before[one.id] != (place, one):
                other.append(_variant_row(now, place, one))
    if other:
        try:
            await tx.run(_CHANGE_VARIANTS, other, [row["id"] for row in other])
        except asyncpg.UniqueViolationError:
            raise sku_taken(row["sku"] for row in other if row["sku"] != before[row["id"]][1].sku) from None
    await _add_variants(tx, new)


async def _add_variants(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    added = {row["sku"] for row in await tx.rows(_ADD_VARIANTS, rows)}
    if len(added) < len(rows):
        raise sku_taken(str(row["sku"]) for row in rows if row["sku"] not in added)


def _variant_row(product: Product, place: int, variant: Variant) -> dict[str, Any]:
    row = msgspec.structs.asdict(variant)
    del row["available"], row["backorder"]  # inventory says it
    return row | {"product_id": product.id, "position": place}


def _row(one: Whole) -> dict[str, object]:
    product = one.product
    rating, base, cheapest = product.shown_rating, product.rating, product.cheapest
    return {
        "id": product.id,
        "seller_id": product.seller_id,
        "currency": product.currency,
        "slug": product.slug,
        "name": product.name,
        "brand": product.brand,
        "category": product.category,
        "description": product.description,
        "specifications": product.specifications,
        "options": product.options,
        "tags": product.tags,
        "images": product.images,
        "status": product.status,
        "rating_average": Decimal(str(rating.average)) if rating else None,
        "rating_count": rating.count if rating else 0,
        "base_average": Decimal(str(round(base.average, 2))) if base else None,
        "base_count": base.count if base else 0,
        "min_price": cheapest.price,
        "compare_at": cheapest.compare_at,
        "sort_name": fold(product.name)[:200],
        "max_price": max(variant.price for variant in product.variants),
        "variant_count": len(product.variants),
        "available": product.available,
        "brand_id": one.brand_id,
    }


def _words(product: Product) -> dict[str, str | None]:
    """What it is found by, in the order of their weight."""
    skus = " ".join(variant.sku for variant in product.variants)
    about = " ".join([*product.tags, *(f"{spec.name} {spec.value}" for spec in product.specifications)])
    return {
        "words_a": fold(product.name),
        "words_b": fold(f"{product.brand} {skus}"),
        "words_c": fold(about),
        "words_d": fold(product.description),
        "keywords": fold(f"{product.name} {product.brand} {skus}"),
    }


def _new_words(earlier: Product | None, product: Product) -> dict[str, str | None]:
    """None where they are those of `earlier`, and stay."""
    words = _words(product)
    return dict.fromkeys(words) if earlier is not None and words == _words(earlier) else words
