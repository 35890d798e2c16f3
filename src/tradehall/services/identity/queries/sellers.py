"""SQL of sellers."""

from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.model.sellers import OwnedSeller, Seller, SellerStatus

_SELLER = "id, slug, name, description"
_OWNED = f"{_SELLER}, user_id, status, note, told, created_at"


async def insert(
    tx: Tx, user_id: UUID, *, slug: str, name: str, description: str, status: SellerStatus
) -> OwnedSeller | None:
    """None where the slug is taken."""
    return await tx.one(
        OwnedSeller,
        "INSERT INTO sellers (id, user_id, slug, name, description, status, told) "
        "VALUES ($1, $2, $3, $4, $5, $6, $6 = 'active') "
        f"ON CONFLICT (store_id, slug) DO NOTHING RETURNING {_OWNED}",
        uuid7(),
        user_id,
        slug,
        name,
        description,
        status,
    )


async def active(tx: Tx, *, after: str | None, limit: int) -> list[Seller]:
    """By slug."""
    return await tx.all(
        Seller,
        f"SELECT {_SELLER} FROM sellers WHERE status = 'active' AND ($1::text IS NULL OR slug > $1) ORDER BY slug LIMIT $2",
        after,
        limit,
    )


async def find(tx: Tx, *, slug: str | None = None, id: UUID | None = None) -> OwnedSeller | None:
    """By either."""
    return await tx.one(OwnedSeller, f"SELECT {_OWNED} FROM sellers WHERE slug = $1 OR id = $2", slug, id)


async def of_user(tx: Tx, user_id: UUID) -> OwnedSeller | None:
    return await tx.one(OwnedSeller, f"SELECT {_OWNED} FROM sellers WHERE user_id = $1", user_id)


async def lock(tx: Tx, seller_id: UUID) -> OwnedSeller | None:
    return await tx.one(OwnedSeller, f"SELECT {_OWNED} FROM sellers WHERE id = $1 FOR UPDATE", seller_id)


async def told(tx: Tx) -> list[UUID]:
    """Those that anybody has heard of."""
    return [row["id"] for row in await tx.rows("SELECT id FROM sellers WHERE told ORDER BY id")]


async def listed(tx: Tx, *, status: SellerStatus | None, before: UUID | None, limit: int) -> list[OwnedSeller]:
    """Newest first, of all statuses or of one."""
    return await tx.all(
        OwnedSeller,
        f"SELECT {_OWNED} FROM sellers WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        status,
        before,
        limit,
    )


async def update(tx: Tx, seller_id: UUID, *, name: str | None, description: str | None) -> OwnedSeller | None:
    """None leaves a field as it is."""
    return await tx.one(
        OwnedSeller,
        "UPDATE sellers SET name = coalesce($2, name), description = coalesce($3, description), updated_at = now() "
        f"WHERE id = $1 RETURNING {_OWNED}",
        seller_id,
        name,
        description,
    )


async def apply_again(tx: Tx, seller_id: UUID, *, slug: str, name: str, description: str, status: SellerStatus) -> None:
    """Who was refused. Raises what a slug that is taken raises."""
    await tx.run(
        "UPDATE sellers SET slug = $2, name = $3, description = $4, status = $5, note = '', told = $5 = 'active', "
        "updated_at = now() WHERE id = $1 AND status = 'refused'",
        seller_id,
        slug,
        name,
        description,
        status,
    )


async def save_decision(tx: Tx, seller: OwnedSeller) -> None:
    await tx.run(
        "UPDATE sellers SET status = $2, note = $3, told = $4, decided_at = now(), updated_at = now() WHERE id = $1",
        seller.id,
        seller.status,
        seller.note,
        seller.told,
    )


async def make_seller(tx: Tx, user_id: UUID) -> None:
    """Gives the role, besides those they have."""
    await tx.run(
        "UPDATE users SET roles = roles || '{seller}', updated_at = now() WHERE id = $1 AND NOT 'seller' = ANY (roles)",
        user_id,
    )
