"""Parcels go along with what their carriers tell; by a task, since the store's profile has to be known."""

import logging

from tradehall.contracts.orders import ParcelMoved
from tradehall.kernel.service import TaskContext, work
from tradehall.services.orders import queries, sending
from tradehall.services.orders.model import NoSuchTransition

log = logging.getLogger(__name__)
CARRIER = "carrier"


@work(ParcelMoved)
async def follow_carrier(task: ParcelMoved, context: TaskContext) -> None:
    """What has come to be already is not done again, and one that has arrived was sent before. An order that was cancelled
    meanwhile stays so: the shipment's own history says where the parcel is."""
    profile = (await context.running.stores.get(context.store_id)).order_profile
    try:
        async with context.transaction() as tx:
            order = (await queries.lock(tx, [task.order_id])).get(task.order_id)
            parcels = (await queries.parcels(tx, [task.order_id]))[task.order_id]
            chosen = [parcel for parcel in parcels if parcel.id == task.parcel_id]
            if order is None or not chosen:
                return
            if chosen[0].status == "PENDING":
                order = await sending.ship(
                    tx,
                    order,
                    parcels,
                    chosen,
                    profile,
                    carrier=task.carrier,
                    tracking_number=task.tracking_number,
                    actor=CARRIER,
                )
                parcels = (await queries.parcels(tx, [task.order_id]))[task.order_id]
                chosen = [parcel for parcel in parcels if parcel.id == task.parcel_id]
            if task.arrived and chosen[0].status == "SHIPPED":
                await sending.deliver(tx, order, parcels, chosen, profile, actor=CARRIER, note=task.note)
    except NoSuchTransition as error:
        log.warning("order %s does not go along with its carrier: %s", task.order_id, error)
