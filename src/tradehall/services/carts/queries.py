"""SQL of the carts service."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
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


class Owner(msgspec.Struct, frozen=True):
    """Whose cart: an account's, found by the account only, or the guest's who knows its id."""

    guest: UUID | None = None
    account: UUID | None = None


_COLUMNS = "c.id, c.user_id, c.version, c.variant_ids, c.quantities, c.prices"
_CARTS = f"""
SELECT {_COLUMNS} FROM carts c WHERE c.id = ANY($1) AND $3
UNION ALL SELECT {_COLUMNS} FROM carts c WHERE c.user_id = ANY($2) AND $4
"""
_VARIANTS = """
SELECT id, product_id, seller_id, slug, sku, title, options, price, currency, image, for_sale FROM variants
WHERE id = ANY($1)
"""


async def load(
    tx: Tx, owners: Sequence[Owner], besides: Sequence[UUID] = ()
) -> tuple[dict[Owner, Cart], dict[UUID, Variant]]:
    """The cart of each (an empty one where there is none), the variants of all their lines and those named."""
    guests = [owner.guest for owner in owners if owner.guest is not None]
    accounts = [owner.account for owner in owners if owner.account is not None]
    found = [_cart(row) for row in await tx.rows(_CARTS, guests, accounts, bool(guests), bool(accounts))]
    known = {Owner(account=cart.user_id) if cart.user_id else Owner(guest=cart.id): cart for cart in found}
    carts = {
        owner: known.get(owner) or Cart(id=owner.guest or uuid7(), user_id=owner.account)
        for owner in dict.fromkeys(owners)
    }
    ids = {*besides, *(line.variant_id for cart in carts.values() for line in cart.lines)}
    variants = await tx.all(Variant, _VARIANTS, list(ids)) if ids else []
    return carts, {variant.id: variant for variant in variants}


def _cart(row: asyncpg.Record) -> Cart:
    lines = zip(row["variant_ids"], row["quantities"], row["prices"], strict=True)
    return Cart(
        id=row["id"],
        user_id=row["user_id"],
        version=row["version"],
        lines=[Line(variant_id=v, quantity=q, price=p) for v, q, p in lines],
    )


async def by_id(tx: Tx, cart_id: UUID) -> Cart | None:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM carts c WHERE c.id = $1", cart_id)
    return _cart(rows[0]) if rows else None


async def locked(tx: Tx, cart_id: UUID, user_id: UUID | None = None) -> list[Cart]:
    """The cart of this id and that of this account, where they are; until the transaction ends nobody changes them."""
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM carts c WHERE c.id = $1 OR c.user_id = $2 ORDER BY c.id FOR UPDATE", cart_id, user_id
    )
    return [_cart(row) for row in rows]


_ROWS = "jsonb_to_recordset($1) AS t(id uuid, user_id uuid, version int, variant_ids uuid[], quantities int[], prices bigint[])"
_UPDATE = f"""
UPDATE carts c SET version = c.version + 1, variant_ids = t.variant_ids, quantities = t.quantities, prices = t.prices,
  updated_at = now()
FROM {_ROWS} WHERE c.id = t.id AND c.version = t.version AND c.id = ANY($2) RETURNING c.id
"""
_INSERT = f"""
INSERT INTO carts (id, user_id, version, variant_ids, quantities, prices)
SELECT id, user_id, 1, variant_ids, quantities, prices FROM {_ROWS} ON CONFLICT DO NOTHING RETURNING id
"""


async def store(tx: Tx, carts: Sequence[Cart]) -> set[UUID]:
    """Compare-and-set; returns the ids of those whose stored version was still the one they were read at."""
    known, new = [cart for cart in carts if cart.version], [cart for cart in carts if not cart.version]
    written: list[asyncpg.Record] = []
    if known:
        written += await tx.rows(_UPDATE, [_row(cart) for cart in known], [cart.id for cart in known])
    if new:
        written += await tx.rows(_INSERT, [_row(cart) for cart in new])
    return {row["id"] for row in written}


def _row(cart: Cart) -> dict[str, object]:
    return {
        "id": cart.id,
        "user_id": cart.user_id,
        "version": cart.version,
        "variant_ids": [line.variant_id for line in cart.lines],
        "quantities": [line.quantity for line in cart.lines],
        "prices": [line.price for line in cart.lines],
    }


async def save_variants(tx: Tx, product_ids: Sequence[UUID], rows: Sequence[Variant]) -> None:
    """All variants of these products, replacing those before: what is no longer among them is not for sale."""
    await tx.run(
        "UPDATE variants SET for_sale = false WHERE product_id = ANY($1) AND for_sale AND NOT (id = ANY($2))",
        product_ids,
        [row.id for row in rows],
    )
    in_order = sorted(rows, key=lambda row: row.id)
    await tx.upsert("variants", in_order)
