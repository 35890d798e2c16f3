"""The one place where what carriers say becomes state and events."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.shipping import ShipmentUpdated
from tradehall.kernel.db import Tx
from tradehall.services.shipping.model import Booking, News, Shipment, moved
from tradehall.services.shipping.queries import bookings, shipments


async def hear(tx: Tx, booking: Booking, carrier: str, told: Sequence[News]) -> None:
    """All news that is new is in the history; the shipment moves as far as they bring it. `carrier` is the name that buyers
    are shown as long as the label does not say another."""
    shipment = await shipments.lock(tx, booking.shipment_id)
    if shipment is None:
        return
    for news in sorted(told, key=lambda news: news.at):
        if not await bookings.first_told(tx, booking, news.id):
            continue
        await shipments.note_news(tx, shipment.id, news)
        after = moved(shipment, news)
        if after is not shipment:
            number = after.tracking_number or booking.tracking_number or str(booking.id)
            after = _named(after, shipment.carrier or carrier, number)
            await shipments.save(tx, after)
            _tell(tx, after, news)
            shipment = after


async def name(tx: Tx, shipment_id: UUID, carrier: str, tracking_number: str) -> None:
    """The label is there: the shipment has its carrier's name and number, unless it was sent by hand with others meanwhile."""
    shipment = await shipments.lock(tx, shipment_id)
    if shipment is not None and shipment.tracking_number in (None, tracking_number):
        await shipments.save(tx, _named(shipment, carrier, tracking_number))


def _named(shipment: Shipment, carrier: str, tracking_number: str) -> Shipment:
    return msgspec.structs.replace(shipment, carrier=carrier, tracking_number=tracking_number)


def _tell(tx: Tx, shipment: Shipment, news: News) -> None:
    tx.emit(
        ShipmentUpdated(
            order_id=shipment.order_id,
            shipment_id=shipment.id,
            seller_id=shipment.seller_id,
            status=shipment.status,
            carrier=shipment.carrier or "",
            tracking_number=shipment.tracking_number or "",
            at=news.at,
            place=news.place,
            note=news.note,
        ),
        key=shipment.order_id,
    )
