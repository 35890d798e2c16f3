"""Idempotency-Key: the first answer is kept and given again, in the transaction that did the work."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import BadRequest, Conflict, FieldError, Refusal

HEADER = "idempotency-key"

_KEEP = """
INSERT INTO idempotency_keys (store_id, actor, key, fingerprint, status, body)
SELECT store_id, actor, key, fingerprint, $5, body FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $6::text[])
  AS row(store_id, actor, key, fingerprint, body)
ORDER BY store_id, actor, key ON CONFLICT DO NOTHING RETURNING store_id, actor, key
"""
_EARLIER = "SELECT fingerprint, status, body FROM idempotency_keys WHERE actor = $1 AND key = $2"


class KeyReused(Conflict):
    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


class Repeated(Exception):
    """Another request with this key was faster."""


class Key(msgspec.Struct, frozen=True):
    """Of a request: who sent it, the key, and a hash of the rest."""

    actor: str
    key: str
    fingerprint: str

    @classmethod
    async def of(cls, request: Request[Any, Any, Any], actor: str) -> "Key":
        """Raises BadRequest where the request has none."""
        key = request.headers.get(HEADER, "")
        if not 1 <= len(key) <= 200 or not key.isprintable():
            raise BadRequest(
                "Send an Idempotency-Key of 1 to 200 printable characters, a new one for each order.",
                errors=[FieldError("Idempotency-Key", "is required, 1 to 200 printable characters")],
            )
        parts = [request.method.encode(), request.url.path.encode(), await request.body()]
        return cls(actor, key, hashlib.sha256(b"\0".join(parts)).hexdigest())


async def keep(tx: Tx, answers: Sequence[tuple[UUID, Key, bytes]], *, status: int) -> list[bool]:
    """Of stores: keys and answers, with the work they answer, in its transaction. False for each whose key was used before.

    Waits for other transactions that are about to keep one of these keys.
    """
    rows = await tx.rows(
        _KEEP,
        [store_id for store_id, _, _ in answers],
        [key.actor for _, key, _ in answers],
        [key.key for _, key, _ in answers],
        [key.fingerprint for _, key, _ in answers],
        status,
        [body.decode() for _, _, body in answers],
    )
    new = {(row["store_id"], row["actor"], row["key"]) for row in rows}
    first = []
    for store_id, key, _ in answers:
        first.append((store_id, key.actor, key.key) in new)
        new.discard((store_id, key.actor, key.key))
    return first


async def once(
    db: Database, store_id: UUID, key: Key, work: Callable[[], Awaitable[bytes]], *, status: int
) -> Response[bytes]:
    """The answer of `work`, which keeps it, or the one kept before.

    `work` raises Repeated where its key is no longer free. Refusals are not kept. Raises KeyReused.
    """
    try:
        body = await work()
    except (Repeated, Refusal):
        if (earlier := await answer_before(db, store_id, key)) is not None:
            return earlier
        raise
    return Response(body, status_code=status, media_type="application/json")


async def answer_before(db: Database, store_id: UUID, key: Key) -> Response[bytes] | None:
    """The first answer to this key. Raises KeyReused where the key came with another body or path."""
    async with db.transaction(store_id) as tx:
        rows = await tx.rows(_EARLIER, key.actor, key.key)
    if not rows:
        return None
    if rows[0]["fingerprint"] != key.fingerprint:
        raise KeyReused("Use a new Idempotency-Key for a different request.")
    return Response(
        rows[0]["body"].encode(),
        status_code=rows[0]["status"],
        media_type="application/json",
        headers={"idempotent-replay": "true"},
    )
