"""API keys: for programs that act on behalf of a seller or of the staff, within scopes."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import PEERS, SELLER
from tradehall.kernel.auth import KeyHolder, Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid, NotFound
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries, sessions
from tradehall.services.identity.api.signing_in import NOT_KEPT
from tradehall.services.identity.model import PLATFORM, ApiKey, NotOfAStore
from tradehall.services.identity.queries import keys

Scope = Annotated[
    str,
    Meta(pattern=f"^({'|'.join(model.SCOPED)}):(read|write)$(?!\n)", description="<service>:read or <service>:write"),
]
KeyName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^ *[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")]


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """`write` includes `read`. Without `expires_at` (UTC) the key is good until it is revoked."""

    name: KeyName
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=20)]
    expires_at: datetime | None = None


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is shown this once; it is sent as `Authorization: Bearer …`."""

    key: str
    about: ApiKey


@post("/api/v1/api-keys", access=SELLER, response_headers=NOT_KEPT)
async def make_key(
    data: JSONBody[NewKey],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> MadeKey:
    """The key may do what its scopes name, of that what its user may do, for as long as they may."""
    if model.home(caller.store_id) == PLATFORM:
        raise NotOfAStore("A key belongs to somebody of the store.")
    expires_at = data.expires_at and data.expires_at.astimezone(UTC)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid.field("expires_at", "must be in the future")
    key = model.new_api_key()
    async with db.transaction(store.id) as tx:
        await queries.lock_user(tx, caller.user_id)
        if await keys.count(tx, caller.user_id) >= model.MOST_KEYS:
            raise model.TooManyKeys("Revoke one first.")
        about = await keys.insert(
            tx, caller.user_id, data.name.strip(), sorted(set(data.scopes)), model.digest(key), key[:10], expires_at
        )
    return MadeKey(key=key, about=about)


@get("/api/v1/api-keys", access=SELLER)
async def list_keys(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ApiKey]:
    """The own ones; admins see all of the store. Newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await keys.listed(tx, None if caller.is_admin else caller.user_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@delete("/api/v1/api-keys/{key_id:uuid}", access=SELLER)
async def revoke_key(
    key_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """At once and in every service; an admin any of the store."""
    async with db.transaction(store.id) as tx:
        if not await keys.delete(tx, key_id, of_user=None if caller.is_admin else caller.user_id):
            raise NotFound("There is no such key.")
        (ended,) = sessions.tell_ended(tx, [key_id])
    running.verifier.end_session(ended)


@get("/internal/v1/api-keys/{digest:str}", access=PEERS, include_in_schema=False)
async def holder(
    digest: FromPath[str], db: NamedDependency[Database], running: NamedDependency[Running], store_id: FromQuery[UUID]
) -> KeyHolder:
    """Who holds the key with this SHA-256, in hexadecimal."""
    try:
        kept = bytes.fromhex(digest)
    except ValueError:
        raise NotFound("There is no such key.") from None
    async with db.transaction(store_id) as tx:
        found = await keys.used(tx, kept)
    if found is None:
        raise NotFound("There is no such key.")
    return KeyHolder(
        id=found.key_id,
        user_id=found.id,
        roles=model.granted(found, running.stores.known(store_id)),
        seller_id=found.seller_id,
        scopes=found.scopes,
    )


routes = [make_key, list_keys, revoke_key, holder]
