"""SQL of the identity service; that of codes beside it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg

from tradehall.contracts.values import Address
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.model import (
    CODE_TRIES,
    FAILURES,
    FORGOTTEN_AFTER,
    LOCKED_FOR,
    Account,
    KeptAddress,
    Profile,
    Session,
    User,
    subject_of,
)
from tradehall.services.identity.queries import totp

# Users


async def insert_user(tx: Tx, *, email: str, password_hash: str | None, name: str, roles: list[str]) -> User | None:
    """None where the e-mail is taken."""
    return await tx.one(
        User,
        "INSERT INTO users (id, email, password_hash, name, roles) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (store_id, email) DO NOTHING RETURNING id, email, name, roles",
        uuid7(),
        email,
        password_hash,
        name,
        roles,
    )


async def create_operator(tx: Tx, email: str, password_hash: str, name: str) -> User | None:
    """In a transaction of the platform. None where there is one with this e-mail already."""
    return await insert_user(tx, email=email, password_hash=password_hash, name=name, roles=["operator"])


_ACCOUNT = (
    f"SELECT u.id, u.email, u.name, u.roles, u.password_hash, u.password_set_at, s.id AS seller_id, {totp.ON} "
    "FROM users u LEFT JOIN sellers s ON s.user_id = u.id AND s.status IN ('active', 'suspended') WHERE "
)


async def account_by_email(tx: Tx, email: str) -> Account | None:
    return await tx.one(Account, _ACCOUNT + "u.email = $1", email)


async def account(tx: Tx, user_id: UUID) -> Account | None:
    return await tx.one(Account, _ACCOUNT + "u.id = $1", user_id)


async def users(tx: Tx, user_ids: Collection[UUID]) -> list[User]:
    return await tx.all(User, "SELECT id, email, name, roles FROM users WHERE id = ANY($1)", list(user_ids))


async def profile(tx: Tx, user_id: UUID) -> Profile | None:
    return await tx.one(
        Profile,
        "SELECT u.id, u.email, u.name, u.roles, u.created_at, u.email_verified_at IS NOT NULL AS email_verified, u.phone, "
        f"s.id AS seller_id, c.address AS new_email, {totp.ON} "
        "FROM users u LEFT JOIN sellers s ON s.user_id = u.id AND s.status IN ('active', 'suspended') "
        "LEFT JOIN codes c ON c.purpose = 'email_change' AND c.subject = $2 "
        "AND c.digest IS NOT NULL AND c.expires_at > now() AND c.tries < $3 WHERE u.id = $1",
        user_id,
        subject_of(user_id),
        CODE_TRIES,
    )


async def rename(tx: Tx, user_id: UUID, name: str) -> bool:
    return bool(await tx.run("UPDATE users SET name = $2, updated_at = now() WHERE id = $1", user_id, name))


async def verify_email(tx: Tx, user_id: UUID, email: str) -> bool:
    """False where the account has another address."""
    return bool(
        await tx.run(
            "UPDATE users SET email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1 AND email = $2",
            user_id,
            email,
        )
    )


async def change_email(tx: Tx, user_id: UUID, email: str) -> bool:
    """To a proven one. False where it is another account's; the transaction is of no use any more then."""
    try:
        return bool(
            await tx.run(
                "UPDATE users SET email = $2, email_verified_at = now(), updated_at = now() WHERE id = $1",
                user_id,
                email,
            )
        )
    except asyncpg.UniqueViolationError:
        return False


async def set_phone(tx: Tx, user_id: UUID, phone: str | None) -> None:
    """A proven one, or none."""
    await tx.run(
        "UPDATE users SET phone = $2, phone_verified_at = CASE WHEN $2::text IS NULL THEN NULL ELSE now() END, "
        "updated_at = now() WHERE id = $1",
        user_id,
        phone,
    )


async def lock_user(tx: Tx, user_id: UUID) -> bool:
    """False where there is none."""
    return bool(await tx.scalar("SELECT true FROM users WHERE id = $1 FOR UPDATE", user_id))


async def replace_hash(tx: Tx, account: Account, password_hash: str) -> None:
    await tx.run(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        account.id,
        account.password_hash,
        password_hash,
    )


async def hold_password(tx: Tx, account: Account) -> bool:
    """Until the transaction ends the password stays what it was for `account`; False where it has changed since."""
    return bool(
        await tx.scalar(
            "SELECT true FROM users WHERE id = $1 AND password_set_at = $2 FOR SHARE",
            account.id,
            account.password_set_at,
        )
    )


async def set_password(tx: Tx, account: Account, password_hash: str) -> bool:
    """False where it was set since `account` was read."""
    return bool(
        await tx.run(
            "UPDATE users SET password_hash = $3, password_set_at = clock_timestamp(), updated_at = now() "
            "WHERE id = $1 AND password_set_at = $2",
            account.id,
            account.password_set_at,
            password_hash,
        )
    )


# Failed logins

_PRUNE_FAILURES = """
DELETE FROM login_failures WHERE email_digest IN (
  SELECT email_digest FROM login_failures WHERE last_at < now() - $1::interval
  ORDER BY last_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
"""
_FAILED = """
INSERT INTO login_failures AS f (email_digest, failures) VALUES ($1, 1)
ON CONFLICT (store_id, email_digest) DO UPDATE SET
  failures = CASE WHEN f.locked_until <= now() THEN 1 ELSE f.failures + 1 END,
  locked_until = CASE
    WHEN f.locked_until > now() THEN f.locked_until
    WHEN f.locked_until IS NULL AND f.failures + 1 >= $2 THEN now() + $3::interval
  END,
  last_at = now()
RETURNING failures > $2 AS was_locked, ceil(extract(epoch FROM locked_until - now()))::int AS seconds
"""


async def locked_for(tx: Tx, email_digest: bytes) -> int | None:
    """Seconds until the lock on this address opens; None where there is none."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "SELECT ceil(extract(epoch FROM locked_until - now()))::int FROM login_failures "
        "WHERE email_digest = $1 AND locked_until > now()",
        email_digest,
    )


async def count_failure(tx: Tx, email_digest: bytes) -> int | None:
    """Counts a failed login, the fifth in a row locks. Seconds left where a lock was there before, else None."""
    (row,) = await tx.rows(_FAILED, email_digest, FAILURES, LOCKED_FOR)
    await tx.run(_PRUNE_FAILURES, FORGOTTEN_AFTER)
    return row["seconds"] if row["was_locked"] else None


async def lift_lock(tx: Tx, email_digest: bytes) -> None:
    await tx.run("DELETE FROM login_failures WHERE email_digest = $1", email_digest)


async def forget_failures(tx: Tx, email_digest: bytes) -> int | None:
    """After a right password. Waits for failures under way; seconds left where they locked the address."""
    await tx.run(
        "DELETE FROM login_failures WHERE email_digest = $1 AND (locked_until IS NULL OR locked_until <= now())",
        email_digest,
    )
    return await locked_for(tx, email_digest)


# Sessions


async def insert_session(
    tx: Tx, user_id: UUID, *, user_agent: str, address: str, token_digest: bytes, expires_at: datetime
) -> UUID:
    """With its first refresh token; the user's expired sessions go."""
    session_id = uuid7()
    await tx.run("DELETE FROM sessions WHERE user_id = $1 AND expires_at < now()", user_id)
    await tx.run(
        "INSERT INTO sessions (id, user_id, user_agent, address, expires_at) VALUES ($1, $2, $3, $4, $5)",
        session_id,
        user_id,
        user_agent,
        address,
        expires_at,
    )
    await insert_token(tx, session_id, token_digest, expires_at)
    return session_id


async def insert_token(tx: Tx, session_id: UUID, token_digest: bytes, expires_at: datetime) -> None:
    await tx.run(
        "INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES ($1, $2, $3)",
        token_digest,
        session_id,
        expires_at,
    )


async def lock_session_of(tx: Tx, token_digest: bytes) -> UUID | None:
    """The session a refresh token belongs to: one refresh of a session at a time."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "SELECT s.id FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id WHERE t.digest = $1 FOR UPDATE OF s",
        token_digest,
    )


async def take_token(tx: Tx, token_digest: bytes) -> bool | None:
    """True for the one that uses it first; False where it was used before; None where it has expired."""
    taken = await tx.scalar(
        "UPDATE refresh_tokens SET used_at = now() WHERE digest = $1 AND used_at IS NULL RETURNING expires_at > now()",
        token_digest,
    )
    return False if taken is None else taken or None


async def touch_session(tx: Tx, session_id: UUID, *, address: str, expires_at: datetime) -> User | None:
    """Its user as they are now; the session's expired refresh tokens go."""
    await tx.run("DELETE FROM refresh_tokens WHERE session_id = $1 AND expires_at < now()", session_id)
    return await tx.one(
        User,
        "WITH used AS (UPDATE sessions SET last_used_at = now(), address = $2, expires_at = $3 WHERE id = $1 "
        "RETURNING user_id) "
        f"SELECT u.id, u.email, u.name, u.roles, s.id AS seller_id, {totp.ON} "
        "FROM used JOIN users u ON u.id = used.user_id LEFT JOIN sellers s ON s.user_id = u.id AND s.status IN ('active', 'suspended')",
        session_id,
        address,
        expires_at,
    )


async def delete_session(tx: Tx, session_id: UUID, *, of_user: UUID | None = None) -> bool:
    return bool(
        await tx.run("DELETE FROM sessions WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)", session_id, of_user)
    )


async def delete_sessions(tx: Tx, user_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    rows = await tx.rows(
        "DELETE FROM sessions WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2) RETURNING id", user_id, but
    )
    return [row["id"] for row in rows]


async def sessions(tx: Tx, user_id: UUID, *, before: UUID | None, limit: int) -> list[Session]:
    """Newest first."""
    return await tx.all(
        Session,
        "SELECT id, user_agent, address, created_at, last_used_at FROM sessions "
        "WHERE user_id = $1 AND expires_at > now() AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        limit,
    )


# Addresses

_ADDRESS = "id, name, line1, line2, city, region, zip, country, phone, is_default"


async def addresses(tx: Tx, user_id: UUID) -> list[KeptAddress]:
    """The default one first, then the newest."""
    return await tx.all(
        KeptAddress,
        f"SELECT {_ADDRESS} FROM addresses WHERE user_id = $1 ORDER BY is_default DESC, id DESC",
        user_id,
    )


async def no_default(tx: Tx, user_id: UUID) -> None:
    await tx.run("UPDATE addresses SET is_default = false WHERE user_id = $1 AND is_default", user_id)


async def make_default(tx: Tx, address_id: UUID) -> None:
    await tx.run("UPDATE addresses SET is_default = true WHERE id = $1", address_id)


async def save_address(tx: Tx, user_id: UUID, address_id: UUID, address: Address, is_default: bool) -> None:
    await tx.run(
        f"INSERT INTO addresses ({_ADDRESS}, user_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (store_id, id) DO UPDATE SET name = excluded.name, line1 = excluded.line1, "
        "line2 = excluded.line2, city = excluded.city, region = excluded.region, zip = excluded.zip, "
        "country = excluded.country, phone = excluded.phone, is_default = excluded.is_default",
        address_id,
        address.name,
        address.line1,
        address.line2,
        address.city,
        address.region,
        address.zip,
        address.country,
        address.phone,
        is_default,
        user_id,
    )


async def delete_address(tx: Tx, address_id: UUID) -> None:
    await tx.run("DELETE FROM addresses WHERE id = $1", address_id)
