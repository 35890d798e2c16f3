"""The one place where what providers say becomes state and events."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.payments import (
    InvoiceSettled,
    InvoiceWaiting,
    PayersTurn,
    PaymentProcessed,
    PaymentUpdated,
    RefundDue,
    VoidDue,
)
from tradehall.contracts.values import Event, to_decimal
from tradehall.kernel.db import Tx
from tradehall.services.payments import queries
from tradehall.services.payments.model import BACK_BY_HAND, Payment, Standing, stands

# Whoever waits for the payment has not been told yet how it went.
_UNSETTLED = frozenset({"awaiting", "charging", "action", "waiting_proof", "review"})


async def settle(
    tx: Tx, provider: str, standings: Sequence[Standing], because: Mapping[UUID, Event] | None = None
) -> None:
    """Books what was heard and moves the payments it is about. What was heard before is booked once and moves nothing."""
    if not standings:
        return
    causes = because or {}
    booked = [(tx.store_of(causes.get(s.key)), s.event_id, s.key, s.state) for s in standings]
    await queries.first_told(tx, provider, booked)
    heard = {standing.key: standing for standing in standings}
    changed = []
    for payment in await queries.lock(tx, list(heard)):
        after = stands(payment, heard[payment.id])
        if after is not payment:
            changed.append(after)
            tell(tx, payment, after, causes.get(payment.id))
    await queries.save(tx, changed)


def tell_status(tx: Tx, payment: Payment, because: Event | None = None) -> None:
    """Of an order; of an invoice nobody wants to know but what its payer has to do, and how it was settled."""
    if payment.order_id is None:
        if payment.status == "action":
            tx.emit(_waiting(payment), key=payment.about, because=because, store_id=payment.payer)
        return
    tx.emit(
        PaymentUpdated(
            order_id=payment.order_id,
            payment_id=payment.id,
            method=payment.method,
            status=payment.status,
            note=payment.note,
            captured=payment.captured,
            refunded=payment.refunded,
        ),
        key=payment.order_id,
        because=because,
    )


def tell(tx: Tx, before: Payment, after: Payment, because: Event | None = None) -> None:
    """What the others need to know of a payment that has just changed, and what is to be done next."""
    if _shown(before) != _shown(after):
        tell_status(tx, after, because)
    if (
        before.status in _UNSETTLED
        and after.status not in _UNSETTLED
        and not before.cancelled
        and after.status != "void"
    ):
        settled = processed(after) if after.order_id is not None else invoice_settled(after)
        tx.emit(settled, key=after.about, because=because, store_id=after.payer)
    if any(refund.status == "due" for refund in after.owed) and after.method not in BACK_BY_HAND:
        tx.emit(RefundDue(payment_id=after.id), key=after.about, because=because)
    to_let_go = after.cancelled and after.status in ("action", "authorised")
    if to_let_go and (before.status, before.cancelled) != (after.status, True):
        tx.emit(VoidDue(payment_id=after.id), key=after.about, because=because)


def _shown(payment: Payment) -> tuple[object, ...]:
    return payment.status, payment.note, payment.captured, payment.refunded, payment.action


def succeeded(payment: Payment) -> bool:
    return payment.status in ("paid", "promised", "authorised") and not payment.cancelled


def processed(payment: Payment) -> PaymentProcessed:
    """Of an order."""
    assert payment.order_id is not None
    return PaymentProcessed(
        order_id=payment.order_id,
        payment_id=payment.id,
        payment_status="SUCCESS" if succeeded(payment) else "REJECTED" if payment.status == "rejected" else "FAILED",
        amount=to_decimal(payment.amount, payment.currency),
    )


def invoice_settled(payment: Payment) -> InvoiceSettled:
    assert payment.invoice_id is not None
    assert payment.attempt is not None
    return InvoiceSettled(
        invoice_id=payment.invoice_id,
        attempt=payment.attempt,
        payment_id=payment.id,
        status="paid" if payment.status == "paid" else "declined",
        saved=payment.saved,
    )


def _waiting(payment: Payment) -> InvoiceWaiting:
    assert payment.invoice_id is not None
    assert payment.attempt is not None
    assert payment.action is not None
    turn = PayersTurn(**msgspec.structs.asdict(payment.action))
    return InvoiceWaiting(invoice_id=payment.invoice_id, attempt=payment.attempt, turn=turn)
