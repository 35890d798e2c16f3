"""SQL of signups; in a transaction of the platform's own id."""

from datetime import datetime, timedelta
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.stores.signups import CODE_LIFE, CODE_PAUSE, CODE_TRIES, CODES_A_DAY, Signup

_COLUMNS = (
    "id, email, name, slug, plan, months, amount, currency, method, card, status, opens, invoice_id, attempt, created_at, "
    "expires_at, tax, tax_rate, tax_name, tax_included, turn"
)


async def lock_address(tx: Tx, email: str) -> None:
    """Codes to one address are counted one after another."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('signup ' || $1, 0))", email)


async def pause(tx: Tx, email: str) -> int | None:
    """Seconds until this address may get another code; None where it may now."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "SELECT greatest(1, ceil(extract(epoch FROM CASE WHEN sum(codes) >= $3 THEN min(code_issued_at) + interval '1 day' "
        "ELSE max(code_issued_at) + $2::interval END - now()))::int) FROM signups "
        "WHERE email = $1 AND code_issued_at > now() - interval '1 day' "
        "HAVING sum(codes) >= $3 OR max(code_issued_at) > now() - $2::interval",
        email,
        CODE_PAUSE,
        CODES_A_DAY,
    )


async def insert(tx: Tx, signup: Signup, digest: bytes) -> datetime:
    """When its code expires."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "INSERT INTO signups (id, email, name, slug, plan, months, amount, currency, method, card, status, opens, "
        "invoice_id, expires_at, tax, tax_rate, tax_name, tax_included, digest, code_expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, now() + $20::interval) "
        "RETURNING code_expires_at",
        signup.id,
        signup.email,
        signup.name,
        signup.slug,
        signup.plan,
        signup.months,
        signup.amount,
        signup.currency,
        signup.method,
        signup.card,
        signup.status,
        signup.opens,
        signup.invoice_id,
        signup.expires_at,
        signup.tax,
        signup.tax_rate,
        signup.tax_name,
        signup.tax_included,
        digest,
        CODE_LIFE,
    )


async def find(tx: Tx, signup_id: UUID) -> Signup | None:
    return await tx.one(Signup, f"SELECT {_COLUMNS} FROM signups WHERE id = $1", signup_id)


async def lock(tx: Tx, signup_id: UUID) -> Signup | None:
    return await tx.one(Signup, f"SELECT {_COLUMNS} FROM signups WHERE id = $1 FOR UPDATE", signup_id)


async def lock_by_invoice(tx: Tx, invoice_id: UUID) -> Signup | None:
    return await tx.one(Signup, f"SELECT {_COLUMNS} FROM signups WHERE invoice_id = $1 FOR UPDATE", invoice_id)


async def new_code(tx: Tx, signup_id: UUID, digest: bytes) -> datetime:
    """In the place of the one before. When it expires."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "UPDATE signups SET digest = $2, tries = 0, codes = codes + 1, code_issued_at = now(), "
        "code_expires_at = now() + $3::interval WHERE id = $1 RETURNING code_expires_at",
        signup_id,
        digest,
        CODE_LIFE,
    )


async def guess(tx: Tx, signup_id: UUID, digest: bytes) -> bool:
    """Whether it is the code. A wrong one counts."""
    right = await tx.scalar(
        "UPDATE signups SET tries = tries + (digest <> $2)::int "
        "WHERE id = $1 AND status = 'unproven' AND code_expires_at > now() AND tries < $3 RETURNING digest = $2",
        signup_id,
        digest,
        CODE_TRIES,
    )
    return bool(right)


async def save(tx: Tx, signup: Signup) -> None:
    """Of what changes on the way. The code goes when it was right."""
    await tx.run(
        "UPDATE signups SET status = $2, card = $3, attempt = $4, expires_at = $5, method = $6, turn = $7, "
        "digest = CASE WHEN $2 = 'unproven' THEN digest END WHERE id = $1",
        signup.id,
        signup.status,
        signup.card,
        signup.attempt,
        signup.expires_at,
        signup.method,
        signup.turn,
    )


async def claim_name(tx: Tx, slug: str, store_id: UUID, until: timedelta | None) -> bool:
    """For a store, or its signup; `until` None: for good. False where another has it."""
    claimed = await tx.scalar(
        "INSERT INTO slugs AS s (slug, store_id, until) VALUES ($1, $2, coalesce(now() + $3::interval, 'infinity')) "
        "ON CONFLICT (slug) DO UPDATE SET store_id = excluded.store_id, until = excluded.until "
        "WHERE s.store_id = excluded.store_id OR s.until <= now() RETURNING true",
        slug,
        store_id,
        until,
    )
    return bool(claimed)


async def drop_name(tx: Tx, slug: str, store_id: UUID) -> None:
    await tx.run("DELETE FROM slugs WHERE slug = $1 AND store_id = $2", slug, store_id)
