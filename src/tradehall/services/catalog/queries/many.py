"""SQL that looks many products up at once, as an import needs them."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.db import Tx


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
