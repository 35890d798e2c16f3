"""SQL of a store's staff and of invitations."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.identity.model import INVITATION_LIFE, Invitation, Member, User
from tradehall.services.identity.queries import totp

# As a literal, so that the index on staff is found.
_ROLES = "ARRAY['store_admin', 'warehouse_manager', 'warehouse_staff', 'support']"
_INVITATION = "id, email, roles, created_at, expires_at"


async def members(tx: Tx, *, after: UUID | None, limit: int) -> list[Member]:
    """In the order in which their accounts were made."""
    return await tx.all(
        Member,
        f"SELECT u.id, u.email, u.name, ARRAY(SELECT unnest(u.roles) INTERSECT SELECT unnest({_ROLES}) ORDER BY 1) AS roles, "
        f"{totp.ON}, "
        "(SELECT max(s.last_used_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at "
        f"FROM users u WHERE u.roles && {_ROLES} AND ($1::uuid IS NULL OR u.id > $1) ORDER BY u.id LIMIT $2",
        after,
        limit,
    )


async def count(tx: Tx, *, without: str = "") -> int:
    """The staff, and those invited to it, but the address `without`: another invitation takes the place of the first."""
    return await tx.scalar(  # type: ignore[no-any-return]
        f"SELECT (SELECT count(*) FROM users WHERE roles && {_ROLES} AND email <> $1) + "
        "(SELECT count(*) FROM invitations WHERE expires_at > now() AND email <> $1)",
        without,
    )


async def lock_admins(tx: Tx) -> set[UUID]:
    """Those of the store. Changes of staff come one after another, so that an admin stays."""
    rows = await tx.rows("SELECT id FROM users WHERE roles && ARRAY['store_admin'] ORDER BY id FOR UPDATE")
    return {row["id"] for row in rows}


async def set_roles(tx: Tx, user_id: UUID, roles: Sequence[str]) -> User | None:
    """Those of staff; what else somebody is stays, and who is nothing else is a shopper. None where there is no such user."""
    return await tx.one(
        User,
        "UPDATE users SET updated_at = now(), roles = coalesce(nullif("
        f"ARRAY(SELECT unnest(roles) EXCEPT SELECT unnest({_ROLES}) ORDER BY 1) || $2::text[], '{{}}'), '{{shopper}}') "
        "WHERE id = $1 RETURNING id, email, name, roles",
        user_id,
        list(roles),
    )


async def invite(tx: Tx, id: UUID, email: str, roles: Sequence[str], digest: bytes, *, by: UUID | None) -> Invitation:
    """In the place of an earlier one to this address."""
    made = await tx.one(
        Invitation,
        "INSERT INTO invitations (id, email, roles, digest, invited_by, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, now() + $6::interval) ON CONFLICT (email, store_id) DO UPDATE SET "
        "id = excluded.id, roles = excluded.roles, digest = excluded.digest, invited_by = excluded.invited_by, "
        f"created_at = now(), expires_at = excluded.expires_at RETURNING {_INVITATION}",
        id,
        email,
        list(roles),
        digest,
        by,
        INVITATION_LIFE,
    )
    assert made is not None, "an upsert without a condition returns its row"
    return made


async def invitations(tx: Tx, *, before: UUID | None, limit: int) -> list[Invitation]:
    """Newest first; expired ones too, so that they can be sent again."""
    return await tx.all(
        Invitation,
        f"SELECT {_INVITATION} FROM invitations WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        before,
        limit,
    )


async def invitation(tx: Tx, digest: bytes) -> Invitation | None:
    """A valid one, locked: it is taken once."""
    return await tx.one(
        Invitation,
        f"SELECT {_INVITATION} FROM invitations WHERE digest = $1 AND expires_at > now() FOR UPDATE",
        digest,
    )


async def withdraw(tx: Tx, invitation_id: UUID) -> bool:
    return bool(await tx.run("DELETE FROM invitations WHERE id = $1", invitation_id))
