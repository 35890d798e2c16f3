"""SQL of the second factor."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.db import Tx

# Of a user `u`: whether theirs is on.
ON = "EXISTS (SELECT FROM totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS totp"


async def propose(tx: Tx, user_id: UUID, secret: str) -> bool:
    """A new secret, sealed, in the place of one that was never confirmed. False where one was."""
    return bool(
        await tx.run(
            "INSERT INTO totp (user_id, secret) VALUES ($1, $2) ON CONFLICT (store_id, user_id) "
            "DO UPDATE SET secret = excluded.secret, last_step = 0 WHERE totp.confirmed_at IS NULL",
            user_id,
            secret,
        )
    )


async def secret(tx: Tx, user_id: UUID, *, confirmed: bool) -> str | None:
    """Sealed; locked until the transaction ends."""
    found: str | None = await tx.scalar(
        "SELECT secret FROM totp WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE", user_id, confirmed
    )
    return found


async def confirm(tx: Tx, user_id: UUID, step: int) -> None:
    await tx.run("UPDATE totp SET confirmed_at = now(), last_step = $2 WHERE user_id = $1", user_id, step)


async def use_step(tx: Tx, user_id: UUID, step: int) -> bool:
    """False where this step, or a later one, was used."""
    return bool(await tx.run("UPDATE totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2", user_id, step))


async def remove(tx: Tx, user_id: UUID) -> None:
    """With its recovery codes."""
    await tx.run("DELETE FROM totp WHERE user_id = $1", user_id)


async def replace_recovery_codes(tx: Tx, user_id: UUID, digests: Sequence[bytes]) -> None:
    await tx.run("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await tx.run("INSERT INTO recovery_codes (user_id, digest) SELECT $1, unnest($2::bytea[])", user_id, list(digests))


async def use_recovery_code(tx: Tx, user_id: UUID, digest: bytes) -> bool:
    return bool(
        await tx.run(
            "UPDATE recovery_codes SET used_at = now() WHERE user_id = $1 AND digest = $2 AND used_at IS NULL",
            user_id,
            digest,
        )
    )


async def recovery_codes_left(tx: Tx, user_id: UUID) -> int:
    left: int = await tx.scalar("SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", user_id)
    return left
