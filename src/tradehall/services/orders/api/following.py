"""Seeing orders, and calling one off."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.orders import (
    OrderCancelled,
)
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.api.access import actor, shown
from tradehall.services.orders.booking import reduce
from tradehall.services.orders.model.reducing import cancel_rest
from tradehall.services.orders.queries import HistoryEntry
from tradehall.services.orders.views import OrderView, is_buyer

Note = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]

DISPATCHED = ("PROCESSING", "SHIPPED")  # steps whose note names carrier and tracking number


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    reason: Note = "Customer request"


class History(msgspec.Struct, frozen=True):
    items: list[HistoryEntry]


@get("/api/v1/orders/{order_id:uuid}", access=ANYONE)
async def get_order(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OrderView:
    """Guests send the `token` of their link."""
    async with db.transaction(store.id) as tx:
        order = await queries.order(tx, order_id)
        return await shown(tx, order, principal, token, store, running)


@get("/api/v1/orders/{order_id:uuid}/history", access=ANYONE)
async def get_history(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> History:
    """A seller is not told by whom and under which number another seller sent the own parcel."""
    async with db.transaction(store.id) as tx:
        order = await queries.order(tx, order_id)
        view = await shown(tx, order, principal, token, store, running)
        entries = await queries.history(tx, order_id)
    if view.link is None and principal is not None and not principal.is_staff:
        entries = [msgspec.structs.replace(e, note="") if e.status in DISPATCHED else e for e in entries]
    return History(entries)


@post("/api/v1/orders/{order_id:uuid}/cancel", access=ANYONE, status_code=200)
async def cancel_order(
    order_id: FromPath[UUID],
    data: JSONBody[Cancellation],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OrderView:
    """Its buyer, support or an admin, until a part of it is shipped. What was paid is given back."""
    async with db.transaction(store.id) as tx:
        order = (await queries.lock(tx, [order_id])).get(order_id)
        parcels = (await queries.parcels(tx, [order_id]))[order_id]
        link = model.link_token(running.settings.secret, store.id, order_id)
        buyer = is_buyer(order, principal, token, link) if order else False
        staff = principal if principal is not None and principal.has(*SUPPORT.roles) else None
        if order is None or not (staff or buyer):
            raise model.UnknownOrder()
        changed = model.cancel(order, parcels, store.order_profile)
        who = actor(staff) if staff else "customer"
        if order.status != "PENDING":
            lines = (await queries.lines(tx, [order_id]))[order_id]
            rest = cancel_rest(order, parcels, lines, data.reason)
            changed, parcels = await reduce(tx, changed, parcels, lines, rest, who)
        await queries.save(tx, [(changed, who, data.reason)])
        tx.emit(OrderCancelled(order_id=order_id, cancellation_reason=data.reason), key=order_id)
        return await shown(tx, changed, principal, token, store, running)


routes = [get_order, get_history, cancel_order]
