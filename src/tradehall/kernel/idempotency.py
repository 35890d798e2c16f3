"""Idempotency-Key: the first answer is kept and given again, in the transaction that did the work."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

from tradehall.kernel.db import Tx
from tradehall.kernel.errors import BadRequest, Conflict, FieldError

HEADER = "idempotency-key"


class KeyReused(Conflict):
    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


class Once:
    """One keyed request.

    >>> once = await Once.claim(tx, request, actor)
    >>> if once.earlier: return once.earlier
    >>> ...
    >>> return await once.remember(tx, answer, status=201)
    """

    def __init__(self, actor: str, key: str, earlier: Response[bytes] | None) -> None:
        self._actor = actor
        self._key = key
        self.earlier = earlier

    @classmethod
    async def claim(cls, tx: Tx, request: Request[Any, Any, Any], actor: str) -> "Once":
        """Waits for a request with the same key that is under way.

        Raises BadRequest without a key, KeyReused where the key came with another body or path before.
        """
        key, fingerprint = await _read(request)
        claimed = await tx.scalar(
            "INSERT INTO idempotency_keys (actor, key, fingerprint) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING RETURNING true",
            actor,
            key,
            fingerprint,
        )
        return cls(actor, key, None if claimed else await _earlier(tx, actor, key, fingerprint))

    @staticmethod
    async def earlier_of(tx: Tx, request: Request[Any, Any, Any], actor: str) -> Response[bytes] | None:
        """Claims nothing: for a request that has to ask others before its transaction. Raises as `claim`."""
        return await _earlier(tx, actor, *await _read(request))

    async def remember(self, tx: Tx, answer: msgspec.Struct, *, status: int) -> Response[bytes]:
        body = msgspec.json.encode(answer)
        await tx.run(
            "UPDATE idempotency_keys SET status = $3, body = $4 WHERE actor = $1 AND key = $2",
            self._actor,
            self._key,
            status,
            body.decode(),
        )
        return Response(body, status_code=status, media_type="application/json")


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


async def _earlier(tx: Tx, actor: str, key: str, fingerprint: str) -> Response[bytes] | None:
    rows = await tx.rows(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE actor = $1 AND key = $2", actor, key
    )
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
