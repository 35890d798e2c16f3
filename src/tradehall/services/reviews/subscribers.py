"""Who bought what, from orders; once it has been there for a while, an invitation to say how it was."""

from datetime import timedelta

from tradehall.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    ParcelDelivered,
    SaleReduced,
)
from tradehall.contracts.reviews import ReviewInvitationDue, ReviewInvited
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.services.reviews.queries import moderation, purchases


@on_batch(OrderPlaced, across=True, patient=True)
async def note_orders(events: list[OrderPlaced], tx: Tx) -> None:
    await purchases.add_orders(tx, events)


@on_batch(OrderConfirmed, across=True, patient=True)
async def note_purchases(events: list[OrderConfirmed], tx: Tx) -> None:
    await purchases.add(tx, events)


@on_batch(OrderCancelled)
async def forget_purchases(events: list[OrderCancelled], tx: Tx) -> None:
    await purchases.end(tx, [event.order_id for event in events])


@on_batch(ParcelDelivered)
async def note_arrivals(events: list[ParcelDelivered], tx: Tx) -> None:
    await purchases.deliver(tx, [(event.order_id, event.shipment_id, event.timestamp) for event in events])


@on_batch(OrderDelivered)
async def invite_later(events: list[OrderDelivered], tx: Tx) -> None:
    if days := (await moderation.settings(tx)).invite_after_days:
        for event in events:
            due = event.timestamp + timedelta(days=days)
            tx.emit(ReviewInvitationDue(order_id=event.order_id), key=event.order_id, at=due, because=event)


@on(ReviewInvitationDue)
async def invite(event: ReviewInvitationDue, tx: Tx) -> None:
    """Not where all is reviewed or came back, or the store has stopped to ask."""
    if not (await moderation.settings(tx)).invite_after_days:
        return
    titles = await purchases.unreviewed(tx, event.order_id)
    if titles and (buyer := await purchases.invite(tx, event.order_id)):
        invited = ReviewInvited(order_id=event.order_id, customer_id=buyer.customer_id, titles=titles)
        tx.emit(invited, key=event.order_id, because=event)


@on_batch(SaleReduced)
async def note_reductions(events: list[SaleReduced], tx: Tx) -> None:
    """Of lines that nothing is left of: those that came back keep what was written, which says so; those that were never
    sent were no purchase."""
    gone = [(event, line.variant_id) for event in events for line in event.lines if not line.left and not event.whole]
    if back := [
        (event.order_id, variant_id, event.timestamp) for event, variant_id in gone if event.kind == "returned"
    ]:
        await purchases.take_back(tx, back)
    if unsent := [(event.order_id, variant_id) for event, variant_id in gone if event.kind == "cancelled"]:
        await purchases.forget(tx, unsent)
