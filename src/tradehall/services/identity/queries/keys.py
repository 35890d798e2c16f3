"""SQL of API keys."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.model import ApiKey, User
from tradehall.services.identity.queries import totp

_KEY = "id, user_id, name, scopes, hint, created_at, expires_at, last_used_at"


class Found(User, frozen=True, kw_only=True):
    """A key's user as they are now."""

    key_id: UUID
    scopes: list[str]


async def insert(
    tx: Tx, user_id: UUID, name: str, scopes: Sequence[str], digest: bytes, hint: str, expires_at: datetime | None
) -> ApiKey:
    made = await tx.one(
        ApiKey,
        "INSERT INTO api_keys (id, user_id, name, scopes, digest, hint, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        f"RETURNING {_KEY}",
        uuid7(),
        user_id,
        name,
        list(scopes),
        digest,
        hint,
        expires_at,
    )
    assert made is not None, "an INSERT returns its row"
    return made


async def count(tx: Tx, user_id: UUID) -> int:
    found: int = await tx.scalar("SELECT count(*) FROM api_keys WHERE user_id = $1", user_id)
    return found


async def listed(tx: Tx, user_id: UUID | None, *, before: UUID | None, limit: int) -> list[ApiKey]:
    """Newest first; of this user, or (None) all of the store."""
    return await tx.all(
        ApiKey,
        f"SELECT {_KEY} FROM api_keys WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        limit,
    )


async def delete(tx: Tx, key_id: UUID, *, of_user: UUID | None) -> bool:
    return bool(
        await tx.run("DELETE FROM api_keys WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)", key_id, of_user)
    )


async def delete_all(tx: Tx, user_id: UUID) -> list[UUID]:
    rows = await tx.rows("DELETE FROM api_keys WHERE user_id = $1 RETURNING id", user_id)
    return [row["id"] for row in rows]


async def used(tx: Tx, digest: bytes) -> Found | None:
    """Whose key it is, and that it was used now. None where it is unknown or has expired."""
    return await tx.one(
        Found,
        "WITH used AS (UPDATE api_keys SET last_used_at = now() WHERE digest = $1 "
        "AND (expires_at IS NULL OR expires_at > now()) RETURNING id, user_id, scopes) "
        "SELECT u.id, u.email, u.name, u.roles, s.id AS seller_id, used.id AS key_id, used.scopes, "
        f"{totp.ON} "
        "FROM used JOIN users u ON u.id = used.user_id LEFT JOIN sellers s ON s.user_id = u.id "
        "AND s.status IN ('active', 'suspended')",
        digest,
    )
