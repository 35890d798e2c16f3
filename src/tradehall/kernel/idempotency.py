"""Idempotency-Key: the first answer is kept and given again, in the transaction that did the work."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import BadRequest, Conflict, FieldError, Refusal

HEADER = "idempotency-key"
_KEEP = """
INSERT INTO idempotency_keys (actor, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING true
"""
_EARLIER = "SELECT fingerprint, status, body FROM idempotency_keys WHERE actor = $1 AND key = $2"


class KeyReused(Conflict):
    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


async def once(
    db: Database,
    store_id: UUID,
    request: Request[Any, Any, Any],
    actor: str,
    work: Callable[[Tx], Awaitable[msgspec.Struct]],
    *,
    status: int,
) -> Response[bytes]:
    """Does the work of a keyed request in a transaction and keeps its answer with it; a repeated one gets the first.

    Of two at the same moment the later waits, then has done its work in vain. Refusals are not kept. Raises BadRequest
    without a key, KeyReused where the key came with another body or path before.
    """
    key, fingerprint = await _read(request)
    try:
        async with db.transaction(store_id) as tx:
            body = msgspec.json.encode(await work(tx))
            if not await tx.scalar(_KEEP, actor, key, fingerprint, status, body.decode()):
                raise _Repeated
    except (_Repeated, Refusal):
        if (earlier := await answer_before(db, store_id, request, actor)) is not None:
            return earlier
        raise
    return Response(body, status_code=status, media_type="application/json")


async def answer_before(
    db: Database, store_id: UUID, request: Request[Any, Any, Any], actor: str
) -> Response[bytes] | None:
    """The first answer to this key. Raises as `once`."""
    key, fingerprint = await _read(request)
    async with db.transaction(store_id) as tx:
        rows = await tx.rows(_EARLIER, actor, key)
    if not rows:
        return None
    if rows[0]["fingerprint"] != fingerprint:
        raise KeyReused("Use a new Idempotency-Key for a different request.")
    return Response(
        rows[0]["body"].encode(),
        status_code=rows[0]["status"],
        media_type="application/json",
        headers={"idempotent-replay": "true"},
    )


class _Repeated(Exception):
    pass


async def _read(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Key and fingerprint; raises BadRequest without a key."""
    key = request.headers.get(HEADER, "")
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise BadRequest(
            "Send an Idempotency-Key of 1 to 200 printable characters, a new one for each order.",
            errors=[FieldError("Idempotency-Key", "is required, 1 to 200 printable characters")],
        )
    body = await request.body()
    return key, hashlib.sha256(b"\0".join([request.method.encode(), request.url.path.encode(), body])).hexdigest()
