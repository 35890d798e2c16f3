"""Labels, bought from a carrier."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.shipping import BookingDue
from tradehall.contracts.stores import Store
from tradehall.contracts.values import now
from tradehall.kernel.access import FULFILMENT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Conflict, Invalid, NotFound
from tradehall.kernel.ids import uuid7
from tradehall.services.shipping.api.shipments import ShipmentView, view
from tradehall.services.shipping.carriers import Consignment, Content
from tradehall.services.shipping.model import (
    Account,
    AlreadyBooked,
    Booking,
    NoSuchTransition,
    Shipment,
    UnknownShipment,
    origin_for,
)
from tradehall.services.shipping.queries import bookings as queries
from tradehall.services.shipping.queries import rates, shipments


class NotSent(Conflict):
    slug = "not-sent"
    title = "The buyer comes for this order"


class NowhereToFetch(Conflict):
    slug = "nowhere-to-fetch"
    title = "There is no warehouse that a carrier could come to"


class NewLabel(msgspec.Struct, frozen=True, kw_only=True):
    """`service` is one of the account's; the first, if none is named."""

    account: Annotated[str, Meta(max_length=41)]
    service: Annotated[str, Meta(max_length=40)] | None = None


@post("/api/v1/shipments/{shipment_id:uuid}/label", access=FULFILMENT, status_code=202)
async def book_label(
    shipment_id: FromPath[UUID],
    data: JSONBody[NewLabel],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ShipmentView:
    """Asked for now, and there in a moment: the shipment says so. A shipment has one label; after a refusal another may be
    asked for. From then on the carrier tells how the parcel goes, and the order goes with it."""
    async with db.transaction(store.id) as tx:
        shipment = await _own(tx, shipment_id, caller)
        if shipment.status != "PREPARING":
            raise NoSuchTransition(f"The shipment is {shipment.status}; no label is needed any more.")
        viewer = await shipments.viewer(tx, shipment.order_id)
        if viewer is not None and viewer.pickup is not None:
            raise NotSent("Hand it over there, and mark it as sent and delivered.")
        account, service = await _chosen(tx, data, caller)
        recipient = await shipments.address_of(tx, shipment_id)
        sender = origin_for(await rates.places(tx), recipient)
        if sender is None:
            raise NowhereToFetch("Add a warehouse, or save the one there is again.")
        id = uuid7()
        consignment = Consignment(
            reference=id,
            order=(viewer.number if viewer else None) or str(shipment.order_id),
            service=service,
            sender=sender,
            recipient=recipient,
            weight_g=sum(line.weight_g * line.quantity for line in shipment.lines),
            contents=[Content(title=line.title, quantity=line.quantity) for line in shipment.lines],
        )
        booking = Booking(
            id=id,
            shipment_id=shipment_id,
            account=account.code,
            carrier=account.carrier,
            service=service,
            status="asked",
            request=msgspec.to_builtins(consignment),
            tries=0,
            tracking_number=None,
            label_url=None,
            has_label=False,
            note="",
            created_at=now(),
            heard_at=None,
        )
        if not await queries.add(tx, booking):
            raise AlreadyBooked()
        tx.emit(BookingDue(booking_id=id), key=shipment_id)
        history = await shipments.history(tx, [shipment_id])
    return view(shipment, history[shipment_id], booking)


async def _own(tx: Tx, shipment_id: UUID, caller: Principal) -> Shipment:
    """Raises UnknownShipment also for one of another seller."""
    own = caller.confined_to("warehouse_manager", "warehouse_staff")
    shipment = await shipments.lock(tx, shipment_id)
    if shipment is None or own not in (None, shipment.seller_id):
        raise UnknownShipment()
    return shipment


async def _chosen(tx: Tx, data: NewLabel, caller: Principal) -> tuple[Account, str]:
    """Raises Invalid."""
    account = await queries.account(tx, data.account)
    if account is None or (caller.confined_to("warehouse_manager", "warehouse_staff") and not account.sellers):
        raise Invalid.field("account", "is no account that you can send with")
    service = data.service or account.services[0]
    if service not in account.services:
        raise Invalid.field("service", f"must be one of {', '.join(account.services)}")
    return account, service


@get("/api/v1/shipments/{shipment_id:uuid}/label", access=FULFILMENT, media_type="application/octet-stream")
async def show_label(
    shipment_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Response[bytes]:
    """The label as a file, to be printed."""
    async with db.transaction(store.id) as tx:
        await _own(tx, shipment_id, caller)
        found = await queries.label(tx, shipment_id)
    if found is None:
        raise NotFound("There is no label of it here.")
    ending = found.label_type.partition("/")[2]
    headers = {
        "cache-control": "private, no-store",
        "content-disposition": f'attachment; filename="label-{shipment_id}.{ending}"',
    }
    return Response(found.label, media_type=found.label_type, headers=headers)


routes = [book_label, show_label]
