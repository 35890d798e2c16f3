"""SQL of signing in with other issuers."""

from datetime import timedelta
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.identity.model import Issuer, SignIn

_ISSUER = "code, name, issuer, client_id, client_secret"
_SIGN_IN = "code, nonce, verifier, cart_id, user_id"


async def listed(tx: Tx) -> list[Issuer]:
    return await tx.all(Issuer, f"SELECT {_ISSUER} FROM issuers ORDER BY name, code")


async def find(tx: Tx, code: str) -> Issuer | None:
    return await tx.one(Issuer, f"SELECT {_ISSUER} FROM issuers WHERE code = $1", code)


async def save(tx: Tx, issuer: Issuer) -> None:
    await tx.run(
        f"INSERT INTO issuers ({_ISSUER}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (store_id, code) DO UPDATE SET "
        "name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id, "
        "client_secret = excluded.client_secret",
        issuer.code,
        issuer.name,
        issuer.issuer,
        issuer.client_id,
        issuer.client_secret,
    )


async def delete(tx: Tx, code: str) -> bool:
    return bool(await tx.run("DELETE FROM issuers WHERE code = $1", code))


async def begin(tx: Tx, state: bytes, sign_in: SignIn, life: timedelta) -> None:
    """Those that nobody came back from go."""
    await tx.run("DELETE FROM sign_ins WHERE created_at < now() - $1::interval", life)
    await tx.run(
        f"INSERT INTO sign_ins (state, {_SIGN_IN}) VALUES ($1, $2, $3, $4, $5, $6)",
        state,
        sign_in.code,
        sign_in.nonce,
        sign_in.verifier,
        sign_in.cart_id,
        sign_in.user_id,
    )


async def take(tx: Tx, state: bytes, life: timedelta) -> SignIn | None:
    """Once."""
    return await tx.one(
        SignIn,
        "DELETE FROM sign_ins WHERE state = $1 AND created_at > now() - $2::interval AND user_id IS NULL "
        f"RETURNING {_SIGN_IN}",
        state,
        life,
    )


async def waiting(tx: Tx, state: bytes, life: timedelta) -> SignIn | None:
    """For the second factor."""
    return await tx.one(
        SignIn,
        f"SELECT {_SIGN_IN} FROM sign_ins WHERE state = $1 AND created_at > now() - $2::interval AND user_id IS NOT NULL",
        state,
        life,
    )


async def finish(tx: Tx, state: bytes) -> bool:
    return bool(await tx.run("DELETE FROM sign_ins WHERE state = $1", state))


async def user_of(tx: Tx, issuer: str, subject: str) -> UUID | None:
    found: UUID | None = await tx.scalar(
        "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return found


async def link(tx: Tx, issuer: str, subject: str, user_id: UUID) -> None:
    await tx.run(
        "INSERT INTO identities (issuer, subject, user_id) VALUES ($1, $2, $3) "
        "ON CONFLICT (store_id, issuer, subject) DO NOTHING",
        issuer,
        subject,
        user_id,
    )


async def is_verified(tx: Tx, user_id: UUID) -> bool:
    return bool(await tx.scalar("SELECT email_verified_at IS NOT NULL FROM users WHERE id = $1", user_id))
