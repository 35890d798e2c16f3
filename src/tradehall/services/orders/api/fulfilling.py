"""Sending the parcels of an order."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import FULFILMENT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, sending
from tradehall.services.orders.api.access import actor, fulfils_for, locked, shown
from tradehall.services.orders.views import OrderView

Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.\- ]+$(?!\n)")]


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """Without `parcel_id`: all parcels of the order that the caller may ship and whose goods are there."""

    carrier: Code
    tracking_number: Code
    parcel_id: UUID | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    parcel_id: UUID | None = None


@post("/api/v1/orders/{order_id:uuid}/ship", access=FULFILMENT, status_code=200)
async def ship_order(
    order_id: FromPath[UUID],
    data: JSONBody[Dispatch],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OrderView:
    """A seller ships the own parcel. The order is SHIPPED when its last parcel is.

    A parcel is sent whole: as long as goods of it have still to come in, it waits.
    """
    async with db.transaction(store.id) as tx:
        order, parcels = await locked(tx, order_id, caller)
        chosen = model.choose(parcels, data.parcel_id, only=fulfils_for(caller), status="PENDING")
        chosen = model.in_stock(chosen)
        changed = await sending.ship(
            tx,
            order,
            parcels,
            chosen,
            store.order_profile,
            carrier=data.carrier,
            tracking_number=data.tracking_number,
            actor=actor(caller),
        )
        return await shown(tx, changed, caller, None, store, running)


@post("/api/v1/orders/{order_id:uuid}/deliver", access=FULFILMENT, status_code=200)
async def deliver_order(
    order_id: FromPath[UUID],
    data: JSONBody[Arrival],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OrderView:
    """The order is DELIVERED when its last parcel is."""
    async with db.transaction(store.id) as tx:
        order, parcels = await locked(tx, order_id, caller)
        chosen = model.choose(parcels, data.parcel_id, only=fulfils_for(caller), status="SHIPPED")
        changed = await sending.deliver(tx, order, parcels, chosen, store.order_profile, actor=actor(caller))
        return await shown(tx, changed, caller, None, store, running)


routes = [ship_order, deliver_order]
