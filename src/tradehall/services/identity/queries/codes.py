"""SQL of codes."""

from datetime import datetime

from tradehall.contracts.identity import Purpose
from tradehall.kernel.db import Tx
from tradehall.services.identity.model import CODE_LIFE, CODE_PAUSE, CODE_TRIES, CODES_A_DAY

_ISSUE = """
INSERT INTO codes AS c (purpose, subject, address, digest, expires_at) VALUES ($1, $2, $3, $4, now() + $5::interval)
ON CONFLICT (store_id, purpose, subject) DO UPDATE SET
  address = excluded.address, digest = excluded.digest, expires_at = excluded.expires_at, tries = 0, issued_at = now(),
  issued = CASE WHEN c.counted_from < now() - interval '1 day' THEN 1 ELSE c.issued + 1 END,
  counted_from = CASE WHEN c.counted_from < now() - interval '1 day' THEN now() ELSE c.counted_from END
WHERE c.issued_at <= now() - $6::interval AND (c.issued < $7 OR c.counted_from < now() - interval '1 day')
RETURNING expires_at
"""
_GUESS = """
UPDATE codes SET
  tries = tries + (digest <> $3)::int, digest = CASE WHEN digest = $3 AND $4 THEN NULL ELSE digest END
WHERE purpose = $1 AND subject = $2 AND digest IS NOT NULL AND expires_at > now() AND tries < $5
RETURNING CASE WHEN coalesce(digest = $3, true) THEN address END
"""
_PRUNE_CODES = """
DELETE FROM codes WHERE (purpose, subject) IN (
  SELECT purpose, subject FROM codes WHERE issued_at < now() - interval '2 days'
  ORDER BY issued_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
"""


async def issue(tx: Tx, purpose: Purpose, subject: bytes, *, address: str, digest: bytes) -> datetime | None:
    """In the place of the one before. When it expires; None where it is too soon for another."""
    expires_at: datetime | None = await tx.scalar(
        _ISSUE, purpose, subject, address, digest, CODE_LIFE[purpose], CODE_PAUSE, CODES_A_DAY
    )
    await tx.run(_PRUNE_CODES)
    return expires_at


async def pause(tx: Tx, purpose: Purpose, subject: bytes) -> int:
    """Seconds until there may be another, one at least."""
    seconds: int | None = await tx.scalar(
        "SELECT ceil(extract(epoch FROM CASE WHEN issued < $4 THEN issued_at + $3::interval "
        "ELSE counted_from + interval '1 day' END - now()))::int FROM codes WHERE purpose = $1 AND subject = $2",
        purpose,
        subject,
        CODE_PAUSE,
        CODES_A_DAY,
    )
    return max(1, seconds or 0)


async def guess(tx: Tx, purpose: Purpose, subject: bytes, digest: bytes, *, use: bool = True) -> str | None:
    """The address that a right code proves; it is used up, unless not to be. None for a wrong one, which counts."""
    return await tx.scalar(_GUESS, purpose, subject, digest, use, CODE_TRIES)  # type: ignore[no-any-return]
