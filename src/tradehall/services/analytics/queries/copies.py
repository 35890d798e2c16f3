"""SQL of copies: products and their variants, sellers, warehouses."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx


class Product(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    seller_id: UUID
    name: str
    slug: str
    categories: list[str]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str
    price: int
    told: int


class Named(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class Warehouse(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    code: str
    name: str


async def sellers_of(tx: Tx, product_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """By store and product, of the transaction's stores."""
    if not product_ids:
        return {}
    rows = await tx.rows("SELECT store_id, id, seller_id FROM products WHERE id = ANY($1)", list(product_ids))
    return {(row["store_id"], row["id"]): row["seller_id"] for row in rows}


async def names(tx: Tx, product_ids: Sequence[UUID]) -> dict[UUID, Product]:
    rows = await tx.all(
        Product, "SELECT id, seller_id, name, slug, categories FROM products WHERE id = ANY($1)", product_ids
    )
    return {row.id: row for row in rows}


async def sellers(tx: Tx) -> list[Named]:
    return await tx.all(Named, "SELECT id, name FROM sellers ORDER BY name, id LIMIT 500")


async def warehouses(tx: Tx) -> list[Named]:
    return await tx.all(Named, "SELECT id, name FROM warehouses ORDER BY code LIMIT 500")


async def types(tx: Tx, seller_id: UUID | None) -> list[str]:
    """The slugs of categories that products are in, or are below."""
    rows = await tx.rows(
        "SELECT DISTINCT unnest(categories) AS type FROM products WHERE $1::uuid IS NULL OR seller_id = $1 ORDER BY 1 LIMIT 500",
        seller_id,
    )
    return [row["type"] for row in rows]
