"""Cancelling a part of an order that has not been sent."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.orders import OrderCancelled, OrderDelivered
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.api.access import Party, party_of, shown
from tradehall.services.orders.booking import reduce
from tradehall.services.orders.model.reducing import Part, cancel_parts, chosen, follow_parcels
from tradehall.services.orders.views import OrderView

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Parts = Annotated[list[Part], Meta(min_length=1, max_length=200)]


class PartCancellation(msgspec.Struct, frozen=True, kw_only=True):
    lines: Parts
    reason: Reason


@post("/api/v1/orders/{order_id:uuid}/lines/cancel", access=ANYONE, status_code=200)
async def cancel_lines(
    request: Request[Any, Any, Any],
    order_id: FromPath[UUID],
    data: JSONBody[PartCancellation],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Its buyer, support, an admin, a seller the own lines; of what has not been sent. Its price is given back, the
    shipping too where nothing is left. Needs an Idempotency-Key; a repeated one gets the first answer."""

    async def work() -> bytes:
        async with db.transaction(store.id) as tx:
            party = await party_of(tx, order_id, principal, token, store, running)
            view = await _cancel(tx, party, data, principal, token, store, running)
            body = msgspec.json.encode(view)
            if not (await keep(tx, [(store.id, key, body)], status=200))[0]:
                raise Repeated()
        return body

    async with db.transaction(store.id) as tx:
        await party_of(tx, order_id, principal, token, store, running)
    key = await Key.of(request, str(principal.user_id) if principal else "guest")
    return await once(db, store.id, key, work, status=200)


async def _cancel(
    tx: Tx,
    party: Party,
    data: PartCancellation,
    principal: Principal | None,
    token: str | None,
    store: Store,
    running: Running,
) -> OrderView:
    order, parcels = party.order, party.parcels
    lines = (await queries.lines(tx, [order.id]))[order.id]
    parts = chosen(data.lines, lines, only=party.seller_id)
    reduction = cancel_parts(order, parcels, lines, parts, data.reason, store.order_profile)
    order, parcels = await reduce(tx, order, parcels, lines, reduction, party.actor)
    if reduction.whole:
        order = model.move(order, "CANCELLED", store.order_profile)
        tx.emit(OrderCancelled(order_id=order.id, cancellation_reason=data.reason), key=order.id)
        steps = [order]
    else:
        steps = follow_parcels(order, parcels)
        if steps and steps[-1].status == "DELIVERED":
            tx.emit(OrderDelivered(order_id=order.id), key=order.id)
    for step in steps:
        await queries.save(tx, [(step, party.actor, data.reason)])
    return await shown(tx, steps[-1] if steps else order, principal, token, store, running)


routes = [cancel_lines]
