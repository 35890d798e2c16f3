"""Stores as the platform's operators see them, and what a gateway asks."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from tradehall.contracts.stores import Store, StoreStatus
from tradehall.kernel.access import ANYONE, OPERATOR, PEERS
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Busy
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import UnknownStore
from tradehall.services.stores import changing, model, plans
from tradehall.services.stores.api.plans import known_plan
from tradehall.services.stores.api.shapes import NewStore, fields_of
from tradehall.services.stores.changing import open_store
from tradehall.services.stores.queries import stores

Domain = Annotated[str, QueryParameter(max_length=253)]


class NewStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`grace` sells as `active` does; `suspended` answers to its staff only, `closed` to nobody."""

    status: StoreStatus


@get("/internal/v1/stores", access=PEERS, include_in_schema=False)
async def all_stores(db: NamedDependency[Database]) -> list[Store]:
    async with db.transaction(None) as tx:
        return await stores.all_stores(tx)


@get("/api/v1/platform/hosts", access=ANYONE, sync_to_thread=False)
def known_host(running: NamedDependency[Running], domain: FromQuery[Domain]) -> Response[None]:
    """What a gateway asks before it gets a certificate: 200 where a store is found at this name, else 404. From memory,
    however often it is asked."""
    if not running.stores.loaded:
        raise Busy(headers={"retry-after": "1"})
    known = running.stores.knows(domain) or domain.lower() == running.settings.platform_domain
    return Response(None, status_code=200 if known else 404)


@get("/api/v1/stores", access=OPERATOR)
async def list_stores(
    db: NamedDependency[Database],
    status: FromQuery[StoreStatus | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[Store]:
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(None) as tx:
        found = await stores.listed(tx, status=status, after=after, limit=limit + 1)
    return page(found, limit, lambda store: (store.id,))


@get("/api/v1/stores/{slug:str}", access=OPERATOR)
async def show_store(slug: FromPath[str], db: NamedDependency[Database]) -> Store:
    async with db.transaction(None) as tx:
        found = await stores.by_slug(tx, slug)
    if found is None:
        raise UnknownStore()
    return found


@post("/api/v1/stores", access=OPERATOR)
async def create_store(
    data: JSONBody[NewStore], db: NamedDependency[Database], running: NamedDependency[Running]
) -> Store:
    """The plan of a store that an operator opens gives its limits; nothing is charged for it."""
    created = new_store(data, running.settings.platform_domain)
    async with db.transaction(created.id) as tx:
        created = await open_store(tx, await with_plan(tx, created, data.plan))
    running.stores.put(created)
    return created


@put("/api/v1/stores/{slug:str}/status", access=OPERATOR)
async def set_status(
    slug: FromPath[str], data: JSONBody[NewStatus], db: NamedDependency[Database], running: NamedDependency[Running]
) -> Store:
    """Told to every process; effective everywhere within a second. A store that is billed and not held becomes what its
    payments say."""
    found = running.stores.by_slug(slug)
    if found is None:
        raise UnknownStore()
    async with db.transaction(found.id) as tx:
        changed = await changing.set_status(tx, found.id, data.status)
    running.stores.put(changed)
    return changed


def new_store(data: NewStore, platform_domain: str) -> Store:
    """Raises Invalid."""
    model.check_slug(data.slug)
    fields = fields_of(data)
    del fields["plan"]
    fields |= {"hosts": model.own_hosts(data.hosts, data.slug, platform_domain)}
    return Store(id=uuid7(), **fields)  # type: ignore[arg-type]  # the names and types of NewStore


async def with_plan(tx: Tx, store: Store, code: str | None) -> Store:
    """Raises UnknownPlan."""
    return store if code is None else plans.on_plan(store, await known_plan(tx, code))


routes = [all_stores, known_host, list_stores, show_store, create_store, set_status]
