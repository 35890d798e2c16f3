"""SQL of products as their sellers see and change them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.services.catalog.model import Product, Rating, Variant
from tradehall.services.catalog.queries import kept, variants
from tradehall.services.catalog.queries.kept import Edition
from tradehall.services.catalog.queries.variants import Stock

_LOCK = """
SELECT id, seller_id, slug, name, brand, category, description, specifications, options, tags, images, status,
       currency, base_average::float8 AS base_average, base_count, stars, published_at, version, updated_at
FROM products WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""
# Whoever writes variants, quantities too, has locked their product: they need no locks of their own.
_OF_PRODUCTS = (
    "FROM (SELECT * FROM variants WHERE product_id = ANY ($1) ORDER BY product_id, position) v GROUP BY v.product_id"
)
_VARIANTS = f"SELECT v.product_id, {variants.AS_COLUMNS} {_OF_PRODUCTS}"
_STOCK = f"SELECT v.product_id, array_agg(v.available) AS available, array_agg(v.backorder) AS backorder {_OF_PRODUCTS}"


class Slugged(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    status: str
    seller_id: UUID


async def count(tx: Tx) -> int:
    """Drafts too."""
    return await tx.scalar("SELECT count(*) FROM products WHERE deleted_at IS NULL")  # type: ignore[no-any-return]


async def lock(tx: Tx, product_id: UUID) -> Product | None:
    return (await lock_all(tx, [product_id])).get(product_id)


async def lock_all(tx: Tx, product_ids: Sequence[UUID]) -> dict[UUID, Product]:
    """By id; those that are there."""
    rows = {row["id"]: dict(row) for row in await tx.rows(_LOCK, product_ids)}
    editions = {}
    for id, row in rows.items():
        average, count = row.pop("base_average"), row.pop("base_count")
        row["rating"] = Rating(average, count) if average is not None else None
        editions[id] = Edition(id, row["version"], row.pop("updated_at"))
    found = await _variants(tx, editions)
    return {id: msgspec.convert(row | {"variants": found.get(id, [])}, Product) for id, row in rows.items()}


async def _variants(tx: Tx, editions: Mapping[UUID, Edition]) -> dict[UUID, list[Variant]]:
    """By product; these are locked."""
    known = {id: one for id, edition in editions.items() if (one := kept.get(tx, edition))}
    unknown = [id for id in editions if id not in known]
    found = {}
    for row in await tx.rows(_STOCK, list(known)) if known else ():
        stock = Stock(row["available"], row["backorder"])
        found[row["product_id"]] = kept.stocked(known[row["product_id"]], stock)
    for row in await tx.rows(_VARIANTS, unknown) if unknown else ():
        found[row["product_id"]] = variants.of_row(row)
    for id, some in found.items():
        kept.keep(tx, editions[id], some)
    return found


async def rate(tx: Tx, rated: Sequence[tuple[Product, int]]) -> set[UUID]:
    """Writes the stars of products that are locked, each with their version; which of them are news."""
    rows = []
    for product, version in rated:
        rating = product.shown_rating
        average = Decimal(str(rating.average)) if rating else None
        # asyncpg takes a list within a list for a second dimension, hence the stars as text
        stars = f"{{{','.join(map(str, product.stars))}}}"
        rows.append((product.id, stars, version, average, rating.count if rating else 0))
    found = await tx.rows(
        "UPDATE products p SET stars = n.stars::int[], stars_version = n.version, rating_average = n.average, "
        "rating_count = n.count FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::numeric[], $5::int[]) "
        "AS n(id, stars, version, average, count) WHERE p.id = n.id AND p.id = ANY ($1) AND p.stars_version < n.version "
        "RETURNING p.id",
        *columns(rows),
    )
    return {row["id"] for row in found}


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


async def named(tx: Tx, product_id: UUID) -> Slugged | None:
    """The product of this id, by the slug it has today."""
    return await tx.one(
        Slugged, "SELECT id, slug, status, seller_id FROM products WHERE id = $1 AND deleted_at IS NULL", product_id
    )


async def all_ids(tx: Tx) -> list[UUID]:
    return [row["id"] for row in await tx.rows("SELECT id FROM products WHERE deleted_at IS NULL ORDER BY id")]


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


async def suspended(tx: Tx, seller_id: UUID) -> bool:
    """Until the transaction ends it stays so."""
    return bool(await tx.scalar("SELECT suspended FROM sellers WHERE id = $1 FOR SHARE", seller_id))


async def save_seller(tx: Tx, seller_id: UUID, slug: str, name: str, *, suspended: bool) -> None:
    await tx.run(
        "INSERT INTO sellers (id, slug, name, suspended) VALUES ($1, $2, $3, $4) ON CONFLICT (store_id, id) "
        "DO UPDATE SET slug = excluded.slug, name = excluded.name, suspended = excluded.suspended",
        seller_id,
        slug,
        name,
        suspended,
    )


async def hold_back(tx: Tx, seller_id: UUID) -> list[UUID]:
    """What this seller has published is out of sight from now on; which that were."""
    rows = await tx.rows(
        "UPDATE products SET status = 'draft', held_back = true "
        "WHERE seller_id = $1 AND status = 'published' AND deleted_at IS NULL RETURNING id",
        seller_id,
    )
    return [row["id"] for row in rows]


async def let_go(tx: Tx, seller_id: UUID) -> list[UUID]:
    """What was held back is published again; which that were."""
    rows = await tx.rows(
        "UPDATE products SET status = 'published', held_back = false WHERE seller_id = $1 AND held_back RETURNING id",
        seller_id,
    )
    return [row["id"] for row in rows]


async def set_available(tx: Tx, quantities: Sequence[tuple[UUID, UUID, UUID, int, bool]]) -> None:
    """Of stores: variant, product, how many there are, and whether more may be ordered. Those unknown (deleted by now) are
    passed over. Their products are locked, as by `lock`."""
    store_ids, variant_ids, product_ids, available, backorder = columns(quantities)
    await tx.run("SELECT FROM products WHERE id = ANY($1) ORDER BY store_id, id FOR NO KEY UPDATE", product_ids)
    await tx.run(_SET_VARIANTS, store_ids, variant_ids, available, backorder)
    await tx.run(_SUM_VARIANTS, product_ids)


_SET_VARIANTS = """
UPDATE variants v SET available = n.available, backorder = n.backorder
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bool[]) AS n(store_id, id, available, backorder)
WHERE v.store_id = n.store_id AND v.id = n.id AND v.id = ANY($2)
"""
# After that, not with it: joined with what is set, each variant of each product would be compared with all of it.
_SUM_VARIANTS = """
UPDATE products p SET available = coalesce((
  SELECT sum(available) FROM variants v WHERE v.store_id = p.store_id AND v.product_id = p.id), 0)
WHERE p.id = ANY($1)
"""
