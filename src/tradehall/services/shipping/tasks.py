"""Asking carriers: recorded first, asked under the booking's own key, the answer recorded after."""

import logging
from datetime import UTC, datetime, timedelta

import msgspec

from tradehall.contracts.shipping import BookingDue, ParcelStepDue, TrackingDue
from tradehall.kernel.db import Tx
from tradehall.kernel.service import TaskContext, work
from tradehall.services.shipping import moving
from tradehall.services.shipping.accounts import carrier_of
from tradehall.services.shipping.carriers import Booked, CarrierRefused, CarrierTimeout, Consignment
from tradehall.services.shipping.carriers.simulated import Simulated
from tradehall.services.shipping.model import ENDS, Booking
from tradehall.services.shipping.queries import bookings, shipments

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(seconds=3)
LOOK_AGAIN = timedelta(minutes=15)  # carriers tell by webhook; this is for what was lost
SELDOM = timedelta(hours=6)
GIVEN_UP = timedelta(days=90)  # a parcel that nothing is heard of any more


@work(BookingDue)
async def book(task: BookingDue, context: TaskContext) -> None:
    """No answer: it is asked for until there is one. What was asked for before is looked for first, since carriers forget
    the keys of requests sooner than the parcels."""
    async with context.transaction() as tx:
        booking = await bookings.find(tx, task.booking_id)
        if booking is None or await _is_over(tx, booking):
            return
        tries = await bookings.note_try(tx, task.booking_id)
    if tries is None:
        return
    try:
        carrier = await carrier_of(context.db, context.running, context.store_id, booking.account)
        booked = await carrier.find(booking.id) if tries else None
        if booked is None:
            booked = await carrier.book(msgspec.convert(booking.request, Consignment))
    except CarrierTimeout as error:
        log.warning("booking %s has no answer yet: %s", booking.id, error)
        async with context.transaction() as tx:
            tx.emit(task, key=booking.shipment_id, at=_later(booking.created_at, ASK_AGAIN))
        return
    except CarrierRefused as error:
        log.warning("booking %s was refused: %s", booking.id, error)
        async with context.transaction() as tx:
            await bookings.refuse(tx, booking.id, str(error))
        return
    async with context.transaction() as tx:
        await _record(tx, booking, booked)


async def _is_over(tx: Tx, booking: Booking) -> bool:
    """Its order was cancelled before anything was asked."""
    shipment = await shipments.lock(tx, booking.shipment_id)
    if booking.tries == 0 and shipment is not None and shipment.status == "CANCELLED":
        await bookings.refuse(tx, booking.id, "The order was cancelled.")
        return True
    return False


async def _record(tx: Tx, booking: Booking, booked: Booked) -> None:
    """The shipment is locked before its booking, as by whoever hears news of it."""
    await shipments.lock(tx, booking.shipment_id)
    if await bookings.book(
        tx,
        booking.id,
        tracking_number=booked.tracking_number,
        label_url=booked.label_url,
        label=booked.label,
        label_type=booked.label_type,
    ):
        await moving.name(tx, booking.shipment_id, booked.carrier, booked.tracking_number)
        due = TrackingDue(booking_id=booking.id)
        tx.emit(due, key=booking.shipment_id, at=_later(booking.created_at, LOOK_AGAIN))


@work(TrackingDue)
async def track(task: TrackingDue, context: TaskContext) -> None:
    """The reaper: asks until the parcel has arrived, however long the carrier is away."""
    async with context.transaction() as tx:
        booking = await bookings.find(tx, task.booking_id)
        account = await bookings.account(tx, booking.account) if booking else None
    if booking is None or account is None:
        return
    told = []
    try:
        carrier = await carrier_of(context.db, context.running, context.store_id, booking.account)
        told = await carrier.track(booking.id)
    except CarrierTimeout:
        pass
    except CarrierRefused as error:
        log.warning("parcel %s cannot be asked about: %s", booking.id, error)
    async with context.transaction() as tx:
        await moving.hear(tx, booking, account.name, told)
        shipment = await shipments.lock(tx, booking.shipment_id)
        old = datetime.now(UTC) - booking.created_at > GIVEN_UP
        if shipment is not None and shipment.status not in ENDS and not old:
            tx.emit(task, key=booking.shipment_id, at=_later(booking.created_at, LOOK_AGAIN))


def _later(since: datetime, least: timedelta) -> datetime:
    """The longer it takes already, the later."""
    now = datetime.now(UTC)
    return now + min(max(least, (now - since) / 4), SELDOM)


@work(ParcelStepDue)
async def step(task: ParcelStepDue, context: TaskContext) -> None:
    """Of the simulated carrier."""
    async with context.transaction() as tx:
        booking = await bookings.find(tx, task.key)
    if booking is None:
        return
    try:
        carrier = await carrier_of(context.db, context.running, context.store_id, booking.account)
    except CarrierRefused:
        return  # the account is gone, and nobody listens
    if isinstance(carrier, Simulated):
        await carrier.step(task)
