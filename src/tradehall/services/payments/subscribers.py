"""Payments follow the orders, and the platform's invoices."""

import msgspec

from tradehall.contracts.orders import (
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    OrderValidated,
    SaleReduced,
)
from tradehall.contracts.payments import CaptureDue, ChargeDue, PaymentCheckDue
from tradehall.contracts.stores import InvoiceDue, InvoicePayerBack, InvoiceReturned, InvoiceWithdrawn
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.service import on, on_batch
from tradehall.services.payments import queries
from tradehall.services.payments.model import (
    OPEN,
    SLIP,
    Action,
    Payment,
    cancelled,
    collected,
    reduced,
    refunded_in_part,
    started,
    with_slip,
)
from tradehall.services.payments.settling import tell, tell_status
from tradehall.services.payments.statements import slip_reference


@on_batch(OrderPlaced, across=True, patient=True)
async def note_order(events: list[OrderPlaced], tx: Tx) -> None:
    await queries.insert(tx, events)


@on_batch(OrderValidated, across=True)
async def start(events: list[OrderValidated], tx: Tx) -> None:
    """The goods are held, so the money may be asked for; by a task, since providers take their time."""
    valid = {event.order_id: event for event in events if event.is_valid}
    changed: list[Payment] = []
    for payment in await queries.lock_orders(tx, list(valid)):
        if payment.status != "awaiting":
            continue  # the order was cancelled before its goods were held
        event = valid[payment.about]
        after = msgspec.structs.replace(payment, status=started(payment.method))
        if payment.method == SLIP:
            after = with_slip(payment)
        changed.append(after)
        if after.status == "charging":
            tx.emit(ChargeDue(payment_id=after.id), key=after.about, because=event)
        else:
            tell(tx, payment, after, event)
    await queries.save(tx, changed)


@on_batch(OrderCancelled)
async def give_back(events: list[OrderCancelled], tx: Tx) -> None:
    causes = {event.order_id: event for event in events}
    changed = []
    for payment in await queries.lock_orders(tx, list(causes)):
        after = cancelled(payment)
        changed.append(after)
        tell(tx, payment, after, causes[payment.about])
    await queries.save(tx, changed)


@on(OrderShipped)
async def capture(event: OrderShipped, tx: Tx) -> None:
    """With the first parcel the store takes the money that was only authorised."""
    payment = await queries.of_order(tx, event.order_id)
    if payment is not None and payment.status == "authorised":
        tx.emit(CaptureDue(payment_id=payment.id), key=event.order_id)


@on_batch(SaleReduced)
async def reduce(events: list[SaleReduced], tx: Tx) -> None:
    """What of the order ends as a whole, OrderCancelled gives back."""
    parts = [event for event in events if not event.whole and event.total]
    payments = {payment.about: payment for payment in await queries.lock_orders(tx, [e.order_id for e in parts])}
    for event in parts:
        before = payments.get(event.order_id)
        if before is not None:
            after = reduced(before, event.total, event.reason)
            await queries.save(tx, [after])
            tell(tx, before, after, event)
            payments[event.order_id] = msgspec.structs.replace(after, owed=())


@on_batch(OrderDelivered)
async def collect(events: list[OrderDelivered], tx: Tx) -> None:
    """Of an order that was confirmed on the promise of cash; its payment was told as processed then."""
    causes = {event.order_id: event for event in events}
    changed = []
    for payment in await queries.lock_orders(tx, list(causes)):
        after = collected(payment)
        if after is not payment:
            changed.append(after)
            tell(tx, payment, after, causes[payment.about])
    await queries.save(tx, changed)


@on(InvoiceDue)
async def charge_invoice(event: InvoiceDue, tx: Tx) -> None:
    """In the platform's own name, one payment for each attempt, charged as that of an order is; nothing has to be held for it
    first. Those before it are given up."""
    payer = tx.store_id
    await tx.enter(NO_STORE)
    await _give_up(tx, await queries.lock_bill(tx, event.invoice_id), before=event.attempt)
    slip = None
    if event.method == SLIP:
        bank = await queries.bank_details(tx)
        slip = Action(kind="slip", code=slip_reference(event.invoice_id), bank=bank, until=event.until)
    payment_id = await queries.insert_for_invoice(tx, event, payer if payer != NO_STORE else None, slip)
    if payment_id is not None and slip is None:
        tx.emit(ChargeDue(payment_id=payment_id), key=event.invoice_id)
    elif payment_id is not None:
        (payment,) = await queries.find(tx, [payment_id])
        tell_status(tx, payment)


@on(InvoiceWithdrawn)
async def withdraw_invoice(event: InvoiceWithdrawn, tx: Tx) -> None:
    await tx.enter(NO_STORE)
    await _give_up(tx, await queries.lock_bill(tx, event.invoice_id))


async def _give_up(tx: Tx, payments: list[Payment], before: int | None = None) -> None:
    """What was paid meanwhile goes back."""
    for payment in payments:
        if before is None or (payment.attempt or 0) < before:
            after = cancelled(payment)
            await queries.save(tx, [after])
            tell(tx, payment, after)


@on(InvoicePayerBack)
async def look_at_invoice(event: InvoicePayerBack, tx: Tx) -> None:
    """Each return counts once, however often the page is reloaded."""
    await tx.enter(NO_STORE)
    for payment in await queries.lock_bill(tx, event.invoice_id):
        heard = (NO_STORE, f"{payment.id}:back:{payment.status}", payment.id, "back")
        if payment.status in OPEN and await queries.first_told(tx, payment.method, [heard]):
            tx.emit(PaymentCheckDue(payment_id=payment.id, again=False), key=payment.about)


@on(InvoiceReturned)
async def return_invoice(event: InvoiceReturned, tx: Tx) -> None:
    """At most what is left of it. What was paid before the platform had payments of its own is found with its store."""
    store_id = tx.store_id
    await tx.enter(NO_STORE)
    found = await queries.lock(tx, [event.payment_id])
    if not found and store_id is not None:
        await tx.enter(store_id)
        found = await queries.lock(tx, [event.payment_id])
    for payment in found:
        if (amount := min(event.amount, payment.kept)) > 0:
            after = refunded_in_part(payment, amount, event.reason)
            await queries.save(tx, [after])
            tell(tx, payment, after)
