"""Routes of the stores service."""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import CheckoutMode, Look, PaymentMethod, Store, StoreCreated, StoreUpdated
from tradehall.contracts.values import Currency
from tradehall.kernel.access import ANYONE, OPERATOR, PEERS, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.stores import queries

Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,40}$")]
Host = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.\-]{0,250}[a-z0-9])?$")]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Expiry = Annotated[int, Meta(ge=1, le=30 * 86400)]
Reminder = Annotated[int, Meta(ge=0, le=365 * 86400, description="seconds, 0 for never")]
Methods = Annotated[list[PaymentMethod], Meta(min_length=1, max_length=10)]


class NewStore(msgspec.Struct, frozen=True, kw_only=True):
    """Without `hosts` the store is found at `<slug>.<platform domain>`."""

    slug: Slug
    name: Name
    hosts: list[Host] = []
    currency: Currency = "USD"
    locale: str = "en-US"
    timezone: str = "UTC"
    checkout_mode: CheckoutMode = "both"
    payment_methods: Methods = msgspec.field(default_factory=lambda: ["card-simulated"])
    order_expiry_seconds: Expiry = 600
    look: Look = msgspec.field(default_factory=Look)


class StoreChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    checkout_mode: CheckoutMode | UnsetType = UNSET
    payment_methods: Methods | UnsetType = UNSET
    order_expiry_seconds: Expiry | UnsetType = UNSET
    cart_reminder_seconds: Reminder | UnsetType = UNSET
    look: Look | UnsetType = UNSET


class NameTaken(Conflict):
    slug = "name-taken"
    title = "Another store has this name"


@get("/internal/v1/stores", access=PEERS, include_in_schema=False)
async def all_stores(db: NamedDependency[Database]) -> list[Store]:
    async with db.transaction(None) as tx:
        return await queries.all_stores(tx)


@get("/api/v1/store", access=ANYONE, response_headers=SAME_FOR_ALL, sync_to_thread=False)
def current_store(store: NamedDependency[Store]) -> Store:
    """The store of this host."""
    return store


@post("/api/v1/stores", access=OPERATOR)
async def create_store(
    data: JSONBody[NewStore], db: NamedDependency[Database], running: NamedDependency[Running]
) -> Store:
    hosts = data.hosts or [f"{data.slug}.{running.settings.platform_domain}"]
    created = Store(id=uuid7(), **{**msgspec.structs.asdict(data), "hosts": hosts})
    async with db.transaction(None) as tx:
        if names := await queries.taken(tx, created.slug, created.hosts):
            raise NameTaken(f"Another store has {', '.join(names)} already.")
        await queries.save(tx, created)
        tx.emit(StoreCreated(store=created), key=created.id)
    running.stores.put(created)
    return created


@patch("/api/v1/store", access=STORE_ADMIN)
async def change_store(
    data: JSONBody[StoreChange],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Store:
    changes = {k: v for k, v in msgspec.structs.asdict(data).items() if v is not UNSET}
    async with db.transaction(None) as tx:
        current = await queries.lock(tx, store.id)
        changed = msgspec.structs.replace(current or store, **changes)
        await queries.save(tx, changed)
        tx.emit(StoreUpdated(store=changed), key=changed.id)
    running.stores.put(changed)
    return changed


routes = [all_stores, current_store, create_store, change_store]
