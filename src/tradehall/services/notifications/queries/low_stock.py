"""SQL of what is low in stock, until it is told."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.db import Tx, columns
from tradehall.services.notifications.model import LowVariant

_COLUMNS = "variant_id, seller_id, sku, title, available, threshold"


async def gathering(tx: Tx) -> bool:
    """Whether something waits to be told already."""
    return bool(await tx.scalar("SELECT EXISTS (SELECT FROM low_stock)"))


async def gather(tx: Tx, variants: Sequence[LowVariant]) -> None:
    """Each once, as it is now."""
    await tx.run(
        f"INSERT INTO low_stock ({_COLUMNS}) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::int[]) "
        "ON CONFLICT (store_id, variant_id) DO UPDATE SET available = excluded.available, threshold = excluded.threshold",
        *columns([(v.variant_id, v.seller_id, v.sku, v.title, v.available, v.threshold) for v in variants]),
    )


async def take(tx: Tx) -> list[LowVariant]:
    """All that waits, by title; it waits no more."""
    taken = await tx.all(LowVariant, f"DELETE FROM low_stock RETURNING {_COLUMNS}")
    return sorted(taken, key=lambda variant: (variant.title, variant.sku))


async def save_seller(tx: Tx, seller_id: UUID, user_id: UUID) -> None:
    await tx.run(
        "INSERT INTO seller_accounts (seller_id, user_id) VALUES ($1, $2) "
        "ON CONFLICT (store_id, seller_id) DO UPDATE SET user_id = excluded.user_id",
        seller_id,
        user_id,
    )


async def accounts(tx: Tx, seller_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The sellers' user ids."""
    rows = await tx.rows("SELECT seller_id, user_id FROM seller_accounts WHERE seller_id = ANY($1)", seller_ids)
    return {row["seller_id"]: row["user_id"] for row in rows}
