"""Who an order is shown to, and whose parcels a caller may move."""

from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SUPPORT
from tradehall.kernel.auth import STAFF, Principal
from tradehall.kernel.db import Tx
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.model import Order, Parcel
from tradehall.services.orders.views import OrderView, is_buyer, may_see, view_of


def actor(caller: Principal) -> str:
    """For the history, which the buyer reads."""
    return "admin" if caller.is_admin else "staff" if caller.is_staff else "seller"


def fulfils_for(caller: Principal) -> UUID | None:
    """The seller whose parcels they move; None for those of the whole store. Raises Forbidden."""
    return caller.confined_to("warehouse_manager", "warehouse_staff")


async def locked(tx: Tx, order_id: UUID, caller: Principal) -> tuple[Order, list[Parcel]]:
    """For whoever fulfils it. Raises UnknownOrder also for an order without a part of the seller's."""
    order = (await queries.lock(tx, [order_id])).get(order_id)
    parcels = (await queries.parcels(tx, [order_id]))[order_id]
    own = fulfils_for(caller)
    if order is None or (own is not None and all(p.seller_id != own for p in parcels)):
        raise model.UnknownOrder()
    return order, parcels


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts on an order: its buyer, a seller of a part of it (`seller_id`), or the store."""

    order: Order
    parcels: list[Parcel]
    actor: str
    buyer: bool
    seller_id: UUID | None


async def party_of(
    tx: Tx,
    order_id: UUID,
    principal: Principal | None,
    token: str | None,
    store: Store,
    running: Running,
    *,
    reading: bool = False,
) -> Party:
    """With the order locked, unless they only read. Of the staff, support and admins. Raises UnknownOrder for all others."""
    order = await queries.order(tx, order_id) if reading else (await queries.lock(tx, [order_id])).get(order_id)
    if order is None:
        raise model.UnknownOrder()
    parcels = (await queries.parcels(tx, [order_id]))[order_id]
    link = model.link_token(running.settings.secret, store.id, order_id)
    if is_buyer(order, principal, token, link):
        who = "customer" if order.customer_id else "guest"
        return Party(order=order, parcels=parcels, actor=who, buyer=True, seller_id=None)
    if principal is None:
        raise model.UnknownOrder()
    if principal.has(*(STAFF if reading else SUPPORT.roles)):
        return Party(order=order, parcels=parcels, actor=actor(principal), buyer=False, seller_id=None)
    if principal.seller_id is None or all(parcel.seller_id != principal.seller_id for parcel in parcels):
        raise model.UnknownOrder()
    return Party(order=order, parcels=parcels, actor="seller", buyer=False, seller_id=principal.seller_id)


async def shown(
    tx: Tx, order: Order | None, principal: Principal | None, token: str | None, store: Store, running: Running
) -> OrderView:
    """Raises UnknownOrder where the viewer may not see it: there is no telling it from one that is not there."""
    if order is None:
        raise model.UnknownOrder()
    link = model.link_token(running.settings.secret, store.id, order.id)
    parcels = (await queries.parcels(tx, [order.id]))[order.id]
    if not may_see(order, parcels, principal, token, link):
        raise model.UnknownOrder()
    lines = (await queries.lines(tx, [order.id]))[order.id]
    missing = await queries.backordered(tx, order.id)
    buyer = is_buyer(order, principal, token, link)
    own = None if buyer or principal is None or principal.is_staff else principal.confined_to()
    return view_of(
        order,
        lines,
        parcels,
        store.order_profile,
        buyer=buyer,
        return_days=store.return_days,
        link=link,
        only_seller=own,
        missing=missing,
    )
