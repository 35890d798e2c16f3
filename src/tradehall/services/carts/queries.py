"""SQL of the carts service."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.services.carts.model import Cart, Line


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    seller_id: UUID
    slug: str
    sku: str
    title: str
    options: dict[str, str]
    price: int
    currency: str
    image: str | None
    for_sale: bool


_VARIANT = (
    "v.id, v.product_id, v.seller_id, v.slug, v.sku, v.title, v.options, v.price, v.currency, v.image, v.for_sale"
)
_CART = "c.id AS cart_id, c.user_id, c.version, c.variant_ids, c.quantities, c.prices"
_WITH_VARIANTS = (
    f"SELECT {_CART}, {_VARIANT} FROM (SELECT) AS one LEFT JOIN carts c ON %s "
    "LEFT JOIN variants v ON v.id = ANY(coalesce(c.variant_ids, '{}') || $2::uuid[])"
)
# Two statements, so that each is found by its index whatever plan PostgreSQL keeps.
_OF_GUEST = _WITH_VARIANTS % "c.id = $1 AND c.user_id IS NULL"
_OF_ACCOUNT = _WITH_VARIANTS % "c.user_id = $1"


async def load(
    tx: Tx, cart_id: UUID, user_id: UUID | None, besides: Sequence[UUID] = ()
) -> tuple[Cart, dict[UUID, Variant]]:
    """The cart (an empty one where there is none) with the variants of its lines and those named; one round trip.

    An account's cart is found by its owner only, never by its id.
    """
    if user_id is None:
        rows = await tx.rows(_OF_GUEST, cart_id, besides)
    else:
        rows = await tx.rows(_OF_ACCOUNT, user_id, besides)
    found = {row["id"]: msgspec.convert(dict(row), Variant) for row in rows if row["id"] is not None}
    return _cart(rows[0], cart_id, user_id), found


def _cart(row: asyncpg.Record, cart_id: UUID, user_id: UUID | None) -> Cart:
    if row["cart_id"] is None:
        return Cart(id=cart_id, user_id=user_id)
    lines = zip(row["variant_ids"], row["quantities"], row["prices"], strict=True)
    return Cart(
        id=row["cart_id"],
        user_id=row["user_id"],
        version=row["version"],
        lines=[Line(variant_id=v, quantity=q, price=p) for v, q, p in lines],
    )


async def by_id(tx: Tx, cart_id: UUID) -> Cart | None:
    rows = await tx.rows(f"SELECT {_CART} FROM carts c WHERE c.id = $1", cart_id)
    return _cart(rows[0], cart_id, None) if rows else None


async def locked(tx: Tx, cart_id: UUID, user_id: UUID | None = None) -> list[Cart]:
    """The cart of this id and that of this account, where they are; until the transaction ends nobody changes them."""
    rows = await tx.rows(
        f"SELECT {_CART} FROM carts c WHERE c.id = $1 OR c.user_id = $2 ORDER BY c.id FOR UPDATE", cart_id, user_id
    )
    return [_cart(row, cart_id, None) for row in rows]


async def store(tx: Tx, cart: Cart) -> bool:
    """Compare-and-set: False where the stored version is no longer the one this cart was read at."""
    lines = columns([(x.variant_id, x.quantity, x.price) for x in cart.lines]) if cart.lines else [[], [], []]
    if cart.version:
        return bool(
            await tx.run(
                "UPDATE carts SET version = version + 1, variant_ids = $3, quantities = $4, prices = $5, "
                "updated_at = now() WHERE id = $1 AND version = $2",
                cart.id,
                cart.version,
                *lines,
            )
        )
    return bool(
        await tx.run(
            "INSERT INTO carts (id, user_id, version, variant_ids, quantities, prices) "
            "VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT DO NOTHING",
            cart.id,
            cart.user_id,
            *lines,
        )
    )


async def save_variants(tx: Tx, product_id: UUID, rows: Sequence[Variant]) -> None:
    """The variants of a product, replacing those before: what is no longer among them is not for sale."""
    await tx.run("UPDATE variants SET for_sale = false WHERE product_id = $1", product_id)
    await tx.upsert("variants", rows)
