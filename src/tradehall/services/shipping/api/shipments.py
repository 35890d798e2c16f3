"""Parcels of an order on their way, and who sees them."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.shipping import PickupPoint, ShipmentStatus
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.services.shipping.model import Booking, BookingStatus, Shipment, Step, UnknownOrder, opens
from tradehall.services.shipping.queries import bookings
from tradehall.services.shipping.queries import shipments as queries


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    quantity: int


class LabelView(msgspec.Struct, frozen=True, kw_only=True):
    """Asked of the carrier, made, or refused, for the reason in `note`. `url` where the carrier keeps it; `file`: it is kept
    here."""

    account: str
    service: str
    status: BookingStatus
    tracking_number: str | None
    url: str | None
    file: bool
    note: str


class ShipmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    seller_id: UUID
    status: ShipmentStatus
    carrier: str | None
    tracking_number: str | None
    lines: list[ShippedLine]
    created_at: datetime
    history: list[Step]
    label: LabelView | None = None


class Shipments(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`pickup`: where the buyer comes for it; nothing is sent."""

    items: list[ShipmentView]
    pickup: PickupPoint | None = None


@get("/api/v1/orders/{order_id:uuid}/shipments", access=ANYONE)
async def list_shipments(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    token: FromQuery[str | None] = None,
) -> Shipments:
    """A seller sees the own ones. Guests send the `token` of their order's link. Labels are for whoever sends."""
    async with db.transaction(store.id) as tx:
        sends = principal is not None and (principal.is_staff or principal.seller_id is not None)
        labels = await bookings.latest(tx, order_id) if sends else {}  # before the shipments that bear their numbers
        viewer = await queries.viewer(tx, order_id)
        found = await queries.of_order(tx, order_id)
        shown = _visible(found, viewer, principal, token)
        history = await queries.history(tx, [shipment.id for shipment in shown])
    return Shipments(
        items=[
            view(shipment, history[shipment.id], labels.get(shipment.id) if _sends(principal, shipment) else None)
            for shipment in shown
        ],
        pickup=viewer.pickup if viewer else None,
    )


def _sends(principal: Principal | None, shipment: Shipment) -> bool:
    return principal is not None and (principal.is_staff or principal.seller_id == shipment.seller_id)


def view(shipment: Shipment, history: list[Step], booking: Booking | None) -> ShipmentView:
    return ShipmentView(
        id=shipment.id,
        seller_id=shipment.seller_id,
        status=shipment.status,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        lines=[
            ShippedLine(variant_id=x.variant_id, product_id=x.product_id, sku=x.sku, title=x.title, quantity=x.quantity)
            for x in shipment.lines
        ],
        created_at=shipment.created_at,
        history=history,
        label=label_of(booking) if booking else None,
    )


def label_of(booking: Booking) -> LabelView:
    return LabelView(
        account=booking.account,
        service=booking.service,
        status=booking.status,
        tracking_number=booking.tracking_number,
        url=booking.label_url,
        file=booking.has_label,
        note=booking.note,
    )


def _visible(
    found: list[Shipment], viewer: queries.Viewer | None, principal: Principal | None, token: str | None
) -> list[Shipment]:
    """Raises UnknownOrder for whoever has no part in it."""
    if viewer is None:
        raise UnknownOrder()
    if opens(token, viewer.link):
        return found
    if principal is not None:
        if principal.is_staff or viewer.customer_id == principal.user_id:
            return found
        own = [shipment for shipment in found if shipment.seller_id == principal.seller_id]
        if own:
            return own
    raise UnknownOrder()


routes = [list_shipments]
