"""The audit log of all services together: who did what to what."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from tradehall.contracts.stores import Store
from tradehall.kernel import audit
from tradehall.kernel.access import OPERATOR, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import queries
from tradehall.services.identity.model import PLATFORM


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """`operator`: somebody of the platform, not of the store. Without a name: an account that is gone."""

    id: UUID
    email: str
    name: str
    operator: bool


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """`target` has the ids of what was changed, `fields` the names of what was set; `by_key`: by an API key."""

    id: UUID
    at: datetime
    service: str
    actor: Actor
    roles: list[str]
    session_id: UUID
    by_key: bool
    action: str
    target: dict[str, str]
    fields: list[str]
    correlation_id: str


@get("/api/v1/audit", access=STORE_ADMIN)
async def of_store(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    service: FromQuery[str | None] = None,
    actor: FromQuery[UUID | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[EntryView]:
    """Of this store, newest first; `service` and `actor` narrow it down."""
    return await _log(store.id, db, running, service, actor, limit, cursor)


@get("/api/v1/platform/audit", access=OPERATOR)
async def of_platform(
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    service: FromQuery[str | None] = None,
    actor: FromQuery[UUID | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[EntryView]:
    """What operators did that belongs to no store, newest first."""
    return await _log(PLATFORM, db, running, service, actor, limit, cursor)


async def _log(
    home: UUID, db: Database, running: Running, service: str | None, actor: UUID | None, limit: int, cursor: str | None
) -> Page[EntryView]:
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    asked: dict[str, Any] = {"store_id": str(home), "limit": limit + 1}
    asked |= {name: str(value) for name, value in (("before", before), ("actor", actor)) if value is not None}
    services = [name for name in running.installed if service in (None, name)]
    parts = await asyncio.gather(
        *(running.peers.ask(name, audit.path_of(name), list[audit.Entry], **asked) for name in services)
    )
    # Ids are ordered by time, also those of several services.
    found = sorted(
        ((entry, name) for name, part in zip(services, parts, strict=True) for entry in part),
        key=lambda pair: pair[0].id,
        reverse=True,
    )
    actors = await _actors(home, db, {entry.actor for entry, _ in found})
    return page([_view(entry, name, actors) for entry, name in found], limit, lambda row: (row.id,))


async def _actors(home: UUID, db: Database, ids: set[UUID]) -> dict[UUID, Actor]:
    known: dict[UUID, Actor] = {}
    for place in {home, PLATFORM}:
        async with db.transaction(place) as tx:
            for user in await queries.users(tx, ids):
                known[user.id] = Actor(id=user.id, email=user.email, name=user.name, operator=place == PLATFORM)
    return known


def _view(entry: audit.Entry, service: str, actors: dict[UUID, Actor]) -> EntryView:
    return EntryView(
        id=entry.id,
        at=entry.at,
        service=service,
        actor=actors.get(entry.actor) or Actor(id=entry.actor, email="", name="", operator=False),
        roles=entry.roles,
        session_id=entry.session_id,
        by_key=entry.by_key,
        action=entry.action,
        target=entry.target,
        fields=entry.fields,
        correlation_id=entry.correlation,
    )


routes = [of_store, of_platform]
